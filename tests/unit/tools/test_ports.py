"""What ports say of themselves."""

import pytest

from tools.ports import EffectOvertaken, Premise


@pytest.mark.parametrize(
    ("now", "shown", "says"), [("won", None, "stage 'won'"), ("won", "closedwon", "stage 'won'"), (None, "1103", "stage '1103'")]
)
def test_a_premise_is_overtaken_once_the_deal_is_in_another_stage(now: str | None, shown: str | None, says: str) -> None:
    with pytest.raises(EffectOvertaken, match=f"the deal is in {says} by now, no longer in 'proposal'"):
        Premise("deal_1", "proposal").require(now, shown)


def test_a_premise_holds_while_the_deal_is_in_its_stage() -> None:
    Premise("deal_1", "proposal").require("proposal", "1103")

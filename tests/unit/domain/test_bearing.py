"""What of a playbook decides, and what does not."""

from typing import Any

import pytest

from agent.domain.bearing import bearing, difference
from tests.unit.domain.building import playbook, surface


@pytest.mark.parametrize(
    ("changed", "nothing"),
    [({"launch": {"decisions_at_least": 5, "why": "few"}}, True), ({"confidence": {"act_at_least": 0.9}}, False), ({"max_risk": "high"}, False)],
)
def test_what_a_launch_check_asks_for_decides_nothing(changed: dict[str, Any], nothing: bool) -> None:
    before, after = (bearing(playbook(on=surface(**given)), "deals") for given in ({}, changed))
    assert before is not None
    assert after is not None
    assert difference(before, after).nothing is nothing

"""When it is morning for a contact: by their own time zone, the account's, or that of a country with only one. Nobody guesses beyond that."""

import pytest

from tests.acceptance.scenarios.world import World, candidates, chosen, codes, event, facts, forbidding

START = "2026-11-24T09:00:00Z"
NOW = "2026-11-24T14:00:00Z"
MOVED = event("deal.stage_changed", NOW, id="z-1", deal="loom-4", stage="evaluation")


def test_a_time_zone_that_nobody_knows_is_a_missing_fact(world: World) -> None:
    decision = world.run(MOVED, NOW)

    assert decision["route"] == "none"
    assert "fact_missing" in codes(decision)
    assert "quiet_hours" not in codes(decision), "it is not known whether it is night there"
    assert "contact.timezone is not known: neither contact nor account has one" in "; ".join(one["text"] for one in decision["reasons"])
    (mail,) = [one for one in candidates(decision, "follow-up-content") if one["recipient"] == "devi"]
    assert forbidding(mail) == {"quiet-hours"}
    assert mail["counterfactual"] == "allowed if contact.timezone were known and fine (quiet-hours)"
    assert "contact.timezone (Devi Rao)" in world.story(decision)


@pytest.mark.parametrize(
    ("known", "zone", "until"),
    [
        ({"accounts": {"id": "mill", "country": "IN"}}, "Asia/Kolkata", "2026-11-25T03:30:00Z"),
        ({"accounts": {"id": "mill", "timezone": "Pacific/Auckland"}}, "Pacific/Auckland", "2026-11-24T20:00:00Z"),
        ({"contacts": {"id": "devi", "timezone": "America/St_Johns"}}, "America/St_Johns", None),
    ],
)
def test_twin_as_soon_as_anybody_says_where_it_is_morning_it_goes_on(
    world: World, known: dict[str, dict[str, str]], zone: str, until: str | None
) -> None:
    """09:00 in Bengaluru is 03:30 in UTC; in Auckland it is summer; in St John's it is 10:30 in the morning now."""
    world.change(START, **known)

    decision = world.run(MOVED, NOW)

    assert {one["of"]: one["value"] for one in facts(decision, "contact.timezone")}["devi"] == zone
    assert (chosen(decision)["recipient"], chosen(decision)["until"]) == ("devi", until)
    assert (decision["route"], "quiet_hours" in codes(decision)) == (("deferred", True) if until else ("ask", False))

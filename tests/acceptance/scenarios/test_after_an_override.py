"""A person undoes what we did: we do not do it again on that case for seven days, and after that we may."""

import pytest

from tests.acceptance.scenarios.world import World, candidates, chosen, event

START = "2026-11-02T08:00:00Z"
UNDONE = "2026-11-02T09:30:00Z"


def _overridden(world: World) -> None:
    decision = world.run(event("ticket.reopened", "2026-11-02T09:00:00Z", id="k-1", ticket="c-1"), "2026-11-02T09:00:00Z")
    assert (decision["route"], chosen(decision)["target"]) == ("act", "experts")
    world.run(event("ticket.group_changed", UNDONE, id="k-2", ticket="c-1", actor="noor", group="intake"), UNDONE)
    assert world.again(decision)["outcome"]["guardrails"] == ["overridden"]


@pytest.mark.parametrize("at", ["2026-11-03T09:00:00Z", "2026-11-09T09:29:00Z"], ids=["a day later", "a minute before the week is over"])
def test_what_a_person_has_undone_is_not_done_again_within_a_week(world: World, at: str) -> None:
    _overridden(world)

    decision = world.run(event("ticket.reopened", at, id="k-3", ticket="c-1"), at)

    (escalation,) = [one for one in candidates(decision, "escalate-to-group") if one["target"] == "experts"]
    assert (escalation["verdict"], escalation["until"]) == ("defer", "2026-11-09T09:30:00Z")
    assert "cooldown-after-override" in {rule["id"] for rule in escalation["rules"] if rule["matched"]}
    assert len(world.effects("assign_group")) == 1


def test_twin_after_the_week_it_is_done_again(world: World) -> None:
    _overridden(world)
    at = "2026-11-09T09:30:00Z"

    decision = world.run(event("ticket.reopened", at, id="k-3", ticket="c-1"), at)

    assert (decision["route"], chosen(decision)["target"]) == ("act", "experts")
    assert len(world.effects("assign_group")) == 2

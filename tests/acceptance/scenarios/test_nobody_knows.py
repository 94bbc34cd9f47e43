"""A system that does not answer: an effect that surely did not happen is tried again, one that may have happened never is, and a person is told."""

import pytest

from tests.acceptance.scenarios.world import Record, World, event

START = "2026-11-24T09:00:00Z"
MOVED = event("deal.stage_changed", "2026-11-24T10:00:00Z", id="y-1", deal="or-1", stage="evaluation")
CLICK, DUE, LATER = "2026-11-24T10:30:00Z", "2026-11-24T10:31:01Z", "2026-11-24T10:40:00Z"
SOL = "sol@lamp.example"


def _asked(world: World) -> Record:
    decision: Record = world.run(MOVED, "2026-11-24T10:00:00Z")
    assert decision["route"] == "ask"
    return decision


def test_an_effect_that_may_have_happened_is_not_repeated_and_somebody_is_told(world: World) -> None:
    decision = _asked(world)
    world.answer(decision, "approve", SOL, CLICK)
    world.change(CLICK, faults={"source": "effects", "mode": "unknowable"})

    world.tick(DUE)
    world.change(DUE, faults={"source": "effects", "mode": "ok"})
    world.tick(LATER)

    assert len(world.effects("send_content")) == 1
    (alarm,) = world.messages("alarm")
    assert alarm["to"] == ["ida@lamp.example"], "no alarm goes to nobody"
    assert "It is not known whether an effect happened" in world.story(decision)


def test_twin_an_effect_that_did_not_happen_is_done_when_the_system_is_back(world: World) -> None:
    decision = _asked(world)
    world.answer(decision, "approve", SOL, CLICK)
    world.change(CLICK, faults={"source": "effects", "mode": "down"})

    world.tick(DUE)
    assert world.effects() == []
    world.change(DUE, faults={"source": "effects", "mode": "ok"})
    world.tick(LATER)

    assert [one["kind"] for one in world.effects()] == ["send_content", "crm_note"]
    assert world.messages("alarm") == []


@pytest.mark.parametrize("source", ["crm", "helpdesk"])
def test_while_a_source_is_silent_nothing_is_sent(world: World, source: str) -> None:
    decision = _asked(world)
    world.change(CLICK, faults={"source": source, "mode": "down"})

    said = world.answer(decision, "approve", SOL, CLICK)
    world.tick(DUE)

    assert world.effects() == []
    assert ("does not answer" if source == "crm" else "is not known") in said.out

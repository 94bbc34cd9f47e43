"""The same id with another body is put in quarantine and never processed; the same id with the same body is the same event."""

from tests.acceptance.scenarios.world import World, event, fact

START = "2026-11-13T09:00:00Z"
NOW = "2026-11-13T10:00:00Z"
FIRST = event("deal.stage_changed", NOW, id="same", deal="lf-1", stage="evaluation")


def test_another_body_is_quarantined_and_changes_nothing(world: World) -> None:
    decision = world.run(FIRST, NOW)

    forged = world.run({**FIRST, "data": {"stage": "won"}}, "2026-11-13T10:10:00Z", code=4)

    assert forged["state"] == "conflict"
    assert "quarantine" in forged["why"]
    assert world.checked("quarantine").startswith("1 delivery")
    assert world.again(decision) == decision
    assert len(world.decisions()) == 1
    after = world.run(event("deal.stage_changed", "2026-11-13T12:00:00Z", id="next", deal="lf-1"), "2026-11-13T12:00:00Z")
    assert fact(after, "deal.stage")["value"] == "evaluation", "what is in quarantine does not reach the records either"


def test_twin_the_same_body_again_is_the_same_event(world: World) -> None:
    decision = world.run(FIRST, NOW)

    again = world.run(FIRST, "2026-11-13T10:10:00Z")

    assert again["id"] == decision["id"]
    assert world.checked("quarantine") == "none"
    assert len(world.decisions()) == 1
    assert len(world.messages("ask")) == 1

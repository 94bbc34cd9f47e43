"""Three contacts, of whom one may be written to: exactly that one is. When that one opts out too, nobody is."""

from tests.acceptance.scenarios.world import World, candidates, chosen, event, forbidding

START = "2026-11-30T09:00:00Z"
NOW = "2026-11-30T10:00:00Z"
MOVED = event("deal.stage_changed", NOW, id="g-1", deal="milk-4", stage="qualified")


def test_exactly_the_one_who_may_be_written_to_is(world: World) -> None:
    decision = world.run(MOVED, NOW)

    forbidden = {one["recipient"]: forbidding(one) for one in candidates(decision, "follow-up-content")}
    assert forbidden == {"amy": {"opted-out"}, "ben": {"hard-bounce"}, "cleo": set()}
    assert chosen(decision)["recipient"] == "cleo"
    world.answer(decision, "approve", "kit@arbor.example", "2026-11-30T10:30:00Z")
    world.tick("2026-11-30T10:32:00Z")
    assert [one["payload"]["to"] for one in world.effects("send_content")] == ["cleo@greenway.example"]


def test_no_approval_can_reach_who_has_opted_out(world: World) -> None:
    decision = world.run(MOVED, NOW)

    said = {one["recipient"]: one["counterfactual"] for one in candidates(decision, "follow-up-content")}
    assert "no approval can allow this" in said["amy"]
    assert "no approval can allow this" in said["ben"]


def test_twin_when_that_one_opts_out_too_nobody_is_written_to(world: World) -> None:
    world.change(START, contacts={"id": "cleo", "opted_out": True})

    decision = world.run(MOVED, NOW)

    assert all(one["verdict"] == "forbid" for one in candidates(decision, "follow-up-content"))
    assert decision["choice"] is None or chosen(decision)["reach"] == "internal"

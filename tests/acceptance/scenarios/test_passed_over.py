"""A play goes to so many contacts at most. Who may not be written to takes nobody's place, and the record says why they were passed over."""

from tests.acceptance.scenarios.world import Record, World, candidates, chosen, event, forbidding

START = "2026-11-10T09:00:00Z"
NOW = "2026-11-10T10:00:00Z"
DROPPED = event("usage.dropped", NOW, id="u-1", account="kiln")


def _decided(world: World) -> Record:
    decision: Record = world.run(DROPPED, NOW)
    return decision


def test_the_third_who_may_be_written_to_is_when_the_first_two_may_not(world: World) -> None:
    decision = _decided(world)

    assert (decision["route"], chosen(decision)["play"], chosen(decision)["recipient"]) == ("ask", "adoption-help", "cyd")
    said = {one["recipient"]: forbidding(one) for one in candidates(decision, "adoption-help")}
    assert said == {"cyd": set(), "ann": {"opted-out"}, "bob": {"do-not-contact"}}
    assert world.command("replay", decision["id"]).code == 0


def test_twin_when_the_first_two_may_be_written_to_the_third_is_no_candidate(world: World) -> None:
    world.change(START, contacts=[{"id": "ann", "opted_out": False}, {"id": "bob", "do_not_contact": False}])

    decision = _decided(world)

    assert [one["recipient"] for one in candidates(decision, "adoption-help")] == ["ann", "bob"]


def test_of_many_who_may_not_be_written_to_twelve_are_on_the_record(world: World) -> None:
    many = [
        {"id": f"z{i:02}", "account": "kiln", "name": f"Z {i}", "email": f"z{i}@kiln.example", "role": "champion", "opted_out": True}
        for i in range(30)
    ]
    world.change(START, contacts=many)

    decision = _decided(world)

    assert chosen(decision)["recipient"] == "cyd"
    assert len(candidates(decision, "adoption-help")) == 12

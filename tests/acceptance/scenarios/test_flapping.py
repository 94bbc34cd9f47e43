"""Five stage changes in forty seconds are one matter, decided once on the stage then current. Hours apart, each is decided."""

import pytest

from tests.acceptance.scenarios.world import Record, World, codes, event, fact

START = "2026-11-24T08:00:00Z"
STAGES = ("qualified", "evaluation", "qualified", "proposal", "evaluation")


def _changes(times: list[str], *, versions: bool = False) -> list[Record]:
    return [
        event("deal.stage_changed", at, id=f"f-{n}", deal="hide-8", stage=stage, actor="jo", **({"version": n + 2} if versions else {}))
        for n, (at, stage) in enumerate(zip(times, STAGES, strict=True))
    ]


QUICK = [f"2026-11-24T10:00:{second:02d}Z" for second in (0, 10, 20, 30, 40)]
SLOW = [f"2026-11-24T{hour:02d}:00:00Z" for hour in (9, 11, 13, 15, 17)]


def _decided(decisions: list[Record]) -> list[Record]:
    return [one for one in decisions if one["route"] != "suppressed"]


@pytest.mark.parametrize("versions", [False, True], ids=["without versions", "with versions"])
def test_five_changes_that_arrive_together_are_decided_once(world: World, versions: bool) -> None:
    arrived = world.run(_changes(QUICK, versions=versions), "2026-11-24T10:00:41Z")

    assert _decided(arrived) == []
    assert world.messages() == []
    world.tick("2026-11-24T10:03:00Z")
    (only,) = _decided(world.decisions())
    decision = world.again(only)
    assert fact(decision, "deal.stage")["value"] == "evaluation"
    assert len(world.messages("ask")) == 1
    assert "superseded" in codes(arrived[-1])


def test_five_changes_that_arrive_one_by_one_leave_one_open_ask_on_the_last_stage(world: World) -> None:
    later = [world.run(change, change["occurred_at"]) for change in _changes(QUICK)][1:]

    said = "one of several changes within 120 s; decided once at 2026-11-24 10:02 UTC on the state then current"
    assert {one["reasons"][0]["text"] for one in later} == {said}
    assert world.tick("2026-11-24T10:01:59Z")["driven"] == 0
    assert world.tick("2026-11-24T10:02:00Z")["driven"] == 1
    waiting = [world.again(one) for one in world.decisions() if one["state"] == "asking"]
    assert [fact(one, "deal.stage")["value"] for one in waiting] == ["evaluation"]
    assert world.checked("quarantine") == "none"


def test_twin_hours_apart_each_is_decided(world: World) -> None:
    for change in _changes(SLOW):
        decision = world.run(change, change["occurred_at"])
        assert decision["route"] != "suppressed"
        assert fact(decision, "deal.stage")["value"] == change["data"]["stage"]

"""A pipeline import of 240 stage changes is one decision and one notice; three changes by hand are three decisions."""

from collections import Counter

from tests.acceptance.scenarios.world import Record, World, codes, event

START = "2026-11-02T08:00:00Z"
NOW = "2026-11-02T10:10:00Z"
STAGES = ("discovery", "qualified", "evaluation", "proposal")


def _changes(count: int, name: str = "imp", **said: object) -> list[Record]:
    """Changes of the six deals in turn, four a second."""
    return [
        event(
            "deal.stage_changed", f"2026-11-02T10:0{n // 240}:{n // 4 % 60:02d}.{n % 4 * 250:03d}Z", id=f"{name}-{n}", actor="vic",
            deal=f"lot-{n % 6 + 1}", stage=STAGES[n // 6 % 4], **said,
        )
        for n in range(count)
    ]  # fmt: skip


def test_an_import_is_one_decision_and_one_notice_and_released_each_subject_is_decided_once(world: World) -> None:
    arrived = world.run(_changes(240, change_source="IMPORT"), NOW)

    (only,) = world.decisions()
    assert (only["route"], set(only["reasons"])) == ("suppressed", {"bulk_hold"})
    (notice,) = world.messages()
    assert (notice["kind"], notice["to"]) == ("notice", ["ada@mill.example"])
    assert world.effects() == []
    (hold,) = world.command("holds", "list", "--json").json["holds"]
    assert hold["events"] == 240
    why = f"it is held as part of a bulk change; release it with: nextplay holds release {hold['id']}"
    assert {one["why"] for one in arrived if one.get("state") == "held"} == {why}

    later = "2026-11-02T12:00:00Z"
    released = world.command("holds", "release", hold["id"], "--as", "ada@mill.example", "--at", later, "--json").json

    assert released["subjects"] == 6
    assert {one["created_at"] for one in released["decisions"]} == {later}
    assert Counter(one["subject_id"] for one in released["decisions"]) == {f"lot-{n}": 1 for n in range(1, 7)}
    assert not any("bulk_hold" in one["reasons"] for one in released["decisions"])
    world.command("holds", "release", hold["id"], "--as", "ada@mill.example", code=3)


def test_unmarked_changes_are_held_too_when_no_person_is_that_quick(world: World) -> None:
    world.run(_changes(124), NOW)

    (only,) = world.decisions()
    assert set(only["reasons"]) == {"bulk_hold"}
    assert len(world.messages()) == 1


def test_changes_that_are_marked_as_a_bulk_action_of_hubspots_pages_are_held(world: World) -> None:
    world.run(_changes(3, change_source="CRM_UI_BULK_ACTION"), NOW)

    (only,) = world.decisions()
    assert set(only["reasons"]) == {"bulk_hold"}


def test_a_colleague_at_work_in_the_same_minute_is_not_held_with_it(world: World) -> None:
    by_hand = event("deal.stage_changed", "2026-11-02T10:00:05Z", id="hand", actor="ada", deal="lot-8", stage="evaluation")

    decisions = world.run([*_changes(124), by_hand], NOW)

    (own,) = [one for one in decisions if one.get("trigger", {}).get("event_id") == "hand"]
    assert "bulk_hold" not in codes(own)
    assert len(world.messages("notice")) == 1


def test_a_second_import_on_the_same_day_is_told_of_again(world: World) -> None:
    for name in ("morning", "evening"):
        world.run(_changes(3, name, change_source="IMPORT"), NOW)
        (hold, *_) = world.command("holds", "list", "--json").json["holds"]
        assert (hold["events"], hold["released_at"]) == (3, None)
        released = world.command("holds", "release", hold["id"], "--as", "ada@mill.example", "--json").json
        assert len(released["decisions"]) == 3

    assert len(world.messages("notice")) == 2


def test_twin_three_changes_by_hand_are_three_decisions(world: World) -> None:
    decisions = world.run(_changes(3), NOW)

    assert Counter(one["subject"]["id"] for one in decisions) == {"lot-1": 1, "lot-2": 1, "lot-3": 1}
    assert not any("bulk_hold" in codes(one) for one in decisions)
    assert world.messages("notice") == []

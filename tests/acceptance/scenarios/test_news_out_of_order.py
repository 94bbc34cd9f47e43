"""Late news never wins, and news about what is gone or unknown starts nothing: each is recorded with its reason."""

import pytest

from tests.acceptance.scenarios.world import Record, World, codes, event, fact

START = "2026-11-10T09:00:00Z"
NOW = "2026-11-10T10:00:00Z"


def test_an_older_version_is_late_and_does_not_change_the_stage(world: World) -> None:
    late = world.run(event("deal.stage_changed", "2026-11-10T08:00:00Z", id="o-1", deal="pt-1", stage="qualified", version=8), NOW)

    assert (late["route"], codes(late)) == ("suppressed", {"late_event"})
    decision = world.run(event("deal.stage_changed", NOW, id="o-2", deal="pt-1", stage="negotiation", version=10), NOW)
    assert fact(decision, "deal.stage")["value"] == "negotiation"


def test_twin_a_newer_version_is_decided(world: World) -> None:
    decision = world.run(event("deal.stage_changed", NOW, id="o-1", deal="pt-1", stage="qualified", version=10), NOW)

    assert decision["route"] == "ask"
    assert fact(decision, "deal.stage")["value"] == "qualified"


def test_versions_that_arrive_the_wrong_way_round_leave_the_newest_standing(world: World) -> None:
    newest = world.run(event("deal.stage_changed", "2026-11-10T10:00:00Z", id="o-11", deal="pt-1", stage="negotiation", version=11), NOW)
    older = world.run(
        event("deal.stage_changed", "2026-11-10T09:30:00Z", id="o-10", deal="pt-1", stage="qualified", version=10), "2026-11-10T10:00:01Z"
    )

    assert fact(newest, "deal.stage")["value"] == "negotiation"
    assert codes(older) == {"late_event"}
    assert [one["state"] for one in world.again(newest)["approvals"]] == ["open"]


MORNING = [("o-20", "2026-11-10T07:00:00Z", "qualified"), ("o-21", "2026-11-10T10:00:00Z", "negotiation")]
"""Two changes, three hours apart."""


def _changes(*, versions: bool) -> list[Record]:
    return [
        event("deal.stage_changed", at, id=id_, deal="pt-1", stage=stage, **({"version": 10 + n} if versions else {}))
        for n, (id_, at, stage) in enumerate(MORNING)
    ]


@pytest.mark.parametrize("versions", [False, True], ids=["without versions", "with versions"])
@pytest.mark.parametrize("order", [1, -1], ids=["in order", "in disorder"])
def test_of_several_that_arrive_together_the_newest_decides_and_the_older_are_replaced(world: World, versions: bool, order: int) -> None:
    arrived = world.run(_changes(versions=versions)[::order], NOW)

    older, newest = arrived[::order]
    assert (older["route"], codes(older)) == ("suppressed", {"superseded"})
    assert newest["route"] == "ask"
    assert fact(newest, "deal.stage")["value"] == "negotiation"


@pytest.mark.parametrize("versions", [False, True], ids=["without versions", "with versions"])
def test_twin_what_arrives_after_newer_news_is_late(world: World, versions: bool) -> None:
    older, newest = _changes(versions=versions)
    world.run(newest, NOW)

    late = world.run(older, "2026-11-10T10:00:01Z")

    assert (late["route"], codes(late)) == ("suppressed", {"late_event"})


def test_a_deleted_deal_starts_nothing(world: World) -> None:
    world.change(START, deals={"id": "pt-1", "account": "pottery", "stage": "proposal", "deleted": True})

    gone = world.run(event("deal.stage_changed", NOW, id="o-3", deal="pt-1", stage="negotiation"), NOW)

    assert (gone["route"], codes(gone)) == ("suppressed", {"identity_unresolved"})
    assert "was deleted" in gone["reasons"][0]["text"]


def test_a_deal_deleted_after_the_card_is_not_written_about(world: World) -> None:
    decision = world.run(event("deal.stage_changed", NOW, id="o-4", deal="pt-1", stage="proposal", version=10), NOW)
    world.change(NOW, deals={"id": "pt-1", "account": "pottery", "stage": "proposal", "deleted": True})

    world.answer(decision, "approve", "kim@slate.example", "2026-11-10T11:00:00Z")
    world.tick("2026-11-10T11:02:00Z")

    assert world.effects() == []
    assert "forbidden_after_approval" in codes(world.again(decision))


def test_what_nobody_knows_starts_nothing(world: World) -> None:
    stranger = world.run(event("deal.stage_changed", NOW, id="o-5", deal="nobody-knows", stage="proposal"), NOW)
    stray = world.run(event("ticket.created", NOW, id="o-6", ticket="t-unknown", of="acc-unknown"), NOW)

    assert codes(stranger) == codes(stray) == {"identity_unresolved"}
    assert "the deal nobody-knows of hubspot is not there" in stranger["reasons"][0]["text"]
    assert world.messages() == []

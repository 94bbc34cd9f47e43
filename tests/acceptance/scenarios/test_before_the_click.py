"""Between the card and the click: consent is withdrawn, the recipient is merged away, the owner leaves. Nothing else is done than was approved."""

import pytest

from tests.acceptance.scenarios.world import Record, World, codes, event

START = "2026-11-24T09:00:00Z"
NOW, BETWEEN, CLICK, LATER = "2026-11-24T10:00:00Z", "2026-11-24T10:20:00Z", "2026-11-24T10:30:00Z", "2026-11-24T10:32:00Z"
MOVED = event("deal.stage_changed", NOW, id="m-1", deal="peat-1", stage="proposal")
KIM, WES = "kim@bolt.example", "wes@bolt.example"


def _asked(world: World) -> Record:
    decision: Record = world.run(MOVED, NOW)
    assert [one["asked"] for one in decision["approvals"]] == [[KIM]]
    return decision


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        (
            {"consents": {"contact": "siv", "purpose": "marketing", "channel": "email", "status": "withdrawn", "at": BETWEEN}},
            "consent-missing: the recipient's country asks for consent to marketing, and it is not granted",
        ),
        ({"contacts": {"id": "siv", "deleted": True}}, "built-in:no-recipient: nobody knows the recipient siv any more"),
        ({"contacts": {"id": "siv", "email": None}}, "built-in:no-address: the recipient has no e-mail address"),
    ],
    ids=["consent withdrawn", "merged away", "address gone"],
)
def test_nothing_is_sent_and_the_one_cause_is_said(world: World, changed: dict[str, Record], why: str) -> None:
    decision = _asked(world)
    world.change(BETWEEN, **changed)

    said = world.answer(decision, "approve", KIM, CLICK)
    world.tick(LATER)

    assert world.effects() == []
    assert f"Nothing is done: {why}" in " ".join(said.out.split())
    (stopped,) = [one["text"] for one in world.again(decision)["reasons"] if one["code"] == "forbidden_after_approval"]
    assert stopped.startswith(why)
    assert stopped.count("cannot be ruled out") == 0, "what follows from the cause is not told as if it were another"


def test_a_withdrawal_is_heeded_where_no_consent_was_needed(world: World) -> None:
    world.change(START, accounts={"id": "torv", "country": "IN"})
    decision = _asked(world)
    world.change(BETWEEN, consents={"contact": "siv", "purpose": "marketing", "channel": "email", "status": "withdrawn", "at": BETWEEN})

    said = world.answer(decision, "approve", KIM, CLICK)
    world.tick(LATER)

    assert world.effects() == []
    assert "Nothing is done: consent-withdrawn: the recipient withdrew their consent to marketing" in " ".join(said.out.split())


def test_twin_where_none_was_needed_and_nobody_objected_it_is_sent(world: World) -> None:
    world.change(
        START,
        accounts={"id": "torv", "country": "IN"},
        consents={"id": "none", "contact": "leif", "purpose": "marketing", "channel": "email", "status": "withdrawn", "at": START},
    )
    decision = _asked(world)

    world.answer(decision, "approve", KIM, CLICK)
    world.tick(LATER)

    assert [one["target"] for one in world.effects("send_content")] == ["siv"]


def test_twin_an_older_withdrawal_that_arrives_late_changes_nothing(world: World) -> None:
    decision = _asked(world)
    late = {"id": "late", "contact": "siv", "purpose": "marketing", "channel": "email", "status": "withdrawn", "at": "2025-12-01T00:00:00Z"}
    world.change(BETWEEN, consents=late)

    world.answer(decision, "approve", KIM, CLICK)
    world.tick(LATER)

    assert [one["target"] for one in world.effects("send_content")] == ["siv"]


def test_when_the_owner_has_left_the_stand_in_of_their_managers_stand_in_decides(world: World) -> None:
    decision = _asked(world)
    world.change(BETWEEN, people={"id": "kim", "active": False})

    assert "wes@bolt.example" in world.answer(decision, "approve", KIM, CLICK, code=4).err
    world.answer(decision, "approve", WES, CLICK)
    again = world.again(decision)
    assert "stale-ownership" in again["approvals"][-1]["difference"][0]
    assert (again["approvals"][-1]["needed_role"], again["approvals"][-1]["asked"]) == ("owner_manager", [WES])
    assert world.effects() == []

    world.answer(decision, "approve", WES, CLICK)
    world.tick(LATER)
    (sent,) = world.effects("send_content")
    assert "Kim" not in sent["payload"]["body"]


def test_twin_before_the_owner_left_nobody_else_was_needed(world: World) -> None:
    decision = _asked(world)

    world.answer(decision, "approve", KIM, CLICK)
    world.tick(LATER)

    assert len(world.again(decision)["approvals"]) == 1
    assert len(world.effects("send_content")) == 1


@pytest.mark.parametrize("silent", ["helpdesk", "crm"])
def test_a_source_that_does_not_answer_stops_nothing_that_was_approved_and_it_is_sent_when_it_does(world: World, silent: str) -> None:
    decision = _asked(world)
    world.change(BETWEEN, faults={"source": silent, "mode": "down"})

    world.answer(decision, "approve", KIM, CLICK)
    world.tick(LATER)

    assert world.effects() == []
    assert f"1 run for {silent} since" in world.checked("waiting runs")
    assert len(world.again(decision)["approvals"]) == 1, "nobody is asked again because of it"

    world.change("2026-11-24T10:40:00Z", faults={"source": silent, "mode": "ok"})
    world.tick("2026-11-24T10:41:00Z")
    assert [one["target"] for one in world.effects("send_content")] == ["siv"]
    assert world.checked("waiting runs") == "none"


def test_twin_one_that_is_silent_beyond_the_plays_window_ends_it(world: World) -> None:
    decision = _asked(world)
    world.change(BETWEEN, faults={"source": "helpdesk", "mode": "down"})
    world.answer(decision, "approve", KIM, CLICK)

    world.tick("2026-12-04T10:01:00Z")

    assert world.effects() == []
    assert "forbidden_after_approval" in codes(world.again(decision))

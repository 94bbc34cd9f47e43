"""A bulk change that is noticed only after its first decisions: asks that nobody has answered yet are taken back, and join what is held."""

from collections import Counter

import pytest

from tests.acceptance.scenarios.world import Record, World, codes, event

START = "2026-11-10T09:00:00Z"
FIRST, LATER = "2026-11-10T10:00:20Z", "2026-11-10T10:00:40Z"
ALLOWED, ALL = 8, 12
WHO = "rao@loom.example"


@pytest.fixture(autouse=True)
def pipeline(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """So many changes are taken for work by hand; and the accounts with their deals."""
    monkeypatch.setenv("NEXTPLAY_BULK_PER_MINUTE", f"{ALLOWED}")
    home = {
        "lifecycle": "prospect",
        "owner": "rao",
        "owner_confirmed_at": "2026-10-20",
        "country": "IE",
        "timezone": "Europe/Dublin",
        "language": "en",
    }
    deal = {"owner": "rao", "stage": "proposal", "kind": "new", "amount": {"amount": 50000, "currency": "EUR"}, "interest": "security"}
    numbers = range(ALL)
    world.change(
        START,
        accounts=[{"id": f"a{n}", "name": f"Mill {n}", "tier": "mid_market", **home} for n in numbers],
        links=[{"source": "helpdesk", "external_id": f"o-{n}", "kind": "account", "id": f"a{n}"} for n in numbers],
        contacts=[
            {"id": f"c{n}", "account": f"a{n}", "name": "Una Grey", "email": f"una{n}@mill.example", "role": "economic_buyer"} for n in numbers
        ],
        consents=[{"contact": f"c{n}", "purpose": "marketing", "channel": "email", "status": "granted"} for n in numbers],
        deals=[{"id": f"d{n}", "account": f"a{n}", "primary_contact": f"c{n}", "contacts": [f"c{n}"], **deal} for n in numbers],
    )


def _changes() -> list[Record]:
    return [
        event("deal.stage_changed", f"2026-11-10T10:00:{n:02d}Z", id=f"s-{n}", actor="u_9", deal=f"d{n}", stage="negotiation") for n in range(ALL)
    ]


def _states(world: World, decisions: list[Record]) -> Counter[str]:
    return Counter(ask["state"] for one in decisions for ask in world.again(one)["approvals"])


def test_asks_that_nobody_answered_are_taken_back_and_join_the_hold(world: World) -> None:
    first = world.run(_changes()[:ALLOWED], FIRST)
    by_hand = world.run(event("deal.stage_changed", FIRST, id="hand", actor="rao", deal=f"d{ALL - 1}", stage="negotiation"), FIRST)
    assert _states(world, first) == {"open": ALLOWED}

    world.run(_changes()[ALLOWED:], LATER)

    assert _states(world, first) == {"superseded": ALLOWED}
    assert all("bulk_hold" in codes(world.again(one)) for one in first)
    assert _states(world, [by_hand]) == {"open": 1}, "a colleague's own change is not part of it"
    (hold,) = world.command("holds", "list", "--json").json["holds"]
    assert hold["events"] == ALL
    assert len(world.messages("notice")) == 1
    world.command("audit", "verify")

    released = world.command("holds", "release", hold["id"], "--as", WHO, "--at", "2026-11-10T12:00:00Z", "--json").json
    assert Counter(one["subject_id"] for one in released["decisions"]) == {f"d{n}": 1 for n in range(ALL)}


def test_what_somebody_answered_stays_answered(world: World) -> None:
    first = world.run(_changes()[:ALLOWED], FIRST)
    world.answer(first[0], "reject", WHO, "2026-11-10T10:00:30Z", "--reason", "irrelevant")
    world.answer(first[1], "approve", WHO, "2026-11-10T10:00:30Z")

    world.run(_changes()[ALLOWED:], LATER)

    assert _states(world, first) == {"superseded": ALLOWED - 2, "rejected": 1, "approved": 1}
    (hold,) = world.command("holds", "list", "--json").json["holds"]
    assert hold["events"] == ALL - 2


def test_twin_where_the_source_marks_an_import_earlier_work_by_hand_stays(world: World) -> None:
    first = world.run(_changes()[:ALLOWED], FIRST)

    world.run([{**one, "data": {**one["data"], "change_source": "CRM_UI_BULK_ACTION"}} for one in _changes()[ALLOWED:]], LATER)

    assert _states(world, first) == {"open": ALLOWED}
    (hold,) = world.command("holds", "list", "--json").json["holds"]
    assert hold["events"] == ALL - ALLOWED

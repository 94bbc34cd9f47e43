"""Between the card and the click something moves. What no clause and no word of the content turns on does not ask again; what they turn on does."""

import pytest

from tests.acceptance.scenarios.world import Record, World, codes, event

START = "2026-12-01T08:00:00Z"
MOVED = event("deal.stage_changed", "2026-12-01T09:00:00Z", id="m-1", deal="d-52", stage="contract_sent")
CHANGE, CLICK, LATER = "2026-12-02T10:00:00Z", "2026-12-02T11:00:00Z", "2026-12-02T11:02:00Z"
RUNE = "rune@fjord.example"


def _asked(world: World) -> Record:
    decision: Record = world.run(MOVED, "2026-12-01T09:01:00Z")
    assert decision["route"] == "ask"
    return decision


@pytest.mark.parametrize(
    "moved",
    [
        {"accounts": {"id": "brewery", "arr": {"amount": 21400, "currency": "EUR"}}},
        {"accounts": {"id": "brewery", "health": 64, "health_as_of": "2026-12-02"}},
        {"deals": {"id": "d-52", "amount": {"amount": 27900, "currency": "EUR"}}},
        {"deals": {"id": "d-52", "last_activity_at": "2026-12-02T09:00:00Z"}},
    ],
    ids=["revenue", "health above the limit", "amount of the deal", "days since activity"],
)
def test_a_number_that_flips_nothing_does_not_ask_again(world: World, moved: dict[str, Record]) -> None:
    decision = _asked(world)
    world.change(CHANGE, **moved)

    world.answer(decision, "approve", RUNE, CLICK)
    world.tick(LATER)

    assert [one["target"] for one in world.effects("send_content")] == ["nuala"]
    assert world.messages("difference") == []


MATTERS = pytest.mark.parametrize(
    ("moved", "told", "asked"),
    [
        ({"contacts": {"id": "nuala", "email": "n.byrne@ninebarrels.example"}}, "address was nuala@ninebarrels.example, is n.byrne@", "rune"),
        ({"contacts": {"id": "nuala", "first_name": "Finnuala"}}, "first name of the recipient: Nuala, it is Finnuala now", "rune"),
        ({"assets": {"id": "sched", "title": "Planning a brewing month"}}, "title of the asset: Planning a brewing week, it is Planning a", "rune"),
        ({"accounts": {"id": "brewery", "tier": "strategic"}}, "'the account is strategic' was false", "tuva"),
        ({"accounts": {"id": "brewery", "health": 38, "health_as_of": "2026-12-02"}}, "'the account is at risk of leaving' was false", "tuva"),
    ],
    ids=["address", "name in the greeting", "title of the content", "tier", "health under the limit"],
)


@MATTERS
def test_twin_a_change_that_matters_asks_again_and_says_what(world: World, moved: dict[str, Record], told: str, asked: str) -> None:
    decision = _asked(world)
    world.change(CHANGE, **moved)

    world.answer(decision, "approve", RUNE, CLICK)
    world.tick(LATER)

    assert world.effects() == []
    (card,) = world.messages("difference")
    assert told in card["body"]
    assert card["to"] == [f"{asked}@fjord.example"]
    assert "forbidden_after_approval" not in codes(world.again(decision))


@MATTERS
def test_what_was_asked_again_and_approved_is_sent_without_a_third_card(world: World, moved: dict[str, Record], told: str, asked: str) -> None:
    decision = _asked(world)
    world.change(CHANGE, **moved)
    world.answer(decision, "approve", RUNE, CLICK)

    world.answer(decision, "approve", f"{asked}@fjord.example", "2026-12-02T11:30:00Z")
    world.tick("2026-12-02T11:32:00Z")

    (sent,) = world.effects("send_content")
    now = moved.get("contacts", {})
    assert sent["payload"]["to"] == now.get("email", "nuala@ninebarrels.example")
    assert sent["payload"]["body"].startswith(f"Hello {now.get('first_name', 'Nuala')},")
    assert len(world.messages("difference")) == 1


def test_an_address_that_changes_in_the_undo_minute_is_asked_about_and_used(world: World) -> None:
    decision = _asked(world)
    world.answer(decision, "approve", RUNE, CLICK)
    world.change("2026-12-02T11:00:30Z", contacts={"id": "nuala", "email": "n.byrne@ninebarrels.example"})

    world.tick("2026-12-02T11:01:01Z")
    assert world.effects() == []
    world.answer(decision, "approve", RUNE, "2026-12-02T11:10:00Z")
    world.tick("2026-12-02T11:11:01Z")

    assert [one["payload"]["to"] for one in world.effects("send_content")] == ["n.byrne@ninebarrels.example"]

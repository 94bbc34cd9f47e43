"""The month: what happens by itself, and what our effects add to it."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from integrations.sandbox.month.desk import Desk
from integrations.sandbox.month.dice import Dice
from integrations.sandbox.month.month import Month
from integrations.sandbox.month.plan import Happening, Plan
from integrations.sandbox.month.reviewers import Reviewers

START = datetime(2026, 10, 12, 6, tzinfo=UTC)
END = START + timedelta(days=30)


def lived(seed: str = "a seed") -> list[Happening]:
    month = Month(START, companies=20, seed=seed)
    month.records()
    return month.until(END)


def test_the_same_seed_gives_the_same_month() -> None:
    assert [one.event for one in lived()] == [one.event for one in lived()]
    assert [one.event for one in lived()] != [one.event for one in lived("another seed")]


def test_everything_happens_in_its_order_and_is_told_once() -> None:
    happened = lived()
    assert [one.at for one in happened] == sorted(one.at for one in happened)
    told = Counter((one.event.source, one.event.id) for one in happened if one.event)
    assert max(told.values()) == 1


def test_all_that_recommendations_are_about_happens() -> None:
    types = {one.event.type for one in lived() if one.event}
    assert types >= {
        "deal.stage_changed", "deal.created", "deal.discount_requested", "ticket.created", "ticket.status_changed", "ticket.reopened",
        "ticket.rated", "ticket.priority_changed", "usage.reported", "usage.dropped", "contract.updated", "request.article",
    }  # fmt: skip
    assert "email.replied" not in types, "nobody answers what was never sent"


def test_until_is_until_and_the_rest_comes_later() -> None:
    month = Month(START, companies=20)
    month.records()
    first = month.until(START + timedelta(days=3))
    assert first
    assert all(one.at <= START + timedelta(days=3) for one in first)
    assert all(one.at > START + timedelta(days=3) for one in month.until(END))


def send(contact: str, n: int, at: datetime) -> dict[str, Any]:
    return {"kind": "send_content", "target": contact, "payload": {"purpose": "marketing"}, "marker": f"np-{n:024x}", "at": at}


def test_deals_whose_people_got_content_move_on_more_often() -> None:
    assert moved(helped=True) > 1.15 * moved(helped=False)


def moved(*, helped: bool) -> int:
    """How many steps forward 100 companies' deals take in a month, with or without content every five days."""
    month, steps = Month(START, companies=100), 0
    month.records()
    for day in range(0, 30, 5):
        at = START + timedelta(days=day)
        steps += forward(month.until(at))
        if helped:
            month.notice([send(f"con_m{n:03d}a", 1000 * day + n, at) for n in range(100)])
    return steps + forward(month.until(END))


def forward(happened: list[Happening]) -> int:
    return sum(1 for one in happened if one.event and one.event.type == "deal.stage_changed" and one.event.data["stage"] != "lost")


def test_readers_of_what_was_sent_answer_book_and_leave() -> None:
    month = Month(START, companies=100)
    month.records()
    month.notice([send(f"con_m{n % 100:03d}a", n, START) for n in range(400)])
    types = Counter(one.event.type for one in month.until(END) if one.event)
    assert 40 <= types["email.replied"] <= 90
    assert 8 <= types["meeting.booked"] <= 35
    assert 1 <= types["contact.unsubscribed"] <= 12


@pytest.mark.parametrize(("body", "low", "high"), [("It is being looked at.", 0.42, 0.58), ("https://help.example/x", 0.60, 0.76)])
def test_an_answer_with_an_article_solves_more_tickets(body: str, low: float, high: float) -> None:
    plan = Plan()
    desk = Desk(Dice("a seed"), plan, [], [])
    for n in range(600):
        desk.open[f"t{n}"] = {"id": f"t{n}", "assignee": "u_ben"}
        desk.notice({"kind": "ticket_comment", "target": f"t{n}", "payload": {"public": True, "body": body}, "at": START})
    solved = {one.event.subject_id for one in plan.until(START + timedelta(hours=31)) if one.event and one.event.type == "ticket.status_changed"}
    assert low <= len(solved) / 600 <= high


def test_a_note_for_colleagues_solves_nothing() -> None:
    plan = Plan()
    desk = Desk(Dice("a seed"), plan, [], [], open={"t1": {"id": "t1"}})
    desk.notice({"kind": "ticket_comment", "target": "t1", "payload": {"public": False, "body": "https://x.example"}, "at": START})
    assert not plan.until(END)


def test_reviewers_have_their_likings_and_sometimes_say_nothing() -> None:
    reviewers = Reviewers(Dice("a seed"))
    said = Counter((answer.kind if (answer := reviewers.answer(f"ask {n}", "executive", START)) else "nothing") for n in range(1000))
    assert 330 <= said["approve"] <= 430
    assert 60 <= said["nothing"] <= 140
    liked = Counter((answer.kind if (answer := reviewers.answer(f"ask {n}", "refund", START)) else "nothing") for n in range(1000))
    assert liked["approve"] > 700


def test_every_rejection_gives_a_reason_and_every_answer_takes_its_time() -> None:
    reviewers = Reviewers(Dice("a seed"))
    answers = [answer for n in range(300) if (answer := reviewers.answer(f"ask {n}", "executive", START))]
    assert all(bool(answer.reason) == (answer.kind == "reject") for answer in answers)
    assert all(answer.at > START for answer in answers)

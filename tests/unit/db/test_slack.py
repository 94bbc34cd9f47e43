"""What the Slack door keeps: which cards stand before a person, and which follow their decisions."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event

from integrations.db import migrations
from integrations.db.database import Database
from integrations.db.slack import MOST_AT_ONCE, Click, Post, SlackStore
from integrations.db.store import SqlStore
from tests.unit.db.build import DAY, NOW, SAID, answered, approval, recorded
from tests.unit.db.conftest import KEY

ANN = "ann@example.com"


@pytest.fixture
async def database(url: str) -> AsyncIterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        database.close()


def post(id_: str, **changes: Any) -> Post:
    """A card of the only ask, before Ann since an hour."""
    usual = {"email": ANN, "approval_id": "apr_1_1_0", "state": "live", "posted_at": NOW - timedelta(hours=1)}
    return Post(id_, changes.pop("kind", "ask"), NOW, NOW, **{**usual, **changes})


async def test_cards_stand_before_a_person_until_they_are_answered_and_count_for_a_day(database: Database) -> None:
    store, slack = SqlStore(database, key=KEY), SlackStore(database)
    await recorded(store, approvals=[approval(asked=(ANN, "ben@example.com"))])
    await slack.plan([
        post("1"), post("2", state="posting", posted_at=None), post("3", posted_at=NOW - 2 * DAY), post("4", state="waiting", posted_at=None),
        post("5", email="ben@example.com"), post("6", state="settled"), post("7", kind="reminder"),
    ])  # fmt: skip

    assert await slack.cards_before(ANN, NOW - DAY, without="1") == (2, 1)
    await store.change_ask("apr_1_1_0", {"asked": ("ben@example.com",)}, [], SAID)
    assert await slack.cards_before(ANN, NOW - DAY, without="1") == (0, 1), "one that is passed on waits for others"
    await store.change_ask("apr_1_1_0", {"asked": (ANN,), "state": "snoozed"}, [], SAID)
    assert await slack.cards_before(ANN, NOW - DAY, without="1") == (0, 1), "one that is put off does not wait now"
    await store.answer(answered(approval()), proposal=None, audit=SAID)
    assert await slack.cards_before(ANN, NOW - DAY, without="1") == (0, 1)


def typed(id_: str, *, minutes: float = 0, **changes: Any) -> Click:
    """Ann escalates a ticket, by a command of its own address to answer to, so many minutes from now."""
    at = NOW + timedelta(minutes=minutes)
    said = {"channel": "C1", "text": "all is down", "ticket": "tic_1", "respond": f"https://slack.example/{id_}", **changes.pop("said", {})}
    return Click(id_, **{"kind": "escalate", "team_id": "T1", "user_id": "UANN", **changes}, said=said, received_at=at, next_at=at)


async def test_a_command_is_like_another_when_its_person_typed_the_same_in_the_same_place(database: Database) -> None:
    slack = SlackStore(database)
    others = [
        typed("by another", user_id="UBEN"), typed("elsewhere", said={"channel": "C2"}), typed("another ticket", said={"ticket": "tic_2"}),
        typed("other words", said={"text": "it is slow"}), typed("a search", kind="article"), typed("long ago", minutes=-3),
    ]  # fmt: skip
    for click in [*others, typed("first"), typed("again", minutes=1), typed("now", minutes=1.5)]:
        assert await slack.keep_click(click)

    found = await slack.clicks_like(typed("now", minutes=1.5), since=NOW - timedelta(minutes=0.5))
    assert [click.id for click in found] == ["first", "again"]


async def test_every_live_card_is_looked_at_however_many_there_are(database: Database) -> None:
    slack = SlackStore(database)
    many = MOST_AT_ONCE + 50
    await slack.plan([post(str(number)) for number in range(many)])

    assert len(await slack.live_posts()) == len(await slack.live_since(NOW - DAY)) == many


LOOKS: dict[str, Callable[[SlackStore], Awaitable[Any]]] = {
    "the card of an ask": lambda slack: slack.card_of("apr_1", ANN),
    "the cards of an ask": lambda slack: slack.cards_of("apr_1"),
    "what stands before a person": lambda slack: slack.cards_before(ANN, NOW, without="1"),
    "what is held back": lambda slack: slack.held_posts(ANN),
    "what stands there since then": lambda slack: slack.live_since(NOW),
    "what follows decisions": lambda slack: slack.live_posts(["dec_1", "dec_2"]),
    "what stands at a place": lambda slack: slack.post_at("D1", "1.0"),
    "what is due": lambda slack: slack.due_posts(NOW),
}


@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
async def test_no_look_goes_through_all_that_was_ever_posted(tmp_path: Path, look: Callable[[SlackStore], Awaitable[Any]]) -> None:
    url, asked = f"sqlite:///{tmp_path / 'nextplay.db'}", list[tuple[str, Any]]()
    migrations.upgrade(url)
    with closing(Database(url)) as database:
        event.listen(Engine, "before_cursor_execute", said := lambda *given: asked.append((given[2], given[3])))
        try:
            await look(SlackStore(database))
        finally:
            event.remove(Engine, "before_cursor_execute", said)
        plans = [
            str(step[3])
            for query, values in asked if "slack_posts" in query
            for step in await database.read_core(lambda c, q=query, v=values: c.exec_driver_sql(f"EXPLAIN QUERY PLAN {q}", v).all())  # type: ignore[misc]  # mypy knows no lambda's defaults
        ]  # fmt: skip
    assert plans
    assert not [step for step in plans if step.startswith("SCAN slack_posts")], plans

"""Which cards are looked at, how often, and how soon again while Slack does not answer."""

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from agent.ports import AuditEntry
from integrations.db import migrations
from integrations.db.audit_chain import Chain
from integrations.db.database import Database
from integrations.db.slack import Post, SlackStore
from integrations.slack.card import Shown
from integrations.slack.following import LOOK_AFTER, Following
from integrations.slack.posting import fingerprint
from integrations.slack.rendering import Rendered, Rendering
from integrations.slack.web import SlackBusy, SlackWeb
from tests.unit.db.build import NOW

READERS = ("ann@example.com", "ben@example.com")
AS_BEFORE = Shown("as before", [])


class Said(Rendering):
    """Always has something new to say, and counts how often it was asked to."""

    def __init__(self) -> None:
        self.times: dict[str, int] = {}

    async def of(self, post: Post) -> Rendered:
        self.times[post.id] = self.times.get(post.id, 0) + 1
        return Rendered(Shown("news", []))


class Unchanged(Said):
    """Has nothing new to say; of `bad` not even that can be said."""

    def __init__(self, bad: str = "") -> None:
        super().__init__()
        self.bad = bad

    async def of(self, post: Post) -> Rendered:
        await super().of(post)
        if post.id == self.bad:
            raise ValueError(post.id)
        return Rendered(AS_BEFORE)


class Undoable(Said):
    """Has something new to say of one card, and waits for what will be to say of the other."""

    async def of(self, post: Post) -> Rendered:
        news = await super().of(post)
        return news if post.id == "ann" else Rendered(AS_BEFORE, again=timedelta(minutes=10))


class Busy(Said):
    """Slack has said that it wants to be let alone for half a minute."""

    async def of(self, post: Post) -> Rendered:
        await super().of(post)
        raise SlackBusy("chat.update", 30)


class Between(SlackStore):
    """Something can happen in the middle of a look, after the posts about decisions were read."""

    happens: Callable[[], Awaitable[object]] | None = None

    async def live_since(self, at: datetime) -> list[Post]:
        if self.happens is not None:
            await self.happens()
        return await super().live_since(at)


async def lost() -> None:
    raise OSError("the database is away")


def live(name: str, *, posted: datetime = NOW - timedelta(hours=1)) -> Post:
    """A card that stands there; all are one person's."""
    return Post(
        name, "ask", posted, posted, email="ann@example.com", channel="D1", ts="1.0", decision_id=f"dec_{name}", state="live",
        shown=fingerprint(AS_BEFORE), posted_at=posted,
    )  # fmt: skip


async def happened(database: Database, decision: str) -> None:
    await database.write_core(lambda c: Chain(b"k" * 32).append(c, [AuditEntry("test", "ann@example.com", decision, {})], NOW))


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    url = f"sqlite:///{tmp_path / 'nextplay.db'}"
    migrations.upgrade(url)
    with closing(Database(url)) as database:
        yield database


@pytest.fixture
async def slack(database: Database) -> SlackStore:
    return SlackStore(database)


@pytest.fixture
async def silent() -> AsyncIterator[SlackWeb]:
    """A Slack at whose address nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        web = SlackWeb("xoxb-1", f"http://127.0.0.1:{server.getsockname()[1]}/api/")
    yield web
    await web.close()


async def test_a_card_rests_for_its_own_failures_however_many_people_have_one(slack: SlackStore, silent: SlackWeb) -> None:
    """What was decided is asked of two people: each card failed once, so both rest as long as one that failed once."""
    posted = NOW - timedelta(hours=1)
    await slack.plan([
        Post(reader, "ask", posted, posted, email=reader, channel="D1", ts="1.0", decision_id="dec_1", state="live", posted_at=posted)
        for reader in READERS
    ])  # fmt: skip
    said, at = Said(), NOW
    following = Following(slack, silent, said, lambda: at)

    await following.pass_once()
    at += LOOK_AFTER * 2 - timedelta(seconds=1)
    await following.pass_once()
    assert said.times == dict.fromkeys(READERS, 1)
    at += timedelta(seconds=1)
    await following.pass_once()
    assert said.times == dict.fromkeys(READERS, 2)


async def test_a_card_that_has_just_been_posted_is_looked_at_once(slack: SlackStore, silent: SlackWeb) -> None:
    """Looks overlap, because a post is dated a moment before it is written down; what was seen is not rendered again for that."""
    said, at = Unchanged(), NOW
    following = Following(slack, silent, said, lambda: at)
    await following.pass_once()

    await slack.plan([live("ann", posted=NOW + timedelta(seconds=1))])
    for _ in range(8):
        at += timedelta(seconds=1)
        await following.pass_once()
    assert said.times == {"ann": 1}


async def test_one_that_was_written_down_late_is_looked_at_too(slack: SlackStore, silent: SlackWeb) -> None:
    said, at = Unchanged(), NOW
    following = Following(slack, silent, said, lambda: at)
    await following.pass_once()
    at += timedelta(seconds=4)
    await following.pass_once()

    await slack.plan([live("ann", posted=NOW + timedelta(seconds=1))])
    at += timedelta(seconds=1)
    await following.pass_once()
    assert said.times == {"ann": 1}


async def test_a_card_that_cannot_be_rendered_holds_up_no_other_and_is_tried_again(slack: SlackStore, silent: SlackWeb) -> None:
    """Both are one person's, so that they are looked at one after the other."""
    await slack.plan([live("bad"), live("good")])
    said, at = Unchanged("bad"), NOW
    following = Following(slack, silent, said, lambda: at)

    assert await following.pass_once() == 0
    assert said.times == {"bad": 1, "good": 1}
    at += LOOK_AFTER * 2
    await following.pass_once()
    assert said.times == {"bad": 2, "good": 1}


async def test_what_was_to_be_looked_at_is_not_forgotten_where_a_look_fails(database: Database, silent: SlackWeb) -> None:
    slack, said = Between(database), Unchanged()
    await slack.plan([live("ann")])
    following = Following(slack, silent, said, lambda: NOW)
    await following.pass_once()
    await happened(database, "dec_ann")

    slack.happens = lost
    with pytest.raises(OSError, match="away"):
        await following.pass_once()
    slack.happens = None
    await following.pass_once()
    assert said.times == {"ann": 2}


async def test_a_card_that_comes_to_stand_there_while_its_news_are_read_is_looked_at(database: Database, silent: SlackWeb) -> None:
    slack, said = Between(database), Unchanged()
    following = Following(slack, silent, said, lambda: NOW)
    await following.pass_once()
    await happened(database, "dec_ann")

    slack.happens = lambda: slack.plan([live("ann", posted=NOW)])
    await following.pass_once()
    assert said.times == {"ann": 1}


async def test_a_card_that_comes_to_stand_there_between_an_answer_and_its_plans_is_looked_at_once_more(database: Database, silent: SlackWeb) -> None:
    """The audit log does not tell of the plans: the card would never show that it can be undone."""
    slack, said, at = SlackStore(database), Unchanged(), NOW
    following = Following(slack, silent, said, lambda: at)
    await following.pass_once()
    await happened(database, "dec_ann")
    await following.pass_once()

    await slack.plan([live("ann", posted=NOW)])
    at += timedelta(seconds=1)
    await following.pass_once()
    at += LOOK_AFTER
    await following.pass_once()
    assert said.times == {"ann": 2}


async def test_a_card_that_waits_longer_does_not_put_off_another_of_its_decision(slack: SlackStore, silent: SlackWeb) -> None:
    """Slack does not answer for one; after that the other is looked at, which can be undone for ten minutes."""
    said, at = Undoable(), NOW
    await slack.plan([replace(live(name), decision_id="dec_1") for name in ("ann", "ben")])
    following = Following(slack, silent, said, lambda: at)
    await following.pass_once()
    at += LOOK_AFTER * 2
    await following.pass_once()
    assert said.times == {"ann": 2, "ben": 2}


async def test_what_is_wrong_with_a_card_is_said_once_for_each_time_that_it_begins(slack: SlackStore, database: Database, silent: SlackWeb) -> None:
    await slack.plan([live("bad")])
    said, at = Unchanged(), NOW
    following = Following(slack, silent, said, lambda: at)
    with capture_logs() as logs:
        for said.bad in ("bad", "bad", "", "bad"):
            await happened(database, "dec_bad")
            await following.pass_once()
            at += timedelta(minutes=1)
    assert said.times == {"bad": 4}
    assert [line["event"] for line in logs] == ["a card could not be brought up to date"] * 2


async def test_slack_is_let_alone_for_as_long_as_it_asks_whatever_happens_meanwhile(slack: SlackStore, database: Database, silent: SlackWeb) -> None:
    await slack.plan([live("ann")])
    said, at = Busy(), NOW
    following = Following(slack, silent, said, lambda: at)
    await following.pass_once()
    for _ in range(9):
        at += timedelta(seconds=3)
        await happened(database, "dec_ann")
        await following.pass_once()
    assert said.times == {"ann": 1}
    at += timedelta(seconds=3)
    await following.pass_once()
    assert said.times == {"ann": 2}

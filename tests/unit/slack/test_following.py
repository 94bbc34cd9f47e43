"""How soon a card is tried again while Slack does not answer."""

import socket
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from integrations.db import migrations
from integrations.db.database import Database
from integrations.db.slack import Post, SlackStore
from integrations.slack.card import Shown
from integrations.slack.following import LOOK_AFTER, Following
from integrations.slack.rendering import Rendered, Rendering
from integrations.slack.web import SlackWeb
from tests.unit.db.build import NOW

READERS = ("ann@example.com", "ben@example.com")


class Said(Rendering):
    """Always has something new to say, and counts how often it was asked to."""

    def __init__(self) -> None:
        self.times: dict[str, int] = {}

    async def of(self, post: Post) -> Rendered:
        self.times[post.id] = self.times.get(post.id, 0) + 1
        return Rendered(Shown("news", []))


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[SlackStore]:
    url = f"sqlite:///{tmp_path / 'nextplay.db'}"
    migrations.upgrade(url)
    database = Database(url)
    try:
        yield SlackStore(database)
    finally:
        database.close()


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

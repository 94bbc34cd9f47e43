"""What is posted, and what of it waits: one message that cannot be made holds up no other."""

from collections.abc import AsyncIterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from integrations.db import migrations
from integrations.db.database import Database
from integrations.db.slack import Member, Post, SlackStore
from integrations.slack.card import Card
from integrations.slack.cases import Cases
from integrations.slack.members import Members
from integrations.slack.posting import Posting
from integrations.slack.rendering import Rendered, Rendering
from tests.unit.db.build import NOW

ANN = "ann@example.com"
NOBODY: Any = None


class Damaged(Rendering, Cases):
    """Of one decision the record cannot be read."""

    def __init__(self) -> None:
        pass

    async def card(self, approval_id: str, reader: str | None = None) -> Card | None:  # noqa: ARG002  whoever reads it
        if approval_id == "apr_bad":
            raise ValueError(approval_id)
        return None

    async def of(self, post: Post) -> Rendered:
        await self.card(post.approval_id or "")
        return Rendered(None, over=True)


@pytest.fixture
async def slack(tmp_path: Path) -> AsyncIterator[SlackStore]:
    url = f"sqlite:///{tmp_path / 'nextplay.db'}"
    migrations.upgrade(url)
    with closing(Database(url)) as database:
        store = SlackStore(database)
        await store.keep_member(Member(ANN, "U1", "T1", "Ann", "UTC", "member", NOW, dm="D1"))
        yield store


async def test_a_message_that_cannot_be_made_holds_up_no_other_to_the_same_person(slack: SlackStore) -> None:
    at = NOW

    async def team() -> str:
        return "T1"

    posting = Posting(slack, NOBODY, Members(slack, NOBODY, lambda: at, team), Damaged(), Damaged(), NOBODY, lambda: at)
    await slack.plan([Post(name, "ask", NOW, NOW, email=ANN, decision_id="dec_1", approval_id=f"apr_{name}") for name in ("bad", "good")])

    with capture_logs() as logs:
        for _ in range(3):
            await posting.pass_once()
            at += timedelta(minutes=1)

    good, bad = [cast("Post", await slack.post(name)) for name in ("good", "bad")]
    assert good.state == "dropped"
    assert (bad.state, bad.attempts, bad.error) == ("waiting", 3, "ValueError")
    assert [line["event"] for line in logs] == ["a message could not be made"], "it is said once"

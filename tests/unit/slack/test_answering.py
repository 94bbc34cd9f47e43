"""Requests are answered when they have been decided, each once, whatever fails meanwhile."""

from contextlib import closing
from pathlib import Path
from typing import cast

import pytest

from agent.domain.decision import Decision
from agent.domain.event import Event
from agent.ports import AuditEntry
from agent.service import Nextplay
from integrations.db import migrations
from integrations.db.audit_chain import Chain
from integrations.db.database import Database
from integrations.db.errors import AwayError
from integrations.db.slack import SlackStore
from integrations.slack.requests import SOURCE, Answering
from tests.unit.db.build import NOW, decision, event


class Service:
    """Knows one decision, about what somebody asked in a channel; when it answers."""

    silent = False
    damaged = ""

    async def explain(self, id_: str) -> Decision:
        if self.silent:
            raise AwayError
        if id_ == self.damaged:
            raise ValueError(id_)
        return decision(trigger=decision().trigger.model_copy(update={"source": SOURCE}))

    async def event_of(self, _decision: Decision) -> Event:
        return event(data={"reply": {"channel": "C1"}})


async def test_a_request_is_answered_once_also_where_a_look_failed(tmp_path: Path) -> None:
    url, service = f"sqlite:///{tmp_path / 'nextplay.db'}", Service()
    migrations.upgrade(url)
    with closing(Database(url)) as database:
        slack = SlackStore(database)
        answering = Answering(slack, cast("Nextplay", service), lambda: NOW)
        assert await answering.pass_once() == 0
        await database.write_core(lambda c: Chain(b"k" * 32).append(c, [AuditEntry("decided", "nextplay", decision().id, {})], NOW))

        service.silent = True
        with pytest.raises(AwayError):
            await answering.pass_once()
        service.silent = False
        assert [await answering.pass_once() for _ in range(2)] == [1, 0]
        post = await slack.post(f"reply:{decision().id}")
        assert post is not None
        assert post.channel == "C1"


async def test_a_request_that_cannot_be_answered_keeps_nobody_else_from_an_answer(tmp_path: Path) -> None:
    url, service = f"sqlite:///{tmp_path / 'nextplay.db'}", Service()
    migrations.upgrade(url)
    with closing(Database(url)) as database:
        answering = Answering(SlackStore(database), cast("Nextplay", service), lambda: NOW)
        service.damaged = "dec_0"
        entries = [AuditEntry("decided", "nextplay", ref, {}) for ref in ("dec_0", decision().id)]
        await database.write_core(lambda c: Chain(b"k" * 32).append(c, entries, NOW))
        assert [await answering.pass_once() for _ in range(2)] == [1, 0]

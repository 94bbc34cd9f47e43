"""What is older than its period goes; decisions, answers, effects and the audit log stay; on both databases."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from agent.arrivals import arrival_of
from agent.errors import NextplayError
from integrations.bootstrap import Workspace, open_workspace
from integrations.db.tables import ACTIONS, DECISIONS, INBOX, MESSAGES
from integrations.retaining import keeping, purging
from integrations.settings import Settings
from tests.chaos.stories import START
from tests.chaos.world import created, world
from tests.databases import either_url

__all__ = ["either_url"]

LATER = START + timedelta(days=100)


@pytest.fixture
async def workspace(url: str, tmp_path: Path) -> AsyncIterator[Workspace]:
    settings = Settings(database_url=url, audit_key_file=tmp_path / "key", retain_evidence_days=60, retain_messages_days=60, _env_file=None)
    async with open_workspace(settings, at=START) as workspace:
        await workspace.sandbox.apply(world(accounts=1))
        yield workspace


def found(workspace: Workspace, old: list[purging.Old]) -> dict[str, int]:
    return {one.name: one.rows for one in old if one.rows}


async def looked(workspace: Workspace, settings: Settings, days: int) -> dict[str, int]:
    return found(workspace, await workspace.database.read_core(lambda c: purging.look(c, settings, START + timedelta(days=days))))


async def test_old_data_goes_by_class_and_what_was_decided_stays(workspace: Workspace) -> None:
    closed, waiting = await workspace.service.accept([arrival_of(created(ticket)) for ticket in ("smoke_0_0", "refund_0_0")])
    await workspace.engine.settle()
    before = await workspace.service.explain("dec_" + closed.run_id.removeprefix("run_"))
    settings = workspace.settings
    assert await looked(workspace, settings, 59) == {}
    would = await looked(workspace, settings, 100)
    assert would["bodies of events"] == would["evidence"] == 1, "one run waits for a person: nothing of it goes"
    assert would["messages"] >= 1

    done = found(workspace, await keeping.purge(workspace.database, settings, LATER))

    assert done == would
    assert await looked(workspace, settings, 100) == {}
    assert await workspace.service.explain("dec_" + closed.run_id.removeprefix("run_")) == before
    assert (await workspace.store.verify_audit()).ok
    rows = await workspace.database.read_core(
        lambda c: {t.name: len(c.execute(select(t)).all()) for t in (INBOX, DECISIONS, ACTIONS, MESSAGES)},
    )
    assert rows["inbox"] == rows["decisions"] == 2
    assert rows["actions"] >= 2
    assert await workspace.store.raw_event(closed.run_id) == b""
    assert await workspace.store.raw_event(waiting.run_id) != b""
    with pytest.raises(NextplayError) as told:
        await workspace.service.replay("dec_" + closed.run_id.removeprefix("run_"))
    assert "no longer stored" in told.value.message
    [again] = await workspace.service.accept([arrival_of(created("smoke_0_0"))])
    assert again.status == "duplicate"


async def test_checkpoints_go_once_their_run_has_closed(workspace: Workspace) -> None:
    [accepted] = await workspace.service.accept([arrival_of(created("refund_0_0"))])
    await workspace.engine.settle()
    assert await keeping.forget_paused(workspace.database, closed_only=True) == 0
    await workspace.database.write_core(lambda c: c.execute(text("UPDATE runs SET state = 'closed' WHERE id = :of"), {"of": accepted.run_id}))
    assert await keeping.forget_paused(workspace.database, closed_only=True) == 1
    assert await keeping.forget_paused(workspace.database, closed_only=False) == 0


async def test_zero_days_are_for_ever(workspace: Workspace) -> None:
    await workspace.service.accept([arrival_of(created("smoke_0_0"))])
    await workspace.engine.settle()
    ever = workspace.settings.model_copy(update={name: 0 for name in Settings.model_fields if name.startswith("retain_")})
    assert await looked(workspace, ever, 10_000) == {}


async def test_the_sweep_goes_on_after_a_failure(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    passes: list[float] = []

    class Enough(Exception):
        pass

    async def rest(seconds: float) -> None:
        passes.append(seconds)
        if len(passes) == 3:
            raise Enough

    async def fails(*_given: object) -> list[purging.Old]:
        raise OSError("disk")

    monkeypatch.setattr(keeping, "purge", fails)
    with pytest.raises(Enough):
        await keeping.keep_purged(workspace.database, workspace.settings, lambda: START, rest)
    assert passes == [keeping.EVERY_S] * 3

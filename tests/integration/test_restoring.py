"""A restored copy of the database does nothing again that was done after the backup was taken, on both databases."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
from sqlalchemy import create_engine, make_url, text

from agent.arrivals import arrival_of
from integrations import moving
from integrations.bootstrap import Workspace, open_workspace
from integrations.cli.database import copy
from integrations.db.errors import UnsuitableError
from integrations.settings import Settings
from tests.chaos.stories import START
from tests.chaos.world import created, world
from tests.databases import either_url
from tests.postgres import Server
from tools.ports import Command, Receipt

__all__ = ["either_url"]


class Target:
    """An outside system with a log of its own: a restore of ours changes nothing there."""

    def __init__(self, *, tells: bool = True) -> None:
        self.log: list[str] = []
        self.tells = tells

    async def execute(self, command: Command) -> Receipt:
        self.log.append(command.marker)
        return Receipt(f"ref-{len(self.log)}", START)

    async def look_up(self, command: Command) -> Receipt | Literal["absent", "unknowable"]:
        if not self.tells:
            return "unknowable"
        return Receipt("found", START) if command.marker in self.log else "absent"


class Deployment:
    def __init__(self, url: str, folder: Path, target: Target) -> None:
        self.settings, self.target = Settings(database_url=url, audit_key_file=folder / "key", undo_s=60, _env_file=None), target

    def opened(self, minutes: int = 0):  # type: ignore[no-untyped-def]
        return open_workspace(self.settings, at=START + timedelta(minutes=minutes), wrap=lambda ports: replace(ports, effects=self.target))


@pytest.fixture
def copied(url: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[str]:
    """Where a backup is restored to."""
    if url.startswith("sqlite"):
        yield f"sqlite:///{tmp_path / 'restored.db'}"
    else:
        server: Server = request.getfixturevalue("server")
        yield server.empty()


def back_up(url: str, to: str, folder: Path) -> None:
    """By the command of either kind: a file's copy, or, for a server, what pg_dump and pg_restore amount to."""
    if url.startswith("sqlite"):
        file = folder / "backup.db"
        copy(Path(make_url(url).database or ""), file)
        shutil.copy(file, make_url(to).database or "")
    else:
        moving.move(url, to)


async def go_on(workspace: Workspace, *, answer: bool) -> None:
    if answer:
        for ask in await workspace.service.waiting():
            await workspace.service.answer(ask.decision_id, "approve", who=ask.asked[0])
    await workspace.engine.settle()
    await workspace.engine.settle()


@pytest.mark.parametrize("tells", [True, False])
async def test_what_was_done_since_the_backup_is_not_done_again(url: str, copied: str, tmp_path: Path, tells: bool) -> None:
    target = Target()
    original, restored = Deployment(url, tmp_path, target), Deployment(copied, tmp_path, target)
    async with original.opened() as workspace:
        await workspace.sandbox.apply(world(accounts=2))
        await workspace.service.accept([arrival_of(created(ticket)) for ticket in ("refund_0_0", "smoke_0_0")])
        await workspace.engine.settle()
        before = list(target.log)
    assert before
    back_up(url, copied, tmp_path)
    async with original.opened(5) as workspace:
        await workspace.service.accept([arrival_of(created("smoke_1_0"))])
        await go_on(workspace, answer=True)
    async with original.opened(10) as workspace:
        await go_on(workspace, answer=False)
    done = list(target.log)
    assert len(set(done)) == len(done) > len(before)

    target.tells = tells
    for minutes in (20, 30, 40):
        async with restored.opened(minutes) as workspace:
            if minutes == 20:
                assert (await workspace.store.verify_audit()).ok
                await workspace.store.restored(by="ops@example.com", at=START + timedelta(minutes=minutes))
                again = await workspace.service.accept([arrival_of(created("smoke_1_0"))])
                assert again[0].status == "new", "the copy does not know of it: the sender repeats it"
            await go_on(workspace, answer=True)
            unknown = await workspace.service.unknown_effects()
            assert (await workspace.store.verify_audit()).ok
    assert target.log == done, "nothing was done twice"
    assert bool(unknown) is not tells, "what no target can tell waits for a person"


async def test_new_work_is_done_by_a_restored_copy(url: str, copied: str, tmp_path: Path) -> None:
    target = Target()
    async with Deployment(url, tmp_path, target).opened() as workspace:
        await workspace.sandbox.apply(world(accounts=1))
    back_up(url, copied, tmp_path)
    async with Deployment(copied, tmp_path, target).opened() as workspace:
        until = await workspace.store.restored(by="ops@example.com", at=START)
        assert await workspace.store.looks_first(START)
        assert not await workspace.store.looks_first(until)
        await workspace.service.accept([arrival_of(created("smoke_0_0"))])
        await workspace.engine.settle()
    assert len(target.log) >= 2


async def test_code_that_is_a_migration_older_goes_on(url: str, tmp_path: Path) -> None:
    """An upgrade adds tables and columns while old processes work: they neither see them nor mind."""
    async with Deployment(url, tmp_path, Target()).opened() as workspace:
        await workspace.sandbox.apply(world(accounts=1))
        [asked] = await workspace.service.accept([arrival_of(created("refund_0_0"))])
        await workspace.engine.settle()
        engine = create_engine(workspace.database.address or url)
        with engine.begin() as connection:
            tables = ("inbox", "runs", "decisions", "approvals", "actions", "messages", "audit", "outcomes", "watches", "decision_heads")
            for table in tables:
                connection.execute(text(f"ALTER TABLE {table} ADD COLUMN of_next_release TEXT"))
                connection.execute(text(f"ALTER TABLE {table} ADD COLUMN counted_next INTEGER NOT NULL DEFAULT 0"))
            connection.execute(text("CREATE TABLE next_release (id INTEGER PRIMARY KEY)"))
        engine.dispose()
        await workspace.service.accept([arrival_of(created("smoke_0_0"))])
        await go_on(workspace, answer=True)
        assert [run.state for run in [await workspace.service.run(asked.run_id)]] != ["dead"]
        assert (await workspace.store.verify_audit()).ok
        decision = await workspace.service.explain("dec_" + asked.run_id.removeprefix("run_"))
        assert decision.approvals
    if url.startswith("sqlite"):
        with closing(sqlite3.connect(make_url(url).database or "")) as connection:
            assert connection.execute("SELECT count(*) FROM decisions WHERE counted_next = 0").fetchone()[0] >= 2


async def test_code_that_is_older_does_not_start_on_what_a_newer_one_made(url: str, tmp_path: Path) -> None:
    async with Deployment(url, tmp_path, Target()).opened() as workspace:
        engine = create_engine(workspace.database.address or url)
        try:
            with engine.begin() as connection:
                now = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
                connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
            with pytest.raises(UnsuitableError, match="revision 9999, which a newer Nextplay made"):
                async with Deployment(url, tmp_path, Target()).opened():
                    pass
        finally:
            with engine.begin() as connection:
                connection.execute(text("UPDATE alembic_version SET version_num = :now"), {"now": now})
            engine.dispose()

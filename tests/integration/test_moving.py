"""A database moves to the other kind whole: what was there is there, the log verifies, and work goes on."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from agent.errors import Refused
from agent.listing import Wanted
from agent.ports import AuditEntry
from integrations import moving
from integrations.db.database import Database
from integrations.db.errors import UnsuitableError
from integrations.db.store import SqlStore
from integrations.db.tables import EDITS, INBOX, MESSAGES, Row
from integrations.moving import move
from integrations.search.full_text import full_text
from tests.postgres import Server
from tests.unit.db.build import MINUTE, NOW, action, answered, approval, recorded
from tests.unit.db.conftest import KEY

PASSAGE = (1, "Exporting data", "data export", "Choose Export.")


@pytest.fixture(params=["to a server", "to a file"])
def ways(request: pytest.FixtureRequest, file_url: str, server: Server) -> tuple[str, str]:
    """From where to where."""
    there = server.fresh()
    return (file_url, there) if request.param == "to a server" else (there, file_url)


async def lived(url: str) -> dict[str, int]:
    """A few decisions with all that belongs to them; how many rows each table has."""
    database = Database(url)
    try:
        store = SqlStore(database, key=KEY)
        for number in (1, 2):
            await recorded(store, number, actions=[action(number)], approvals=[approval(number)])
        said = answered(approval(1))
        await store.answer(said, proposal=None, audit=AuditEntry("answered", "bo@example.com", "dec_1", {"approval": said.id}))
        assert await store.start_action("np-1-0", NOW + MINUTE)
        await database.write_core(lambda c: full_text(c).add(c, [PASSAGE]))
        return await database.read_core(counted)
    finally:
        database.close()


def counted(connection: Any) -> dict[str, int]:
    return {table.name: connection.execute(select(func.count()).select_from(table)).scalar_one() for table in Row.metadata.sorted_tables}


async def test_everything_moves_and_work_goes_on(ways: tuple[str, str]) -> None:
    source, target = ways
    rows = await lived(source)
    heard = list[str]()
    assert move(source, target, lambda table, _: heard.append(table)) == rows
    assert set(heard) == set(rows)

    database = Database(target)
    try:
        store = SqlStore(database, key=KEY)
        assert (await store.verify_audit()).ok
        found = await store.find(Wanted(text="Hello"), before=None, after=None, at_most=9)
        assert [one.id for one in found.decisions] == ["dec_2", "dec_1"]
        assert await database.read_core(lambda c: full_text(c).finds(c, "exports", 1))
        await store.finish_action("np-1-0", state="done", at=NOW + MINUTE)
        await recorded(store, 3)
        new = {"decision_id": "dec_3", "digest": "d", "proposal": {}, "who": "x", "at": NOW}
        await database.write_core(lambda c: c.execute(insert(EDITS), new))
    finally:
        database.close()


async def test_nothing_is_moved_over_what_is_there(ways: tuple[str, str]) -> None:
    source, target = ways
    await lived(source)
    move(source, target)
    with pytest.raises(Refused, match=r"Something is in .* already"):
        move(source, target)
    with pytest.raises(Refused, match="the database itself"):
        move(source, source)


async def test_a_row_that_does_not_fit_is_told_and_nothing_is_half_there(file_url: str, server: Server) -> None:
    """PostgreSQL's texts hold no NUL; the doors let none in, but an old database may have one."""
    target = server.fresh()
    await lived(file_url)
    database = Database(file_url)
    message = {"id": "m", "kind": "alarm", "to": [], "title": "a\0b", "body": "", "at": NOW, "data": {}}
    await database.write_core(lambda c: c.execute(insert(MESSAGES), message))
    database.close()
    with pytest.raises(UnsuitableError, match="A row of messages does not fit"):
        move(file_url, target)
    there = Database(target)
    assert await there.read_core(lambda c: c.execute(select(func.count()).select_from(INBOX)).scalar_one()) == 0
    there.close()


def test_a_file_that_is_not_there_is_made_empty(tmp_path: Path, server: Server) -> None:
    assert set(move(f"sqlite:///{tmp_path / 'new.db'}", server.fresh()).values()) == {0}


async def test_a_copy_that_is_not_the_same_is_noticed_and_nothing_of_it_stays(file_url: str, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    await lived(file_url)
    target, whole = server.fresh(), moving._copy
    monkeypatch.setattr(moving, "_copy", lambda table, *more: 0 if table.name == "audit" else whole(table, *more))
    with pytest.raises(UnsuitableError, match="What was copied of audit is not what was there"):
        move(file_url, target)
    monkeypatch.undo()
    assert move(file_url, target)["decisions"] == 2, "it was left empty"

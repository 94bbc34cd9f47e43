"""A person is taken out: of every table, checkpoint, index and free page, on both databases, with the audit chain whole."""

import json
import re
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, LargeBinary, Table, create_engine, inspect, text, update

from agent.arrivals import arrival_of
from agent.errors import NotFound
from integrations.bootstrap import Workspace, open_workspace
from integrations.db import migrations
from integrations.db.all_rows import Row
from integrations.db.columns import Json
from integrations.db.guards_lifted import final_rows_open
from integrations.db.sqlite import beside
from integrations.retaining import keeping
from integrations.retaining.erasing import Erased, Trial, erase, scrub_table
from integrations.retaining.indexes import make_words_anew
from integrations.retaining.scrubbing import Scrub
from integrations.settings import Settings
from tests.chaos.stories import START
from tests.chaos.world import created, world
from tests.databases import either_url

__all__ = ["either_url"]

EMAIL, NAME, PHONE = "ottilie.canary@customer.example", "Ottilie Kanarienvogel", "+49 30 5550 1234"
HITS = re.compile(r"ottilie|kanarien|5550.?1234|mellon", re.IGNORECASE)
WORLD = (
    world(accounts=2)
    .replace('"Contact 0", "email": "c0@customer.example"', f'"{NAME}", "email": "{EMAIL}"')
    .replace("Please refund our licences", f"It is {NAME}, mellon, call me on +49-30-5550-1234. Please refund our licences", 1)
)
BY = "dpo@example.com"
AT = START + timedelta(hours=2)


@pytest.fixture
async def workspace(url: str, tmp_path: Path) -> AsyncIterator[Workspace]:
    settings = Settings(database_url=url, audit_key_file=tmp_path / "key", _env_file=None)
    async with open_workspace(settings, at=START) as workspace:
        yield workspace


def ticketed(world_: str) -> str:
    """The person's ticket with a thread."""
    said = json.loads(world_)
    for ticket in said["tickets"]:
        if ticket["id"] == "smoke_0_0":
            ticket |= {"requester": "con_0", "messages": [{"by": "customer", "body": "mellon, as I said", "at": "@-10m"}]}
    return json.dumps(said)


async def lived(workspace: Workspace) -> list[str]:
    """One ask about the person is approved, edited or waits; one is about somebody else; and their name is in a raw body, a note and an error."""
    await workspace.sandbox.apply(ticketed(WORLD))
    events = [created(ticket) for ticket in ("refund_0_0", "smoke_0_0", "refund_1_0")]
    named = replace(events[0], data={"from": EMAIL})
    raw = f'{{"from": "{NAME}", "text": "mellon"}}'.encode()
    accepted = await workspace.service.accept([replace(arrival_of(named), raw=raw), *map(arrival_of, events[1:])])
    await workspace.engine.settle()
    for ask in await workspace.service.waiting():
        if ask.decision_id == "dec_" + accepted[0].run_id.removeprefix("run_"):
            note = f"{NAME} called"
            await workspace.service.answer(ask.decision_id, "reject", who=ask.asked[0], reason="irrelevant", note=note)
    await workspace.store.quarantine("desk", "evt_x", raw, f"unreadable: {NAME}", START)
    await workspace.engine.settle()
    return ["dec_" + one.run_id.removeprefix("run_") for one in accepted]


async def erased(workspace: Workspace, *also: str) -> Erased:
    done = await workspace.database.write_core(lambda c: erase(c, workspace.store.chain, "con_0", also=(PHONE, *also), by=BY, why="asked for", at=AT))
    await keeping.forget_paused(workspace.database, closed_only=False)
    return done


def everything(workspace: Workspace) -> Iterator[tuple[str, str]]:
    """Every value of every table of every schema, compressed ones opened, as a dump would have them."""
    engine = create_engine(workspace.database.address or f"sqlite:///{workspace.database.file}")
    try:
        with engine.connect() as connection:
            looks = inspect(engine)
            for schema in [name for name in looks.get_schema_names() if not name.startswith(("pg_", "information"))]:
                for table in looks.get_table_names(schema):
                    try:
                        rows = connection.execute(text(f'SELECT * FROM "{schema}"."{table}"')).mappings().all()
                    except Exception:  # noqa: BLE001, S112  a shadow of an index that cannot be read as a table
                        continue
                    for row in rows:
                        yield from ((f"{schema}.{table}.{name}", _said(value)) for name, value in row.items())
    finally:
        engine.dispose()


def _said(value: Any) -> str:
    if isinstance(value, bytes | memoryview):
        data = bytes(value)
        with suppress(zlib.error):
            data = zlib.decompress(data)
        return data.decode("utf-8", "replace")
    return str(value)


def hits(workspace: Workspace) -> list[str]:
    return sorted({where for where, said in everything(workspace) if HITS.search(said)})


class TestAPersonWhoWasDecidedAbout:
    async def test_nothing_is_left_and_the_log_is_whole(self, workspace: Workspace) -> None:
        first, _, other = await lived(workspace)
        before = hits(workspace)
        assert {"inbox", "decisions", "approvals", "sandbox_records", "quarantine"} <= {where.split(".")[1] for where in before}
        assert (await workspace.store.verify_audit()).ok
        untouched = await workspace.service.explain(other)

        done = await erased(workspace)

        assert hits(workspace) == []
        report = await workspace.store.verify_audit()
        assert report.ok, report.why
        assert report.erased == done.payloads
        assert done.decisions >= 2
        told = await workspace.service.explain(first)
        assert told is not None
        assert told.candidates
        assert [one.answered_by for one in told.approvals]
        assert untouched is not None
        assert await workspace.service.explain(other) == untouched
        assert migrations.check(workspace.settings.database_url.get_secret_value()) == []

    async def test_the_files_hold_nothing_either(self, workspace: Workspace) -> None:
        if workspace.database.address is not None:
            assert await self._on_a_server(workspace)
            return
        await lived(workspace)
        await erased(workspace)
        path = workspace.database.file
        workspace.database.close()
        assert keeping.leave_nothing(workspace.database)
        files = [one for one in path.parent.iterdir() if one.name.startswith(path.name)]
        assert {path.name, beside(path, ".checkpoints").name} <= {one.name for one in files}
        assert [one.name for one in files if HITS.search(one.read_bytes().decode("latin-1"))] == []

    async def _on_a_server(self, workspace: Workspace) -> bool:
        await lived(workspace)
        await erased(workspace)
        return keeping.leave_nothing(workspace.database) and not hits(workspace)

    async def test_trying_changes_nothing(self, workspace: Workspace) -> None:
        await lived(workspace)
        before = sorted(everything(workspace))
        with pytest.raises(Trial) as told:
            await workspace.database.write_core(
                lambda c: erase(c, workspace.store.chain, "con_0", also=(PHONE,), trial=True, by=BY, why="asked for", at=AT)
            )
        assert told.value.done.decisions >= 2
        assert sorted(everything(workspace)) == before

    async def test_the_guards_are_back_afterwards(self, workspace: Workspace) -> None:
        first = (await lived(workspace))[0]
        await erased(workspace)
        with pytest.raises(Exception, match="an answered ask cannot change"):
            await workspace.database.write_core(lambda c: c.execute(text("UPDATE approvals SET note = 'x' WHERE decision_id = :of"), {"of": first}))

    async def test_who_is_not_known_must_be_named_otherwise(self, workspace: Workspace) -> None:
        with pytest.raises(NotFound, match="no contact con_9"):
            await workspace.database.write_core(lambda c: erase(c, workspace.store.chain, "con_9", also=(), by=BY, why="asked for", at=AT))


async def test_whatever_column_names_them_is_cleaned(workspace: Workspace) -> None:
    """Every text, JSON and bytes of every table: also of those that are added some day."""
    await lived(workspace)
    await workspace.engine.settle()
    assert len(await workspace.database.write_core(_fill)) > 60
    who = Scrub({"con_0": "erased-1"}, (EMAIL, NAME, PHONE), tuple(NAME.split()))

    def clean(connection: Connection) -> None:
        done = Erased("erased-1")
        with final_rows_open(connection):
            for table in Row.metadata.sorted_tables:
                if table.name not in ("audit", "audit_head"):
                    scrub_table(connection, table, who, done)
        make_words_anew(connection)

    await workspace.database.write_core(clean)
    assert [where for where in hits(workspace) if ".audit" not in where and "checkpoint" not in where] == []


def _fill(connection: Connection) -> list[str]:
    """Put the person into every column that takes it, of every table that has a row; the columns."""
    with final_rows_open(connection):
        return [
            f"{table.name}.{column.name}" for table in Row.metadata.sorted_tables for column in table.columns if _named_in(connection, table, column)
        ]


def _named_in(connection: Connection, table: Table, column: Any) -> bool:
    if table.name in ("audit", "audit_head") or column.primary_key or column.foreign_keys or column.name in _FIXED:
        return False
    if isinstance(column.type, Json):
        value: Any = {"name": NAME, EMAIL: [f"<{EMAIL}>"]}
    elif isinstance(column.type, LargeBinary):
        value = zlib.compress(f'{{"facts":[],"candidates":[],"of":"{EMAIL}"}}'.encode(), 1)
    elif type(column.type).__name__ in ("AutoString", "Text"):
        value = f"of {EMAIL}, {NAME}"
    else:
        return False
    return bool(connection.execute(update(table).values({column.name: value})).rowcount)


_FIXED = {"state", "unknown", "arm", "label", "run_id", "decision_id", "kind", "secret_sha256", "user_id", "marker", "stored", "model", "digest"}
"""What the database itself restricts, or must be unique."""


class TestScrub:
    who = Scrub({"con_1": "erased-1"}, ("ann@x.example", "Ann Smith", "+49 30 901820"), ("Ann", "Smith"))

    @pytest.mark.parametrize("said", ["mail ANN@x.example.", "ann  smith", "+49-30-901 820", "con_1", "Ann\nSmith"])
    def test_finds(self, said: str) -> None:
        assert self.who.finds(said)
        assert not self.who.finds(self.who.clean(said))

    @pytest.mark.parametrize("said", ["con_10", "xcon_1", "joann@x.example.org", "Ann", "901820"])
    def test_leaves(self, said: str) -> None:
        assert not self.who.finds(said)

    def test_names_go_with_what_is_surely_theirs(self) -> None:
        assert self.who.clean({"to": "con_1", "text": "Dear Ann"}) == {"to": "erased-1", "text": "Dear [erased]"}

    def test_bytes_from_outside_are_emptied(self) -> None:
        assert self.who.finds(b'{"name": "A\\u006en Smith"}')
        assert self.who.clean(b'{"name": "Ann Smith"}') == b""

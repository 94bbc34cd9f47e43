from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.exc import StatementError
from sqlmodel import Session, select

from integrations.db.sandbox_rows import SandboxEffect, SandboxMeta, SandboxRecord
from integrations.db.store import SqlStore
from integrations.search.full_text import full_text
from tests.unit.db.build import NOW


async def test_moments_come_back_in_utc_to_the_microsecond(store: SqlStore) -> None:
    there = datetime(2026, 11, 23, 10, 0, 0, 123456, tzinfo=timezone(timedelta(hours=1)))

    def put(session: Session) -> None:
        session.add(SandboxRecord(kind="deals", id="d", data={"n": [1, None]}, version=1, updated_at=there))

    await store.database.write(put)
    found = await store.database.read(lambda session: session.get(SandboxRecord, ("deals", "d")))
    assert found is not None
    assert found.updated_at == there
    assert found.updated_at.tzinfo is UTC
    assert (found.data, found.deleted) == ({"n": [1, None]}, False)


async def test_a_naive_moment_is_refused(store: SqlStore) -> None:
    naive = NOW.replace(tzinfo=None)
    with pytest.raises(StatementError, match="no time zone"):
        await store.move_run("run_1", state="waiting", wake_at=naive)


async def test_effects_are_numbered_and_their_marker_is_unique(store: SqlStore) -> None:
    def put(session: Session) -> None:
        for marker in ("m1", "m2"):
            session.add(SandboxEffect(at=NOW, kind="crm_task", target="acc_001", payload={}, marker=marker))
        session.flush()
        session.add(SandboxMeta(key="k", value="v"))

    await store.database.write(put)
    found = await store.database.read(lambda session: session.exec(select(SandboxEffect).order_by("seq")).all())
    assert [(effect.seq, effect.marker) for effect in found] == [(1, "m1"), (2, "m2")]


async def test_the_search_table_finds_stemmed_words(store: SqlStore) -> None:
    await store.database.write_core(lambda c: full_text(c).add(c, [(7, "Exporting data", "data export", "Do.")]))
    assert await store.database.read_core(lambda c: [full_text(c).finds(c, word, 7) for word in ("exports", "imports")]) == [True, False]

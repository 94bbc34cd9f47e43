from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import bindparam, func, insert, select
from sqlalchemy.exc import DBAPIError

from integrations.db.columns import UtcTime
from integrations.db.driver import rows
from integrations.db.prepared import Prepared
from integrations.db.store import SqlStore
from integrations.db.tables import Row

TABLE = Row.metadata.tables["sandbox_records"]
THERE = datetime(2026, 11, 10, 11, tzinfo=timezone(timedelta(hours=1)))
SINCE = bindparam("since", type_=UtcTime, required=False)
QUERY = select(TABLE, func.length(TABLE.c.id).label("size")).where(
    TABLE.c.kind.in_(("deals", "tickets")), TABLE.c.id == bindparam("id", required=False), TABLE.c.updated_at >= SINCE
)


async def test_it_finds_and_gives_what_the_statement_itself_does(store: SqlStore) -> None:
    row = {"kind": "deals", "id": "d", "data": {"n": [1, None]}, "version": 1, "updated_at": THERE, "deleted": True, "about": None, "due": None}
    await store.database.write_core(lambda c: c.execute(insert(TABLE), [row, {**row, "kind": "usage"}]))
    given, query = {"id": "d", "since": THERE.astimezone(UTC)}, Prepared(QUERY)

    found = await store.database.glance(lambda c: query.rows(c, **given))

    assert found == [{**row, "updated_at": THERE, "size": 1}]
    assert found == [dict(same) for same in await store.database.read_core(lambda c: c.execute(QUERY, given).mappings().all())]
    assert await store.database.glance(lambda c: query.rows(c, id="d", since=THERE + timedelta(microseconds=1))) == []


async def test_what_is_read_together_is_of_one_moment(store: SqlStore) -> None:
    count = "SELECT count(*) FROM sandbox_records"
    before = await store.database.read_core(lambda c: [rows(c, count), c.in_transaction(), rows(c, count)])
    assert before == [[(0,)], True, [(0,)]]


async def test_what_the_database_refuses_is_told_as_by_sqlalchemy(store: SqlStore) -> None:
    with pytest.raises(DBAPIError, match="nowhere"):
        await store.database.glance(lambda c: rows(c, "SELECT 1 FROM nowhere"))
    assert await store.database.glance(lambda c: rows(c, "SELECT 1")) == [(1,)]

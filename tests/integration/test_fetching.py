"""The next job is the one that Procrastinate would give, and it is found as fast behind thousands."""

from collections.abc import AsyncIterator
from random import Random
from typing import Any

import pytest
from procrastinate import App, PsycopgConnector
from procrastinate.exceptions import UniqueViolation
from procrastinate.manager import JobManager
from psycopg import AsyncConnection
from sqlalchemy import make_url

from integrations.db.postgres import told
from integrations.engines import fetching
from integrations.engines.fetching import IN_ORDER, MAKE_INDEX, InOrder, each_by_itself
from tests.databases import ON_POSTGRES

pytestmark = ON_POSTGRES
SCHEMA = "fetching"
QUEUES, STATES, LOCKS = ("default", "other"), ("todo", "todo", "todo", "doing", "failed"), ("a", "b", "c", None)
DUE = (None, None, "now() - interval '1 hour'", "now() + interval '1 hour'")


@pytest.fixture
async def connector(url: str) -> AsyncIterator[PsycopgConnector]:
    """Of a schema with Procrastinate's tables and our index."""
    address = told(make_url(url))
    async with await AsyncConnection.connect(address, autocommit=True) as connection:
        await connection.execute(f"DROP SCHEMA IF EXISTS {SCHEMA} CASCADE")
        await connection.execute(f"CREATE SCHEMA {SCHEMA}")
        await connection.execute(f"SET search_path = {SCHEMA}")
        await connection.execute(App(connector=PsycopgConnector()).schema_manager.get_schema())
        await connection.execute(MAKE_INDEX)
        made = PsycopgConnector(conninfo=address, kwargs={"options": f"-c search_path={SCHEMA} {IN_ORDER}"}, configure=each_by_itself)
        await made.open_async()
        yield made
        await made.close_async()
        await connection.execute(f"DROP SCHEMA {SCHEMA} CASCADE")


async def insert(connector: PsycopgConnector, **job: Any) -> None:
    """A job as it may stand there."""
    due = job.pop("due", None) or "NULL"
    await connector.execute_query_async(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, priority, lock, status, args, scheduled_at) "
        f"VALUES (%(queue)s, 'drive', %(priority)s, %(lock)s, %(status)s, '{{}}', {due})",
        **{"queue": "default", "priority": 0, "lock": None, "status": "todo", **job},
    )


async def drawn(connector: PsycopgConnector, dice: Random) -> None:
    """A table of jobs, as chance has it: at most one of a lock is being done."""
    done = set[str]()
    for _ in range(dice.randint(0, 12)):
        lock, status = dice.choice(LOCKS), dice.choice(STATES)
        if status == "doing" and lock is not None:
            status = "todo" if lock in done else status
            done.add(lock)
        await insert(connector, queue=dice.choice(QUEUES), priority=dice.choice((0, 0, 5)), lock=lock, status=status, due=dice.choice(DUE))


async def test_it_is_the_one_that_procrastinate_would_give(connector: PsycopgConnector) -> None:
    ours, theirs, dice, given = InOrder(connector), JobManager(connector), Random(11), 0  # noqa: S311  chance, not secrets
    worker = await ours.register_worker()
    for _ in range(100):
        await connector.execute_query_async("TRUNCATE procrastinate_jobs CASCADE")
        await drawn(connector, dice)
        queues = dice.choice((None, ["other"]))
        while True:
            expected = await theirs.fetch_job(queues, worker)
            if expected is not None:
                await connector.execute_query_async(
                    "UPDATE procrastinate_jobs SET status = 'todo', worker_id = NULL WHERE id = %(id)s", id=expected.id
                )
            found = await ours.fetch_job(queues, worker)
            assert found == expected
            if found is None:
                break
            given += 1
    assert given > 100


async def test_it_looks_on_where_another_took_the_lock_at_that_moment(connector: PsycopgConnector, monkeypatch: pytest.MonkeyPatch) -> None:
    await insert(connector, lock="a")
    jobs, fetch, taken = InOrder(connector), connector.execute_query_one_async, iter(range(1))

    async def lost(query: Any, **values: Any) -> dict[str, Any]:
        if query == fetching._FETCH and next(taken, None) is not None:
            raise UniqueViolation(constraint_name="procrastinate_jobs_lock_idx_v1", queueing_lock=None)
        found: dict[str, Any] = await fetch(query, **values)
        return found

    monkeypatch.setattr(connector, "execute_query_one_async", lost)
    found = await jobs.fetch_job(None, await jobs.register_worker())
    assert found is not None
    assert found.lock == "a"


@pytest.mark.parametrize("known", ["never looked at", "when it was empty", "as it is"])
async def test_a_long_backlog_is_not_sorted_whatever_the_server_believes_of_it(connector: PsycopgConnector, known: str) -> None:
    """The first that nobody holds up is found by the indexes: that some thousands wait behind it is not looked at."""
    if known == "when it was empty":
        await connector.execute_query_async("VACUUM ANALYZE procrastinate_jobs")
    await connector.execute_query_async(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, lock, args) "
        "SELECT 'default', 'drive', 'lane' || n / 10, '{}' FROM generate_series(1, 3000) AS n"
    )
    await connector.execute_query_async(
        "UPDATE procrastinate_jobs SET status = 'doing' WHERE id IN (SELECT min(id) FROM procrastinate_jobs GROUP BY lock ORDER BY 1 LIMIT 10)"
    )
    if known == "as it is":
        await connector.execute_query_async("ANALYZE procrastinate_jobs")
    [found] = await connector.execute_query_all_async(f"EXPLAIN (ANALYZE, FORMAT JSON) {fetching._FETCH}", queues=None, worker_id=None)
    plan = list(nodes(found["QUERY PLAN"][0]["Plan"]))
    assert {node["Node Type"] for node in plan} & {"Sort", "Incremental Sort", "Seq Scan", "Bitmap Heap Scan"} == set()
    looked_at = [(node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"] for node in plan]
    assert 90 <= max(looked_at) < 110, "the others of the ten lanes that are taken, and one more"
    assert [node["Actual Loops"] for node in plan if node.get("Alias") == "other"] == [1], "who is first of a lane is asked of one that nobody has"
    assert await connector.execute_query_all_async("SHOW jit") == [{"jit": "off"}]


def nodes(plan: dict[str, Any]) -> list[dict[str, Any]]:
    """All steps of a plan."""
    return [plan, *(node for part in plan.get("Plans", ()) for node in nodes(part))]

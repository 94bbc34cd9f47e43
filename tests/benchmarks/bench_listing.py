"""The console's lists over a long history: the CPU time that a page takes on the server, in all threads, from the request to the last byte.

The history is a lived morning, copied with new ids and earlier moments straight into the tables until it is as long as asked for. The floor is
the same page over the morning alone: the ratio says what the length costs.
"""

import secrets
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from time import process_time
from typing import Any

import httpx2
from sqlalchemy import Connection, insert, select

from agent.arrivals import arrival_of
from integrations.app import create_app
from integrations.bootstrap import Workspace, open_workspace
from integrations.console.entry import COOKIE
from integrations.db.decision_words import WORDS
from integrations.db.head_rows import HEADS, RULES
from integrations.db.heading import EACH
from integrations.db.packing import pack, unpack
from integrations.db.tables import APPROVALS, DECISIONS, INBOX, RUNS
from integrations.serving import doors_of
from integrations.sessions import Member, new_session
from integrations.settings import Settings
from tests.benchmarks.bench_deciding import AT, events
from tests.benchmarks.figures import Figure, percentile

DECISIONS_WANTED, PENDING_WANTED = 100_000, 5_000
WARMED, TIMES = 2, 12
MINUTE = timedelta(minutes=7)
"""So far apart are two copies."""

WHO = "dana.whitfield@tessera.example"
"""A colleague: of every ask it is looked up whether they may answer it."""
QUEUE = ("", "?mine=1", "?surface=deal-follow-up", "?q=answer", "?account=acc_010")
FOUND = (
    "", "?q=follow", "?q=answer+customer+help", "?q=zebra", "?account=acc_010", "?account=a", "?surface=renewal", "?surface=ticket-reply&route=ask",
    "?rule=quiet-hours", "?rule=no-selling-during-open-p1&route=none", "?outcome=converted", "?label=irrelevant", "?route=ask&rule=quiet-hours&q=the",
    "?since=2026-10-20&until=2026-10-21", "?surface=ticket-reply&play=renewal-play", "?model=prior-1&surface=deal-follow-up",
)  # fmt: skip


async def measure(folder: Path, wanted: int = DECISIONS_WANTED) -> list[Figure]:
    """The 95th percentile of both lists, short and long, and the slowest search."""
    settings = Settings(database_url=f"sqlite:///{folder / 'nextplay.db'}")
    async with open_workspace(settings, at=AT) as workspace:
        await workspace.sandbox.seed()
        await workspace.service.accept([arrival_of(event) for event in events()])
        await workspace.engine.settle()
        short = await _timed(workspace, settings)
        for part in _copies(await workspace.database.read_core(_lived), wanted):
            await workspace.database.write_core(partial(_put, part))
        long = await _timed(workspace, settings)
        size = (folder / "nextplay.db").stat().st_size / 1e9
    slowest = max(FOUND, key=lambda query: percentile(long["decisions", query], 0.95))
    return [
        *(_figure(name, wanted, short, long) for name in ("queue", "decisions")),
        Figure(f"slowest search: {slowest or '(none)'}", percentile(long["decisions", slowest], 0.95), "ms CPU"),
        Figure("size of the database", size, "GB"),
    ]


Timed = dict[tuple[str, str], list[float]]


def _figure(name: str, wanted: int, short: Timed, long: Timed) -> Figure:
    def p95(timed: Timed) -> float:
        return percentile([one for (of, _), times in timed.items() if of == name for one in times], 0.95)

    what = f"{PENDING_WANTED:,} asks" if name == "queue" else f"{wanted:,} decisions"
    return Figure(f"p95 of a page of the {name}, {what}", p95(long), "ms CPU", p95(short), "the morning alone", "under 150 ms")


async def _timed(workspace: Workspace, settings: Settings) -> Timed:
    """Milliseconds of every page, by list and query; the pages take turns, so that none has the quiet moments for itself."""
    now = datetime.now(UTC)
    await workspace.store.let_in(Member(WHO, "admin", "the benchmark", now))
    secret, session = new_session(WHO, "link", now, secrets.token_bytes)
    await workspace.store.begin_session(session)
    app = create_app(doors_of(workspace, settings, with_engine=False))
    timed: Timed = {}
    cookie = {"Cookie": f"{COOKIE}={secret}"}
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://127.0.0.1:8000", headers=cookie) as http:
        for number in range(WARMED + TIMES):
            for name, queries in (("queue", QUEUE), ("decisions", FOUND)):
                for query in queries:
                    began = process_time()
                    response = await http.get(f"/console/{name}{query}")
                    took = (process_time() - began) * 1000
                    assert response.status_code == 200, response.text[:500]
                    if number >= WARMED:
                        timed.setdefault((name, query), []).append(took)
    return timed


Rows = dict[str, list[dict[str, Any]]]


def _lived(connection: Connection) -> Rows:
    def every(table: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in connection.execute(select(table)).mappings()]

    rows = {table.name: every(table) for table in (DECISIONS, RUNS, INBOX, APPROVALS, HEADS, RULES)}
    kept = {row["id"] for row in rows["decisions"]}
    runs = {row["run_id"] for row in rows["decisions"]}
    rows["runs"] = [row for row in rows["runs"] if row["id"] in runs]
    rows["inbox"] = [row for row in rows["inbox"] if row["run_id"] in runs]
    rows["decision_heads"] = [row for row in rows["decision_heads"] if row["decision_id"] in kept]
    return rows


def _copies(lived: Rows, wanted: int) -> Iterator[Rows]:
    """One copy after the other, each so much earlier. Asks are open until there are as many as wanted, and answered in what is older."""
    waiting = {row["decision_id"] for row in lived["approvals"] if row["state"] == "open"}
    many, left = len(lived["decisions"]), PENDING_WANTED - len(waiting)
    for number in range(1, -(-wanted // many)):
        opened, left = (left > 0), left - len(waiting)
        yield {name: [_copied(name, row, number, opened, waiting) for row in rows] for name, rows in lived.items()}


def _copied(table: str, row: Mapping[str, Any], number: int, opened: bool, waiting: set[str]) -> dict[str, Any]:
    earlier, back = -number * MINUTE, number * (MINUTE // timedelta(microseconds=1)) * EACH
    made = dict(row)
    for name in ("id", "run_id", "decision_id", "event_id"):
        if made.get(name) is not None:
            made[name] = f"{made[name]}_{number}"
    for name in ("created_at", "occurred_at", "received_at"):
        if name in made:
            made[name] += earlier
    if "place" in made:
        made["place"] -= back
    if table == "decisions" and opened and row["id"] in waiting:
        made["body"] = pack(unpack(row["body"]).model_copy(update={"id": made["id"], "run_id": made["run_id"], "created_at": made["created_at"]}))
    if table == "approvals" and not opened:
        made.update(state="approved", answered_by="ann@example.com", answer="approve", at=made["created_at"])
    return made


def _put(part: Rows, connection: Connection) -> None:
    for table in (INBOX, RUNS, DECISIONS, APPROVALS, HEADS, RULES):
        if part[table.name]:
            connection.execute(insert(table), part[table.name])
    words = "INSERT INTO {0} (rowid, title, account, account_name, subject_id, subject) VALUES (?, ?, ?, ?, ?, ?)"
    names = ("place", "title", "account", "account_name", "subject_id", "subject")
    connection.exec_driver_sql(words.format(WORDS), [tuple(row[name] for name in names) for row in part["decision_heads"]])

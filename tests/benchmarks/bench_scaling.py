"""What a deployment of processes decides a second, and how soon somebody in Slack sees the card: on SQLite, and on PostgreSQL with one, two and four
workers. A helpdesk and Slack are processes too, asked over HTTP: all share the machine.

The floors, on the same server: jobs of bare Procrastinate that do nothing, by as many workers; and a bare graph of eight empty nodes saving there.
"""

import asyncio
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from sqlalchemy import make_url

from integrations.db import migrations
from integrations.db.postgres import told
from tests.acceptance.slack.desks import text_of
from tests.benchmarks import bare_jobs
from tests.benchmarks.bench_deciding import bare_runs
from tests.benchmarks.figures import Figure, percentile
from tests.chaos.fleet.deliveries import ticket_created
from tests.chaos.fleet.evidence import said
from tests.chaos.fleet.fleet import Fleet, a_file, fleet
from tests.chaos.fleet.lines import Lines, lines_in
from tests.chaos.fleet.senders import Senders
from tests.chaos.fleet.slack import slack_beside
from tests.postgres import Cluster, Server

CALM, BURST, CALM_PER_SECOND = 30, 300, 1.0
"""Tickets that come one after the other, for the latency; and then all at once, for the rate."""

CONCURRENCY = 8
"""Runs that a worker drives at the same time, as `nextplay worker` does by itself."""

WORKERS = (1, 2, 4)
JOBS = 2_000
WAITS_S = 900.0
_UNDECIDED = "SELECT count(*) AS n FROM runs WHERE state = 'new'"
_DECIDED = "SELECT inbox.event_id, decisions.id FROM decisions JOIN inbox ON inbox.run_id = decisions.run_id"
_LINED_UP = "SELECT count(*) AS n FROM procrastinate_jobs WHERE status IN ('todo', 'doing')"


async def measure(folder: Path) -> list[Figure]:
    """Rates and latencies."""
    template = folder / "template.db"
    migrations.upgrade(f"sqlite:///{template}")
    with Cluster() as cluster:
        server = Server(cluster.url)
        graph = await _graph_on(server.empty())
        for place in ("sqlite", *(f"workers{workers}" for workers in WORKERS)):
            (folder / place).mkdir()
        found = await _fleet(folder / "sqlite", lambda place: a_file(place, template), 0, graph, "bare graph on PostgreSQL")
        for workers in WORKERS:
            floor = await _bare(server.empty(), workers)
            found += await _fleet(folder / f"workers{workers}", lambda _: server.fresh(), workers, floor, f"bare jobs, {workers} of Procrastinate")
    return [*found, Figure("bare graph of 8 nodes on PostgreSQL", graph, "/s")]


async def _fleet(folder: Path, database: Callable[[Path], str], workers: int, floor: float, floor_name: str) -> list[Figure]:
    name = f"PostgreSQL, {workers} workers" if workers else "SQLite"
    async with slack_beside(folder, CALM + BURST) as (slack, settings), fleet(
        folder, database(folder), customers=CALM + BURST, workers=workers, settings=settings
    ) as made:  # fmt: skip
        await _sent(made, range(CALM), CALM_PER_SECOND)
        await _none(made.direct, _UNDECIDED)
        await asyncio.sleep(3)  # the last cards are on their way
        cards = {text: float(message["ts"]) for member in slack.members.values() for message in slack.inbox(member.id) for text in [text_of(message)]}
        waited = list(_waited(made, cards))
        began = time.monotonic()
        await _sent(made, range(CALM, CALM + BURST), None)
        await _none(made.direct, _UNDECIDED)
        rate = BURST / (time.monotonic() - began)
    return [
        Figure(f"decisions, {name}", rate, "/s", floor, floor_name),
        Figure(f"event to card, {name}: p50", percentile(waited, 0.5) * 1000, "ms"),
        Figure(f"event to card, {name}: p95", percentile(waited, 0.95) * 1000, "ms"),
    ]


async def _sent(made: Fleet, numbers: range, per_second: float | None) -> None:
    """Have these customers write."""
    at = datetime.now(UTC) + timedelta(seconds=made.offset_s)
    senders = Senders(made.url, Lines(made.folder / "senders.jsonl"), Random(0), per_second=per_second)  # noqa: S311  chance, not secrets
    await senders.send([ticket_created(number, made.tickets[number], at) for number in numbers])


def _waited(made: Fleet, cards: dict[str, float]) -> list[float]:
    """Seconds from the acknowledgement of an event to the card about it, of all that were asked about."""
    acknowledged = {line["event"]: float(line["at"]) for line in lines_in(made.folder / "senders.jsonl")}
    decided = {row["id"]: row["event_id"] for row in said(made.direct, _DECIDED)}
    first = {id_: min((at for text, at in cards.items() if id_ in text), default=None) for id_ in decided}
    return [at - acknowledged[decided[id_]] for id_, at in first.items() if at is not None]


async def _none(url: str, query: str) -> None:
    """Wait until the query counts nothing."""
    deadline = time.monotonic() + WAITS_S
    while said(url, query)[0]["n"]:
        assert time.monotonic() < deadline, "what was sent is not worked off"
        await asyncio.sleep(0.1)


async def _bare(url: str, workers: int) -> float:
    """Jobs a second that do nothing."""
    address = told(make_url(url))
    async with bare_jobs.app_of(address).open_async() as app:
        await app.schema_manager.apply_schema_async()
    with bare_jobs.working(address, workers, CONCURRENCY):
        await bare_jobs.defer(address, workers * CONCURRENCY)  # all have begun to work
        await _none(url, _LINED_UP)
        began = time.monotonic()
        await bare_jobs.defer(address, JOBS)
        await _none(url, _LINED_UP)
        return JOBS / (time.monotonic() - began)


async def _graph_on(url: str) -> float:
    async with AsyncPostgresSaver.from_conn_string(told(make_url(url))) as saver:
        await saver.setup()
        return await bare_runs(saver)

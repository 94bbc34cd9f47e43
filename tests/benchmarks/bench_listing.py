"""The console's pages over a long history: the CPU time that a page takes on the server, in all threads, from the request to the last byte.

The history is some days that were really lived, copied until it is as long as asked for (`long_history`). The floor is the same page over those
days alone: the ratio says what the length costs.
"""

import secrets
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time

import httpx2
from fastapi import FastAPI

from agent.arrivals import arrival_of
from agent.listing import Wanted
from agent.reviewing import week_before
from integrations.app import create_app
from integrations.bootstrap import Workspace, open_workspace
from integrations.cli.demo_history import START
from integrations.console.entry import COOKIE
from integrations.serving import doors_of
from integrations.sessions import Member, new_session
from integrations.settings import Settings
from tests.benchmarks.bench_deciding import events
from tests.benchmarks.figures import Figure, percentile
from tests.benchmarks.long_history import lengthen, live

DECISIONS_WANTED, PENDING_WANTED = 100_000, 5_000
WARMED, TIMES = 2, 12
PAGES: dict[str, tuple[str, ...]] = {
    "queue": ("queue",),
    "queue, filtered": ("queue?mine=1", "queue?surface=deal-follow-up", "queue?q=answer", "queue?account=acc_010"),
    "queue, what may be answered together": ("queue/groups",),
    "decisions": ("decisions",),
    "decisions, by account": ("decisions?account={account}", "decisions?account=acc", "decisions?account=zz"),
    "decisions, by rule": ("decisions?rule={rule}", "decisions?rule=quiet-hours"),
    "decisions, by words": ("decisions?q=follow", "decisions?q=answer+customer+help", "decisions?q=zebra"),
    "decisions, by two filters": (
        "decisions?surface=ticket-reply&route=ask", "decisions?rule=no-selling-during-open-p1&route=none", "decisions?route=ask&rule={rule}&q=the",
        "decisions?surface=renewal&outcome=converted", "decisions?surface=ticket-reply&play=renewal-play", "decisions?label=good&surface=usage-risk",
    ),
    "decisions, far back": ("decisions?before={far}", "decisions?before={far}&surface=ticket-reply"),
    "one decision": ("decisions/{ask}", "decisions/{act}", "decisions/{none}"),
    "metrics, 30 days": ("metrics", "metrics?surface=ticket-reply"),
    "metrics, 30 days with rules": ("metrics?rules=1",),
    "one rule": ("playbook/rules/{rule}",),
    "one play": ("playbook/plays/{play}",),
    "one surface": ("playbook/surfaces/ticket-reply", "playbook/surfaces/agent-request"),
    "the playbook": ("playbook",),
    "review pack of a week": ("review?week={week}", "review?week={week}&surface=ticket-reply"),
    "review, one case": ("review/proposed/7?week={week}",),
    "operations": ("operations",),
    "operations, inbox": ("operations/inbox", "operations/inbox?source=helpdesk"),
    "operations, audit log": ("operations/audit", "operations/audit?ref={ask}"),
    "operations, quarantine": ("operations/quarantine",),
    "people": ("people",),
}  # fmt: skip
"""Kinds of pages, with addresses of each."""

AIMS = {"queue": "under 150 ms", "queue, filtered": "under 150 ms", "one decision": "under 100 ms"}
AIMS |= {name: "under 150 ms" for name in PAGES if name.startswith("decisions")}
SELDOM = {"review pack of a week": 6, "metrics, 30 days": 8, "metrics, 30 days with rules": 8}
"""Pages that take longer are opened so often only."""

Timed = dict[str, list[tuple[float, float]]]
"""CPU and wall, in milliseconds, of each opening."""


async def measure(folder: Path, wanted: int = DECISIONS_WANTED) -> list[Figure]:
    """How long each kind of page takes, short and long."""
    file = folder / "nextplay.db"
    settings = Settings(database_url=f"sqlite:///{file}")
    lived = await live(settings, file)
    short, _ = await _timed(settings)
    shutil.copy(file, folder / "short.db")
    few = await _deciding(Settings(database_url=f"sqlite:///{folder / 'short.db'}"))
    began = process_time()
    async with open_workspace(settings) as workspace:
        now = workspace.clock()
    lengthen(file, lived, now, decisions=wanted, pending=PENDING_WANTED)
    took = process_time() - began
    long, (rules, launch) = await _timed(settings)
    return [
        Figure("one decision is made, from webhook to record", await _deciding(settings), "ms CPU", few, "over 5 days"),
        *(figure for name in PAGES for figure in _figures(name, short[name], long[name])),
        Figure("figures of rules and plays, in the background", rules, "s CPU"),
        Figure("launch check over 30 days, in the background", launch, "s CPU"),
        Figure("making the history", took, "s CPU"),
        Figure("size of the database", file.stat().st_size / 1e9, "GB"),
    ]


async def _deciding(settings: Settings) -> float:
    """CPU that a new decision takes, in milliseconds, once nothing else is due."""
    async with open_workspace(settings) as workspace:
        await workspace.engine.settle()
        morning = [arrival_of(event) for event in events(workspace.clock())]
        began = process_time()
        await workspace.service.accept(morning)
        await workspace.engine.settle()
        return (process_time() - began) * 1000 / len(morning)


def _figures(name: str, short: list[tuple[float, float]], long: list[tuple[float, float]]) -> list[Figure]:
    cpu, few = [one for one, _ in long], [one for one, _ in short]
    return [
        Figure(f"{name}: p50", percentile(cpu, 0.5), "ms CPU", percentile(few, 0.5), "over 5 days"),
        Figure(f"{name}: p95", percentile(cpu, 0.95), "ms CPU", percentile(few, 0.95), "over 5 days", AIMS.get(name, "")),
        Figure(f"{name}: p95 by the clock on the wall", percentile([wall for _, wall in long], 0.95), "ms"),
    ]


async def _timed(settings: Settings) -> tuple[Timed, tuple[float, float]]:
    """Every page, in turns, so that none has the quiet moments for itself; and the seconds that the playbook's figures and a launch check take."""
    async with open_workspace(settings) as workspace, _visiting(workspace, settings) as (http, app):
        known = await _known(workspace)
        began = process_time()
        await http.get("playbook")
        if (task := app.state.console.works.of("playbook figures").task) is not None:
            await task
        beside = process_time() - began
        timed: Timed = {name: [] for name in PAGES}
        for number in range(WARMED + TIMES):
            for name, addresses in PAGES.items():
                if number >= SELDOM.get(name, WARMED + TIMES):
                    continue
                for address in addresses:
                    app.state.console.recent.forget()  # a pack is kept for a minute
                    one = await _opened(http, address.format_map(known))
                    if number >= min(WARMED, SELDOM.get(name, WARMED) - 1):
                        timed[name].append(one)
        began = process_time()
        await workspace.service.launch_check("ticket-reply", since=timedelta(days=30))
    return timed, (beside, process_time() - began)


async def _opened(http: httpx2.AsyncClient, address: str) -> tuple[float, float]:
    began, wall = process_time(), perf_counter()
    response = await http.get(address)
    took = (process_time() - began) * 1000, (perf_counter() - wall) * 1000
    assert response.status_code == 200, f"{address}: {response.status_code} {response.text[:500]}"
    return took


@asynccontextmanager
async def _visiting(workspace: Workspace, settings: Settings) -> AsyncIterator[tuple[httpx2.AsyncClient, FastAPI]]:
    """The colleague who may answer most of what waits, signed in."""
    now, asks = datetime.now(UTC), {one.email: await workspace.service.open_to(one.email) for one in await workspace.service.colleagues()}
    who = max(asks, key=lambda email: len(asks[email]))
    await workspace.store.let_in(Member(who, "admin", "the benchmark", now))
    secret, session = new_session(who, "link", now, secrets.token_bytes)
    await workspace.store.begin_session(session)
    app = create_app(doors_of(workspace, settings, with_engine=False))
    cookie = {"Cookie": f"{COOKIE}={secret}"}
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000/console/", headers=cookie) as http:
        yield http, app


async def _known(workspace: Workspace) -> dict[str, str]:
    """What addresses name: decisions of each route, an account, a busy rule and play, and a place far back."""
    service = workspace.service
    routes = {}
    for route in ("ask", "act", "none"):
        routes[route] = (await service.decisions(limit=1, route=route))[0].id
    latest = (await service.find(Wanted())).decisions
    [oldest] = (await workspace.store.find(Wanted(), before=None, after=0, at_most=1)).decisions
    account = next(one.account for one in latest if one.account)
    far = (latest[0].place + oldest.place) // 2
    return {
        **routes,
        "account": account,
        "rule": "consent-missing",
        "play": "follow-up-content",
        "far": str(far),
        "week": week_before(START + timedelta(weeks=1)),
    }

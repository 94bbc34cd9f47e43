"""`nextplay demo --history`: a month of decisions with what came of them, through the real machine, in less than two minutes."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from agent.arrivals import arrival_of
from agent.domain.records import Approval
from agent.errors import NextplayError
from integrations import logging
from integrations.bootstrap import Workspace, open_workspace
from integrations.cli.demo import prepare, read_articles
from integrations.cli.look import Page, print_json
from integrations.cli.opening import warn
from integrations.cli.styles import ROUTES
from integrations.sandbox.month.month import DAYS, Month
from integrations.sandbox.month.plan import Happening
from integrations.sandbox.month.reviewers import Said
from integrations.settings import load

START = datetime(2026, 10, 12, 6, 0, tzinfo=UTC)
"""A Monday."""

MOST = 10_000
"""More decisions than a month can have."""

_NEXT = (
    ("nextplay metrics", "what the month came to, per surface and play"),
    ("nextplay review --week 2026-W44", "one week's good and bad cases, and the knob that each points to"),
    ("nextplay launch-check ticket-reply", "what a surface lacks to act by itself"),
    ("nextplay model list", "what was learned from day to day"),
    ("nextplay simulate --playbook DIR", "what another policy would have decided"),
)

PASSES = (8, 12, 16, 21)
"""The hours of a day, in UTC, at which what has happened since is told, answered and acted on."""


def run_history(*, as_json: bool, console: Console) -> None:
    """Live through the month, and say what is in the database afterwards."""
    asyncio.run(_history(as_json=as_json, console=console))


async def _history(*, as_json: bool, console: Console) -> None:
    logging.configure(level="CRITICAL", style="console")
    began = time.monotonic()
    async with open_workspace(load(), at=START) as workspace:
        warn(workspace)
        await prepare(workspace)
        await workspace.sandbox.seed()
        telling = Telling(workspace, Month(START))
        with _progress(Console(quiet=True) if as_json else console) as progress:
            task = progress.add_task("Living through a month", total=DAYS * len(PASSES), events=0)
            await read_articles(workspace)
            async for told in telling.passes():
                progress.update(task, advance=1, events=told)
        rows = await workspace.service.decisions(limit=MOST)
        lived = Lived(telling.start, workspace.clock(), telling.said, Counter(row.surface for row in rows), Counter(row.route for row in rows))
        await workspace.clock.move_to(lived.until, workspace.database)
    if as_json:
        print_json(lived.as_json())
    else:
        lived.show(console, time.monotonic() - began)


@dataclass(frozen=True, slots=True)
class Lived:
    """What the month came to."""

    since: datetime
    until: datetime
    said: Counter[str]
    surfaces: Counter[str]
    routes: Counter[str]

    def as_json(self) -> dict[str, Any]:
        """The same as data."""
        counts = {"decisions": self.surfaces.total(), "surfaces": dict(self.surfaces), "routes": dict(self.routes), **self.said}
        return {"since": self.since, "until": self.until, **counts}

    def show(self, console: Console, took_s: float) -> None:
        """Print it, with what can be done with it."""
        page = Page(console.width)
        page.heading(f"{self.since:%d %B} to {self.until:%d %B %Y}", f"{self.surfaces.total():,} decisions in {took_s:.0f} s")
        page.table([[f"{count:,}", surface, ""] for surface, count in self.surfaces.most_common()], indent=2)
        page.blank()
        routes = [f"{count:,} {ROUTES[route][0].lower()}" for route, count in self.routes.most_common()]
        page.wrapped(" · ".join(routes), indent=2)
        answers = ", ".join(f"{self.said[kind]:,} {word}" for kind, word in (("approve", "approved"), ("reject", "rejected")))
        page.wrapped(f"{self.said['events']:,} events; {answers} by the people asked; {self.said['effects']:,} effects.", indent=2)
        page.blank()
        page.heading("Look closer")
        for command, what in _NEXT:
            told = f"   # {what}"
            page.line((command, "bold"), (told if len(command + told) + 2 <= console.width else "", "dim"), indent=2)
        page.show(console)


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[events]} events"), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=True)


@dataclass
class Telling:
    """Tells the machine what happens in the month, and lets people answer it."""

    workspace: Workspace
    month: Month
    said: Counter[str] = field(default_factory=Counter)
    _answers: dict[str, Said | None] = field(default_factory=dict)
    _seen: int = 0

    @property
    def start(self) -> datetime:
        """When the month begins."""
        return self.month.start

    async def passes(self) -> AsyncIterator[int]:
        """Go from pass to pass; yields how many events were decided after each."""
        self.workspace.clock.stand_at(self.start)
        await self.workspace.sandbox.add(self.month.records())
        for moment in _moments(self.month):
            await self._pass(moment)
            yield self.said["events"]

    async def _pass(self, at: datetime) -> None:
        """What happened until now is told and decided; whoever was asked long enough ago answers; what is due is done."""
        self.workspace.clock.stand_at(at)
        await self._tell(self.month.until(at))
        await self.workspace.engine.settle()
        await self._answer(at)
        await self.workspace.service.tick()
        await self.workspace.engine.settle()
        log = await self.workspace.sandbox.effects.log(after=self._seen)
        self._seen = max((entry["seq"] for entry in log), default=self._seen)
        self.said["effects"] += len(log)
        self.month.notice(log)

    async def _tell(self, happened: list[Happening]) -> None:
        await self.workspace.sandbox.add([item for one in happened for item in one.items])
        events = [one.event for one in happened if one.event is not None]
        await self.workspace.service.accept([arrival_of(event) for event in events])
        self.said["events"] += len(events)

    async def _answer(self, at: datetime) -> None:
        for one in await self.workspace.store.open_asks():
            said = self._said_to(one.ask, self.workspace.playbook.plays[one.play].kind)
            if said is not None and said.at <= at:
                await self._give(one.ask, said)

    def _said_to(self, ask: Approval, kind: str) -> Said | None:
        if ask.id not in self._answers:
            self._answers[ask.id] = self.month.reviewers.answer(ask.id, kind, ask.created_at)
        return self._answers[ask.id]

    async def _give(self, ask: Approval, said: Said) -> None:
        try:
            await self.workspace.service.answer(ask.id, said.kind, who=(ask.asked or ask.allowed)[0], reason=said.reason)
            self.said[said.kind] += 1
        except NextplayError:  # it ended, or the person left the role meanwhile: as in any month
            self._answers[ask.id] = None


def _moments(month: Month) -> Iterator[datetime]:
    midnight = month.start.replace(hour=0, minute=0)
    return (midnight + timedelta(days=day, hours=hour) for day in range(month.days) for hour in PASSES)

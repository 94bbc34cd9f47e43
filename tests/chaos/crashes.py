"""Tells a story once undisturbed, then once for each crash point: killed there, and told again to its end."""

import shutil
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from types import TracebackType

from tests.chaos.checker import Evidence, outcome, violations
from tests.chaos.driver import ADDRESS, KEY, NOTES, OUTPUT, address_in
from tests.chaos.probe import POINTS
from tests.chaos.processes import Processes
from tests.chaos.request_checker import nameless, request_violations
from tests.chaos.slack_checker import slack_outcome, slack_violations
from tests.chaos.slack_side import LOG, Address, Side
from tests.chaos.slack_stories import SLACK_STORIES
from tests.chaos.stories import STORIES
from tests.postgres import Server


class Drivers(Processes):
    """Several driver processes, and as many threads to wait for them."""

    def __init__(self, count: int) -> None:
        super().__init__(count, "tests.chaos.driver")
        self.threads = ThreadPoolExecutor(count)
        self.copying = Lock()
        """A server copies a database only while nobody else does."""
        self.seeded: dict[bool, Path] = {}
        """The world that stories share, by whether its database is on a server."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.threads.shutdown(cancel_futures=True)
        super().__exit__(kind, error, trace)

    def run(
        self, *, story: str, folder: Path, task: str = "tell", die_at: int | None = None, gate: Path | None = None, slack: str | None = None
    ) -> int:
        """Have a job done in a process of its own; how that ended."""
        job = {"story": story, "folder": str(folder), "task": task, "die_at": die_at, "gate": str(gate) if gate else None, "slack": slack}
        return int(self.ask(job))


@dataclass(frozen=True)
class Told:
    """How a story went when nothing disturbed it: its crash points by name, and what it came to."""

    points: list[str]
    evidence: Evidence


class Crashes:
    """The crashes of one story, in a folder of their own. `side` runs Slack for a story that is told there; `server` has the databases, else they are
    files.
    """

    def __init__(self, drivers: Drivers, story: str, folder: Path, side: Side | None = None, *, server: Server | None = None) -> None:
        self._drivers, self._story, self._folder, self._side, self._server = drivers, story, folder, side, server
        self._world = self._begun(side) if side else self._prepared(folder / "world")

    def undisturbed(self) -> Told:
        """Tell it without a crash."""
        folder = self._fresh("undisturbed")
        with self._slack_beside(folder) as slack:
            self._must_end_well(folder, slack=slack)
        evidence = evidence_in(folder)
        return Told([note["name"] for note in evidence.said(POINTS)], evidence)

    def crash_at(self, numbers: list[int], told: Told) -> list[str]:
        """Crash at each of these points; what was broken, and where."""
        found = self._drivers.threads.map(lambda number: self._crash_at(number, told), numbers)
        return [
            f"{self._story}, point {number} ({told.points[number - 1]}): {sentence}"
            for number, sentences in zip(numbers, found, strict=True)
            for sentence in sentences
        ]

    def _prepared(self, world: Path) -> Path:
        self._copy(self._seeded(), world)
        self._must_end_well(world, "prepare")
        return world

    def _seeded(self) -> Path:
        """The world that all stories share, made once for each set of drivers."""
        on_a_server = self._server is not None
        if on_a_server not in self._drivers.seeded:
            seeded = self._folder / "seeded"
            seeded.mkdir()
            if self._server is not None:
                (seeded / ADDRESS).write_text(self._server.empty())
            self._must_end_well(seeded, "seed")
            self._drivers.seeded[on_a_server] = seeded
        return self._drivers.seeded[on_a_server]

    def _begun(self, side: Side) -> Path:
        """The world in which what the story begins with has happened; stories that begin alike share it."""
        story = SLACK_STORIES[self._story]
        begins_with = f"{getattr(story.in_slack, '__name__', '')} {story.setup}"
        if begins_with not in side.begun:
            world = self._prepared(self._folder / "world")
            with side.beside(world) as slack:
                self._must_end_well(world, "begin", slack)
            side.begun[begins_with] = world
        return side.begun[begins_with]

    def _crash_at(self, number: int, told: Told) -> list[str]:
        folder = self._fresh(f"point-{number}")
        with self._slack_beside(folder) as slack:
            ended = self._drivers.run(story=self._story, folder=folder, die_at=number, slack=slack.url if slack else None)
            if ended != -signal.SIGKILL:
                return [f"the process was not killed there, it ended with {ended}{_output(folder)}"]
            if slack:
                slack.rest()
            self._must_end_well(folder, slack=slack)
        evidence = evidence_in(folder)
        if self._server is not None:
            self._server.discard(address_in(folder))
        shutil.rmtree(folder)
        return [*broken_in(evidence), *self._differences(told, evidence)]

    def _differences(self, told: Told, evidence: Evidence) -> list[str]:
        """A run that was interrupted comes to the same as one that was not, but for what hinges on where the crash was."""
        story = (STORIES | SLACK_STORIES)[self._story]
        left_out = story.hinges
        usual, now = ({**outcome(one), **slack_outcome(one)} for one in (told.evidence, evidence))
        if story.requested:
            usual, now = nameless(usual), nameless(now)
        return [f"{name}: {now[name]} instead of {usual[name]}" for name in usual.keys() - left_out if now[name] != usual[name]]

    def _must_end_well(self, folder: Path, task: str = "tell", slack: Address | None = None) -> None:
        ended = self._drivers.run(story=self._story, folder=folder, task=task, slack=slack.url if slack else None)
        assert ended == 0, f"{self._story}: to {task} it ended with {ended}{_output(folder)}"

    def _slack_beside(self, folder: Path) -> AbstractContextManager[Address | None]:
        return self._side.beside(folder) if self._side else nullcontext()

    def _fresh(self, name: str) -> Path:
        return self._copy(self._world, self._folder / name)

    def _copy(self, world: Path, to: Path) -> Path:
        shutil.copytree(world, to)
        if self._server is not None:
            with self._drivers.copying:
                (to / ADDRESS).write_text(self._server.copy_of(address_in(world)))
        return to


def broken_in(evidence: Evidence) -> list[str]:
    """Every broken promise, whatever it was about."""
    return [*violations(evidence), *slack_violations(evidence), *request_violations(evidence)]


def evidence_in(folder: Path) -> Evidence:
    """What a folder's database and notes say."""
    return Evidence.of(address_in(folder), folder / KEY, folder / NOTES, folder / LOG)


def _output(folder: Path) -> str:
    file = folder / OUTPUT
    return "\n" + file.read_text() if file.exists() else ""

"""The process that is killed.

    python -m tests.chaos.driver

It imports and warms up everything once, then reads jobs from its standard input, one JSON object a line, and forks a process for
each: `{"story", "folder", "task": "seed" | "prepare" | "begin" | "tell", "die_at": number or null, "gate": path or null, "slack": address or null}`.
It answers each with one line: how the process ended, as `subprocess` says it (0, or minus the signal). A gate is a named pipe: the
story begins when its other end is opened. A story in Slack begins with what has happened before, and its workspace runs elsewhere.
"""

import asyncio
import json
import os
import sys
import threading
import traceback
from collections.abc import Awaitable, Callable
from contextlib import closing
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2

from agent.deployment import Ports
from integrations import bootstrap, logging
from integrations.bootstrap import open_workspace
from integrations.sandbox.slack.roster import slack_id
from integrations.settings import Settings
from tests.chaos.notes import Notes
from tests.chaos.probe import Probe, ProbedDatabase, ProbedEffects, probed_checkpoints
from tests.chaos.slack_side import BOT_TOKEN, MEMBERS, SIGNING_SECRET, WITHIN_S
from tests.chaos.slack_stage import SlackStage, Wall, probed_calls, served, slack_time
from tests.chaos.slack_stories import SLACK_STORIES
from tests.chaos.stories import SHARED, START, STORIES, Stage, Story

DATABASE, NOTES, OUTPUT = "nextplay.db", "notes.jsonl", "output.txt"
ADDRESS, KEY = "database-url", "nextplay.db.audit-key"
PATIENT_S = 60


def address_in(folder: Path) -> str:
    """The database of a world: the server's that a file there names, else the file of SQLite."""
    named = folder / ADDRESS
    return named.read_text() if named.exists() else f"sqlite:///{folder / DATABASE}"


def settings_in(folder: Path, **more: Any) -> Settings:
    """A deployment whose world is in the folder, and that takes nothing from the environment. Sources have time: on a busy machine a fact that
    is late would make another decision, and that is not what is tried here.
    """
    return Settings(database_url=address_in(folder), audit_key_file=folder / KEY, gather_deadline_s=PATIENT_S, _env_file=None, **more)


async def seed(folder: Path, *, embedded: bool = True) -> None:
    """Make the world that all stories share. It is `embedded` in a process of its own, because the model may leave threads behind."""
    async with open_workspace(settings_in(folder), at=START) as workspace:
        await workspace.sandbox.seed()
        if embedded:
            await workspace.index.settle()


async def prepare(story: Story, folder: Path) -> None:
    """Turn the seeded world into that in which the story begins, and say who is in Slack."""
    async with open_workspace(settings_in(folder), at=START) as workspace:
        await workspace.sandbox.apply(story.setup or "{}")
        people = await workspace.sandbox.sources.directory.people(START)
    members = [{"id": slack_id("U", p.email), "name": p.name, "email": p.email} for p in people if p.active]
    (folder / MEMBERS).write_text(json.dumps(members))


async def begin(story: Story, folder: Path, slack: str) -> None:
    """Have happen what a story in Slack begins with."""
    assert story.in_slack is not None
    notes = Notes(folder / NOTES)
    with closing(notes):
        await _in_slack(story.in_slack, folder, slack, notes, Probe(notes, 0))


async def tell(story: Story, folder: Path, die_at: int | None = None, gate: str | None = None, slack: str | None = None) -> None:
    """Tell the story in a workspace whose every commit and outside call passes the probe."""
    notes = Notes(folder / NOTES)
    probe = Probe(notes, die_at)
    if slack:
        with closing(notes):
            await _in_slack(story.script, folder, slack, notes, probe)
        return
    opened = open_workspace(
        settings_in(folder), at=START, open_database=partial(ProbedDatabase, probe=probe),
        wrap=_probed(probe, notes),
    )  # fmt: skip
    with closing(notes), probed_checkpoints(probe):
        async with opened as workspace:
            if gate:
                await asyncio.to_thread(Path(gate).read_bytes)  # waits until the other end is opened and closed
            await story.script(Stage(workspace, notes))


async def _in_slack(script: Callable[[SlackStage], Awaitable[None]], folder: Path, slack: str, notes: Notes, probe: Probe) -> None:
    clock = Wall(notes)
    settings = settings_in(
        folder, slack_mode="http", slack_api_url=f"{slack}/api/", slack_bot_token=BOT_TOKEN, slack_signing_secret=SIGNING_SECRET,
    )  # fmt: skip
    opened = open_workspace(
        settings, at=START, open_database=partial(ProbedDatabase, probe=probe), wrap=_probed(probe, notes),
        wall=clock,
    )  # fmt: skip
    with probed_checkpoints(probe), probed_calls(probe), slack_time(clock):
        async with opened as workspace, served(workspace, probe, notes), httpx2.AsyncClient(base_url=slack, timeout=WITHIN_S) as http:
            assert workspace.slack is not None
            await script(SlackStage(workspace, notes, folder, http, clock))
            await workspace.slack.web.close()


def _probed(probe: Probe, notes: Notes) -> Callable[[Ports], Ports]:
    return lambda ports: replace(ports, effects=ProbedEffects(ports.effects, probe, notes))


async def _do(job: dict[str, Any]) -> None:
    story, folder = (STORIES | SLACK_STORIES | SHARED)[job["story"]], Path(job["folder"])
    match job["task"]:
        case "seed":
            await seed(folder)
        case "prepare":
            await prepare(story, folder)
        case "begin":
            await begin(story, folder, job["slack"])
        case _:
            await tell(story, folder, job["die_at"], job["gate"], job["slack"])


def run(job: dict[str, Any]) -> int:
    """Do one job, in a process of its own; what it prints goes to a file in its folder. Returns the exit code."""
    output = os.open(Path(job["folder"]) / OUTPUT, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    try:
        asyncio.run(_do(job))
    except BaseException:  # noqa: BLE001  whatever it is, the process must end here, without its parent's exits
        traceback.print_exc()
        return 1
    return 0


def warm_up() -> None:
    """Tell stories here once, so that what they compile and cache need not be made anew in each process."""
    bootstrap.load = cache(bootstrap.load)  # type: ignore[attr-defined]  # it is the same playbook for all of them
    for name in ("happy", "approval"):
        with TemporaryDirectory() as folder:
            asyncio.run(seed(Path(folder), embedded=False))
            asyncio.run(prepare(STORIES[name], Path(folder)))
            asyncio.run(tell(STORIES[name], Path(folder)))


def serve() -> None:
    """Fork a process for each job."""
    logging.configure(level="ERROR", style="console")
    warm_up()
    # A fork would copy the locks of other threads, but not the threads.
    assert threading.active_count() == 1, "the warm-up left threads behind"
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            os._exit(run(json.loads(line)))
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    serve()

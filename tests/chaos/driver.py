"""The process that is killed.

    python -m tests.chaos.driver

It imports and warms up everything once, then reads jobs from its standard input, one JSON object a line, and forks a process for
each: `{"story", "folder", "task": "prepare" | "tell", "die_at": number or null, "gate": path or null}`. It answers each
with one line: how the process ended, as `subprocess` says it (0, or minus the signal). A gate is a named pipe: the story
begins when its other end is opened.
"""

import asyncio
import json
import os
import sys
import threading
import traceback
from contextlib import closing
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from integrations import bootstrap, logging
from integrations.bootstrap import open_workspace
from integrations.settings import Settings
from tests.chaos.notes import Notes
from tests.chaos.probe import Probe, ProbedDatabase, ProbedEffects, probed_checkpoints
from tests.chaos.stories import SHARED, START, STORIES, Stage, Story

DATABASE, NOTES, OUTPUT = "nextplay.db", "notes.jsonl", "output.txt"


def settings_in(folder: Path) -> Settings:
    """A deployment whose database lies in the folder, and that takes nothing from the environment."""
    return Settings(database_url=f"sqlite:///{folder / DATABASE}", _env_file=None)


async def prepare(story: Story, folder: Path) -> None:
    """Make the world in which the story begins."""
    async with open_workspace(settings_in(folder), at=START) as workspace:
        await workspace.sandbox.seed()
        await workspace.sandbox.apply(story.setup or "{}")


async def tell(story: Story, folder: Path, die_at: int | None = None, gate: str | None = None) -> None:
    """Tell the story in a workspace whose every commit and outside call passes the probe."""
    notes = Notes(folder / NOTES)
    probe = Probe(notes, die_at)
    opened = open_workspace(
        settings_in(folder), at=START, open_database=partial(ProbedDatabase, probe=probe),
        wrap_effects=lambda effects: ProbedEffects(effects, probe, notes),
    )  # fmt: skip
    with closing(notes), probed_checkpoints(probe):
        async with opened as workspace:
            if gate:
                await asyncio.to_thread(Path(gate).read_bytes)  # waits until the other end is opened and closed
            await story.script(Stage(workspace, notes))


def run(job: dict[str, Any]) -> int:
    """Do one job, in a process of its own; what it prints goes to a file in its folder. Returns the exit code."""
    story, folder = (STORIES | SHARED)[job["story"]], Path(job["folder"])
    output = os.open(folder / OUTPUT, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.dup2(output, 1)
    os.dup2(output, 2)
    try:
        asyncio.run(prepare(story, folder) if job["task"] == "prepare" else tell(story, folder, job["die_at"], job["gate"]))
    except BaseException:  # noqa: BLE001  whatever it is, the process must end here, without its parent's exits
        traceback.print_exc()
        return 1
    return 0


def warm_up() -> None:
    """Tell stories here once, so that what they compile and cache need not be made anew in each process."""
    bootstrap.load = cache(bootstrap.load)  # type: ignore[attr-defined]  # it is the same playbook for all of them
    for name in ("happy", "approval"):
        with TemporaryDirectory() as folder:
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

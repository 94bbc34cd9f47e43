"""The command line in processes of its own: each command runs in a fresh fork of one that has imported everything.

    python -m tests.storms.commands

It reads commands from its standard input, one JSON list of arguments a line, and answers each with `{"code", "out", "error"}`.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import cache
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Any, Self

from integrations import bootstrap
from integrations.cli import build, main

ROOT = Path(__file__).parents[2]


class CommandLines:
    """Several such processes, in the environment of a deployment; a command goes to whichever is idle."""

    def __init__(self, count: int, environment: Mapping[str, str]) -> None:
        self._count, self._environment = count, {**os.environ, **environment}

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.storms.commands"]
        self._processes = [
            subprocess.Popen(command, cwd=ROOT, env=self._environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603  ours
            for _ in range(self._count)
        ]
        self._idle: SimpleQueue[subprocess.Popen[str]] = SimpleQueue()
        for process in self._processes:
            self._idle.put(process)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for process in self._processes:
            with process, suppress(BrokenPipeError):  # leaving closes its input, which ends it
                pass

    def run(self, *arguments: str) -> dict[str, Any]:
        """Run `nextplay` with these arguments."""
        process = self._idle.get()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(arguments) + "\n")
            process.stdin.flush()
            return dict(json.loads(process.stdout.readline()))
        finally:
            self._idle.put(process)


def serve() -> None:
    """Fork a process for each command."""
    bootstrap.load = cache(bootstrap.load)  # type: ignore[attr-defined]  # it is the same playbook for all of them
    bootstrap.load(bootstrap.DEFAULT)  # type: ignore[attr-defined]  # as above
    build()
    for line in sys.stdin:
        with TemporaryDirectory() as folder:
            out, error = Path(folder, "out"), Path(folder, "error")
            child = os.fork()
            if child == 0:
                os._exit(_run(json.loads(line), out, error))
            _, status = os.waitpid(child, 0)
            print(json.dumps({"code": os.waitstatus_to_exitcode(status), "out": out.read_text(), "error": error.read_text()}), flush=True)


def _run(arguments: list[str], out: Path, error: Path) -> int:
    for file, stream in ((out, 1), (error, 2)):
        os.dup2(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600), stream)
    try:
        return main(arguments)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()


if __name__ == "__main__":
    serve()

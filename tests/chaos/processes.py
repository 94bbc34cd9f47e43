"""Several processes of one module of ours that take jobs by their standard input, a line each, and answer with a line."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).parents[2]


class Processes:
    """`count` processes of the module; a job goes to whichever is idle, so that many threads may ask."""

    def __init__(self, count: int, module: str, environment: Mapping[str, str] | None = None) -> None:
        self._count, self._module, self._environment = count, module, {**os.environ, **(environment or {})}

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", self._module]
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

    def ask(self, job: Any) -> str:
        """Have a job done; what the process says of it."""
        process = self._idle.get()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write(json.dumps(job) + "\n")
            process.stdin.flush()
            return process.stdout.readline()
        finally:
            self._idle.put(process)

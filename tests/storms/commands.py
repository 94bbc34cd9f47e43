"""The command line in processes of its own: each command runs in a fresh fork of one that has imported everything.

    python -m tests.storms.commands

It reads commands from its standard input, one JSON list of arguments a line, and answers each with `{"code", "out", "error"}`.
"""

import json
import os
import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from integrations import bootstrap
from integrations.cli import build, main
from tests.chaos.processes import Processes


class CommandLines(Processes):
    """Several such processes, in the environment of a deployment."""

    def __init__(self, count: int, environment: Mapping[str, str]) -> None:
        super().__init__(count, "tests.storms.commands", environment)

    def run(self, *arguments: str) -> dict[str, Any]:
        """Run `nextplay` with these arguments."""
        return dict(json.loads(self.ask(arguments)))


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

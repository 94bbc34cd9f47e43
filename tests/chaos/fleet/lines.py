"""Logs of the world outside: files to which lines of JSON are only ever added."""

import json
import os
from pathlib import Path
from typing import Any

Row = dict[str, Any]


class Lines:
    """A file that is open for adding. A line that was written outlives a kill of its writer."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def add(self, **said: Any) -> None:
        """Write one line, whole."""
        os.write(self._file, (json.dumps(said, default=str) + "\n").encode())

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)


def lines_in(path: Path) -> list[Row]:
    """All that was written, in order; nothing where nobody wrote."""
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

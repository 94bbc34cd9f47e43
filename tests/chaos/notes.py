"""What the outside world remembers, whatever becomes of us: who was acknowledged, what was clicked, what was called."""

import json
import os
from pathlib import Path
from typing import Any


class Notes:
    """A file of JSON lines. A line that was written outlives a kill of the writer; it need not outlive the machine."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def add(self, kind: str, **said: Any) -> None:
        """Write one line, whole."""
        os.write(self._file, (json.dumps({"kind": kind, **said}) + "\n").encode())

    def all(self, kind: str) -> list[dict[str, Any]]:
        """Every line of that kind, in order."""
        return [line for line in map(json.loads, self._path.read_text().splitlines()) if line["kind"] == kind]

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

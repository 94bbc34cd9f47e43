"""The log of effects: one JSON line for each call that took effect and each thing a member did. Nothing is taken back."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from integrations.sandbox.slack.store import Change

Entry = dict[str, Any]


class EffectsLog:
    """Appends to a file that anybody may read meanwhile; without a path it is kept in memory alone."""

    def __init__(self, path: Path | None = None) -> None:
        self.entries: list[Entry] = []
        self._file: IO[str] | None = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.entries = list(read_effects(path)) if path.exists() else []
            self._file = path.open("a", encoding="utf-8")
            self._mend(path)

    def append(self, entry: Entry, changes: Sequence[Change]) -> None:
        """Write one down before it is answered."""
        entry = {"seq": len(self.entries) + 1, **entry, "changes": [list(change) for change in changes]}
        self.entries.append(entry)
        if self._file is not None:
            self._file.write(json.dumps(entry, ensure_ascii=False) + "\n")
            self._file.flush()

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()

    def _mend(self, path: Path) -> None:
        """A line that a crash cut short was never answered: end it, so that the next begins on its own."""
        if self._file is not None and path.stat().st_size and not path.read_bytes().endswith(b"\n"):
            self._file.write("\n")


def changes_in(entry: Entry) -> list[Change]:
    """What an entry changed."""
    return [Change(collection, key, doc) for collection, key, doc in entry["changes"]]


def read_effects(path: Path) -> Iterator[Entry]:
    """Read a log, while it is being written or after. A last line that is cut short is left out."""
    for line in path.read_text(encoding="utf-8").splitlines():
        try:
            entry: Entry = json.loads(line)
        except json.JSONDecodeError:
            continue
        yield entry

"""A draft: a playbook's own files with single settings changed in place. Comments, order and everything else stay as they were written."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.playbook.expressions import Kind
from agent.playbook.loader import Source


@dataclass(frozen=True, slots=True)
class Turn:
    """One setting to change: of a rule or play, where it stands below it, and the new value as a person would write it."""

    kind: Kind
    id: str
    path: tuple[str, ...]
    value: str


def turned(folder: Path, source: Source, turns: Sequence[Turn]) -> tuple[dict[str, str], list[Turn]]:
    """The new texts of the files that change, by their place in the folder, and the turns that could not be made: they are not written there."""
    spans = defaultdict[str, list[tuple[int, int, str]]](list)
    left = []
    for turn in turns:
        place = source.places.get((turn.kind, turn.id))
        span = place.document.span_of((*(() if place.index is None else (place.index,)), *turn.path)) if place else None
        if place is None or span is None:
            left.append(turn)
        else:
            spans[place.file].append((*span, turn.value))
    return {file: _replaced(folder / file, found) for file, found in spans.items()}, left


def _replaced(file: Path, spans: Sequence[tuple[int, int, str]]) -> str:
    text = file.read_text(encoding="utf-8")
    for start, end, value in sorted(spans, reverse=True):
        text = text[:start] + _written(value) + text[end:]
    return text


def _written(value: str) -> str:
    """As YAML: words and numbers as they are, anything else quoted, so that no expression breaks a line of flow style."""
    return value if value.replace(".", "", 1).isalnum() else json.dumps(value, ensure_ascii=False)

"""Events as files hold them: JSON, YAML or JSON lines; one event or several."""

import json
import sys
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from agent.errors import InvalidInput
from agent.ports import Arrival

MOST_BYTES = 50 * 1024 * 1024
NEXT_STEP = "A file holds one event, a list of events, or one JSON object a line."


def read_events(file: str) -> list[dict[str, Any]]:
    """Read the events of a file, or of standard input for `-`. Raises InvalidInput."""
    text = read_text(file)
    found = _parsed(text, "standard input" if file == "-" else file)
    events = found if isinstance(found, list) else [found]
    if not events or not all(isinstance(event, dict) for event in events):
        raise InvalidInput(f"{file} holds no event.", NEXT_STEP)
    return events


def read_text(file: str) -> str:
    """Read a text file, or standard input for `-`. Raises InvalidInput."""
    try:
        if file == "-":
            return sys.stdin.read()
        path = Path(file)
        if path.stat().st_size > MOST_BYTES:
            raise InvalidInput(f"{file} is larger than {MOST_BYTES // 2**20} MiB.", "Split it.")
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InvalidInput(f"{file} cannot be read: {(error.strerror or str(error)).lower()}.", "Check the path.") from None
    except UnicodeDecodeError:
        raise InvalidInput(f"{file} is not UTF-8 text.", "Convert it to UTF-8.") from None


def _parsed(text: str, name: str) -> Any:
    lines = [line for line in text.splitlines() if line.strip()]
    if len(lines) > 1 and all(line.lstrip().startswith("{") and line.rstrip().endswith("}") for line in lines):
        return [part for number, line in enumerate(lines, 1) for part in _listed(_loaded(line, f"{name}, line {number}"))]
    return _loaded(text, name)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _loaded(text: str, name: str) -> Any:
    """JSON as the webhooks read it, else YAML as playbooks are read: neither lets a key be given twice."""
    from fastapi import HTTPException

    from agent.playbook.sources import SourceError, parse
    from integrations.webhooks.reading import read_json

    try:
        return read_json(text.encode()).value
    except HTTPException:
        pass  # whatever keeps it from being JSON, YAML's message names the line too
    try:
        return parse(text).data
    except SourceError as error:
        where = f" on line {error.line}" if error.line else ""
        raise InvalidInput(f"{name} cannot be read{where}: {error.why}.", NEXT_STEP) from None


def arrival_from(data: Mapping[str, Any], now: datetime) -> Arrival:
    """An event on its way into the inbox; times that it does not tell are `now`. Raises InvalidInput naming every wrong field."""
    from integrations.webhooks.arrivals import arrival
    from integrations.webhooks.generic import parse_event
    from integrations.webhooks.times import parse_time

    content = _plain(data)
    told = {"occurred_at": now.isoformat(), **content}
    try:
        received = parse_time(told.pop("received_at", now.isoformat()))
    except ValueError as error:
        raise InvalidInput(f"This is not an event: received_at {error}.", "Leave it out to mean now.") from None
    return arrival(parse_event(told, received_at=received), content)


def _plain(data: Mapping[str, Any]) -> dict[str, Any]:
    """The event as plain JSON that can be stored unchanged. Raises InvalidInput for what JSON cannot say."""
    from fastapi import HTTPException

    from integrations.webhooks.reading import read_json

    try:
        plain: dict[str, Any] = read_json(json.dumps(data, default=_written).encode()).value
    except HTTPException as error:
        raise InvalidInput(f"The event {data.get('id', '')} cannot be stored: {error.detail}", NEXT_STEP) from None
    return plain


def _written(value: Any) -> str:
    """A time as YAML reads it, written as JSON has it."""
    if isinstance(value, date):
        return value.isoformat()
    raise InvalidInput(f"An event cannot hold a {type(value).__name__}.", "Use text, numbers, flags, lists and mappings.")

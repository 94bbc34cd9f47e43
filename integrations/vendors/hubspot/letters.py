"""What a task or a note says, for each kind of effect."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from agent.domain.plays import StepKind
from agent.domain.spans import parse_span
from integrations.vendors.hubspot.text import rich
from tools.ports import EffectRefused

BODIES = {"tasks": "hs_task_body", "notes": "hs_note_body"}
MADE: Mapping[str, str] = {StepKind.TASK.value: "tasks", StepKind.NOTE.value: "notes", StepKind.SEND.value: "tasks"}
"""What each kind of effect becomes."""
STAMP = "Nextplay"
"""The word before our marker, by which all that is ours is found."""
_SEND_WITHIN = "1d"
_MOST_OF_A_SUBJECT = 250


@dataclass(frozen=True, slots=True)
class Letter:
    """A task or a note, but for what it hangs on."""

    type_: str
    properties: Mapping[str, str]


def stamp(marker: str) -> str:
    """How our marker stands in a body. People see it, and can leave it where it is."""
    return f"{STAMP} {marker}"


def written(kind: str, payload: Mapping[str, Any], marker: str, owner: str | None, now: datetime) -> Letter:
    """What is written. Raises EffectRefused for what cannot be said."""
    ways: Mapping[str, Callable[[Mapping[str, Any], str, datetime], Letter]] = {
        StepKind.TASK.value: _task, StepKind.NOTE.value: _note, StepKind.SEND.value: _draft,
    }  # fmt: skip
    letter = ways[kind](payload, stamp(marker), now)
    return Letter(letter.type_, {**letter.properties, **({"hubspot_owner_id": owner} if owner else {})})


def _task(payload: Mapping[str, Any], mark: str, now: datetime) -> Letter:
    title, text = str(payload.get("title") or ""), str(payload.get("text") or "")
    return Letter("tasks", _todo(title or "Follow up", rich([text, mark]), "TODO", payload.get("due"), now))


def _note(payload: Mapping[str, Any], mark: str, now: datetime) -> Letter:
    return Letter("notes", {"hs_timestamp": _ms(now), "hs_note_body": rich([str(payload.get("text") or ""), mark])})


def _draft(payload: Mapping[str, Any], mark: str, now: datetime) -> Letter:
    """A task to send it: that it was sent is what the owner says by completing the task, or what the logged e-mail says."""
    subject, body = str(payload.get("subject") or ""), str(payload.get("body") or "")
    if not body:
        raise EffectRefused("there is nothing to send: the content has no body")
    how = f"To: {payload.get('to') or 'the contact'} ({payload.get('channel') or 'email'})"
    said = [f"{how}\nSubject: {subject}" if subject else how, body, f"Complete this task once it is sent. {mark}"]
    return Letter("tasks", _todo(f"Send: {subject or 'the prepared message'}", rich(said), "EMAIL", _SEND_WITHIN, now))


def _todo(title: str, body: str, type_: str, due: Any, now: datetime) -> dict[str, str]:
    return {
        "hs_timestamp": _ms(now + _span(due)), "hs_task_subject": title[:_MOST_OF_A_SUBJECT], "hs_task_body": body,
        "hs_task_status": "NOT_STARTED", "hs_task_priority": "MEDIUM", "hs_task_type": type_,
    }  # fmt: skip


def _span(due: Any) -> timedelta:
    try:
        span = parse_span(due or _SEND_WITHIN)
    except ValueError as error:
        raise EffectRefused(f"the task has no usable due time: {error}") from None
    return span if isinstance(span, timedelta) else timedelta(days=1)


def _ms(at: datetime) -> str:
    return str(int(at.timestamp() * 1000))

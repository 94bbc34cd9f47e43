"""What a sender's message becomes: an arrival for the inbox, whatever it says.

A verified vendor's message is never refused for its contents: what cannot be read is recorded as `<vendor>.unreadable`,
so that it is seen, and not sent again for hours. The hash is taken over the sender's own content, not over our reading
of it, so that a retry stays a duplicate when our reading changes.
"""

import hashlib
from datetime import datetime
from typing import Any

from agent.domain.event import Event
from agent.ports import Arrival
from integrations.webhooks.reading import Document, canonical

MAX_ID = 255


def arrival(event: Event, content: Any, raw: bytes | None = None) -> Arrival:
    """Pair an event with the sender's content: `content` without what differs between deliveries, and the raw bytes."""
    plain = canonical(content)
    return Arrival(event, plain if raw is None else raw, hashlib.sha256(plain).hexdigest())


def unreadable(source: str, content: Any, *, why: str, received_at: datetime) -> Event:
    """Record a message that is not what its sender documents; the same content has the same id."""
    return Event(
        source=source,
        id=f"sha256:{hashlib.sha256(canonical(content)).hexdigest()}",
        type=f"{source}.unreadable",
        occurred_at=received_at,
        received_at=received_at,
        subject_kind="unknown",
        subject_id="unknown",
        data={"why": why},
    )


def external_id(value: Any) -> str | None:
    """Read an id, a number or text. None when it is neither, empty, unprintable or too long."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    text = str(value).strip()
    return text if 0 < len(text) <= MAX_ID and text.isprintable() else None


def known(**data: Any) -> dict[str, Any]:
    """Keep the named values that are there."""
    return {name: value for name, value in data.items() if value is not None}


def notes_under(document: Document, *prefix: str | int) -> dict[str, Any]:
    """Tell in an event's data what was replaced in its part of the document; empty when nothing was."""
    notes = [str(note) for note in document.notes if note.path[: len(prefix)] == prefix]
    return {"normalised": notes} if notes else {}

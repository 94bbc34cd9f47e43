"""Events on their way into the inbox: canonical bytes, their hash, and the run that will handle them."""

import hashlib
import json
from datetime import datetime

from agent.domain.event import Event
from agent.domain.records import Run
from agent.ports import Arrival


def run_id_of(source: str, event_id: str) -> str:
    """The run of an event. Derived, so that the same event delivered again finds the same run."""
    return "run_" + hashlib.sha256(f"{source}\n{event_id}".encode("utf-8", "surrogatepass")).hexdigest()[:12]


def run_for(event: Event, at: datetime, *, wake_at: datetime | None = None) -> Run:
    """A run that has not started; with `wake_at` it waits until then."""
    return Run(
        id=run_id_of(event.source, event.id), lane=event.account or "", event=event, surface=None,
        state="waiting" if wake_at else "new", created_at=at, wake_at=wake_at,
    )  # fmt: skip


def arrival_of(event: Event) -> Arrival:
    """An event that we made ourselves (a clock event, a released hold), as if it had been delivered.

    Its id says what it is, so it is the same event whenever it is told again, even where its time differs by then.
    """
    body = {
        "source": event.source, "id": event.id, "type": event.type, "occurred_at": event.occurred_at.isoformat(),
        "account": event.account, "subject": {"kind": event.subject_kind, "id": event.subject_id}, "data": event.data,
    }  # fmt: skip
    raw = json.dumps(body, sort_keys=True, separators=(",", ":")).encode()
    return Arrival(event, raw, hashlib.sha256(f"{event.source}\n{event.id}".encode("utf-8", "surrogatepass")).hexdigest())

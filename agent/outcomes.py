"""What became of recommendations: delivered, converted, undone by a person. Later events are matched by subject, play and window."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from agent.domain.event import Event
from agent.domain.evidence import Past
from agent.domain.playbook import Playbook
from agent.domain.records import Action

OVERRIDE_WINDOW = timedelta(days=7)
_OVERRIDES = {"ticket.group_changed": ("assign_group", "group"), "ticket.priority_changed": ("set_priority", "priority")}


def converted_by(playbook: Playbook, event: Event, past: Iterable[Past]) -> str | None:
    """The decision that an outcome event speaks for: the last one delivered, on this subject or account, whose play waits for such an event."""
    fitting = [
        p for p in past
        if p.what == "delivered" and (play := playbook.plays.get(p.play)) and play.outcome
        and play.outcome.event == event.type and p.at <= event.occurred_at <= p.at + play.outcome.window
        and (p.subject == event.subject_id or p.account == event.account)
    ]  # fmt: skip
    return max(fitting, key=lambda p: (p.subject == event.subject_id, p.at)).decision if fitting else None


def overridden_by(event: Event, actions: Iterable[Action], since: datetime) -> str | None:
    """The decision whose effect a person has just changed to something else."""
    kind, field = _OVERRIDES.get(event.type, ("", ""))
    ours = [a for a in actions if a.kind == kind and a.state == "done" and a.at >= since and a.at <= event.occurred_at]
    if not ours or field not in event.data:
        return None
    last = max(ours, key=lambda a: a.at)
    return last.decision_id if event.data[field] != last.payload.get(field) else None


def outcome_types(playbook: Playbook) -> frozenset[str]:
    """Event types that any play waits for."""
    return frozenset(play.outcome.event for play in playbook.plays.values() if play.outcome) | frozenset(_OVERRIDES)

"""What an event says of earlier decisions: that what was hoped for came about, that its opposite did, that it caused friction, or nothing.

An opened e-mail is no outcome: mail programs open mail by themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent.domain.event import OWN_SOURCES, Event

NO_OUTCOME = frozenset({"email.opened", "email.sent", "email.delivered"})
"""Says nothing of what a person thought or did."""

STAGES = ("discovery", "qualified", "evaluation", "proposal", "negotiation", "contract_sent", "won")
"""Deal stages in the order in which a sale goes forward."""

OPPOSITES: Mapping[str, frozenset[str]] = {
    "deal.advanced": frozenset({"deal.lost"}),
    "deal.won": frozenset({"deal.lost"}),
    "contract.renewed": frozenset({"contract.ended"}),
    "ticket.solved": frozenset({"ticket.reopened"}),
}
"""What ends the hope for an awaited event, or undoes it."""

FINAL = frozenset({"ticket.reopened"})
"""Opposites that no later success mends: who solved the ticket after it came back did not do it by what was sent before."""

MONEY = frozenset({"deal.won", "contract.renewed"})
"""Events by which money is really earned: only these give an outcome an amount."""

GUARDRAILS: Mapping[str, str] = {
    "reopened": "the ticket came back",
    "escalated_again": "somebody asked for an escalation of a ticket that had been dealt with",
    "opted_out": "the recipient wants no more messages",
    "complaint": "the customer complained, or marked the message as spam",
    "low_csat": "the customer rated the ticket badly",
    "overridden": "a person undid what was done",
    "discount_given": "what was carried out gives a discount or a refund",
    "support_load": "the recipient opened a ticket within a week",
    "not_helpful": "the colleague who asked says that it did not help",
}
"""Friction that is kept beside the result, with what each means."""

_ENGAGED = frozenset({"email.replied", "meeting.booked", "call.held"})
_SOLVED = ("solved", "closed")
_LOW_SCORE = 2
"""Of 5: this and less is a bad rating."""


@dataclass(frozen=True, slots=True)
class Meaning:
    """What an event says. `names` are the awaited events that it is, its own type among them; `guardrails` is friction.

    `stage` is a deal's stage after the event, `task` the marker of a task of ours that was completed.
    """

    names: frozenset[str] = frozenset()
    guardrails: frozenset[str] = frozenset()
    bounced: bool = False
    stage: str | None = None
    task: str | None = None

    def __bool__(self) -> bool:
        """It says something."""
        return bool(self.names or self.guardrails or self.bounced or self.task)


NOTHING = Meaning()


def meaning_of(event: Event, record: Mapping[str, Any]) -> Meaning:
    """What an event means; `record` is its subject as it is now, for what the event does not say itself.

    What we tell ourselves, and the echo of what we did, means nothing.
    """
    if event.type in NO_OUTCOME or event.source in OWN_SOURCES or str(event.data.get("marker") or "").startswith("np-"):
        return NOTHING
    names = _names(event, record)
    return Meaning(names, _guardrails(event, record, names), event.type == "email.bounced", _stage(event, record), _task(event))


def says(event: Event, record: Mapping[str, Any], name: str) -> Any:
    """A field as the event tells it, else as the record has it."""
    return event.data[name] if name in event.data else record.get(name)


def goes_forward(stage: str | None, since: str | None) -> bool:
    """Whether a deal stands further than it did; a stage that nobody knows is no progress."""
    return _place(stage) > _place(since)


def _names(event: Event, record: Mapping[str, Any]) -> frozenset[str]:
    found = {event.type}
    status = says(event, record, "status")
    match event.type:
        case "deal.stage_changed":
            found |= {"won": {"deal.won", "deal.advanced"}, "lost": {"deal.lost"}}.get(str(_stage(event, record)), {"deal.advanced"})
        case "deal.won":
            found.add("deal.advanced")
        case "contract.updated" if status in ("renewed", "ended"):
            found.add(f"contract.{status}")
        case "ticket.status_changed" if status in _SOLVED:
            found.add("ticket.solved")
        case "ticket.status_changed" if event.data.get("previous") in _SOLVED or (status in ("new", "open") and record.get("reopened")):
            found.add("ticket.reopened")
        case "ticket.comment_added" if not _by_customer(event, record):
            found.clear()
        case "usage.reported" if _number(event.data.get("change_30d")) >= 0:
            found.add("usage.recovered")
    if event.type in _ENGAGED:
        found.add("account.engaged")
    return frozenset(found)


_FRICTION = {
    "contact.unsubscribed": "opted_out",
    "consent.withdrawn": "opted_out",
    "complaint.received": "complaint",
    "email.complained": "complaint",
    "request.escalation": "escalated_again",
    "ticket.escalated": "escalated_again",
}


def _guardrails(event: Event, record: Mapping[str, Any], names: frozenset[str]) -> frozenset[str]:
    found = {_FRICTION[event.type]} if event.type in _FRICTION else set()
    match event.type:
        case "contact.updated" if event.data.get("opted_out") is True:
            found.add("opted_out")
        case "ticket.rated" if _is_low(event.data):
            found.add("low_csat")
        case "ticket.created" if record.get("requester"):
            found.add("support_load")
    return frozenset(found | ({"reopened"} if "ticket.reopened" in names else set()))


def _stage(event: Event, record: Mapping[str, Any]) -> str | None:
    """The stage as the event tells it; where it speaks another system's words, as our record has it."""
    if event.type == "deal.won":
        return "won"
    told = event.data.get("stage")
    return told if told in (*STAGES, "lost") else record.get("stage")


def _task(event: Event) -> str | None:
    return str(event.data.get("task") or "") or None if event.type == "task.completed" else None


def _by_customer(event: Event, record: Mapping[str, Any]) -> bool:
    """Whether a customer wrote the comment: as the event says, else as the ticket's last message has it."""
    last = (record.get("messages") or [{}])[-1]
    return bool((event.data.get("by") or last.get("by") or "customer") == "customer")


def _is_low(data: Mapping[str, Any]) -> bool:
    score = data.get("score")
    return data.get("rating") == "bad" or (isinstance(score, int | float) and not isinstance(score, bool) and score <= _LOW_SCORE)


def _place(stage: str | None) -> int:
    return STAGES.index(stage) if stage in STAGES else -1


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else -1.0

"""A ticket in our words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from integrations.vendors.connector import Fault, Told
from integrations.vendors.zendesk.answers import Comment, CustomField, Ticket, User
from integrations.vendors.zendesk.fields import Fields
from integrations.vendors.zendesk.matching import language
from integrations.vendors.zendesk.telling import own, told, version
from tools.plain_text import plain
from tools.tickets import OURS

MARKER = "nextplay"
"""Under this name our marker stands in the custom metadata of an audit and of its comment, where no customer sees it."""

PRIORITIES = {"urgent": "p1", "high": "p2", "normal": "p3", "low": "p4"}
STATUSES = {"new": "new", "open": "open", "pending": "pending", "hold": "pending", "solved": "solved", "closed": "closed"}
TYPES = {"question": "question", "incident": "incident", "problem": "problem", "task": "request"}
MERGED = "closed_by_merge"
_NO_CURRENCY = "XXX"
"""ISO 4217 for none: an amount in it converts into nothing, so that the fact is missing, and not zero."""
_NUMBER = re.compile(r"\d{1,12}(\.\d{1,6})?")


class Author(NamedTuple):
    """Who wrote a comment: on which side, and under which name of ours."""

    by: Literal["customer", "agent"]
    name: str | None


@dataclass(frozen=True, slots=True)
class Conversation:
    """Comments that were read, the first first. `total`: how many there are."""

    comments: Sequence[Comment]
    total: int

    @property
    def whole(self) -> bool:
        """Whether these are all."""
        return len(self.comments) >= self.total


@dataclass(frozen=True, slots=True)
class Parties:
    """Whose the ticket is, in our ids."""

    account: str | None
    requester: str | None
    assignee: str | None
    authors: Mapping[str, Author]
    language: str | None = None
    plan: str | None = None
    region: str | None = None


def author(comment: Comment, users: Mapping[str, User], requester_id: str | None) -> Author:
    """Who wrote. Whoever is not known and wrote in public is taken for the customer: nothing a customer says may be missed."""
    user = users.get(comment.author_id or "")
    customer = comment.author_id == requester_id if user is None else not user.works_here
    if comment.author_id == requester_id or customer:
        return Author("customer", user.name if user else None)
    return Author("agent" if user is not None or not comment.public else "customer", user.name if user else None)


def ticket(said: Ticket, conversation: Conversation, parties: Parties, fields: Fields, *, reopens: int = 0) -> tuple[Told | None, list[Fault]]:
    """The record, and what of it could not be read. None, with the fault, where its status or priority is a word that nobody knows: what is open,
    and how bad it is, is never guessed.
    """
    faults: list[Fault] = []
    status = fields.statuses.get(said.custom_status_id or 0) or STATUSES.get(said.status)
    if status is None or (said.priority is not None and said.priority not in PRIORITIES):
        word = said.status if status is None else said.priority
        why = f"'{str(word)[:40]}' is not a status or priority that is known. Report it"
        return None, [Fault("tickets", said.id, why, parties.account or parties.requester, said.updated_at)]
    custom = _Custom(said.custom_fields, fields)
    messages = [_message(comment, parties.authors, fields.our_user) for comment in conversation.comments]
    if not conversation.whole:
        read = f"the newest {len(messages)} of its {conversation.total} comments were read; what was written before them is not considered"
        faults.append(Fault("tickets", said.id, f"{read}. Solve it and open a follow-up, or raise newest_comments"))
    product = custom.text("product")
    record = {
        "account": parties.account, "requester": parties.requester,
        "subject": said.subject or "(no subject)", "body": _body(said, messages, conversation),
        "type": _type(said, fields), "priority": PRIORITIES.get(said.priority or ""), "status": status,
        "group": own("groups", said.group_id) if said.group_id else None, "assignee": parties.assignee,
        "product": fields.products.get(product, product) if product else None, "language": language(custom.text("language")) or parties.language,
        "channel": said.via.channel, "tags": list(said.tags), "created_at": said.created_at, "updated_at": said.updated_at,
        "version": version(said.updated_at), "sla_due_at": due(said), "incident": custom.text("incident"), "refund": custom.refund(),
        "reopened": reopens > 0, "messages": messages, "customer_plan": parties.plan, "customer_region": parties.region,
    }  # fmt: skip
    faults += [Fault("tickets", said.id, why) for why in custom.wrong]
    return told("tickets", said.id, record, said.updated_at), faults


def due(said: Ticket) -> Any:
    """When the first of its running promises is broken; None where none runs."""
    running = [one.breach_at for one in said.slas.policy_metrics if one.stage == "active" and one.breach_at is not None]
    return min(running, default=None)


def _type(said: Ticket, fields: Fields) -> str | None:
    tagged = next((fields.types[tag] for tag in said.tags if tag in fields.types), None)
    return tagged or TYPES.get(said.type or "")


def _message(comment: Comment, authors: Mapping[str, Author], our_user: int | None) -> dict[str, Any]:
    by, name = authors[comment.id]
    if comment.metadata.marker(MARKER) is not None or (our_user is not None and comment.author_id == str(our_user)):
        by, name = "agent", OURS
    text = plain(comment.html_body) if comment.html_body else comment.body.strip()
    return {"at": comment.created_at, "by": by, **({"author": name} if name else {}), "public": comment.public, "body": text}


def _body(said: Ticket, messages: Sequence[Mapping[str, Any]], conversation: Conversation) -> str | None:
    """The first message, in the words that it has as a message where that was read, so that it counts once."""
    first = messages[0]["body"] if messages and conversation.whole else None
    return first or said.description or None


class _Custom:
    """The custom fields that are set up. One that is not on the ticket was removed, or cannot be seen."""

    def __init__(self, found: Sequence[CustomField], fields: Fields) -> None:
        self._values = {one.id: one.value for one in found}
        self._fields = fields
        self.wrong = [
            f"it has no field {field} for {name}. It was removed, is inactive, or may not be seen: mend it, or the setting of this field"
            for name, field in fields.custom.items()
            if field not in self._values
        ]

    def text(self, name: str) -> str | None:
        """Its value as text."""
        value = self._values.get(self._fields.custom.get(name, 0))
        return str(value).strip() or None if isinstance(value, str | int | float) and not isinstance(value, bool) else None

    def refund(self) -> dict[str, Any] | None:
        """The amount that is asked for. An amount that cannot be read is not none: it is told in no currency, so that it stays unknown."""
        if self._fields.refund is None:
            return None
        given = self.text("refund")
        if given is None and self._fields.refund in self._values:
            return None
        if given is not None and _NUMBER.fullmatch(given):
            return {"amount": float(given), "currency": self._fields.refund_currency}
        if given is not None:
            self.wrong.append("the amount of the refund is not a number such as 120.50, so that it is unknown. Correct it in Zendesk")
        return {"amount": 1.0, "currency": _NO_CURRENCY}

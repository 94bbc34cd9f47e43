"""Webhooks: what Zendesk tells of tickets, signed, by subscription to events or by a trigger with a body of its own."""

import base64
import hashlib
import hmac
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import uuid4

import httpx2

from integrations.sandbox.doubles.zendesk.world import Thing, World

_CHANGES = {
    "priority": "priority_changed", "status": "status_changed", "group_id": "group_assignment_changed", "assignee_id": "agent_assignment_changed",
}  # fmt: skip
_TRIGGERED = {
    "priority": "ticket.priority_changed",
    "status": "ticket.status_changed",
    "group_id": "ticket.group_changed",
    "assignee_id": "ticket.assignee_changed",
}


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request that Zendesk makes. Sent again, it keeps its invocation id and its body."""

    invocation: str
    body: bytes


@dataclass
class Webhook:
    """Listens to a world, and keeps what it has to tell until it is sent. `trigger`: the body of a webhook that triggers call; None: events."""

    world: World
    url: str
    secret: str
    trigger: str | None = None
    account: int = 22129848
    waiting: list[Delivery] = field(default_factory=list)
    ids: Callable[[], str] = lambda: str(uuid4())

    def __post_init__(self) -> None:
        self.world.listeners.append(self._hear)

    def _hear(self, ticket: Thing, audit: Thing) -> None:
        bodies = self._events(ticket, audit) if self.trigger is None else self._triggered(ticket, audit)
        self.waiting += [Delivery(self.ids(), body) for body in bodies]

    async def send(self, client: httpx2.AsyncClient, *, times: int = 1, backwards: bool = False) -> list[int]:
        """Send what waits, each so many times, the last first if told to; the answers' statuses."""
        told = self.waiting[::-1] if backwards else self.waiting
        self.waiting = []
        return [(await client.post(self.url, content=one.body, headers=self._signed(one))).status_code for one in told for _ in range(times)]

    def _signed(self, delivery: Delivery) -> dict[str, str]:
        at = self.world.now()
        digest = hmac.new(self.secret.encode(), at.encode() + delivery.body, hashlib.sha256).digest()
        return {
            "Content-Type": "application/json", "X-Zendesk-Webhook-Signature": base64.b64encode(digest).decode(),
            "X-Zendesk-Webhook-Signature-Timestamp": at, "X-Zendesk-Webhook-Invocation-Id": delivery.invocation,
            "X-Zendesk-Account-Id": str(self.account),
        }  # fmt: skip

    def _events(self, ticket: Thing, audit: Thing) -> list[bytes]:
        """One for each thing that the audit did; those of a subscription speak in capitals and of ids as text."""
        if len(self.world.audits[ticket["id"]]) == 1:
            return [self._event("created", ticket, audit, {})]
        found = []
        for event in audit["events"]:
            if event["type"] == "Comment":
                found.append(self._event("comment_added", ticket, audit, {"comment": self._comment(event)}))
            elif event["field_name"] in _CHANGES:
                change = {"current": _capital(event["value"]), "previous": _capital(event["previous_value"])}
                found.append(self._event(_CHANGES[event["field_name"]], ticket, audit, change))
        return found

    def _event(self, kind: str, ticket: Thing, audit: Thing, change: Thing) -> bytes:
        ids = {name: _text(ticket[name]) for name in ("id", "requester_id", "assignee_id", "group_id", "organization_id", "submitter_id", "brand_id")}
        words = {name: _capital(ticket[name]) for name in ("status", "priority", "type")}
        plain = {name: ticket[name] for name in ("subject", "tags", "via", "created_at", "updated_at", "is_public", "external_id")}
        body = {
            "account_id": self.account, "detail": {**ids, **words, **plain, "actor_id": str(audit["author_id"])}, "event": change, "id": self.ids(),
            "subject": f"zen:ticket:{ticket['id']}", "time": audit["created_at"].replace("Z", ".000000001Z"),
            "type": f"zen:event-type:ticket.{kind}", "zendesk_event_version": "2022-11-06",
        }  # fmt: skip
        return json.dumps(body).encode()

    def _comment(self, comment: Thing) -> Thing:
        author = self.world.users.get(comment["author_id"], {})
        said = {"id": str(comment["author_id"]), "is_staff": author.get("role", "end-user") != "end-user", "name": author.get("name")}
        return {"id": str(comment["id"]), "body": comment["body"], "is_public": comment["public"], "author": said}

    def _triggered(self, ticket: Thing, audit: Thing) -> list[bytes]:
        """The body once for each kind of change, with its placeholders filled; its `type` is what that trigger was set to."""
        if len(self.world.audits[ticket["id"]]) == 1:
            kinds = ["ticket.created"]
        else:
            kinds = ["ticket.comment_added" if e["type"] == "Comment" else _TRIGGERED.get(e["field_name"], "") for e in audit["events"]]
        return [self._filled(kind, ticket, audit) for kind in kinds if kind]

    def _filled(self, kind: str, ticket: Thing, audit: Thing) -> bytes:
        values = {
            "ticket.id": ticket["id"], "ticket.updated_at_with_timestamp": ticket["updated_at"], "ticket.priority": _title(ticket["priority"]),
            "ticket.status": _title(ticket["status"]), "ticket.group.id": ticket["group_id"], "ticket.assignee.id": ticket["assignee_id"],
            "ticket.organization.id": ticket["organization_id"], "ticket.requester.id": ticket["requester_id"], "current_user.id": audit["author_id"],
        }  # fmt: skip
        body = re.sub(r"\{\{([\w.]+)\}\}", lambda found: _text(values.get(found[1])) or "", self.trigger or "")
        return re.sub(r'"type": "[^"]*"', f'"type": "{kind}"', body, count=1).encode()


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _capital(value: object) -> object:
    return value.upper() if isinstance(value, str) else value


def _title(value: object) -> object:
    return value.capitalize() if isinstance(value, str) else value

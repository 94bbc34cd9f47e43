"""What each kind of effect changes in the sandbox.

Payload fields by kind of command, with what `target` is:

| kind | target | payload |
|---|---|---|
| `send_content` | contact | `channel`, `purpose`, `content` (id of what was sent): a touch of ours |
| `crm_task`, `crm_note` | any CRM record or ticket | kept as it is, under `crm_tasks` or `crm_notes` |
| `ticket_comment` | ticket | `body`, `public` (must be said: a public one is mailed to the customer) |
| `assign_group` | ticket | `group`, `assignee` (optional; nobody otherwise, as helpdesks do) |
| `set_priority` | ticket | `priority` |
| `add_tags` | ticket | `tags`: they are added to those that are there |
"""

from collections.abc import Callable
from datetime import datetime

from sqlalchemy import Connection

from agent.domain.plays import StepKind
from integrations.sandbox import records
from integrations.sandbox.records import Record
from tools.ports import Command, EffectRefused
from tools.tickets import OURS

PRIORITIES = ("p1", "p2", "p3", "p4")
ANCHORS = ("deals", "accounts", "contacts", "contracts", "tickets")
"""Kinds that a task or a note can hang on."""


def act(connection: Connection, command: Command, at: datetime) -> Record:
    """The record as the effect leaves it. Raises EffectRefused when the target does not take it."""
    change = _ACTS.get(command.kind)
    if change is None:
        raise EffectRefused(f"the sandbox knows no effect '{command.kind}': it takes {', '.join(_ACTS)}")
    return change(connection, command, at)


def _send(connection: Connection, command: Command, at: datetime) -> Record:
    contact = _alive(connection, command.target, "contacts")
    payload = command.payload
    touch = {
        "contact": contact.id,
        "account": contact.data["account"],
        "at": at.isoformat(),
        "channel": payload.get("channel", "email"),
        "purpose": payload.get("purpose", ""),
        "sender": OURS,
        "status": "sent",
        "content": payload.get("content") or "",
        "direction": "out",
    }
    return Record("touches", command.marker, touch, 1, at)


def _task(connection: Connection, command: Command, at: datetime) -> Record:
    return _attached("crm_tasks", connection, command, at)


def _note(connection: Connection, command: Command, at: datetime) -> Record:
    return _attached("crm_notes", connection, command, at)


def _attached(kind: str, connection: Connection, command: Command, at: datetime) -> Record:
    anchor = _alive(connection, command.target, *ANCHORS)
    return Record(kind, command.marker, {**command.payload, "on": anchor.id, "at": at.isoformat()}, 1, at)


def _comment(connection: Connection, command: Command, at: datetime) -> Record:
    ticket = _alive(connection, command.target, "tickets")
    public, body = command.payload.get("public"), command.payload.get("body")
    if not isinstance(public, bool) or not body:
        raise EffectRefused("a ticket comment needs a body, and public: true or false")
    message = {"at": at.isoformat(), "by": "agent", "author": OURS, "public": public, "body": body}
    return ticket.changed({"messages": [*(ticket.data.get("messages") or ()), message]}, at)


def _group(connection: Connection, command: Command, at: datetime) -> Record:
    ticket = _alive(connection, command.target, "tickets")
    group = _alive(connection, str(command.payload.get("group") or ""), "groups")
    return ticket.changed({"group": group.id, "assignee": command.payload.get("assignee")}, at)


def _priority(connection: Connection, command: Command, at: datetime) -> Record:
    ticket = _alive(connection, command.target, "tickets")
    priority = command.payload.get("priority")
    if priority not in PRIORITIES:
        raise EffectRefused(f"'{priority}' is not a priority: use one of {', '.join(PRIORITIES)}")
    return ticket.changed({"priority": priority}, at)


def _tags(connection: Connection, command: Command, at: datetime) -> Record:
    ticket = _alive(connection, command.target, "tickets")
    tags = command.payload.get("tags")
    if not isinstance(tags, list) or not tags or not all(isinstance(tag, str) and tag for tag in tags):
        raise EffectRefused("tags must be a list of words")
    return ticket.changed({"tags": list(dict.fromkeys([*(ticket.data.get("tags") or ()), *tags]))}, at)


def _alive(connection: Connection, record_id: str, *kinds: str) -> Record:
    """The record to write to. A vendor takes nothing for what was deleted or never existed."""
    found = [record for kind in kinds if (record := records.one(connection, kind, record_id)) is not None]
    if not found:
        raise EffectRefused(f"there is no '{record_id}' among the {' or '.join(kinds)}")
    if found[0].deleted:
        raise EffectRefused(f"'{record_id}' was deleted: nothing can be written to it")
    return found[0]


_ACTS: dict[str, Callable[[Connection, Command, datetime], Record]] = {
    StepKind.SEND: _send,
    StepKind.TASK: _task,
    StepKind.NOTE: _note,
    StepKind.COMMENT: _comment,
    StepKind.GROUP: _group,
    StepKind.PRIORITY: _priority,
    StepKind.TAGS: _tags,
}

"""What is done to tickets: opened, changed, commented, tagged, merged, deleted; each as one audit."""

from html import escape
from typing import Any

from integrations.sandbox.doubles.zendesk.errors import conflict, forbidden, invalid
from integrations.sandbox.doubles.zendesk.world import Thing, World

MOST_COMMENTS = 5000
PRIORITIES = ("low", "normal", "high", "urgent", None)
STATUSES = ("new", "open", "pending", "hold", "solved", "closed")
_PLAIN = ("subject", "priority", "status", "type", "group_id", "assignee_id", "organization_id", "tags", "external_id")


def opened(world: World, subject: str, body: str, **said: Any) -> int:
    """A ticket with its first comment."""
    fields = [{"id": field, "value": None} for field in world.ticket_fields]
    comments = said.pop("comments", ())
    ticket_id = world.add(world.tickets, {
        "subject": subject, "raw_subject": subject, "description": body, "type": None, "priority": None, "status": "new", "requester_id": None,
        "submitter_id": None, "assignee_id": None, "group_id": None, "organization_id": None, "tags": [], "via": {"channel": "web"},
        "custom_status_id": None, "satisfaction_rating": {"score": "unoffered"}, "external_id": None, "brand_id": None, "is_public": True,
        "custom_fields": fields, "due_at": None, **said,
    })  # fmt: skip
    world.comments[ticket_id], world.audits[ticket_id] = [], []
    ticket = world.tickets[ticket_id]
    author, at = ticket["requester_id"] or world.agent, ticket["updated_at"]
    _audited(
        world, ticket, author, {}, [_comment(world, ticket, author, {"body": body, "public": True}, {}, ticket["created_at"])], ticket["created_at"]
    )
    for by, text, public, when in comments:
        _audited(world, ticket, by, {}, [_comment(world, ticket, by, {"body": text, "public": public}, {}, when)], when)
    ticket["updated_at"] = at
    return ticket_id


def updated(world: World, ticket_id: int, asked: Thing, *, author: int | None = None) -> Thing:
    """`PUT /tickets/{id}`: the audit that it made. Raises Refusal, and changes nothing then."""
    ticket = world.ticket(ticket_id)
    _may(ticket, asked)
    changes = {name: asked[name] for name in _PLAIN if name in asked and asked[name] != ticket[name]}
    _check(world, ticket, changes)
    author, at = author or world.agent, world.now()
    metadata = (asked.get("metadata") or {}).get("custom") or {}
    events = []
    if asked.get("comment") is not None:
        events.append(_comment(world, ticket, author, asked["comment"], metadata, at))
    events += [_change(world, ticket, name, value) for name, value in changes.items()]
    _set_fields(ticket, asked.get("custom_fields") or ())
    audit = _audited(world, ticket, author, metadata, events, at)
    if events:
        comment = {"comment": events[0]} if asked.get("comment") is not None else {}
        world.journal.add(world.clock(), "ticket.updated", str(ticket_id), {**changes, **comment, "metadata": metadata})
    return audit


def tagged(world: World, ticket_id: int, asked: Thing, how: str) -> list[str]:
    """`/tickets/{id}/tags`: add, set or remove. Raises Refusal."""
    ticket = world.ticket(ticket_id)
    _may(ticket, {"safe_update": str(asked.get("safe_update")).lower() == "true", "updated_stamp": asked.get("updated_stamp")})
    before, given = list(ticket["tags"]), [str(tag).lower() for tag in asked.get("tags") or ()]
    after = {
        "add": [*before, *(tag for tag in given if tag not in before)],
        "set": given,
        "remove": [tag for tag in before if tag not in given],
    }[how]
    if after != before:
        _audited(world, ticket, world.agent, {}, [_change(world, ticket, "tags", after)], world.now())
        world.journal.add(world.clock(), f"tags.{how}", str(ticket_id), {"tags": given})
    return after


def merged(world: World, source_id: int, target_id: int) -> None:
    """An agent merged one ticket into another, which is how most duplicates end."""
    source, target = world.ticket(source_id), world.ticket(target_id)
    at = world.now()
    events = [_change(world, source, "status", "closed"), _change(world, source, "tags", [*source["tags"], "closed_by_merge"])]
    note = _comment(world, source, world.agent, {"body": f"This request was closed and merged into request #{target_id}.", "public": False}, {}, at)
    audit = _audited(world, source, world.agent, {}, [*events, note], at)
    audit["via"] = {"channel": "web", "source": {"from": {}, "to": {"ticket_id": target_id, "subject": target["subject"]}, "rel": "merge"}}


def deleted(world: World, ticket_id: int) -> None:
    """It is only in exports from now on, as deleted."""
    world.touch(world.ticket(ticket_id), status="deleted")


def rated(world: World, ticket_id: int, score: str, comment: str = "") -> None:
    """The customer answered the survey: `good` or `bad`."""
    ticket = world.ticket(ticket_id)
    rating = world.add(world.ratings, {
        "score": score, "comment": comment, "ticket_id": ticket_id, "requester_id": ticket["requester_id"], "assignee_id": ticket["assignee_id"],
        "group_id": ticket["group_id"], "reason": None,
    })  # fmt: skip
    world.touch(ticket, satisfaction_rating={"id": rating, "score": score, "comment": comment})


def _may(ticket: Thing, asked: Thing) -> None:
    if ticket["status"] == "closed":
        raise invalid("status", "closed prevents ticket update", "TicketClosed")
    if asked.get("safe_update") is True and asked.get("updated_stamp") != ticket["updated_at"]:
        raise conflict()


def _check(world: World, ticket: Thing, changes: Thing) -> None:
    """Raises Refusal. A ticket that moves to a group in which its assignee is not has none afterwards."""
    if changes.get("priority", "low") not in PRIORITIES:
        raise invalid("priority", f"{changes['priority']} is not a priority")
    if changes.get("status", "open") not in STATUSES:
        raise invalid("status", f"{changes['status']} is not a status")
    group = changes.get("group_id", ticket["group_id"])
    if "group_id" in changes and group is not None and (group not in world.groups or world.groups[group]["deleted"]):
        raise invalid("group", "is invalid")
    assignee = changes.get("assignee_id", ticket["assignee_id"])
    if assignee is None or group is None or _is_in(world, assignee, group):
        return
    if changes.get("assignee_id"):
        raise invalid("assignee", "is not a member of the group")
    changes["assignee_id"] = None


def _is_in(world: World, user: int, group: int) -> bool:
    return any((one["user_id"], one["group_id"]) == (user, group) for one in world.memberships.values())


def _comment(world: World, ticket: Thing, author: int, asked: Thing, metadata: Thing, at: str) -> Thing:
    """One comment, public unless it says otherwise, as Zendesk has it. Raises Refusal."""
    body = asked.get("html_body") or asked.get("body")
    if not body:
        raise invalid("comment", "cannot be blank", "BlankValue")
    if len(world.comments[ticket["id"]]) >= MOST_COMMENTS:
        raise invalid("comment", f"a ticket has at most {MOST_COMMENTS} comments", "TooManyComments")
    if world.users.get(author, {}).get("suspended"):
        raise forbidden()
    comment = {
        "id": world.new_id(), "type": "Comment", "author_id": author, "body": body, "plain_body": body,
        "html_body": asked.get("html_body") or f'<div class="zd-comment" dir="auto">{escape(body)}</div>', "public": asked.get("public", True),
        "attachments": [], "via": {"channel": "api"}, "created_at": at, "metadata": {"system": {}, "custom": metadata},
    }  # fmt: skip
    world.comments[ticket["id"]].append(comment)
    return comment


def _change(world: World, ticket: Thing, name: str, value: Any) -> Thing:
    before, ticket[name] = ticket[name], value
    return {"id": world.new_id(), "type": "Change", "field_name": name, "value": value, "previous_value": before}


def _set_fields(ticket: Thing, given: Any) -> None:
    """Fields that nobody knows are passed over, as Zendesk does."""
    values = {one["id"]: one["value"] for one in given}
    for one in ticket["custom_fields"]:
        one["value"] = values.get(one["id"], one["value"])


def _audited(world: World, ticket: Thing, author: int, metadata: Thing, events: list[Thing], at: str) -> Thing:
    audit = {
        "id": world.new_id(), "ticket_id": ticket["id"], "created_at": at, "author_id": author, "via": {"channel": "api"},
        "metadata": {"system": {}, "custom": metadata}, "events": events,
    }  # fmt: skip
    for event in events:
        if event["type"] == "Comment":
            event["audit_id"] = audit["id"]
    if events:
        world.audits[ticket["id"]].append(audit)
        ticket["updated_at"] = at
        for hear in world.listeners:
            hear(ticket, audit)
    return audit

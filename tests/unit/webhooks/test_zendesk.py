import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import HTTPException
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.event import Event
from integrations.webhooks import zendesk
from integrations.webhooks.reading import read_json

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)

DETAIL = {
    "id": "731",
    "actor_id": "55",
    "assignee_id": "60",
    "group_id": "70",
    "organization_id": "80",
    "requester_id": "90",
    "priority": "HIGH",
    "status": "OPEN",
    "type": "PROBLEM",
    "description": "my phone is +49 151 2345 6789",
    "via": {"channel": "email"},
}
CREATED = {
    "account_id": 11,
    "id": "evt-1",
    "type": "zen:event-type:ticket.created",
    "subject": "zen:ticket:731",
    "time": "2026-11-23T08:59:58.672717030Z",
    "zendesk_event_version": "2022-11-06",
    "detail": DETAIL,
    "event": {},
}


def read(body: Any) -> Event:
    raw = json.dumps(body).encode()
    [arrival] = zendesk.read(read_json(raw), raw, AT)
    assert arrival.raw == raw
    return arrival.event


def test_reads_a_new_ticket() -> None:
    event = read(CREATED)
    assert (event.source, event.id, event.type) == ("zendesk", "evt-1", "ticket.created")
    assert (event.subject_kind, event.subject_id) == ("ticket", "731")
    assert (event.account, event.actor) == ("80", "55")
    assert event.occurred_at == datetime(2026, 11, 23, 8, 59, 58, 672_717, tzinfo=UTC)
    assert event.data == {
        "priority": "p2",
        "status": "open",
        "type": "problem",
        "group": "70",
        "assignee": "60",
        "requester": "90",
        "channel": "email",
    }


def test_the_ticket_may_be_nested() -> None:
    assert read({**CREATED, "detail": {"ticket": DETAIL}}) == read(CREATED)


@pytest.mark.parametrize(
    ("type_", "change", "expected", "data"),
    [
        (
            "ticket.priority_changed",
            {"current": "URGENT", "previous": "HIGH"},
            "ticket.priority_changed",
            {"priority": "p1", "previous_priority": "p2"},
        ),
        (
            "ticket.status_changed",
            {"current": "HOLD", "previous": "OPEN"},
            "ticket.status_changed",
            {"status": "pending", "previous_status": "open"},
        ),
        (
            "ticket.agent_assignment_changed",
            {"current": 8447388090496, "previous": None},
            "ticket.assignee_changed",
            {"assignee": "8447388090496"},
        ),
        (
            "ticket.group_assignment_changed",
            {"current": "71", "previous": "70"},
            "ticket.group_changed",
            {"group": "71", "previous_group": "70"},
        ),
        ("ticket.tags_changed", {"tags_added": ["x"]}, "zendesk.ticket.tags_changed", {}),
        ("ticket.something_new", {"current": {"deep": []}}, "zendesk.ticket.something_new", {}),
    ],
)
def test_reads_changes(type_: str, change: dict[str, Any], expected: str, data: dict[str, Any]) -> None:
    event = read({**CREATED, "type": f"zen:event-type:{type_}", "event": change})
    assert event.type == expected
    assert event.data.items() >= data.items()


@pytest.mark.parametrize(("staff", "by"), [(True, "agent"), (False, "customer")])
def test_reads_who_commented_but_not_what(staff: bool, by: str) -> None:
    comment = {"id": "c1", "body": "call me", "is_public": True, "author": {"id": "91", "is_staff": staff}}
    event = read({**CREATED, "type": "zen:event-type:ticket.comment_added", "event": {"comment": comment}})
    assert (event.type, event.actor) == ("ticket.comment_added", "91")
    assert event.data.items() >= {"comment": "c1", "public": True, "by": by}.items()
    assert "call me" not in json.dumps(event.data)


def test_reads_a_sparse_description() -> None:
    sparse = {"id": "731", "assignee_id": "60", "updated_at": "2026-11-23T08:59:58Z"}
    event = read({**CREATED, "detail": sparse, "event": {}})
    assert (event.account, event.actor, event.data) == (None, None, {"assignee": "60"})


def test_other_subjects_keep_their_kind() -> None:
    organization = read({**CREATED, "type": "zen:event-type:organization.created", "subject": "zen:organization:80"})
    assert (organization.type, organization.subject_kind) == ("zendesk.organization.created", "account")
    article = read({**CREATED, "type": "zen:event-type:article.published", "subject": "zen:article:5"})
    assert (article.subject_kind, article.subject_id) == ("article", "5")


def filled(**values: str) -> Any:
    text = re.sub(r"{{([\w.]+)}}", lambda match: values.get(match.group(1), ""), zendesk.TRIGGER_BODY)
    return json.loads(text)


def test_reads_the_body_that_triggers_send() -> None:
    body = filled(
        **{
            "ticket.id": "731",
            "ticket.updated_at_with_timestamp": "2026-11-23T08:59:58Z",
            "ticket.priority": "Urgent",
            "ticket.status": "Open",
            "ticket.group.id": "70",
            "ticket.organization.id": "80",
            "current_user.id": "55",
        }
    )
    event = read(body)
    assert (event.type, event.subject_id, event.account, event.actor) == ("ticket.priority_changed", "731", "80", "55")
    assert event.data == {"priority": "p1", "status": "open", "group": "70"}
    assert read(body).id == event.id
    assert read({**body, "type": "ticket.created"}).id != event.id
    assert read({**body, "type": "our.own"}).type == "zendesk.our.own"


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"id": None}, "id"),
        ({"type": 5.5}, "type"),
        ({"subject": "zen:ticket:"}, "subject"),
        ({"time": "now"}, "time"),
        ({"ticket": {"id": "1", "updated_at": ""}}, "ticket.updated_at"),
    ],
)
def test_what_cannot_be_read_is_recorded(change: dict[str, Any], named: str) -> None:
    event = read({**CREATED, **change})
    assert event.type == "zendesk.unreadable"
    assert event.data["why"].startswith(named)
    assert read({**CREATED, **change}).id == event.id


@pytest.mark.parametrize("body", [b"[]", b"1", b'"x"', b"null"])
def test_refuses_what_is_no_object(body: bytes) -> None:
    with pytest.raises(HTTPException) as error:
        zendesk.read(read_json(body), body, AT)
    assert error.value.status_code == 400


JUNK = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text(), max_size=2)


@given(
    st.dictionaries(st.sampled_from(["type", "subject", "time", "id", "detail", "event", "ticket"]), JUNK),
    st.dictionaries(st.sampled_from([*DETAIL, "ticket"]), JUNK),
    st.dictionaries(st.sampled_from(["current", "previous", "comment"]), JUNK),
)
def test_every_object_is_recorded(top: dict[str, Any], detail: dict[str, Any], change: dict[str, Any]) -> None:
    assert read({**CREATED, "detail": detail, "event": change, **top}).occurred_at.tzinfo is UTC

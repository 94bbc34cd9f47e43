import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import HTTPException
from hypothesis import given
from hypothesis import strategies as st

from agent.domain.event import Event
from integrations.webhooks import salesforce
from integrations.webhooks.reading import read_json

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)
ORG, DEAL, ACCOUNT, USER = "00DHs000000TessMAC", "006Hs00002Tes08IAB", "001Hs00004Tes09IAB", "005Hs000001Mia1IAB"

STAGE: dict[str, Any] = {
    "org": ORG, "object": "Opportunity", "id": DEAL, "what": "StageName", "value": "Negotiation/Review", "previous": "Proposal/Price Quote",
    "modstamp": "2026-11-23T08:59:58.000Z", "account": ACCOUNT, "user": USER, "key": "",
}  # fmt: skip


def read(body: Any) -> Event:
    raw = json.dumps(body).encode()
    [arrival] = salesforce.read(read_json(raw), raw, AT)
    assert json.loads(arrival.raw) == (body[0] if isinstance(body, list) else body)
    return arrival.event


def test_reads_a_stage_change() -> None:
    event = read(STAGE)
    assert (event.source, event.type, event.subject_kind, event.subject_id) == ("salesforce", "deal.stage_changed", "deal", DEAL)
    assert event.id == f"{ORG}:opportunity:{DEAL}:2026-11-23T08:59:58+00:00:stagename"
    assert (event.account, event.actor) == (ACCOUNT, USER)
    assert event.occurred_at == datetime(2026, 11, 23, 8, 59, 58, tzinfo=UTC)
    assert event.version == 1795424398000, "the millisecond of SystemModstamp, as for records that are read"
    assert event.data == {
        "org": ORG, "property": "StageName", "value": "Negotiation/Review", "previous": "Proposal/Price Quote", "stage": "Negotiation/Review"
    }  # fmt: skip


def test_reads_the_body_that_the_document_recommends() -> None:
    parts = {"Organization.Id": ORG, "Record.Id": DEAL, "Record.StageName": "Closed Won", "Record.SystemModstamp": STAGE["modstamp"]}
    body = json.loads(re.sub(r"{!\$([\w.]+)}", lambda found: parts.get(found[1], ""), salesforce.FLOW_BODY))
    event = read(body)
    assert (event.type, event.data["stage"], event.account, event.actor) == ("deal.stage_changed", "Closed Won", None, None)
    assert "previous" not in event.data


@pytest.mark.parametrize(
    ("change", "type_", "kind"),
    [
        ({"what": "created"}, "deal.created", "deal"),
        ({"what": "deleted"}, "deal.deleted", "deal"),
        ({"what": "OwnerId"}, "deal.owner_changed", "deal"),
        ({"what": "Colour__c"}, "salesforce.Opportunity.Colour__c", "deal"),
        ({"object": "Account", "what": "health"}, "account.health_changed", "account"),
        ({"object": "Contract", "what": "Status"}, "contract.updated", "contract"),
        ({"object": "Case", "what": "Priority"}, "ticket.priority_changed", "ticket"),
        ({"object": "Case", "what": "created"}, "ticket.created", "ticket"),
        ({"object": "Task", "what": "completed"}, "task.completed", "task"),
        ({"object": "Contact", "what": "replied"}, "email.replied", "contact"),
        ({"object": "Machine__c", "what": "created"}, "salesforce.Machine__c.created", "Machine__c"),
    ],
)
def test_what_happened_in_our_words_or_its_own(change: dict[str, Any], type_: str, kind: str) -> None:
    event = read({**STAGE, **change})
    assert (event.type, event.subject_kind) == (type_, kind)


def test_one_change_is_one_event_however_it_is_written() -> None:
    ids = {
        read({**STAGE, **other}).id
        for other in (
            {},
            {"id": DEAL[:15], "org": ORG[:15]},
            {"object": "opportunity", "what": "stagename"},
            {"modstamp": "2026-11-23T10:59:58+0200"},
        )
    }
    assert len(ids) == 1
    others = ({"what": "Amount"}, {"modstamp": "2026-11-23T08:59:59Z"}, {"org": "00DHs000000Other"[:15]}, {"id": "006Hs00002Tes09IAB"})
    assert len({read({**STAGE, **other}).id for other in others} | ids) == 5


def test_a_task_of_ours_that_is_done_is_news_and_that_it_was_opened_is_an_echo() -> None:
    done = read({**STAGE, "object": "Task", "what": "completed", "key": "np-0123"})
    opened = read({**STAGE, "object": "Task", "what": "created", "key": "np-0123"})
    assert (done.data["task"], done.data.get("marker")) == ("np-0123", None)
    assert (opened.data["marker"], opened.data.get("task")) == ("np-0123", None)


def test_a_list_is_an_event_for_each_record_and_what_is_wrong_in_it_is_kept_apart() -> None:
    raw = json.dumps([STAGE, {**STAGE, "what": "Amount", "value": 5}, None]).encode()
    events = [arrival.event for arrival in salesforce.read(read_json(raw), raw, AT)]
    assert [event.type for event in events] == ["deal.stage_changed", "deal.amount_changed", "salesforce.unreadable"]
    assert events[1].data["amount"] == 5


@pytest.mark.parametrize("name", ["org", "object", "id", "what", "modstamp"])
@pytest.mark.parametrize("value", [None, "", 5, "x" * 300, ["006Hs00002Tes08IAB"], "006 s00002Tes08IAB", "Ünvollständig"])
def test_what_cannot_be_read_is_recorded_and_says_why(name: str, value: Any) -> None:
    event = read({**STAGE, name: value})
    if (name, value) == ("what", 5) or (name, value) == ("object", 5):  # tolerated: it is a word, if an odd one
        return
    assert (event.type, event.data["why"].split()[0]) == ("salesforce.unreadable", name)
    assert event.id == read({**STAGE, name: value}).id


@pytest.mark.parametrize("body", [b"1", b'"x"', b"null", json.dumps([STAGE] * 201).encode()])
def test_refuses_what_is_no_object_and_no_short_list(body: bytes) -> None:
    with pytest.raises(HTTPException) as error:
        salesforce.read(read_json(body), body, AT)
    assert error.value.status_code == 400


JUNK = st.none() | st.booleans() | st.integers() | st.text() | st.lists(st.text(), max_size=2)


@given(st.dictionaries(st.sampled_from(list(STAGE)), JUNK))
def test_every_object_is_recorded(change: dict[str, Any]) -> None:
    assert read({**STAGE, **change}).occurred_at.tzinfo is UTC

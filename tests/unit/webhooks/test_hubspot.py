import json
from datetime import UTC, datetime
from typing import Any

import pytest
from fastapi import HTTPException
from hypothesis import given
from hypothesis import strategies as st

from agent.ports import Arrival
from integrations.webhooks import hubspot
from integrations.webhooks.reading import read_json

AT = datetime(2026, 11, 23, 9, tzinfo=UTC)

STAGE = {
    "eventId": 501,
    "subscriptionId": 77,
    "portalId": 9001,
    "appId": 3,
    "occurredAt": 1795424400123,
    "subscriptionType": "deal.propertyChange",
    "attemptNumber": 0,
    "objectId": 4242,
    "propertyName": "dealstage",
    "propertyValue": "contractsent",
    "changeSource": "CRM_UI",
    "sourceId": "userId:88",
}


def read(*changes: Any) -> list[Arrival]:
    raw = json.dumps(changes).encode()
    return hubspot.read(read_json(raw), raw, AT)


def test_reads_a_stage_change() -> None:
    [arrival] = read(STAGE)
    event = arrival.event
    assert (event.source, event.id) == ("hubspot", "77:501:4242:1795424400123")
    assert (event.type, event.subject_kind, event.subject_id) == ("deal.stage_changed", "deal", "4242")
    assert event.occurred_at == datetime(2026, 11, 23, 9, 0, 0, 123_000, tzinfo=UTC)
    assert event.received_at == AT
    assert event.actor == "88"
    assert event.data["stage"] == "contractsent"
    assert event.data["portal"] == "9001"
    assert event.change_source == "CRM_UI"
    assert json.loads(arrival.raw) == [STAGE]


@pytest.mark.parametrize(
    ("change", "kind", "subject"),
    [
        ({"subscriptionType": "deal.propertyChange"}, "deal.stage_changed", "deal"),
        ({"subscriptionType": "object.propertyChange", "objectTypeId": "0-3"}, "deal.stage_changed", "deal"),
        ({"subscriptionType": "deal.propertyChange", "propertyName": "amount"}, "deal.amount_changed", "deal"),
        ({"subscriptionType": "deal.propertyChange", "propertyName": "hubspot_owner_id"}, "deal.owner_changed", "deal"),
        ({"subscriptionType": "deal.creation"}, "deal.created", "deal"),
        ({"subscriptionType": "object.creation", "objectTypeId": "0-5"}, "ticket.created", "ticket"),
        ({"subscriptionType": "company.creation"}, "account.created", "account"),
        ({"subscriptionType": "object.creation", "objectTypeId": "0-2"}, "account.created", "account"),
        (
            {"subscriptionType": "object.propertyChange", "objectTypeId": "0-5", "propertyName": "hs_pipeline_stage"},
            "ticket.status_changed",
            "ticket",
        ),
        ({"subscriptionType": "deal.deletion"}, "hubspot.deal.deletion", "deal"),
        ({"subscriptionType": "deal.propertyChange", "propertyName": "colour"}, "hubspot.deal.propertyChange", "deal"),
        ({"subscriptionType": "object.creation", "objectTypeId": "2-77"}, "hubspot.object.creation", "object_2-77"),
        ({"subscriptionType": "conversation.newMessage"}, "hubspot.conversation.newMessage", "conversation"),
    ],
)
def test_knows_both_forms_and_passes_unknown_ones_through(change: dict[str, Any], kind: str, subject: str) -> None:
    [arrival] = read({**STAGE, **change})
    assert (arrival.event.type, arrival.event.subject_kind) == (kind, subject)


def test_reads_priorities_in_our_words() -> None:
    change = {**STAGE, "subscriptionType": "ticket.propertyChange", "propertyName": "hs_ticket_priority"}
    [arrival] = read({**change, "propertyValue": "HIGH"})
    assert (arrival.event.type, arrival.event.data["priority"]) == ("ticket.priority_changed", "p2")


def test_a_retry_is_the_same_event_with_the_same_hash() -> None:
    [first], [again] = read(STAGE), read({**STAGE, "attemptNumber": 3})
    assert (first.event.id, first.sha256) == (again.event.id, again.sha256)


def test_the_same_event_id_elsewhere_is_another_event() -> None:
    ids = {read({**STAGE, **other})[0].event.id for other in ({}, {"objectId": 1}, {"subscriptionId": 1}, {"occurredAt": 1})}
    assert len(ids) == 4


def test_other_content_under_the_same_id_has_another_hash() -> None:
    [first], [other] = read(STAGE), read({**STAGE, "propertyValue": "closedwon"})
    assert first.event.id == other.event.id
    assert first.sha256 != other.sha256


def test_each_event_of_a_batch_keeps_its_own_content() -> None:
    arrivals = read(*({**STAGE, "objectId": number} for number in range(100)))
    assert [arrival.event.subject_id for arrival in arrivals] == [str(number) for number in range(100)]
    assert [json.loads(arrival.raw)["objectId"] for arrival in arrivals] == list(range(100))


def test_notes_go_to_the_event_that_they_are_about() -> None:
    first, second = read(STAGE, {**STAGE, "objectId": 2, "propertyValue": float("nan")})
    assert "normalised" not in first.event.data
    assert second.event.data["normalised"] == ["1.propertyValue: NaN became null"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"objectId": None}, "objectId"),
        ({"subscriptionType": "deal"}, "subscriptionType"),
        ({"subscriptionType": 5}, "subscriptionType"),
        ({"occurredAt": "yesterday"}, "occurredAt"),
        ({"occurredAt": 2**70}, "occurredAt"),
        ({"eventId": {}}, "eventId"),
    ],
)
def test_what_cannot_be_read_is_recorded_beside_the_rest(change: dict[str, Any], named: str) -> None:
    good, bad = read(STAGE, {**STAGE, **change})
    assert good.event.type == "deal.stage_changed"
    assert bad.event.type == "hubspot.unreadable"
    assert named in bad.event.data["why"]
    [again] = read({**STAGE, **change, "attemptNumber": 1})
    assert (again.event.id, again.sha256) == (bad.event.id, bad.sha256)


@pytest.mark.parametrize("body", [b"{}", b"1", b'"x"', b"null", json.dumps([STAGE] * 101).encode()])
def test_refuses_what_hubspot_never_sends(body: bytes) -> None:
    with pytest.raises(HTTPException) as error:
        hubspot.read(read_json(body), body, AT)
    assert error.value.status_code == 400


@given(
    st.lists(
        st.dictionaries(
            st.sampled_from(sorted(STAGE)) | st.just("objectTypeId"),
            st.none() | st.integers() | st.text() | st.lists(st.integers()) | st.sampled_from(list(STAGE.values())),
        )
        | st.integers()
        | st.none(),
        max_size=4,
    )
)
def test_every_batch_is_recorded_whole(changes: list[Any]) -> None:
    arrivals = read(*changes)
    assert len(arrivals) == len(changes)
    assert all(arrival.event.occurred_at.tzinfo is UTC for arrival in arrivals)

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest

from agent.errors import InvalidInput
from integrations.webhooks import generic
from integrations.webhooks.generic import parse_event
from integrations.webhooks.reading import read_json

AT = datetime(2026, 11, 23, 9, 0, 1, tzinfo=UTC)

EVENT: dict[str, Any] = {
    "source": "billing",
    "id": "evt_1",
    "type": "deal.stage_changed",
    "occurred_at": "2026-11-23T10:00:00+01:00",
    "account": "acc_001",
    "actor": "u_7",
    "subject": {"kind": "deal", "id": "deal_001"},
    "version": 7,
    "data": {"stage": "contract_sent", "change_source": "CRM_UI"},
}


def test_reads_every_field() -> None:
    event = parse_event(EVENT, received_at=AT.astimezone(timezone(timedelta(hours=5))))
    assert (event.source, event.id, event.type) == ("billing", "evt_1", "deal.stage_changed")
    assert (event.subject_kind, event.subject_id) == ("deal", "deal_001")
    assert (event.account, event.actor, event.version) == ("acc_001", "u_7", 7)
    assert event.occurred_at == datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert event.received_at == AT
    assert event.received_at.tzinfo is UTC
    assert event.change_source == "CRM_UI"


def test_the_optional_fields_are_optional() -> None:
    required = {name: EVENT[name] for name in ("source", "id", "type", "occurred_at", "subject")}
    event = parse_event(required, received_at=AT)
    assert (event.account, event.actor, event.version, event.data) == (None, None, None, {})


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"source": ""}, "source"),
        ({"source": "clock"}, "source: must be the sender's own name; clock and nextplay are Nextplay's"),
        ({"source": "NextPlay"}, "source: must be the sender's own name"),
        ({"id": 5}, "id"),
        ({"id": "x" * 256}, "id"),
        ({"id": "a\nb"}, "id"),
        ({"id": " a"}, "id"),
        ({"type": "deal stage"}, "type"),
        ({"occurred_at": "2026-11-23T09:00:00"}, "occurred_at: must be a time with an offset"),
        ({"occurred_at": 1795424400}, "occurred_at"),
        ({"subject": "deal_001"}, "subject"),
        ({"subject": {"kind": "deal"}}, "subject.id"),
        ({"subject": {"kind": "deal", "id": "d", "name": "x"}}, "subject.name"),
        ({"version": -1}, "version"),
        ({"version": True}, "version"),
        ({"version": "7"}, "version"),
        ({"data": []}, "data"),
        ({"acount": "acc_001"}, "acount"),
    ],
)
def test_names_the_wrong_field(change: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidInput) as error:
        parse_event({**EVENT, **change}, received_at=AT)
    assert named in error.value.message
    assert error.value.exit_code == 2


def test_names_all_wrong_fields_at_once() -> None:
    with pytest.raises(InvalidInput) as error:
        parse_event({"source": 1}, received_at=AT)
    for name in ("source", "id", "type", "occurred_at", "subject"):
        assert f"{name}: " in error.value.message


@pytest.mark.parametrize("body", [None, [], "x", 1])
def test_refuses_what_is_no_object(body: Any) -> None:
    with pytest.raises(InvalidInput, match="the event"):
        parse_event(body, received_at=AT)


def test_never_quotes_the_value() -> None:
    with pytest.raises(InvalidInput) as error:
        parse_event({**EVENT, "id": ["ann@example.com"]}, received_at=AT)
    assert "ann@" not in str(error.value)


def arrive(raw: bytes) -> Any:
    [arrival] = generic.read(read_json(raw), raw, AT)
    return arrival


def test_writing_it_differently_does_not_make_it_other_content() -> None:
    plain, spaced = json.dumps(EVENT).encode(), json.dumps(dict(reversed(EVENT.items())), indent=2).encode()
    assert arrive(plain).sha256 == arrive(spaced).sha256
    assert arrive(plain).raw == plain
    assert arrive(plain).sha256 != arrive(json.dumps({**EVENT, "version": 8}).encode()).sha256


def test_tells_what_was_replaced() -> None:
    raw = json.dumps({**EVENT, "data": {"amount": float("inf")}}).encode()
    assert arrive(raw).event.data == {"amount": None, "normalised": ["data.amount: Infinity became null"]}

"""Events on their way into the inbox."""

import json
from datetime import timedelta

from agent.arrivals import arrival_of, run_for, run_id_of
from tests.unit.domain.building import AT, event


def test_the_same_event_has_the_same_run_and_others_have_others() -> None:
    assert run_id_of("crm", "evt") == run_id_of("crm", "evt")
    assert len({run_id_of("crm", "evt"), run_id_of("crm", "evt2"), run_id_of("clock", "evt"), run_id_of("c", "rm\nevt")}) == 4
    assert run_id_of("crm", "\ud83d").startswith("run_")


def test_a_run_waits_only_when_told_to() -> None:
    assert run_for(event(), AT).state == "new"
    later = run_for(event(), AT, wake_at=AT + timedelta(hours=1))
    assert (later.state, later.wake_at, later.lane, later.id) == ("waiting", AT + timedelta(hours=1), "acc", run_id_of("crm", "evt"))
    assert run_for(event(account=None), AT).lane == ""


def test_an_event_of_our_own_is_told_in_canonical_bytes() -> None:
    found = arrival_of(event(data={"b": 1, "a": "ü"}))
    body = json.loads(found.raw)
    assert (body["id"], body["subject"], body["data"]) == ("evt", {"kind": "deal", "id": "deal"}, {"a": "ü", "b": 1})
    assert arrival_of(event(data={"a": "ü", "b": 1})).raw == found.raw


def test_it_is_the_same_event_whenever_it_is_told_again() -> None:
    found = arrival_of(event())
    assert arrival_of(event(occurred_at=AT + timedelta(hours=1))).sha256 == found.sha256
    assert arrival_of(event(id="evt2")).sha256 != found.sha256
    assert arrival_of(event(source="clock")).sha256 != found.sha256

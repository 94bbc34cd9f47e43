"""What a source leaves out must never silence what protects people."""

from datetime import UTC, datetime
from typing import Any

import pytest

from agent.domain.event import Event
from agent.domain.evidence import Evidence
from agent.domain.proposing import requester_of
from tools.tickets import OPEN, status_of

AT = datetime(2026, 11, 24, 10, tzinfo=UTC)


@pytest.mark.parametrize("record", [{}, {"status": None}, {"status": ""}])
def test_a_ticket_without_a_status_is_open(record: dict[str, Any]) -> None:
    assert status_of(record) in OPEN


def test_a_solved_ticket_is_not_open() -> None:
    assert status_of({"status": "solved"}) not in OPEN


@pytest.mark.parametrize(
    ("type_", "data", "requester"),
    [
        ("deal.discount_requested", {}, "u_rep"),
        ("deal.discount_requested", {"requested_by": "u_other"}, "u_other; u_rep"),
        ("ticket.refund_requested", {}, "u_rep"),
        ("deal.stage_changed", {}, None),
    ],
)
def test_who_makes_the_request_is_its_requester(type_: str, data: dict[str, Any], requester: str | None) -> None:
    event = Event("crm", "e1", type_, AT, AT, "deal", "d1", actor="u_rep", data=data)
    assert requester_of(Evidence(AT, event, "deal-follow-up", "a1", ())) == requester

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from agent.domain.event import Event
from agent.domain.meanings import GUARDRAILS, goes_forward, meaning_of

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


def event(type_: str, source: str = "crm", **data: Any) -> Event:
    return Event(source, "e-1", type_, NOW, NOW, "deal", "d-1", "acc_1", data=data)


@pytest.mark.parametrize(
    ("type_", "data", "record", "names"),
    [
        ("deal.stage_changed", {"stage": "proposal"}, {"stage": "won"}, {"deal.advanced"}),
        ("deal.stage_changed", {"stage": "won"}, {}, {"deal.won", "deal.advanced"}),
        ("deal.stage_changed", {"stage": "closedwon"}, {"stage": "won"}, {"deal.won", "deal.advanced"}),
        ("deal.stage_changed", {"stage": "lost"}, {}, {"deal.lost"}),
        ("deal.won", {}, {"stage": "proposal"}, {"deal.advanced"}),
        ("contract.updated", {"status": "renewed"}, {}, {"contract.renewed"}),
        ("contract.updated", {}, {"status": "ended"}, {"contract.ended"}),
        ("contract.updated", {"seats": 4}, {"status": "active"}, set()),
        ("ticket.status_changed", {"status": "solved"}, {}, {"ticket.solved"}),
        ("ticket.status_changed", {"status": "closed"}, {}, {"ticket.solved"}),
        ("ticket.status_changed", {"status": "open", "previous": "solved"}, {}, {"ticket.reopened"}),
        ("ticket.status_changed", {"status": "open"}, {"reopened": True}, {"ticket.reopened"}),
        ("ticket.status_changed", {"status": "open"}, {}, set()),
        ("usage.reported", {"change_30d": 0.1}, {}, {"usage.recovered"}),
        ("usage.reported", {"change_30d": -0.1}, {}, set()),
        ("email.replied", {}, {}, {"account.engaged"}),
        ("meeting.booked", {}, {}, {"account.engaged"}),
        ("call.held", {}, {}, {"account.engaged"}),
    ],
)
def test_what_an_event_is_beside_its_own_name(type_: str, data: dict[str, Any], record: dict[str, Any], names: set[str]) -> None:
    assert meaning_of(event(type_, **data), record).names == names | {type_}


@pytest.mark.parametrize(
    ("type_", "data", "record", "guardrail"),
    [
        ("ticket.reopened", {}, {}, "reopened"),
        ("ticket.rated", {"score": 2}, {}, "low_csat"),
        ("ticket.rated", {"rating": "bad"}, {}, "low_csat"),
        ("contact.unsubscribed", {}, {}, "opted_out"),
        ("consent.withdrawn", {}, {}, "opted_out"),
        ("contact.updated", {"opted_out": True}, {}, "opted_out"),
        ("complaint.received", {}, {}, "complaint"),
        ("email.complained", {}, {}, "complaint"),
        ("request.escalation", {}, {}, "escalated_again"),
        ("ticket.escalated", {}, {}, "escalated_again"),
        ("ticket.created", {}, {"requester": "con_1"}, "support_load"),
    ],
)
def test_friction(type_: str, data: dict[str, Any], record: dict[str, Any], guardrail: str) -> None:
    assert meaning_of(event(type_, **data), record).guardrails == {guardrail}
    assert guardrail in GUARDRAILS


@pytest.mark.parametrize(
    ("type_", "data"),
    [
        ("ticket.rated", {"score": 3}),
        ("ticket.rated", {"score": True}),
        ("ticket.rated", {"rating": "good"}),
        ("contact.updated", {"opted_out": False}),
    ],
)
def test_twin_no_friction(type_: str, data: dict[str, Any]) -> None:
    assert not meaning_of(event(type_, **data), {}).guardrails


@pytest.mark.parametrize("type_", ["email.opened", "email.sent", "email.delivered"])
def test_an_opened_mail_is_no_outcome(type_: str) -> None:
    assert not meaning_of(event(type_), {})


@pytest.mark.parametrize("said", [{"source": "clock"}, {"source": "nextplay"}, {"marker": "np-1234"}])
def test_what_we_say_or_did_ourselves_means_nothing(said: dict[str, Any]) -> None:
    assert not meaning_of(event("deal.stage_changed", **{"stage": "won", **said}), {})


def test_a_comment_is_an_answer_only_from_the_customer() -> None:
    ours = {"messages": [{"by": "customer", "body": "?"}, {"by": "agent", "body": "!"}]}
    assert not meaning_of(event("ticket.comment_added"), ours)
    assert not meaning_of(event("ticket.comment_added", by="agent"), {})
    assert meaning_of(event("ticket.comment_added", by="customer"), ours).names == {"ticket.comment_added"}
    assert meaning_of(event("ticket.comment_added"), {"messages": ours["messages"][:1]}).names == {"ticket.comment_added"}


def test_a_task_names_its_marker_and_a_bounce_is_one() -> None:
    assert meaning_of(event("task.completed", task="np-1"), {}).task == "np-1"
    assert meaning_of(event("task.completed"), {}).task is None
    assert meaning_of(replace(event("email.bounced"), subject_kind="contact"), {}).bounced


def test_forward_is_along_the_sale() -> None:
    assert goes_forward("proposal", "evaluation")
    assert not goes_forward("evaluation", "evaluation")
    assert not goes_forward("discovery", "evaluation")
    assert not goes_forward(None, None)
    assert goes_forward("discovery", None)

"""Records for tests of the store: small, whole, and all of one deal."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from agent.domain.decision import (
    CandidateRecord,
    ConfidenceRecord,
    Decision,
    ProposalRecord,
    Route,
    SensitiveRecord,
    SubjectRecord,
    TriggerRecord,
    reason,
)
from agent.domain.event import Event
from agent.domain.evidence import Evidence
from agent.domain.facts import Fact, Status
from agent.domain.records import Action, Approval, Message, Run
from agent.ports import Arrival, AuditEntry
from integrations.db.store import SqlStore

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)
FACTS = (
    Fact("deal.stage", "contract_sent", "crm", NOW, NOW - DAY, Status.FRESH),
    Fact("contact.role", None, "crm", None, None, Status.MISSING, "con_1"),
)
SAID = AuditEntry("test", "ann@example.com", "ref", {"why": "because"})


def event(number: int = 1, **changes: Any) -> Event:
    base = Event(
        source="billing",
        id=f"evt_{number}",
        type="deal.stage_changed",
        occurred_at=NOW,
        received_at=NOW,
        subject_kind="deal",
        subject_id="deal_001",
        account="acc_001",
        actor="u_7",
        version=7,
        data={"stage": "contract_sent"},
    )
    return replace(base, **changes)


def arrival(of: Event, raw: bytes = b"{}") -> Arrival:
    return Arrival(of, raw, sha256(raw).hexdigest())


def run(number: int = 1, of: Event | None = None, **changes: Any) -> Run:
    base = Run(f"run_{number}", "acc_001", of or event(number), "deal-follow-up", "new", NOW)
    return replace(base, **changes)


def proposal(digest: str = "d1", **changes: Any) -> ProposalRecord:
    base = ProposalRecord(
        content={"subject": "Hello", "body": "There."},
        channel="email",
        recipient="con_1",
        params={},
        send_at=None,
        digest=digest,
        composed_by="template",
        prompt_hash=None,
    )
    return base.model_copy(update=changes)


def candidate(**changes: Any) -> CandidateRecord:
    base = CandidateRecord(
        id="cand_1",
        play="send-case-study",
        kind="content",
        title="Send a case study",
        reach="customer",
        purpose="marketing",
        recipient="con_1",
        channel="email",
        params={},
        material="asset_1",
        verdict="allow",
        until=None,
        ask_of=[],
        rules=[],
        score=None,
        propensity=1.0,
        counterfactual=None,
    )
    return base.model_copy(update=changes)


def decision(number: int = 1, *, route: Route = "ask", digest: str = "d1", **changes: Any) -> Decision:
    base = Decision(
        id=f"dec_{number}",
        run_id=f"run_{number}",
        created_at=NOW,
        surface="deal-follow-up",
        mode="suggest",
        playbook_version="pb1",
        model_version="prior-1",
        trigger=TriggerRecord(source="billing", event_id=f"evt_{number}", type="deal.stage_changed", occurred_at=NOW, received_at=NOW),
        subject=SubjectRecord(account="acc_001", kind="deal", id="deal_001"),
        facts=list(FACTS),
        candidates=[candidate()],
        choice="cand_1",
        confidence=ConfidenceRecord(value=None, calibrated=False, terms={}),
        sensitive=SensitiveRecord(value=False, rules=[]),
        route=route,
        reasons=[reason("uncalibrated")],
        proposal=proposal(digest),
    )
    return base.model_copy(update=changes)


def evidence(number: int = 1) -> Evidence:
    return Evidence(at=NOW, event=event(number), surface="deal-follow-up", account="acc_001", facts=FACTS)


def approval(number: int = 1, *, index: int = 0, **changes: Any) -> Approval:
    base = Approval(
        id=f"apr_{number}_1_{index}",
        decision_id=f"dec_{number}",
        round=1,
        digest="d1",
        state="open",
        needed_role="sales_manager",
        asked=("bo@example.com",),
        allowed=("bo@example.com", "cy@example.com"),
        requester=None,
        created_at=NOW,
        expires_at=NOW + DAY,
        remind_at=NOW + 10 * MINUTE,
    )
    return replace(base, **changes)


def action(number: int = 1, *, step: int = 0, **changes: Any) -> Action:
    base = Action(
        key=f"np-{number}-{step}",
        decision_id=f"dec_{number}",
        step=step,
        kind="send_content",
        target="con_1",
        payload={"body": "There."},
        state="planned",
        needs_approval=True,
        digest="d1",
        customer_visible=True,
        account="acc_001",
        at=NOW,
    )
    return replace(base, **changes)


def message(number: int = 1, **changes: Any) -> Message:
    base = Message(f"msg_{number}", "ask", ("bo@example.com",), "May I?", "Please look.", f"dec_{number}", NOW)
    return replace(base, **changes)


def answered(ask: Approval, state: str = "approved", who: str = "bo@example.com", **changes: Any) -> Approval:
    return replace(ask, **{"state": state, "answered_by": who, "answer": "approve", "at": NOW + MINUTE, **changes})


async def started(store: SqlStore, number: int = 1, of: Event | None = None) -> Run:
    """Take in an event with its run."""
    of = of or event(number)
    new = run(number, of)
    assert await store.accept([(arrival(of), new)], NOW) == ["new"]
    return new


async def recorded(store: SqlStore, number: int = 1, **given: Any) -> Decision:
    """Take in an event and record an asking decision about it; `given` changes what is recorded."""
    await started(store, number)
    made: Decision = given.pop("decision", decision(number))
    papers: dict[str, Any] = {
        "state": "asking",
        "entry": "ask",
        "wake_at": None,
        "approvals": [approval(number)],
        "actions": [action(number)],
        "messages": [message(number)],
        "supersede": [],
        "audit": [AuditEntry("decided", "nextplay", made.id, {"route": made.route})],
    }
    await store.record(made, evidence(number), **{**papers, **given})
    return made


async def approve(store: SqlStore, ask: Approval) -> None:
    """Answer an ask with yes."""
    won, _ = await store.answer(answered(ask), proposal=None, audit=SAID)
    assert won

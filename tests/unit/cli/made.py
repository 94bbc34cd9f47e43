"""Decisions made by hand: one with something of everything, to see how its story is told."""

from datetime import UTC, datetime, timedelta
from typing import Any

from agent.domain.decision import (
    ActionRecord,
    ApprovalRecord,
    CandidateRecord,
    ClauseRecord,
    ConfidenceRecord,
    Decision,
    OutcomeRecord,
    ProposalRecord,
    RuleRecord,
    ScoreRecord,
    SensitiveRecord,
    SubjectRecord,
    TriggerRecord,
    reason,
)
from agent.domain.facts import Fact

AT = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
LONG = "a title that goes on and on, far beyond what any column of any table could ever be expected to hold"


def fact(name: str, value: Any, *, status: Any = "fresh", of: str | None = None, as_of: datetime = AT, source: str = "crm") -> Fact:
    """A fact that was read when the decision was made."""
    return Fact(name=name, value=value, source=source, read_at=AT, as_of=as_of, status=status, of=of)


def clause(id_: str, says: str, values: dict[str, Any], result: Any = "true") -> ClauseRecord:
    """A clause with the values it read."""
    return ClauseRecord(id=id_, result=result, says=says, values=values)


P1 = RuleRecord(
    id="no-selling-during-open-p1",
    effect="forbid",
    layer="suitability",
    matched=True,
    clauses=[clause("open_p1", "the account family has an open P1 ticket", {"family.open_p1_tickets": 1})],
)
ESCALATED = RuleRecord(
    id="open-escalation",
    effect="ask",
    layer="suitability",
    matched=True,
    of=["exec_sponsor"],
    clauses=[clause("open", "an executive escalation is open", {"account.escalation_open": None}, "missing")],
)
UNMOVED = RuleRecord(
    id="opted-out",
    effect="forbid",
    layer="consent",
    matched=False,
    clauses=[clause("opted_out", "has opted out", {"contact.opted_out": False}, "false")],
)


def candidate(id_: str, play: str, verdict: Any, priority: float | None, **more: Any) -> CandidateRecord:
    """A candidate with a score that adds up to its priority."""
    score = ScoreRecord(
        p=0.1,
        value=9600.0,
        cost_always=6.0,
        cost_if_taken=0.0,
        c=1.3,
        l=1.0,
        priority=priority,
        terms={
            "value": {"cel": "deal.amount * 0.2", "result": 9600.0, "values": {"deal.amount": 48000.0}},
            "fits": [{"id": "quiet", "weight": 0.3, "says": "the deal has been quiet", "values": {"deal.days_since_activity": 9.0}}],
            "unit": "money",
        },
    )
    fields: dict[str, Any] = {
        "kind": play,
        "title": play.replace("-", " ").capitalize(),
        "reach": "customer",
        "purpose": "marketing",
        "recipient": "con_1",
        "channel": "email",
        "params": {},
        "until": None,
        "ask_of": [],
        "rules": [UNMOVED],
        "propensity": 0.0,
        "counterfactual": None,
    }
    return CandidateRecord(id=id_, play=play, verdict=verdict, score=score, **{**fields, **more})


def nothing() -> CandidateRecord:
    """Doing nothing, worth 0."""
    zero = ScoreRecord(p=0, value=0, cost_always=0, cost_if_taken=0, c=1, l=1, priority=0, terms={})
    return candidate("do-nothing", "do-nothing", "allow", 0.0, recipient=None, channel="internal", reach="internal").model_copy(
        update={"score": zero}
    )


def decision(**changes: Any) -> Decision:
    """An ask with a difference: somebody edits and approves, the mail goes out, and the deal moves on."""
    sent = [
        candidate(f"send-{i}", "send-content", "forbid", 500.0 + i, material=f"ast_{i}", rules=[P1], counterfactual="allowed if the P1 were closed")
        for i in range(12)
    ]
    chosen = candidate("offer-1", "make-offer", "ask", 1240.5, ask_of=["exec_sponsor"], rules=[ESCALATED, UNMOVED], params={"discount_pct": 12.0})
    later = candidate(
        "call-1",
        "call-them",
        "defer",
        300.0,
        until=AT + timedelta(days=1),
        title=LONG,
        counterfactual="ranked below 'Make offer' (offer-1): expected value 300 EUR against 1,240 EUR",
    )
    fields: dict[str, Any] = {
        "id": "dec_0123456789ab",
        "run_id": "run_0123456789ab",
        "created_at": AT,
        "surface": "deal-follow-up",
        "mode": "suggest",
        "playbook_version": "0a1b2c3d4e5f",
        "model_version": "prior-1",
        "trigger": TriggerRecord(
            source="hubspot", event_id="evt_1", type="deal.stage_changed", occurred_at=AT - timedelta(minutes=3), received_at=AT
        ),
        "subject": SubjectRecord(account="acc_001", kind="deal", id="deal_001"),
        "facts": [
            fact("account.name", "Brennecke Maschinenbau GmbH"),
            fact("deal.amount", 48000.0),
            fact("deal.days_since_activity", 9.0),
            fact("usage.seat_use", 0.4213, status="stale", as_of=AT - timedelta(days=12), source="usage"),
            fact("account.escalation_open", None, status="missing"),
            fact("family.open_p1_tickets", 1, source="helpdesk"),
            fact("contact.name", "Julia Brandt", of="con_1"),
            fact("contact.opted_out", False, of="con_1"),
            *(fact(f"asset.title-{i}", "unread", of=f"ast_{i}") for i in range(40)),
        ],
        "candidates": [*sent, chosen, later, nothing()],
        "choice": "offer-1",
        "confidence": ConfidenceRecord(value=None, calibrated=False, terms={"labels": 7}),
        "sensitive": SensitiveRecord(value=True, rules=["open-escalation"]),
        "route": "ask",
        "reasons": [reason("ask_rule", "open-escalation: an executive escalation is open"), reason("sensitive")],
        "proposal": ProposalRecord(
            content={"subject": "Our offer", "body": "Hello Julia,\n\n" + "\n".join(f"line {i} of the offer" for i in range(30))},
            channel="email",
            recipient="con_1",
            params={"discount_pct": 12.0},
            send_at=None,
            digest="f" * 32,
            composed_by="template",
            prompt_hash=None,
            used={"account.name": "Brennecke Maschinenbau GmbH", "usage.seat_use": 0.4213},
            notes=["worded by the template"],
        ),
        "approvals": [
            ask("exec_sponsor", "approved", answered_by="eva@tessera.example", answer="approve", at=AT + timedelta(minutes=30), note="go on")
        ],
        "actions": [
            ActionRecord(key="np-1", step=0, kind="send_content", state="done", target="con_1", at=AT + timedelta(minutes=31), error=None),
            ActionRecord(
                key="np-2", step=1, kind="crm_note", state="failed", target="acc_001", at=AT + timedelta(minutes=31), error="the CRM refused it"
            ),
        ],
        "outcome": OutcomeRecord(
            exposure="delivered",
            result="converted",
            metric="deal.advanced",
            value=1.0,
            at=AT + timedelta(days=2),
            guardrails=["complaint"],
            attribution="primary",
        ),
    }
    return Decision(**{**fields, **changes})


def ask(role: str, state: str, **more: Any) -> ApprovalRecord:
    """One ask of a role."""
    fields: dict[str, Any] = {"answered_by": None, "answer": None, "reason": None, "at": None}
    return ApprovalRecord(
        id=f"apr_{role}", state=state, asked=["eva@tessera.example"], needed_role=role, expires_at=AT + timedelta(hours=8), **{**fields, **more}
    )


def suppressed() -> Decision:
    """The record of an event that starts no work."""
    empty: dict[str, Any] = {"facts": [], "candidates": [], "choice": None, "proposal": None, "approvals": [], "actions": [], "outcome": None}
    none = {"sensitive": SensitiveRecord(value=False, rules=[]), "confidence": ConfidenceRecord(value=None, calibrated=False, terms={})}
    return decision(route="suppressed", reasons=[reason("own_effect")], **empty, **none)

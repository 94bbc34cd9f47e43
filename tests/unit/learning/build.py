"""Decisions with outcomes, built by hand: a mail that was approved, delivered and is over."""

from typing import Any

from agent.domain.deciding import decide
from agent.domain.decision import ActionRecord, ApprovalRecord, OutcomeRecord
from agent.domain.evidence import Evidence
from agent.domain.precedent import Precedent, forecast_of
from agent.domain.records import Run
from agent.graph.recording import decision_of
from agent.learning.cases import Case
from agent.ports import Kept
from tests.unit.domain.building import AT, DAY, evidence, playbook, surface

LATER = AT + 60 * DAY
WINDOWS = {"mail": 14 * DAY}


def outcome(result: str | None = "converted", **changes: Any) -> OutcomeRecord:
    plain: dict[str, Any] = {
        "exposure": "delivered", "result": result, "metric": "won", "value": None, "at": AT + DAY, "guardrails": [], "attribution": "primary",
    }  # fmt: skip
    return OutcomeRecord(**{**plain, **changes})


def approval(state: str = "approved", **changes: Any) -> ApprovalRecord:
    plain: dict[str, Any] = {
        "id": "apr", "state": state, "asked": ["a@x.test"], "needed_role": "deal_owner", "expires_at": AT + DAY, "answered_by": "a@x.test",
        "answer": "approve", "reason": None, "at": AT,
    }  # fmt: skip
    return ApprovalRecord(**{**plain, **changes})


def kept(number: int = 1, *, given: Evidence | None = None, **changes: Any) -> Kept:
    """A decision to mail, as the core makes it, with what became of it."""
    found = given or evidence({"account.tier": "strategic"})
    book = playbook(on=surface(mode="suggest"))
    run = Run(f"run_{number:05}", "acc", found.event, "deals", "new", AT)
    decision = decision_of(run, book, found, decide(book, found), None)
    done = ActionRecord(key=f"k{number}", step=0, kind="send_content", state="done", target="ann", at=AT, error=None)
    known: dict[str, Any] = {"approvals": [approval()], "actions": [done], "outcome": outcome()}
    return Kept(decision.model_copy(update={**known, **changes}), found)


def precedent(number: int = 1, **changes: Any) -> Precedent:
    """The same, as the store gives it to whoever learns."""
    return taught(kept(number, **changes))


def taught(one: Kept) -> Precedent:
    """What a decision that chose something can teach."""
    decision, chosen = one.decision, one.decision.chosen
    assert chosen is not None
    return Precedent(
        decision.id, decision.created_at, decision.route, chosen.play, chosen.kind, forecast_of(decision, chosen, one.evidence),
        decision.approvals, decision.actions, decision.outcome,
    )  # fmt: skip


def case(number: int = 1, **changes: Any) -> Case:
    plain: dict[str, Any] = {"kind": "mail", "played": True, "prior": 0.4, "features": {"base": 1.0}, "success": True}
    return Case(f"dec_{number:05}", **{**plain, **changes})

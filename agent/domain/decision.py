"""The record of one run: what was known, what was possible, what the rules said, what was chosen and why.

Stored as versioned JSON. To change the shape: raise `SCHEMA_VERSION`, add a pure upgrade to `agent.domain.upgrades`, and keep an old sample
under `tests/migrations`.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from agent.domain.fact_names import in_words
from agent.domain.facts import Fact

SCHEMA_VERSION = 1

Route = Literal["act", "ask", "deferred", "none", "shadow", "holdout", "suppressed"]

REASONS: dict[str, str] = {
    "required": "a rule requires this protective play",
    "sensitive": "the case is sensitive",
    "low_confidence": "confidence is below the surface's limit",
    "uncalibrated": "too few answered cases to trust the confidence",
    "risk_tier": "the play's risk is above the surface's limit",
    "mode_suggest": "the surface or the play only suggests",
    "ask_rule": "a rule asks for a person's approval",
    "all_forbidden": "rules forbid every candidate",
    "do_nothing_best": "nothing beats doing nothing",
    "quiet_hours": "outside the hours in which the recipient may be contacted",
    "contact_cap": "the recipient has been contacted often enough",
    "cooldown": "a pause after an earlier answer is still running",
    "window_closed": "it could only be done after the play's window",
    "holdout": "the account family is in the holdout",
    "explored": "it was drawn to learn what it does",
    "shadow": "the surface is in shadow",
    "own_effect": "the event is the echo of our own effect",
    "bulk_hold": "the event is part of a bulk change",
    "superseded": "newer news of the same subject has replaced it",
    "open_proposal": "the same proposal is already waiting for an answer",
    "human_active": "a person is handling it now",
    "identity_unresolved": "the account or subject is not known",
    "fact_missing": "a fact that matters is missing",
    "fact_stale": "a fact that matters is out of date",
    "changed_after_approval": "something that mattered changed after the approval",
    "forbidden_after_approval": "rules forbid it since the approval",
    "blocked": "an operator has blocked it",
    "late_event": "the event is older than what is already known of the subject",
}
"""Every reason code with its meaning."""

_SAID = {REASONS["mode_suggest"]: "this kind of step always asks a person first"}
"""Reasons that speak of our own settings, as people say them who do not know those."""

BAD_LABELS = ("irrelevant", "unavailable", "low_margin", "repetitive", "insensitive", "poorly_timed", "impossible")
"""Why a reviewer found a recommendation bad."""

REJECT_REASONS = (*BAD_LABELS, "handled_already", "not_mine", "facts_wrong")
"""What a rejection may give as its reason."""

SAYS_NOTHING = frozenset({"handled_already", "not_mine"})
"""Reasons of a rejection that say nothing of whether the choice was right."""


MONEY, MINUTES = "money", "minutes"
"""What value is counted in."""

CLOSED = ConfigDict(extra="forbid")
"""Unknown keys are refused, so that a shape cannot drift unseen. Parts of which there are hundreds are dataclasses: those cost a tenth."""


class Record(BaseModel):
    """A part of the decision record."""

    model_config = CLOSED


class Reason(Record):
    """A coded reason with its sentence."""

    code: str
    text: str

    @property
    def said(self) -> str:
        """The sentence for those who are asked. `text` is kept as it was recorded, so that old decisions can be decided again to the letter."""
        return in_words(_SAID.get(self.text, self.text))


class TriggerRecord(Record):
    """The event that started the run."""

    source: str
    event_id: str
    type: str
    occurred_at: datetime
    received_at: datetime


class SubjectRecord(Record):
    """What the decision is about."""

    account: str | None
    kind: str
    id: str


@dataclass(slots=True)
class ClauseRecord:
    """One clause of a rule, with the values it read."""

    __pydantic_config__ = CLOSED
    id: str
    result: Literal["true", "false", "missing", "error"]
    says: str
    values: dict[str, Any]


@dataclass(slots=True)
class RuleRecord:
    """One rule as it was applied to one candidate."""

    __pydantic_config__ = CLOSED
    id: str
    effect: str
    layer: str
    matched: bool
    clauses: list[ClauseRecord]
    until: datetime | None = None
    of: list[str] = field(default_factory=list)


@dataclass(slots=True)
class ScoreRecord:
    """The terms of the expected value."""

    __pydantic_config__ = CLOSED
    p: float | None
    value: float | None
    cost_always: float | None
    cost_if_taken: float | None
    c: float
    l: float  # noqa: E741  the formula's own letter
    priority: float | None
    terms: dict[str, Any]

    @property
    def unit(self) -> str:
        """What it is counted in."""
        return self.terms.get("unit") or MONEY


class CandidateRecord(Record):
    """One possible action with everything said of it."""

    id: str
    play: str
    kind: str
    title: str
    reach: str
    purpose: str
    recipient: str | None
    channel: str
    params: dict[str, Any]
    material: str | None = None
    target: str | None = None
    verdict: Literal["allow", "defer", "ask", "forbid"]
    until: datetime | None
    ask_of: list[str]
    required: bool = False
    rules: list[RuleRecord]
    score: ScoreRecord | None
    propensity: float
    counterfactual: str | None


class ConfidenceRecord(Record):
    """How likely a reviewer endorses the choice; the value is None until the play has enough answered cases."""

    value: float | None
    calibrated: bool
    terms: dict[str, Any]


class SensitiveRecord(Record):
    """Whether rules call the case sensitive, and which."""

    value: bool
    rules: list[str]


class BasisRecord(Record):
    """What held when people were asked about exactly this: what the rules said, who must approve, and the recipient's address.

    `signed`: what the content shows of whoever signs it, as it was then.
    """

    rules: list[RuleRecord]
    ask_of: list[str]
    to: str | None
    signed: dict[str, Any] = Field(default_factory=dict)


class ProposalRecord(Record):
    """The chosen candidate with its composed content. `digest` binds approvals to exactly this."""

    content: dict[str, str]
    channel: str
    recipient: str | None
    params: dict[str, Any]
    send_at: datetime | None
    digest: str
    composed_by: Literal["template", "llm", "person"]
    prompt_hash: str | None
    used: dict[str, Any] = Field(default_factory=dict)
    notes: list[str] = []
    basis: BasisRecord | None = None
    """Only of what was edited or asked again; otherwise the decision's own candidate says it."""


class ApprovalRecord(Record):
    """One ask and its answer."""

    id: str
    state: str
    asked: list[str]
    needed_role: str
    expires_at: datetime
    answered_by: str | None
    answer: str | None
    reason: str | None
    at: datetime | None
    digest: str = ""
    note: str | None = None
    difference: list[str] = []
    routing: str | None = None
    ended: str | None = None


class ActionRecord(Record):
    """One step's entry in the ledger."""

    key: str
    step: int
    kind: str
    state: Literal["planned", "started", "done", "failed", "unknown"]
    target: str
    at: datetime
    error: str | None
    not_before: datetime | None = None


class OutcomeRecord(Record):
    """What came of it."""

    exposure: str
    result: str | None
    metric: str | None
    value: float | None
    at: datetime | None
    guardrails: list[str]
    attribution: str | None


class Decision(Record):
    """The whole story of one run."""

    id: str
    run_id: str
    schema_version: int = SCHEMA_VERSION
    created_at: datetime
    surface: str
    mode: str
    playbook_version: str
    model_version: str
    trigger: TriggerRecord
    subject: SubjectRecord
    facts: list[Fact]
    candidates: list[CandidateRecord]
    choice: str | None
    confidence: ConfidenceRecord
    sensitive: SensitiveRecord
    route: Route
    reasons: list[Reason]
    proposal: ProposalRecord | None
    approvals: list[ApprovalRecord] = []
    actions: list[ActionRecord] = []
    outcome: OutcomeRecord | None = None

    @property
    def chosen(self) -> CandidateRecord | None:
        """The candidate that was chosen, if any."""
        return next((one for one in self.candidates if one.id == self.choice), None)


def reason(code: str, text: str = "") -> Reason:
    """Build a coded reason. Raises KeyError for a code that is not in `REASONS`."""
    usual = REASONS[code]
    return Reason(code=code, text=text or usual)

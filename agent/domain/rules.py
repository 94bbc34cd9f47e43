"""Policy as data: rules with named clauses and typed parameters, and what a rule says of a candidate."""

from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any, Literal, NamedTuple

from pydantic import ConfigDict, Field, model_validator

from agent.domain.plays import Part, Purpose, Reach
from agent.domain.spans import Span, parse_span


class Layer(StrEnum):
    """What a rule protects, from the law down to courtesy. Nothing passes consent: no approver, lever or boost."""

    CONSENT = "consent"
    ELIGIBILITY = "eligibility"
    APPLICABILITY = "applicability"
    SUITABILITY = "suitability"
    FEASIBILITY = "feasibility"
    CONTACT = "contact"


class EffectKind(StrEnum):
    """What a matched rule does to a candidate."""

    REQUIRE = "require"
    FORBID = "forbid"
    ASK = "ask"
    DEFER = "defer"
    CAP = "cap"
    COOLDOWN = "cooldown"
    BOOST = "boost"


class Effect(Part):
    """The effect and its settings.

    `of`: approver roles (ask; none: the play's approver), plays (require) or what starts the pause (cooldown: rejected,
    overridden, delivered). `until`: when a deferral ends: `recipient_hours`, `group_hours`, `after:SPAN` (after the
    event) or the name of a time fact. `per` and `limit`: the rolling window of a cap, or the length of a cooldown.
    `factor`: the lever of a boost, 0.5 to 2. `limit`, `per`, `factor` and the span may be `params.NAME`.
    """

    kind: EffectKind
    of: tuple[str, ...] = ()
    until: str | None = None
    per: Span | str | None = Field(default=None, union_mode="left_to_right")
    limit: int | str | None = None
    factor: float | str | None = None


class Clause(Part):
    """One condition: a short CEL expression, what it says when true, and what would clear it ("if …")."""

    id: str
    cel: str
    says: str
    remedy: str = ""


class AppliesTo(Part):
    """Which candidates a rule looks at; an empty list means all."""

    surfaces: tuple[str, ...] = ()
    plays: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    reach: Reach | None = None
    purpose: tuple[Purpose, ...] = ()
    channels: tuple[str, ...] = ()
    proactive: bool | None = None


class RuleCase(Part):
    """An example that documents and tests the rule: with these facts on this play, does it match?"""

    name: str
    play: str
    facts: dict[str, Any] = Field(default_factory=dict)
    missing: tuple[str, ...] = ()
    matches: bool


class Rule(Part):
    """One policy statement."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    id: str
    owner: str
    why: str
    layer: Layer
    scope: Literal["contact", "account", "family"] = "account"
    applies_to: AppliesTo = AppliesTo()
    effect: Effect
    when: tuple[Clause, ...] = ()
    params: dict[str, float | str | bool | list[str]] = Field(default_factory=dict)
    on_missing: Literal["skip", "ask", "forbid"] = "skip"
    marks_sensitive: bool = False
    enabled: bool = True
    from_: date | None = Field(default=None, alias="from")
    until: date | None = None
    cases: tuple[RuleCase, ...] = ()

    @model_validator(mode="before")
    @classmethod
    def _short_effect(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("effect"), str):
            return {**data, "effect": {"kind": data["effect"]}}
        return data

    def setting(self, value: Any) -> Any:
        """Resolve `params.NAME` to the parameter's value; anything else is itself."""
        if isinstance(value, str) and value.startswith("params."):
            return self.params[value.removeprefix("params.")]
        return value

    def span(self, value: Any) -> timedelta:
        """Resolve a setting to a duration. Raises ValueError for what is none."""
        span: timedelta = parse_span(self.setting(value))
        return span

    def in_force(self, at: datetime) -> bool:
        """Enabled, and within its dates (the end date included)."""
        day = at.date()
        return self.enabled and (self.from_ is None or day >= self.from_) and (self.until is None or day <= self.until)


ClauseValue = Literal["true", "false", "missing", "error"]


class ClauseResult(NamedTuple):
    """What one clause said, with the fact values it read (None where one was missing)."""

    id: str
    result: ClauseValue
    says: str
    values: dict[str, Any]
    remedy: str = ""

    @property
    def told(self) -> str:
        """What it says; where a fact is missing, that this could not be ruled out."""
        unknown = ", ".join(name for name, value in self.values.items() if value is None)
        return self.says if self.result != "missing" else f"{self.says} (cannot be ruled out: {unknown or 'a fact'} is not known)"


class RuleResult(NamedTuple):
    """What one rule said of one candidate, or of all that look the same to it.

    `effect` is the one that took hold: `on_missing` may have changed it.
    """

    id: str
    effect: str
    layer: str
    matched: bool
    clauses: tuple[ClauseResult, ...]
    until: datetime | None = None
    of: tuple[str, ...] = ()
    sensitive: bool = False
    factor: float | None = None

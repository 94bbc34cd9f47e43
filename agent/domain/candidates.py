"""Candidates: plays made concrete, with everything that a rule may judge fixed before any rule looks."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from agent.domain.rules import RuleResult


@dataclass(frozen=True, slots=True)
class Candidate:
    """Play x recipient x channel x material or target x parameters. `id` is the same for the same choice, whenever it is built."""

    id: str
    play: str
    kind: str
    title: str
    reach: str
    purpose: str
    channel: str
    recipient: str | None = None
    material: str | None = None
    target: str | None = None
    params: dict[str, Any] = field(default_factory=dict)
    proactive: bool = False
    customer_visible: bool = False
    exclusive_group: str | None = None
    requester: str | None = None
    protective: bool = False


VerdictWord = Literal["allow", "defer", "ask", "forbid"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the rules say of one candidate.

    `verdict` is the most restrictive that took hold. `until` may stand beside `ask`: ask now, send then. `required` marks a protective play
    that a rule demands; `legal` marks a forbid that nobody can lift.
    """

    candidate: str
    verdict: "VerdictWord"
    rules: tuple[RuleResult, ...]
    until: datetime | None = None
    ask_of: tuple[str, ...] = ()
    required: bool = False
    legal: bool = False
    sensitive: tuple[str, ...] = ()
    lever: float = 1.0
    blocked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Score:
    """Every term of `priority = (P x (value - cost_if_taken) - cost_always) x C x L`; None where a fact was missing."""

    candidate: str
    p: float | None
    value: float | None
    cost_always: float | None
    cost_if_taken: float | None
    c: float
    l: float  # noqa: E741  the formula's own letter
    priority: float | None
    terms: dict[str, Any] = field(default_factory=dict)

    @property
    def unknown(self) -> list[str]:
        """The facts for want of which it could not be valued; those that a source gives, before what is worked out from them."""
        amounts = [t for t in self.terms.values() if isinstance(t, dict) and t.get("result", 0) is None]
        names = sorted({name for amount in amounts for name, value in amount["values"].items() if value is None})
        return [name for name in names if not name.startswith("candidate.")] or names

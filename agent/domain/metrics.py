"""What was recommended, what people said, what was done and what came of it: counted apart, per surface and play; and what each rule costs."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any

MONEY, MINUTES = "money", "minutes"


@dataclass(frozen=True, slots=True)
class Fate:
    """One decision as it is counted. `asks` are the states of its latest round; `exposure` is None where nothing was chosen."""

    surface: str
    play: str | None
    route: str
    asks: tuple[str, ...] = ()
    exposure: str | None = None
    result: str | None = None
    open: bool = False
    value: float | None = None
    unit: str = MONEY
    attribution: str | None = None
    guardrails: tuple[str, ...] = ()


@dataclass(slots=True)
class Counted:
    """Decisions; approval: `asked` and how that ended; execution: `delivered`, `bounced`; outcome, only of what was delivered.

    `amount`: money that converted ones earned, in the reporting currency; `minutes`: what their plays state; `minutes_assumed`: of assumed ones.
    """

    decisions: int = 0
    held_out: int = 0
    shadow: int = 0
    asked: int = 0
    approved: int = 0
    edited: int = 0
    rejected: int = 0
    ignored_asks: int = 0
    withdrawn_asks: int = 0
    open_asks: int = 0
    delivered: int = 0
    bounced: int = 0
    waiting: int = 0
    converted: int = 0
    assisted: int = 0
    assumed: int = 0
    ignored: int = 0
    lost: int = 0
    amount: float = 0.0
    minutes: float = 0.0
    minutes_assumed: float = 0.0
    guardrails: Counter[str] = field(default_factory=Counter)

    def add(self, fate: Fate) -> None:
        """Count one decision more."""
        self.decisions += 1
        self.held_out += fate.route == "holdout"
        self.shadow += fate.route == "shadow"
        if fate.asks:
            self.asked += 1
            name = _ended(fate.asks)
            setattr(self, name, getattr(self, name) + 1)
        self.bounced += fate.exposure == "bounced"
        self.guardrails.update(fate.guardrails)
        if fate.exposure == "delivered":
            self._add_delivered(fate)

    def plus(self, other: "Counted") -> "Counted":
        """Both together."""
        return Counted(**{one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)})

    def _add_delivered(self, fate: Fate) -> None:
        self.delivered += 1
        self.waiting += fate.open and fate.result is None
        self.converted += fate.result == "converted"
        self.assisted += fate.result == "converted" and fate.attribution == "assist"
        self.assumed += fate.result == "assumed"
        self.ignored += fate.result == "ignored"
        self.lost += fate.result == "lost"
        value = fate.value or 0.0
        if fate.result == "converted":
            self.amount += value if fate.unit == MONEY else 0.0
            self.minutes += value if fate.unit == MINUTES else 0.0
        self.minutes_assumed += value if fate.result == "assumed" else 0.0


def _ended(asks: Sequence[str]) -> str:
    """How the asks of a decision ended: one no is a no, and all must have said yes."""
    for state, name in (("rejected", "rejected"), ("expired", "ignored_asks"), ("open", "open_asks"), ("snoozed", "open_asks")):
        if state in asks:
            return name
    if all(state in ("approved", "edited") for state in asks):
        return "edited" if "edited" in asks else "approved"
    return "withdrawn_asks"


def counted(fates: Iterable[Fate]) -> dict[str, tuple[Counted, dict[str, Counted]]]:
    """By surface: the whole, and each of its plays. Decisions in which nothing was chosen count for the surface only."""
    found: dict[str, tuple[Counted, dict[str, Counted]]] = {}
    for fate in fates:
        whole, plays = found.setdefault(fate.surface, (Counted(), {}))
        whole.add(fate)
        if fate.play is not None:
            plays.setdefault(fate.play, Counted()).add(fate)
    return found


@dataclass(slots=True)
class Struck:
    """What one rule struck out: `candidates` it forbade in so many `decisions`, and those (`alone`) in which nothing else forbade something good.

    For each of those the best such candidate counts. `worth`: its expected value, summed by unit. `cost`: what of that was worth more than what was
    chosen instead. Both are what the model expected, not what would have come of it.
    """

    decisions: int = 0
    candidates: int = 0
    alone: int = 0
    worth: Counter[str] = field(default_factory=Counter)
    cost: Counter[str] = field(default_factory=Counter)


def add_struck(found: dict[str, Struck], candidates: Sequence[Mapping[str, Any]], choice: str | None) -> None:
    """Count what rules struck out in one decision; the candidates are plain JSON of its record."""
    best: dict[str, tuple[float, str]] = {}
    hit: Counter[str] = Counter()
    for candidate in candidates:
        rules = {rule["id"] for rule in candidate["rules"] if rule["matched"] and rule["effect"] == "forbid"}
        hit.update(rules)
        priority, unit = _expected(candidate)
        if len(rules) == 1 and candidate["verdict"] == "forbid" and priority > 0:
            (rule,) = rules
            best[rule] = max(best.get(rule, (0.0, unit)), (priority, unit))
    for rule, count in hit.items():
        struck = found.setdefault(rule, Struck())
        struck.decisions += 1
        struck.candidates += count
    instead, instead_unit = next((_expected(one) for one in candidates if one["id"] == choice), (0.0, ""))
    for rule, (priority, unit) in best.items():
        struck = found[rule]
        struck.alone += 1
        struck.worth[unit] += priority  # type: ignore[assignment]  # typeshed has counters count in whole numbers
        struck.cost[unit] += max(priority - (instead if instead_unit == unit else 0.0), 0.0)  # type: ignore[assignment]  # as above


def _expected(candidate: Mapping[str, Any]) -> tuple[float, str]:
    score = candidate.get("score") or {}
    return score.get("priority") or 0.0, (score.get("terms") or {}).get("unit") or MONEY


@dataclass(slots=True)
class Hit:
    """What one rule did: `decisions` in which it took hold, by its `effects`; `candidates` it struck out, in so many decisions (`struck`).

    `became`: what came of those decisions all the same: asked, done, converted, friction, nothing.
    """

    decisions: int = 0
    effects: Counter[str] = field(default_factory=Counter)
    candidates: int = 0
    struck: int = 0
    became: Counter[str] = field(default_factory=Counter)


def add_hits(found: dict[str, Hit], candidates: Sequence[Mapping[str, Any]], became: Sequence[str]) -> None:
    """Count what rules did in one decision; the candidates are plain JSON of its record."""
    effects: dict[str, set[str]] = {}
    struck: Counter[str] = Counter()
    for candidate in candidates:
        for rule in candidate["rules"]:
            if rule["matched"]:
                effects.setdefault(rule["id"], set()).add(rule["effect"])
                struck[rule["id"]] += rule["effect"] == "forbid"
    for name, said in effects.items():
        hit = found.setdefault(name, Hit())
        hit.decisions += 1
        hit.effects.update(said)
        hit.candidates += struck[name]
        if struck[name]:
            hit.struck += 1
            hit.became.update(became)

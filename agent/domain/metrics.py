"""What was recommended, what people said, what was done and what came of it: counted apart, per surface and play; and what each rule costs."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from typing import Protocol

from agent.domain.decision import MINUTES, MONEY


@dataclass(frozen=True, slots=True)
class Fate:
    """A decision as it is counted, or so `many` that fared alike, with the sum of their values.

    `asks` are the states of the latest round; `exposure` is None where nothing was chosen.
    """

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
    many: int = 1


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
        """Count one decision more, or several that fared alike."""
        many = fate.many
        self.decisions += many
        self.held_out += many * (fate.route == "holdout")
        self.shadow += many * (fate.route == "shadow")
        if fate.asks:
            self.asked += many
            name = _ended(fate.asks)
            setattr(self, name, getattr(self, name) + many)
        self.bounced += many * (fate.exposure == "bounced")
        self.guardrails.update(dict.fromkeys(fate.guardrails, many))
        if fate.exposure == "delivered":
            self._add_delivered(fate)

    def plus(self, other: "Counted") -> "Counted":
        """Both together."""
        return Counted(**{one.name: getattr(self, one.name) + getattr(other, one.name) for one in fields(self)})

    def _add_delivered(self, fate: Fate) -> None:
        many = fate.many
        self.delivered += many
        self.waiting += many * (fate.open and fate.result is None)
        self.converted += many * (fate.result == "converted")
        self.assisted += many * (fate.result == "converted" and fate.attribution == "assist")
        self.assumed += many * (fate.result == "assumed")
        self.ignored += many * (fate.result == "ignored")
        self.lost += many * (fate.result == "lost")
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


class Told(Protocol):
    """What one rule said of a candidate."""

    @property
    def id(self) -> str: ...
    @property
    def effect(self) -> str: ...
    @property
    def matched(self) -> bool: ...


class Valued(Protocol):
    """What a candidate was expected to be worth."""

    @property
    def priority(self) -> float | None: ...
    @property
    def unit(self) -> str: ...


class Judged(Protocol):
    """A candidate with what was said of it."""

    @property
    def id(self) -> str: ...
    @property
    def verdict(self) -> str: ...
    @property
    def rules(self) -> Sequence[Told]: ...
    @property
    def score(self) -> Valued | None: ...


@dataclass(slots=True)
class Mark:
    """What one rule did in one decision: its effect, and how many candidates it forbade (`struck`).

    `worth`, in `unit`: the expected value of the best that no other rule forbade, None where there was no such; `cost`: what of that was worth more
    than what was chosen instead.
    """

    effect: str
    struck: int = 0
    worth: float | None = None
    cost: float | None = None
    unit: str | None = None


def marks(candidates: Sequence[Judged], choice: str | None) -> dict[str, Mark]:
    """What each rule that took hold did in a decision. One that forbade some and asked about others counts as forbidding."""
    found: dict[str, Mark] = {}
    for candidate in candidates:
        for rule in candidate.rules:
            if rule.matched:
                mark = found.setdefault(rule.id, Mark(rule.effect))
                if rule.effect == "forbid":
                    mark.effect = "forbid"
        forbidding = {rule.id for rule in candidate.rules if rule.matched and rule.effect == "forbid"}
        for name in forbidding:
            found[name].struck += 1
        priority, unit = _expected(candidate)
        if len(forbidding) == 1 and candidate.verdict == "forbid" and priority > 0:
            (name,) = forbidding
            mark = found[name]
            mark.worth, mark.unit = max((mark.worth or 0.0, mark.unit or unit), (priority, unit))
    instead, instead_unit = next((_expected(one) for one in candidates if one.id == choice), (0.0, ""))
    for mark in found.values():
        if mark.worth is not None:
            mark.cost = max(mark.worth - (instead if instead_unit == mark.unit else 0.0), 0.0)
    return found


def _expected(candidate: Judged) -> tuple[float, str]:
    score = candidate.score
    return (score.priority or 0.0, score.unit) if score is not None else (0.0, MONEY)


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

    def add(self, mark: Mark, decisions: int = 1, alone: int = 1) -> None:
        """Count a decision more, or several whose marks were summed; `alone` says in how many of them there is something of worth."""
        self.decisions += decisions
        self.candidates += mark.struck
        if mark.worth is not None and mark.cost is not None and mark.unit is not None:
            self.alone += alone
            self.worth[mark.unit] += mark.worth  # type: ignore[assignment]  # typeshed has counters count in whole numbers
            self.cost[mark.unit] += mark.cost  # type: ignore[assignment]  # as above


@dataclass(slots=True)
class Hit:
    """What one rule did: `decisions` in which it took hold; `candidates` it struck out, in so many decisions (`struck`).

    `became`: what came of those decisions all the same: asked, done, converted, friction, nothing.
    """

    decisions: int = 0
    candidates: int = 0
    struck: int = 0
    became: Counter[str] = field(default_factory=Counter)

    def add(self, mark: Mark, became: Sequence[str]) -> None:
        """Count a decision more, with what came of it."""
        self.decisions += 1
        self.candidates += mark.struck
        if mark.struck:
            self.struck += 1
            self.became.update(became)

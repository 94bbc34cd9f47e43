"""What the model looks at: a few features that mean the same on every surface, worked out from the facts of one decision.

Each lies between -1 and 1. One that is not known, or has no meaning in the case, is 0 and sets its own indicator `NAME?` to 1: missing is a
feature of its own, never a small value. To change what a feature means: raise `EDITION`, so that no model reads what it was not trained on.
"""

import math
from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Protocol

from agent.domain.evidence import Evidence

EDITION = 1

_STAGES = {name: place / 5 for place, name in enumerate(("discovery", "qualified", "evaluation", "proposal", "negotiation", "contract_sent"))}
_TIERS = {"smb": 0.0, "mid_market": 1 / 3, "enterprise": 2 / 3, "strategic": 1.0}
_PRIORITIES = {"p1": 1.0, "p2": 2 / 3, "p3": 1 / 3, "p4": 0.0}
_DECIDERS = frozenset({"economic_buyer", "executive", "champion"})
_RECENT = timedelta(days=30)

ALWAYS = ("base", "contacted", "turned_down")
"""Known in every case."""

WHERE_KNOWN = (
    *("stage", "tier", "amount", "waited", "engagement", "urgency", "health", "use"),
    *("decider", "language", "strength"),
)
"""Each comes with an indicator for when it is not known."""

NAMES = (*ALWAYS, *WHERE_KNOWN, *(f"{name}?" for name in WHERE_KNOWN))
"""Every feature."""


class Concerned(Protocol):
    """A candidate, or the record of one."""

    @property
    def play(self) -> str: ...
    @property
    def recipient(self) -> str | None: ...
    @property
    def material(self) -> str | None: ...


class Features:
    """Gives the features of the candidates of one decision."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._view = evidence.view
        self._shared = self._of_case()
        self._kept: dict[tuple[str, str | None, str | None], Mapping[str, float]] = {}

    def of(self, candidate: Concerned) -> Mapping[str, float]:
        """The features by name; those that are 0 are left out."""
        key = (candidate.play, candidate.recipient, candidate.material)
        if key not in self._kept:
            known = {**self._shared, **self._of_candidate(candidate)}
            self._kept[key] = {name: value for name, value in _with_indicators(known).items() if value}
        return self._kept[key]

    def _of_case(self) -> dict[str, float | None]:
        get = self._get
        return {
            "base": 1.0,
            "contacted": _log_share(self._contacted(), 10),
            "stage": _STAGES.get(str(get("deal.stage"))),
            "tier": _TIERS.get(str(get("account.tier"))),
            "amount": _log_share(self._first("deal.amount", "contract.value", "account.arr"), 1e6),
            "waited": _log_share(self._days_waited(), 90),
            "engagement": _falling(self._first("deal.days_since_activity", "account.days_since_reply", "usage.days_since_login"), 7),
            "urgency": self._urgency(),
            "health": _share(get("account.health"), 100),
            "use": _bounded(get("usage.change_30d")),
        }

    def _of_candidate(self, candidate: Concerned) -> dict[str, float | None]:
        contact = self._view.entity("contact", candidate.recipient)
        content = next((m for m in self._evidence.materials if m.id == candidate.material), None)
        speaks, role = contact.get("language"), contact.get("role")
        return {
            "turned_down": float(any(p.play == candidate.play and p.what != "delivered" and self._ours(p.account) for p in self._evidence.past)),
            "decider": None if role is None else float(role in _DECIDERS),
            "language": None if speaks is None or content is None else float(speaks == content.language),
            "strength": None if content is None else _bounded(content.strength),
        }

    def _get(self, name: str) -> Any:
        root, _, field = name.partition(".")
        return self._view.roots.get(root, {}).get(field)

    def _first(self, *names: str) -> float | None:
        return next((number for name in names if (number := _number(self._get(name))) is not None), None)

    def _ours(self, account: str) -> bool:
        return account == self._evidence.account

    def _contacted(self) -> float:
        since = self._evidence.at - _RECENT
        return float(sum(p.what == "delivered" and p.at >= since and self._ours(p.account) for p in self._evidence.past))

    def _days_waited(self) -> float | None:
        minutes = _number(self._get("ticket.age_minutes"))
        return minutes / 1440 if minutes is not None else self._first("deal.days_in_stage", "account.days_since_contact")

    def _urgency(self) -> float | None:
        """A ticket's priority; else how near the moment is by which it must be done, over a quarter of a year."""
        priority = _PRIORITIES.get(str(self._get("ticket.priority")))
        if priority is not None:
            return priority
        days = self._first("deal.close_in_days", "contract.days_to_notice")
        return None if days is None else 1 - min(max(days, 0.0), 90.0) / 90


def _with_indicators(known: Mapping[str, float | None]) -> dict[str, float]:
    found: dict[str, float] = {}
    for name, value in known.items():
        if value is None:
            found[f"{name}?"] = 1.0
        else:
            found[name] = round(value, 4)
    return found


def _number(value: Any) -> float | None:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) else None


def _bounded(value: Any) -> float | None:
    number = _number(value)
    return None if number is None else min(max(number, -1.0), 1.0)


def _share(value: Any, of: float) -> float | None:
    number = _number(value)
    return None if number is None else min(max(number / of, 0.0), 1.0)


def _log_share(value: float | None, of: float) -> float | None:
    """A size on a scale on which the step from 1 to 10 is as long as that from 10 to 100; 1 from `of` on."""
    return None if value is None else min(math.log1p(max(value, 0.0)) / math.log1p(of), 1.0)


def _falling(days: float | None, half: float) -> float | None:
    """1 for today, a half after so many days."""
    return None if days is None else half / (half + max(days, 0.0))

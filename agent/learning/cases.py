"""From what became of decisions to what can be learned from: outcomes of plays, and answers of reviewers.

An outcome teaches when its window is over, of what was delivered and of what the holdout kept back. One that came about early waits for its window
too: successes are known at once, failures only at the end, and to count the ones before the others would make every play look better than it is.
What nobody approved, what was only shown in shadow and what bounced teaches nothing about the chance of success.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from agent.domain.decision import SAYS_NOTHING, Decision, OutcomeRecord
from agent.domain.features import EDITION
from agent.domain.precedent import Precedent
from agent.domain.records import APPROVED
from agent.domain.reliability import SUCCESSES

FRICTION_SHOWS_WITHIN = timedelta(days=14)
"""How long after an approval friction is waited for before the approval counts as an endorsement."""
UNKNOWN_WINDOW = timedelta(days=120)
"""For a play that the playbook has no longer: as long as any outcome is waited for."""


@dataclass(frozen=True, slots=True)
class Case:
    """One outcome: with which prior chance and features, whether it was played (else held out), and whether it came about."""

    decision: str
    kind: str
    played: bool
    prior: float
    features: Mapping[str, float]
    success: bool


@dataclass(frozen=True, slots=True)
class Label:
    """Whether a choice was endorsed, and the raw figure of its confidence at the time."""

    decision: str
    kind: str
    raw: float
    endorsed: bool


def case_of(one: Precedent, at: datetime, windows: Mapping[str, timedelta]) -> Case | None:
    """The outcome of a decision as something to learn from; None while it teaches nothing. `windows`: how long each play's outcome is waited for."""
    outcome, foretold = one.outcome, one.forecast
    if outcome is None or outcome.result is None or foretold.features is None or not is_over(one, one.play, at, windows):
        return None
    played = _played(one.route, outcome)
    prior = foretold.with_play if played else foretold.without
    if played is None or prior is None:
        return None
    return Case(one.decision, one.kind, played, prior, foretold.features, outcome.result in SUCCESSES)


def is_waiting(one: Precedent, at: datetime, windows: Mapping[str, timedelta]) -> bool:
    """Whether time alone may make something to learn from of a decision, because its outcome or the time for friction is not over yet."""
    if one.outcome is None:
        return False
    over = at - _since(one) >= FRICTION_SHOWS_WITHIN or not one.approvals
    return not over or (one.outcome.result is not None and not is_over(one, one.play, at, windows))


def is_over(one: Decision | Precedent, play: str, at: datetime, windows: Mapping[str, timedelta]) -> bool:
    """Whether the time is over that an outcome of the play is waited for, since the last thing that was done."""
    return at - _since(one) >= windows.get(play, UNKNOWN_WINDOW)


def _since(one: Decision | Precedent) -> datetime:
    """From when the window counts: the last thing that was done, else the decision."""
    return max((action.at for action in one.actions if action.state == "done"), default=one.created_at)


def _played(route: str, outcome: OutcomeRecord) -> bool | None:
    if route == "holdout":
        return False
    return True if outcome.exposure == "delivered" else None


def label_of(one: Precedent, at: datetime, reviews: Mapping[str, bool]) -> Label | None:
    """Whether the choice was endorsed, as far as can be told at `at`.

    A reviewer's word by decision (`reviews`) comes first. Else: approved, delivered and without friction; a rejection says no, unless its reason
    says nothing of the choice. What ran by itself and was never reviewed is endorsed by nobody.
    """
    if one.forecast.raw is None:
        return None
    endorsed = reviews.get(one.decision)
    if endorsed is None:
        endorsed = _answered(one, at)
    return None if endorsed is None else Label(one.decision, one.kind, one.forecast.raw, endorsed)


def _answered(one: Precedent, at: datetime) -> bool | None:
    asks = [ask for ask in one.approvals if ask.state in (*APPROVED, "rejected")]
    rejected = [ask for ask in asks if ask.state == "rejected"]
    if rejected:
        return None if rejected[-1].reason in SAYS_NOTHING else False
    if not asks or one.outcome is None:
        return None
    if one.outcome.guardrails:
        return False
    approved_at = max(ask.at for ask in asks if ask.at is not None)
    return True if one.outcome.exposure == "delivered" and at - approved_at >= FRICTION_SHOWS_WITHIN else None


def digest_of(cases: Iterable[Case], labels: Iterable[Label]) -> str:
    """What tells one set of things to learn from from another: the same set gives the same model under the same name."""
    said = [f"features {EDITION}"]
    said += sorted(f"case {c.decision} {c.kind} {c.played} {c.success}" for c in cases)
    said += sorted(f"label {one.decision} {one.kind} {one.endorsed}" for one in labels)
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:12]

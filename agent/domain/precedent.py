"""What an earlier decision can teach: what was foretold of its choice, and what became of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.domain.decision import ActionRecord, ApprovalRecord, CandidateRecord, Decision, OutcomeRecord
from agent.domain.evidence import Evidence
from agent.domain.features import EDITION, Features


@dataclass(frozen=True, slots=True)
class Forecast:
    """What was foretold of a choice when it was made. It never changes, and is kept so that the whole record need not be read to learn from it.

    `raw`: the raw figure of its confidence; `with_play` and `without`: the chances of the outcome by the play's priors; None where not known.
    `features`: of the case, as this `edition` means them; None where nothing is kept that they could be told from.
    """

    raw: float | None
    with_play: float | None
    without: float | None
    features: Mapping[str, float] | None
    edition: int = EDITION


@dataclass(frozen=True, slots=True)
class Precedent:
    """A decision that chose something, as far as it can teach."""

    decision: str
    created_at: datetime
    route: str
    play: str
    kind: str
    forecast: Forecast
    approvals: Sequence[ApprovalRecord] = ()
    actions: Sequence[ActionRecord] = ()
    outcome: OutcomeRecord | None = None


def forecast_of(decision: Decision, chosen: CandidateRecord, evidence: Evidence | None) -> Forecast:
    """What a record foretells of its choice; `evidence` is what it was made from."""
    terms = chosen.score.terms if chosen.score else {}
    with_play, without = ((terms.get(name) or {}).get("result") for name in ("with", "without"))
    return Forecast(decision.confidence.terms.get("raw"), with_play, without, Features(evidence).of(chosen) if evidence else None)


def chance_of(terms: Mapping[str, Any]) -> float | None:
    """The chance of the outcome with the play, as it was reckoned: by the model where it had learned of its kind, else the play's prior."""
    chance = (terms.get("model") or terms.get("with") or {}).get("with" if terms.get("model") else "result")
    return float(chance) if isinstance(chance, int | float) and 0 <= chance <= 1 else None

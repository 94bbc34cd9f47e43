"""What a draft playbook would have brought, surface by surface, from the decisions that were made: see `agent.learning.off_policy`."""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from agent.domain.deciding import Judgement
from agent.domain.evidence import Evidence
from agent.domain.plays import DO_NOTHING
from agent.domain.reliability import SUCCESSES
from agent.learning.cases import is_over
from agent.learning.logistic import Floats
from agent.learning.off_policy import Estimate, Log, estimate
from agent.ports import Kept

SHOWN = frozenset({"act", "ask", "deferred"})
"""Routes on which what was chosen may come to be delivered."""


@dataclass(frozen=True, slots=True)
class Row:
    """One decision as the estimator sees it."""

    reward: float
    delivered: bool
    chosen: float
    target: float
    unsupported: float
    stratum: str


@dataclass(frozen=True, slots=True)
class Compared:
    """One surface: the share of decisions that succeed if what is chosen is delivered, by today's choices and by the draft's.

    `nothing`: decisions in which the draft would do nothing; they are left out of both. `waiting`: those whose outcome is not known yet.
    """

    surface: str
    today: Estimate
    draft: Estimate
    nothing: int
    waiting: int


@dataclass(slots=True)
class Comparison:
    """Collects decisions, one by one. `judge` decides again as the draft would; `windows`: how long each play waits for its outcome."""

    judge: Callable[[Evidence], Judgement | None]
    at: datetime
    windows: Mapping[str, timedelta]
    rows: dict[str, list[Row]] = field(default_factory=lambda: defaultdict(list))
    nothing: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    waiting: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def add(self, kept: Kept) -> None:
        """Take in one decision. What was shown to nobody, or chosen because a rule requires it, is no choice to learn from."""
        decision, chosen = kept.decision, kept.decision.chosen
        if chosen is None or kept.evidence is None or decision.route not in SHOWN or chosen.required:
            return
        if not is_over(decision, chosen.play, self.at, self.windows):
            self.waiting[decision.surface] += 1
            return
        judged = self.judge(kept.evidence)
        if judged is None or judged.chances.get(DO_NOTHING, 0.0) > 0:
            self.nothing[decision.surface] += 1
            return
        possible = {one.id for one in decision.candidates if one.propensity > 0}
        outcome = decision.outcome
        self.rows[decision.surface].append(
            Row(
                reward=float(outcome is not None and outcome.result in SUCCESSES),
                delivered=outcome is not None and outcome.exposure == "delivered",
                chosen=chosen.propensity,
                target=judged.chances.get(chosen.id, 0.0),
                unsupported=sum(chance for name, chance in judged.chances.items() if name not in possible),
                stratum=f"{chosen.kind} {decision.route}",
            )
        )

    def results(self) -> list[Compared]:
        """Every surface on which something was decided, by name."""
        names = sorted({*self.rows, *self.nothing, *self.waiting})
        return [self._of(name) for name in names]

    def _of(self, surface: str) -> Compared:
        rows = self.rows.get(surface, [])
        chosen = _numbers(rows, lambda row: row.chosen)
        today = estimate(_log(rows, chosen, np.zeros(len(rows))))
        draft = estimate(_log(rows, _numbers(rows, lambda row: row.target), _numbers(rows, lambda row: row.unsupported)))
        return Compared(surface, today, draft, self.nothing.get(surface, 0), self.waiting.get(surface, 0))


def _numbers(rows: list[Row], get: Callable[[Row], float]) -> Floats:
    return np.array([get(row) for row in rows], dtype=np.float64)


def _log(rows: list[Row], target: Floats, unsupported: Floats) -> Log:
    names = sorted({row.stratum for row in rows})
    return Log(
        _numbers(rows, lambda row: row.reward), np.array([row.delivered for row in rows], dtype=np.bool_), _numbers(rows, lambda row: row.chosen),
        target, unsupported, np.array([names.index(row.stratum) for row in rows], dtype=np.int64),
    )  # fmt: skip

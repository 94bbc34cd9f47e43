"""One training: from everything that was decided to a model with a name of its own, and how well it does."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any

from agent.domain.model import Model
from agent.domain.precedent import Precedent
from agent.learning.calibration import Calibrated, calibrate
from agent.learning.cases import Case, Label, case_of, digest_of, is_waiting, label_of
from agent.learning.propensity import Learned, learn
from agent.ports import ModelVersion


@dataclass(slots=True)
class Lessons:
    """What decisions taught, collected one by one. `windows`: how long each play waits for its outcome; `reviews`: a reviewer's word by decision."""

    at: datetime
    windows: Mapping[str, timedelta]
    reviews: Mapping[str, bool] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)
    labels: list[Label] = field(default_factory=list)
    waiting: int = 0

    def add(self, one: Precedent) -> None:
        """Take in a decision. Those of which something is known, and which do not teach yet, are counted: they may."""
        case, label = case_of(one, self.at, self.windows), label_of(one, self.at, self.reviews)
        self.cases += [case] if case else []
        self.labels += [label] if label else []
        self.waiting += is_waiting(one, self.at, self.windows)

    @property
    def version(self) -> str:
        """The name of the model that these lessons give: the same lessons, the same name."""
        return f"model-{digest_of(self.cases, self.labels)}"


def train(lessons: Lessons, *, by: str) -> tuple[Model, ModelVersion]:
    """The model that the lessons give, and what is kept of it.

    A kind of play enters the model only where its weights predict what they were not fitted to better than its priors do; the losses of all
    kinds and the reliability of the calibrations are in the report.
    """
    learned, calibrated = learn(lessons.cases), calibrate(lessons.labels)
    families = {one.kind: one.family for one in learned if one.family is not None}
    calibrations = {one.kind: one.calibration for one in calibrated if one.calibration is not None}
    model = Model(lessons.version, families, calibrations)
    return model, ModelVersion(
        version=model.version, made_at=lessons.at, made_by=by, trained_until=lessons.at, cases=len(lessons.cases), labels=len(lessons.labels),
        loss_before=_mean((one.loss_priors, one.cases) for one in learned), loss_after=_mean(map(_after, learned)),
        report=_report(learned, calibrated),
    )  # fmt: skip


def _after(one: Learned) -> tuple[float, int]:
    """Out of fold for what entered the model; by the priors for what did not."""
    return (one.loss_learned if one.family else one.loss_priors), one.cases


def _mean(losses: Iterable[tuple[float, int]]) -> float | None:
    known = list(losses)
    total = sum(cases for _, cases in known)
    return round(sum(loss * cases for loss, cases in known) / total, 6) if total else None


def _report(learned: Iterable[Learned], calibrated: Iterable[Calibrated]) -> dict[str, Any]:
    families = {
        one.kind: {
            "used": one.family is not None, "cases": one.cases, "held": one.held, "loss_priors": one.loss_priors, "loss_learned": one.loss_learned
        }
        for one in learned
    }  # fmt: skip
    reliabilities = {
        one.kind: {
            "used": one.calibration is not None, "labels": one.labels, "raw": one.raw and asdict(one.raw), "fitted": one.fitted and asdict(one.fitted)
        }
        for one in calibrated
    }  # fmt: skip
    return {"families": families, "calibrations": reliabilities}

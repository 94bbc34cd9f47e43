"""The tables of what was learned: of models that score, and of those that tell what a ticket is about."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import Text
from sqlmodel import Field

from integrations.db.columns import Json, UtcTime
from integrations.db.tables import Row


class _Model(Row):
    """A model that was learned: what it decides by, as JSON text that is read with care, and how well it does."""

    version: str = Field(primary_key=True)
    parameters: str = Field(sa_type=Text)
    made_at: datetime = Field(sa_type=UtcTime)
    made_by: str
    trained_until: datetime = Field(sa_type=UtcTime)
    cases: int
    labels: int
    loss_before: float | None
    loss_after: float | None
    report: dict[str, Any] = Field(sa_type=Json)


class _Reign(Row):
    """When a model was in force; the one that is has no end."""

    id: int | None = Field(default=None, primary_key=True)
    version: str
    since: datetime = Field(sa_type=UtcTime)
    until: datetime | None = Field(sa_type=UtcTime)
    by: str
    why: str = Field(sa_type=Text)
    pinned: bool


class _Training(Row):
    """That a day's training was done: how much had come by then, how much was still waited for, and which model it gave."""

    day: date = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcTime)
    seen: int
    waiting: int
    version: str


class ModelRow(_Model, table=True):
    """Of what was learned from outcomes."""

    __tablename__ = "models"


class ReignRow(_Reign, table=True):
    """Of models that score."""

    __tablename__ = "model_reigns"


class TrainingRow(_Training, table=True):
    """Of models that score."""

    __tablename__ = "model_trainings"


class TriageModelRow(_Model, table=True):
    """Of what was learned from settled tickets."""

    __tablename__ = "triage_models"


class TriageReignRow(_Reign, table=True):
    """Of models that tell what a ticket is about."""

    __tablename__ = "triage_reigns"


class TriageTrainingRow(_Training, table=True):
    """Of models that tell what a ticket is about."""

    __tablename__ = "triage_trainings"


_TABLES = Row.metadata.tables
MODELS, MODEL_REIGNS, MODEL_TRAININGS = (_TABLES[name] for name in ("models", "model_reigns", "model_trainings"))
TRIAGE_MODELS, TRIAGE_REIGNS, TRIAGE_TRAININGS = (_TABLES[f"triage_{name}"] for name in ("models", "reigns", "trainings"))

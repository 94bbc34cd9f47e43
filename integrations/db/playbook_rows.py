"""The tables of published changes: drafts, publications, which version was in force when, and what drafts would have done."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index
from sqlmodel import Field

from agent.playbook.drafts import DraftState
from integrations.db.columns import Json, UtcTime
from integrations.db.tables import Row, one_of


class DraftRow(Row, table=True):
    """Changes that somebody writes."""

    __tablename__ = "playbook_drafts"
    __table_args__ = (one_of("state", DraftState), Index(None, "state", "id"))
    id: int | None = Field(default=None, primary_key=True)
    title: str
    base: str
    changes: list[Any] = Field(sa_type=Json)
    revision: int
    state: str
    why: str
    authors: list[Any] = Field(sa_type=Json)
    created_by: str
    created_at: datetime = Field(sa_type=UtcTime)
    updated_by: str
    updated_at: datetime = Field(sa_type=UtcTime)
    proposed_by: str | None
    approved_by: str | None


class PublicationRow(Row, table=True):
    """The whole set of changes that lies over the folder; the newest is in force."""

    __tablename__ = "playbook_publications"
    seq: int | None = Field(default=None, primary_key=True)
    version: str
    base: str
    changes: list[Any] = Field(sa_type=Json)
    by: str
    approved_by: str | None
    why: str
    at: datetime = Field(sa_type=UtcTime)
    draft: int | None
    rolled_back_to: str | None


class PlaybookReignRow(Row, table=True):
    """That a version came into force."""

    __tablename__ = "playbook_reigns"
    id: int | None = Field(default=None, primary_key=True)
    version: str
    folder: str
    publication: int | None
    at: datetime = Field(sa_type=UtcTime)


class DraftTrialRow(Row, table=True):
    """What a revision of a draft would have done."""

    __tablename__ = "playbook_trials"
    draft: int = Field(primary_key=True)
    revision: int = Field(primary_key=True)
    by: str
    at: datetime = Field(sa_type=UtcTime)
    found: dict[str, Any] = Field(sa_type=Json)


_TABLES = Row.metadata.tables
DRAFTS, PUBLICATIONS, PLAYBOOK_REIGNS, TRIALS = (_TABLES[f"playbook_{name}"] for name in ("drafts", "publications", "reigns", "trials"))

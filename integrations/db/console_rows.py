"""The tables of the console: who may use it, the links that let people in, their sessions, and the views that they saved."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, UniqueConstraint
from sqlmodel import Field

from integrations.db.columns import Json, UtcTime
from integrations.db.tables import Row, one_of
from integrations.sessions import ConsoleRole, How


class ConsoleMemberRow(Row, table=True):
    """Somebody who may use the console."""

    __tablename__ = "console_members"
    __table_args__ = (one_of("role", ConsoleRole),)
    email: str = Field(primary_key=True)
    role: str
    added_by: str
    added_at: datetime = Field(sa_type=UtcTime)


class ConsoleLinkRow(Row, table=True):
    """A link that lets one person in, once; only the hash of its secret is kept."""

    __tablename__ = "console_links"
    secret_sha256: str = Field(primary_key=True)
    email: str
    made_at: datetime = Field(sa_type=UtcTime)
    expires_at: datetime = Field(sa_type=UtcTime)
    used_at: datetime | None = Field(sa_type=UtcTime)


class ConsoleSessionRow(Row, table=True):
    """One browser of one person; only the hash of its cookie is kept."""

    __tablename__ = "console_sessions"
    __table_args__ = (one_of("how", How), Index(None, "email"))
    secret_sha256: str = Field(primary_key=True)
    email: str
    how: str
    made_at: datetime = Field(sa_type=UtcTime)
    seen_at: datetime = Field(sa_type=UtcTime)
    ended_at: datetime | None = Field(sa_type=UtcTime)
    notice: dict[str, Any] | None = Field(sa_type=Json)


class ConsoleViewRow(Row, table=True):
    """A view of the decisions that somebody saved under a name: the filters, as the address has them."""

    __tablename__ = "console_views"
    __table_args__ = (UniqueConstraint("email", "name"),)
    id: int | None = Field(default=None, primary_key=True)
    email: str
    name: str
    query: str
    made_at: datetime = Field(sa_type=UtcTime)


MEMBERS, LINKS = Row.metadata.tables["console_members"], Row.metadata.tables["console_links"]
SESSIONS, VIEWS = Row.metadata.tables["console_sessions"], Row.metadata.tables["console_views"]

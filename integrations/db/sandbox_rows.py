"""The tables of the sandbox: its records, which may be the copy of a vendor's, and what was done to it."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, Index, Integer, Text, text
from sqlmodel import Field

from integrations.db.columns import Json, UtcTime
from integrations.db.tables import Row

DUE = text("due IS NOT NULL")

VERSION = BigInteger().with_variant(Integer, "sqlite")
"""What a vendor calls a version may be a moment in milliseconds. SQLite's integers are as wide."""


class SandboxRecord(Row, table=True):
    """A record of the sandbox's CRM, helpdesk or directory, or of the copy of a vendor's. `about`: what it is looked for by, such as its account.

    `due`: the moment at which time alone makes it matter, such as the notice deadline of a contract in force.
    """

    __tablename__ = "sandbox_records"
    __table_args__ = (Index(None, "kind", "about"), Index("ix_sandbox_records_due", "kind", "due", "id", sqlite_where=DUE, postgresql_where=DUE))
    kind: str = Field(primary_key=True)
    id: str = Field(primary_key=True)
    data: dict[str, Any] = Field(sa_type=Json)
    version: int = Field(sa_type=VERSION)
    updated_at: datetime = Field(sa_type=UtcTime)
    deleted: bool = False
    about: str | None = None
    due: datetime | None = Field(default=None, sa_type=UtcTime)


class SandboxEffect(Row, table=True):
    """The sandbox's own log of what was done to it, in order."""

    __tablename__ = "sandbox_effects"
    __table_args__ = ({"sqlite_autoincrement": True},)
    seq: int | None = Field(default=None, primary_key=True)
    at: datetime = Field(sa_type=UtcTime)
    kind: str
    target: str
    payload: dict[str, Any] = Field(sa_type=Json)
    marker: str = Field(unique=True)


class SandboxMessage(Row, table=True):
    """A message that the sandbox's messenger delivered."""

    __tablename__ = "sandbox_messages"
    id: str = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcTime)
    kind: str
    to: list[str] = Field(sa_type=Json)
    title: str
    body: str = Field(sa_type=Text)
    data: dict[str, Any] = Field(sa_type=Json)


class SandboxMeta(Row, table=True):
    """Settings of the sandbox itself."""

    __tablename__ = "sandbox_meta"
    key: str = Field(primary_key=True)
    value: str = Field(sa_type=Text)


RECORDS, EFFECTS, MESSAGES, META = (Row.metadata.tables[f"sandbox_{name}"] for name in ("records", "effects", "messages", "meta"))

"""The tables by which decisions are found: a short row for each, the rules that took hold, and the words that it is searched by.

A decision's own row carries its whole record, and is fifty times as long: lists and searches would read all of that. What is not yet taken
from the record of an old decision is so later, by `integrations.db.heading`; the full-text index is in `integrations.db.decision_words`.
"""

from datetime import datetime

from sqlalchemy import BigInteger, Index, Integer, Text, false, text
from sqlmodel import Field

from integrations.db.columns import UtcTime
from integrations.db.tables import Row

PLACE = BigInteger().with_variant(Integer, "sqlite")
"""SQLite finds a row by it directly only where it is called just that."""

UNREAD, UNCOUNTED = text("read = 0"), text("counted = 0")
"""As SQLAlchemy spells the same in a search: SQLite uses such an index for no other words."""

BY = ("account", "surface", "play", "route", "result", "playbook_version", "model_version")
"""What decisions are looked for by: each has its index, in the order of time."""


class DecisionHeadRow(Row, table=True):
    """What lists say of a decision. `place` is its place in time: see `heading.place_of`. `read`: whether its record was read for it;
    `counted`: whether that says of its rules what they struck out.

    `subject` is the line that its content or its ticket stands under; `result` follows the outcome; `priority` is what it was ranked by.
    `sure` is the confidence in its choice and `chance` that of the outcome with it, None where none was told.
    """

    __tablename__ = "decision_heads"
    __table_args__ = (
        *(Index(None, name, "place") for name in BY),
        Index("ix_decision_heads_unread", "place", sqlite_where=UNREAD, postgresql_where=text("NOT read")),
        Index("ix_decision_heads_uncounted", "place", sqlite_where=UNCOUNTED, postgresql_where=text("NOT counted")),
    )
    place: int = Field(primary_key=True, sa_type=PLACE, sa_column_kwargs={"autoincrement": False})
    decision_id: str = Field(foreign_key="decisions.id", unique=True)
    created_at: datetime = Field(sa_type=UtcTime)
    surface: str
    account: str | None
    account_name: str | None
    subject_kind: str
    subject_id: str
    subject: str | None = Field(sa_type=Text)
    play: str | None
    title: str | None
    route: str
    result: str | None
    playbook_version: str | None
    model_version: str | None
    verdict: str | None
    priority: float | None
    required: bool
    sensitive: bool | None
    read: bool
    sure: float | None
    chance: float | None
    counted: bool = Field(default=False, sa_column_kwargs={"server_default": false()})


class DecisionRuleRow(Row, table=True):
    """A rule that took hold of some candidate of a decision, and what it did: see `agent.domain.metrics.Mark`."""

    __tablename__ = "decision_rules"
    __table_args__ = ({"sqlite_with_rowid": False},)
    rule: str = Field(primary_key=True)
    place: int = Field(primary_key=True, sa_type=PLACE)
    effect: str
    struck: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    worth: float | None
    cost: float | None
    unit: str | None


HEADS, RULES = Row.metadata.tables["decision_heads"], Row.metadata.tables["decision_rules"]

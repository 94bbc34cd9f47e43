"""The tables of the Slack door: who is who in the workspace, the messages that stand there, and what people pressed."""

from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Index
from sqlmodel import Field

from integrations.db.columns import Json, UtcTime
from integrations.db.tables import Row, one_of

PostState = Literal["waiting", "posting", "live", "settled", "dropped"]
"""waiting: to be posted at `next_at` · posting: sent, nobody knows yet whether it arrived · live: it stands there and follows the decision ·
settled: it stands there and is as it will stay · dropped: it need not be posted any more, or cannot be."""

ClickState = Literal["new", "done", "dead"]
"""new: to be carried out · done · dead: failed too often, visible to operators."""


class SlackMemberRow(Row, table=True):
    """A colleague's account in the workspace, as Slack last told."""

    __tablename__ = "slack_members"
    email: str = Field(primary_key=True)
    user_id: str = Field(unique=True)
    team_id: str
    name: str
    timezone: str
    kind: str
    dm: str | None
    status: str
    away: bool
    away_until: datetime | None = Field(sa_type=UtcTime)
    read_at: datetime = Field(sa_type=UtcTime)


class SlackPostRow(Row, table=True):
    """One message to one person or channel. `shown` is the hash of what stands there; `payload` is kept for what is not a card."""

    __tablename__ = "slack_posts"
    __table_args__ = (
        one_of("state", PostState), Index(None, "state", "next_at"), Index(None, "state", "posted_at"), Index(None, "decision_id"),
        Index(None, "approval_id"), Index(None, "email", "posted_at"), Index(None, "channel", "ts"),
    )  # fmt: skip
    id: str = Field(primary_key=True)
    kind: str
    email: str | None
    channel: str | None
    thread: str | None
    ts: str | None
    decision_id: str | None
    approval_id: str | None
    payload: dict[str, Any] = Field(sa_type=Json)
    state: str
    shown: str | None
    attempts: int
    error: str | None
    created_at: datetime = Field(sa_type=UtcTime)
    next_at: datetime = Field(sa_type=UtcTime)
    posted_at: datetime | None = Field(sa_type=UtcTime)


class SlackClickRow(Row, table=True):
    """Something that somebody pressed, sent or asked for, kept before Slack is told that it arrived."""

    __tablename__ = "slack_clicks"
    __table_args__ = (one_of("state", ClickState), Index(None, "state", "next_at"))
    id: str = Field(primary_key=True)
    kind: str
    team_id: str
    user_id: str
    said: dict[str, Any] = Field(sa_type=Json)
    state: str
    attempts: int
    error: str | None
    received_at: datetime = Field(sa_type=UtcTime)
    next_at: datetime = Field(sa_type=UtcTime)


class SlackAttentionRow(Row, table=True):
    """What a person set for themselves: open asks at once, asks a day, quiet hours. Unset parts follow the surface."""

    __tablename__ = "slack_attention"
    email: str = Field(primary_key=True)
    open: int | None
    per_day: int | None
    quiet: str | None


MEMBERS, POSTS = Row.metadata.tables["slack_members"], Row.metadata.tables["slack_posts"]
CLICKS, ATTENTION = Row.metadata.tables["slack_clicks"], Row.metadata.tables["slack_attention"]

__all__ = ["ATTENTION", "CLICKS", "MEMBERS", "POSTS", "ClickState", "PostState", "Row"]  # Row: whoever needs all tables takes it from here

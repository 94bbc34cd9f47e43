"""The tables of the system of record. States and triggers that guard them: `migrations`."""

from datetime import datetime
from typing import Any, ClassVar, get_args

from sqlalchemy import CheckConstraint, Index, LargeBinary, MetaData, Table, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from agent.domain.outcome import Arm
from agent.domain.records import ActionState, ApprovalState, CapKind, ReviewLabel, RunState
from integrations.db.columns import Json, UtcTime

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Row(SQLModel):
    """Base of all tables: our own metadata, so that nobody else's tables take part in our migrations."""

    metadata: ClassVar[MetaData] = MetaData(naming_convention=NAMING)


def one_of(column: str, states: Any) -> CheckConstraint:
    """A constraint that the column holds one of the values of a `Literal`."""
    listed = ", ".join(f"'{state}'" for state in get_args(states))
    return CheckConstraint(f"{column} IN ({listed})", name=column)


class InboxRow(Row, table=True):
    """Every event that was acknowledged, once, with the bytes it came in."""

    __tablename__ = "inbox"
    __table_args__ = (
        Index(None, "source", "actor", "occurred_at"),
        Index(None, "source", "subject_kind", "subject_id", "occurred_at"),
        Index(None, "received_at", "run_id"),
        Index(None, "source", "received_at", "run_id"),
    )
    source: str = Field(primary_key=True)
    event_id: str = Field(primary_key=True)
    run_id: str = Field(unique=True)
    sha256: str
    received_at: datetime = Field(sa_type=UtcTime)
    occurred_at: datetime = Field(sa_type=UtcTime)
    subject_kind: str
    subject_id: str
    actor: str | None
    event: dict[str, Any] = Field(sa_type=Json)
    raw: bytes = Field(sa_type=LargeBinary)


class QuarantineRow(Row, table=True):
    """Deliveries that must not be processed: unreadable, or the same id with other content."""

    __tablename__ = "quarantine"
    __table_args__ = (UniqueConstraint("source", "event_id", "sha256"),)
    id: int | None = Field(default=None, primary_key=True)
    source: str
    event_id: str
    sha256: str
    why: str
    at: datetime = Field(sa_type=UtcTime)
    raw: bytes = Field(sa_type=LargeBinary)


class RunRow(Row, table=True):
    """Where each event's trip through the machine stands."""

    __tablename__ = "runs"
    __table_args__ = (one_of("state", RunState), Index(None, "state", "wake_at"))
    id: str = Field(primary_key=True, foreign_key="inbox.run_id")
    lane: str
    surface: str | None
    state: str
    created_at: datetime = Field(sa_type=UtcTime)
    decision_id: str | None = Field(index=True)
    entry: str
    wake_at: datetime | None = Field(sa_type=UtcTime)
    attempts: int
    error: str | None


class DecisionTableRow(Row, table=True):
    """A decision: the columns that lists and rules ask for, then the record and its evidence as compressed JSON."""

    __tablename__ = "decisions"
    __table_args__ = (Index(None, "account", "created_at"),)
    id: str = Field(primary_key=True)
    run_id: str = Field(foreign_key="runs.id", index=True)
    created_at: datetime = Field(sa_type=UtcTime, index=True)
    surface: str
    account: str | None
    subject_kind: str
    subject_id: str
    route: str
    play: str | None
    kind: str | None
    title: str | None
    reach: str | None
    recipient: str | None
    material: str | None
    digest: str
    reasons: list[str] = Field(sa_type=Json)
    schema_version: int
    body: bytes = Field(sa_type=LargeBinary)
    evidence: bytes = Field(sa_type=LargeBinary)


class EditRow(Row, table=True):
    """A proposal as it became after the decision: edited by its approver, or asked again with something changed."""

    __tablename__ = "edits"
    id: int | None = Field(default=None, primary_key=True)
    decision_id: str = Field(foreign_key="decisions.id", index=True)
    digest: str
    proposal: dict[str, Any] = Field(sa_type=Json)
    who: str
    at: datetime | None = Field(sa_type=UtcTime)


class StopRow(Row, table=True):
    """A decision that was stopped after it was recorded: why, and until when it may be reconsidered once."""

    __tablename__ = "stops"
    decision_id: str = Field(primary_key=True, foreign_key="decisions.id")
    code: str = Field(primary_key=True)
    text: str = Field(sa_type=Text)
    reconsider_until: datetime | None = Field(index=True, sa_type=UtcTime)
    reconsidered: bool


class ApprovalRow(Row, table=True):
    """One ask of one role. Final once answered."""

    __tablename__ = "approvals"
    __table_args__ = (one_of("state", ApprovalState), Index(None, "decision_id", "round"), Index(None, "answered_by", "at"))
    id: str = Field(primary_key=True)
    decision_id: str = Field(foreign_key="decisions.id")
    round: int
    digest: str
    state: str = Field(index=True)
    needed_role: str
    asked: list[str] = Field(sa_type=Json)
    allowed: list[str] = Field(sa_type=Json)
    requester: str | None
    created_at: datetime = Field(sa_type=UtcTime)
    expires_at: datetime = Field(sa_type=UtcTime)
    remind_at: datetime | None = Field(sa_type=UtcTime)
    delegate_at: datetime | None = Field(sa_type=UtcTime)
    snoozed_until: datetime | None = Field(sa_type=UtcTime)
    answered_by: str | None
    answer: str | None
    reason: str | None = Field(index=True)
    note: str | None
    at: datetime | None = Field(sa_type=UtcTime)
    difference: list[str] = Field(sa_type=Json)
    routing: str | None
    ended: str | None
    passed_on_by: str | None
    passed_on_at: datetime | None = Field(sa_type=UtcTime)


UNKNOWN = text("state = 'unknown'")
"""As it stands in the index of such actions: SQLite uses it for no other words."""


class ActionRow(Row, table=True):
    """The ledger of effects: one row per step, for ever."""

    __tablename__ = "actions"
    __table_args__ = (
        one_of("state", ActionState), Index(None, "target", "at"),
        Index("ix_actions_unknown", "at", sqlite_where=UNKNOWN, postgresql_where=UNKNOWN),
    )  # fmt: skip
    key: str = Field(primary_key=True)
    decision_id: str = Field(foreign_key="decisions.id", index=True)
    step: int
    kind: str
    target: str
    payload: dict[str, Any] = Field(sa_type=Json)
    state: str
    needs_approval: bool
    digest: str
    customer_visible: bool
    account: str | None
    at: datetime = Field(sa_type=UtcTime)
    not_before: datetime | None = Field(sa_type=UtcTime)
    error: str | None
    result: dict[str, Any] = Field(sa_type=Json)


class MessageRow(Row, table=True):
    """The outbox to colleagues."""

    __tablename__ = "messages"
    __table_args__ = (Index(None, "delivered_at", "at"), Index(None, "kind", "at"))
    id: str = Field(primary_key=True)
    kind: str
    to: list[str] = Field(sa_type=Json)
    title: str
    body: str = Field(sa_type=Text)
    decision_id: str | None = Field(index=True)
    at: datetime = Field(sa_type=UtcTime)
    data: dict[str, Any] = Field(sa_type=Json)
    delivered_at: datetime | None = Field(default=None, sa_type=UtcTime)


class AlarmAnswerRow(Row, table=True):
    """Who has taken an alarm on."""

    __tablename__ = "alarm_answers"
    message_id: str = Field(primary_key=True, foreign_key="messages.id")
    by: str
    note: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=UtcTime)


class BlockRow(Row, table=True):
    """An operator's stop, and how it ended."""

    __tablename__ = "blocks"
    __table_args__ = (Index(None, "target", "ref"),)
    id: str = Field(primary_key=True)
    target: str
    ref: str
    why: str
    by: str
    since: datetime = Field(sa_type=UtcTime)
    until: datetime | None = Field(sa_type=UtcTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcTime)
    ended_by: str | None = None
    ended_why: str | None = None


OPEN_HOLD = text("released_at IS NULL")


class HoldRow(Row, table=True):
    """A bulk change that is held back; at most one open hold for each actor of a source."""

    __tablename__ = "holds"
    __table_args__ = (Index("uq_holds_open", "source", "actor", unique=True, sqlite_where=OPEN_HOLD, postgresql_where=OPEN_HOLD),)
    id: str = Field(primary_key=True)
    source: str
    actor: str
    why: str
    since: datetime = Field(sa_type=UtcTime)
    events: int
    decision_id: str | None
    released_at: datetime | None = Field(sa_type=UtcTime)
    released_by: str | None


class AuditRow(Row, table=True):
    """One entry of the chain. `commitment` seals `data` with `salt`, so that erasing both leaves the chain whole."""

    __tablename__ = "audit"
    seq: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime | None = Field(sa_type=UtcTime)
    kind: str
    who: str
    ref: str = Field(index=True)
    data: str = Field(sa_type=Text)
    salt: bytes | None = Field(sa_type=LargeBinary)
    commitment: str
    hash: str


class AuditHeadRow(Row, table=True):
    """The one row that says where the chain ends, sealed with the key."""

    __tablename__ = "audit_head"
    id: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    seq: int
    hash: str
    seal: str


class OutcomeRow(Row, table=True):
    """What came of a decision. `overridden_at`: when a person undid it, because a pause counts from then."""

    __tablename__ = "outcomes"
    decision_id: str = Field(primary_key=True, foreign_key="decisions.id")
    exposure: str
    result: str | None
    metric: str | None
    value: float | None
    at: datetime | None = Field(sa_type=UtcTime)
    guardrails: list[str] = Field(sa_type=Json)
    attribution: str | None
    overridden_at: datetime | None = Field(sa_type=UtcTime)


OPEN_WATCH = text("closed_at IS NULL")
OPEN_CAP = text("lifted_at IS NULL")


class WatchRow(Row, table=True):
    """What a decision waits for. Working data of the outcomes: times of delivery, of the end of the window, and of the awaited event.

    `in_trial`: the holdout could have held it back. Open ones are found by when they are due.
    """

    __tablename__ = "watches"
    __table_args__ = (
        one_of("arm", Arm),
        Index("ix_watches_due", "due_at", sqlite_where=OPEN_WATCH, postgresql_where=OPEN_WATCH),
        Index(None, "account", "decided_at"),
        Index(None, "subject_kind", "subject_id"),
        Index(None, "surface", "decided_at"),
    )
    decision: str = Field(primary_key=True, foreign_key="decisions.id")
    surface: str
    play: str
    arm: str
    in_trial: bool
    account: str | None
    family: str | None
    subject_kind: str
    subject_id: str
    recipient: str | None = Field(index=True)
    event: str | None
    window_s: int
    on_silence: str
    exposed_by: str
    worth: float | None
    stage: str | None
    decided_at: datetime = Field(sa_type=UtcTime)
    due_at: datetime = Field(sa_type=UtcTime)
    opened_at: datetime | None = Field(sa_type=UtcTime)
    closed_at: datetime | None = Field(sa_type=UtcTime)
    met_at: datetime | None = Field(sa_type=UtcTime)


class CapRow(Row, table=True):
    """A mode that a surface is held at whatever the playbook says, and how that ended. At most one of a kind is in force."""

    __tablename__ = "mode_caps"
    __table_args__ = (
        one_of("kind", CapKind),
        Index("uq_mode_caps_in_force", "surface", "kind", unique=True, sqlite_where=OPEN_CAP, postgresql_where=OPEN_CAP),
    )
    id: str = Field(primary_key=True)
    surface: str
    kind: str
    mode: str
    why: str
    guardrail: str | None
    playbook_version: str
    since: datetime = Field(sa_type=UtcTime)
    lifted_at: datetime | None = Field(sa_type=UtcTime)
    lifted_by: str | None
    lifted_why: str | None


class LabelRow(Row, table=True):
    """How many decisions of a kind of play a person answered: counted, because every decision asks for it."""

    __tablename__ = "labels"
    kind: str = Field(primary_key=True)
    answered: int


class ReviewRow(Row, table=True):
    """What a reviewer said of a decision afterwards: one row for each person and decision."""

    __tablename__ = "reviews"
    __table_args__ = (one_of("label", ReviewLabel),)
    decision_id: str = Field(primary_key=True, foreign_key="decisions.id")
    by: str = Field(primary_key=True)
    label: str = Field(index=True)
    note: str = Field(sa_type=Text)
    at: datetime = Field(sa_type=UtcTime)


class TokenRow(Row, table=True):
    """An API or console token; only the hash of its secret is kept."""

    __tablename__ = "tokens"
    id: str = Field(primary_key=True)
    email: str
    role: str
    secret_sha256: str = Field(unique=True)
    created_at: datetime = Field(sa_type=UtcTime)
    expires_at: datetime = Field(sa_type=UtcTime)
    revoked_at: datetime | None = Field(sa_type=UtcTime)


class PlaybookRow(Row, table=True):
    """A playbook that was in force, as stored JSON; `loaded_at` is when it last came into force."""

    __tablename__ = "playbooks"
    version: str = Field(primary_key=True)
    text: dict[str, Any] = Field(sa_type=Json)
    loaded_at: datetime = Field(sa_type=UtcTime)


def _table(name: str) -> Table:
    return Row.metadata.tables[name]


INBOX, QUARANTINE, RUNS, DECISIONS = _table("inbox"), _table("quarantine"), _table("runs"), _table("decisions")
EDITS, APPROVALS, ACTIONS, MESSAGES = _table("edits"), _table("approvals"), _table("actions"), _table("messages")
BLOCKS, HOLDS, OUTCOMES, LABELS = _table("blocks"), _table("holds"), _table("outcomes"), _table("labels")
AUDIT, AUDIT_HEAD, TOKENS, PLAYBOOKS = _table("audit"), _table("audit_head"), _table("tokens"), _table("playbooks")
STOPS, WATCHES, CAPS, REVIEWS = _table("stops"), _table("watches"), _table("mode_caps"), _table("reviews")
ALARM_ANSWERS = _table("alarm_answers")

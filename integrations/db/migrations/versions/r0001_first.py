"""The first schema: inbox, runs, decisions, asks, ledger, outbox, operators, audit, sandbox; and the triggers."""

import sqlalchemy as sa
from alembic import op

from integrations.db.triggers import forget_guards, guards

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

RUN_STATES = "'new', 'held', 'asking', 'waiting', 'acting', 'parked', 'closed', 'dead'"
ASK_STATES = "'open', 'snoozed', 'approved', 'edited', 'rejected', 'expired', 'superseded', 'blocked', 'void'"
ACTION_STATES = "'planned', 'started', 'done', 'failed', 'unknown'"
SEARCH = "sandbox_search"


def upgrade() -> None:
    """Make everything."""
    _intake()
    _decisions()
    _asks()
    _ledger()
    _operators()
    _audit()
    _access()
    _sandbox()
    for statement in guards(op.get_bind().dialect.name):
        op.get_bind().exec_driver_sql(statement)


def downgrade() -> None:
    """Drop everything, dependants first. Triggers and indexes go with their tables."""
    if op.get_bind().dialect.name == "sqlite":
        op.drop_table(SEARCH)
    for table in (
        *("sandbox_meta", "sandbox_messages", "sandbox_effects", "sandbox_records", "playbooks", "tokens"),
        *(
            "audit_head",
            "audit",
            "holds",
            "blocks",
            "messages",
            "labels",
            "outcomes",
            "actions",
            "approvals",
            "stops",
            "edits",
        ),
        *("decisions", "runs", "quarantine", "inbox"),
    ):
        op.drop_table(table)
    for statement in forget_guards(op.get_bind().dialect.name):
        op.get_bind().exec_driver_sql(statement)


def _words(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=False) for name in names]


def _words_or_none(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.String(), nullable=True) for name in names]


def _documents(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _bytes(*names: str) -> list[sa.Column[bytes]]:
    return [sa.Column(name, sa.LargeBinary(), nullable=False) for name in names]


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _whole(name: str, *, counted: bool = True) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False, autoincrement="auto" if counted else False)


def _flag(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), nullable=False)


def _key(table: str, *columns: str) -> sa.PrimaryKeyConstraint:
    return sa.PrimaryKeyConstraint(*columns, name=f"pk_{table}")


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [to], name=f"fk_{table}_{column}")


def _unique(table: str, *columns: str) -> sa.UniqueConstraint:
    return sa.UniqueConstraint(*columns, name=f"uq_{table}_{'_'.join(columns)}")


def _index(table: str, *columns: str) -> None:
    op.create_index(f"ix_{table}_{'_'.join(columns)}", table, list(columns))


def _intake() -> None:
    op.create_table(
        "inbox",
        *_words("source", "event_id", "run_id", "sha256"),
        _moment("received_at"),
        _moment("occurred_at"),
        *_words("subject_kind", "subject_id"),
        *_words_or_none("actor"),
        *_documents("event"),
        *_bytes("raw"),
        _key("inbox", "source", "event_id"),
        _unique("inbox", "run_id"),
    )
    _index("inbox", "source", "actor", "occurred_at")
    _index("inbox", "source", "subject_kind", "subject_id", "occurred_at")
    op.create_table(
        "quarantine",
        _whole("id"),
        *_words("source", "event_id", "sha256", "why"),
        _moment("at"),
        *_bytes("raw"),
        _key("quarantine", "id"),
        _unique("quarantine", "source", "event_id", "sha256"),
    )
    op.create_table(
        "runs",
        *_words("id", "lane"),
        *_words_or_none("surface"),
        *_words("state"),
        _moment("created_at"),
        *_words_or_none("decision_id"),
        *_words("entry"),
        _moment("wake_at", nullable=True),
        _whole("attempts"),
        *_words_or_none("error"),
        sa.CheckConstraint(f"state IN ({RUN_STATES})", name=op.f("ck_runs_state")),
        _refers("runs", "id", "inbox.run_id"),
        _key("runs", "id"),
    )
    _index("runs", "decision_id")
    _index("runs", "state", "wake_at")


def _decisions() -> None:
    op.create_table(
        "decisions",
        *_words("id", "run_id"),
        _moment("created_at"),
        *_words("surface"),
        *_words_or_none("account"),
        *_words("subject_kind", "subject_id", "route"),
        *_words_or_none("play", "kind", "title", "reach", "recipient", "material"),
        *_words("digest"),
        *_documents("reasons"),
        _whole("schema_version"),
        *_bytes("body", "evidence"),
        _refers("decisions", "run_id", "runs.id"),
        _key("decisions", "id"),
    )
    _index("decisions", "run_id")
    _index("decisions", "created_at")
    _index("decisions", "account", "created_at")
    op.create_table(
        "edits",
        _whole("id"),
        *_words("decision_id", "digest"),
        *_documents("proposal"),
        *_words("who"),
        _moment("at", nullable=True),
        _refers("edits", "decision_id", "decisions.id"),
        _key("edits", "id"),
    )
    _index("edits", "decision_id")
    op.create_table(
        "stops",
        *_words("decision_id", "code"),
        *_documents("text"),
        _moment("reconsider_until", nullable=True),
        _flag("reconsidered"),
        _refers("stops", "decision_id", "decisions.id"),
        _key("stops", "decision_id", "code"),
    )
    _index("stops", "reconsider_until")
    op.create_table(
        "outcomes",
        *_words("decision_id", "exposure"),
        *_words_or_none("result", "metric"),
        sa.Column("value", sa.Float(), nullable=True),
        _moment("at", nullable=True),
        *_documents("guardrails"),
        *_words_or_none("attribution"),
        _refers("outcomes", "decision_id", "decisions.id"),
        _key("outcomes", "decision_id"),
    )

    op.create_table("labels", *_words("kind"), _whole("answered"), _key("labels", "kind"))


def _asks() -> None:
    op.create_table(
        "approvals",
        *_words("id", "decision_id"),
        _whole("round"),
        *_words("digest", "state", "needed_role"),
        *_documents("asked", "allowed"),
        *_words_or_none("requester"),
        _moment("created_at"),
        _moment("expires_at"),
        *(_moment(name, nullable=True) for name in ("remind_at", "delegate_at", "snoozed_until")),
        *_words_or_none("answered_by", "answer", "reason", "note"),
        _moment("at", nullable=True),
        *_documents("difference"),
        sa.CheckConstraint(f"state IN ({ASK_STATES})", name=op.f("ck_approvals_state")),
        _refers("approvals", "decision_id", "decisions.id"),
        _key("approvals", "id"),
    )
    _index("approvals", "state")
    _index("approvals", "decision_id", "round")


def _ledger() -> None:
    op.create_table(
        "actions",
        *_words("key", "decision_id"),
        _whole("step"),
        *_words("kind", "target"),
        *_documents("payload"),
        *_words("state"),
        _flag("needs_approval"),
        *_words("digest"),
        _flag("customer_visible"),
        *_words_or_none("account"),
        _moment("at"),
        _moment("not_before", nullable=True),
        *_words_or_none("error"),
        *_documents("result"),
        sa.CheckConstraint(f"state IN ({ACTION_STATES})", name=op.f("ck_actions_state")),
        _refers("actions", "decision_id", "decisions.id"),
        _key("actions", "key"),
    )
    _index("actions", "decision_id")
    _index("actions", "target", "at")


def _operators() -> None:
    op.create_table(
        "messages",
        *_words("id", "kind"),
        *_documents("to"),
        *_words("title"),
        *_documents("body"),
        *_words_or_none("decision_id"),
        _moment("at"),
        *_documents("data"),
        _moment("delivered_at", nullable=True),
        _key("messages", "id"),
    )
    _index("messages", "decision_id")
    _index("messages", "delivered_at", "at")
    op.create_table(
        "blocks",
        *_words("id", "target", "ref", "why", "by"),
        _moment("since"),
        _moment("until", nullable=True),
        _moment("ended_at", nullable=True),
        *_words_or_none("ended_by", "ended_why"),
        _key("blocks", "id"),
    )
    _index("blocks", "target", "ref")
    op.create_table(
        "holds",
        *_words("id", "source", "actor", "why"),
        _moment("since"),
        _whole("events"),
        *_words_or_none("decision_id"),
        _moment("released_at", nullable=True),
        *_words_or_none("released_by"),
        _key("holds", "id"),
    )
    unreleased = sa.text("released_at IS NULL")
    op.create_index(
        *("uq_holds_open", "holds", ["source", "actor"]),
        unique=True,
        sqlite_where=unreleased,
        postgresql_where=unreleased,
    )


def _audit() -> None:
    op.create_table(
        "audit",
        _whole("seq", counted=False),
        _moment("at", nullable=True),
        *_words("kind", "who", "ref"),
        *_documents("data"),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        *_words("commitment", "hash"),
        _key("audit", "seq"),
    )
    _index("audit", "ref")
    op.create_table(
        "audit_head",
        _whole("id", counted=False),
        _whole("seq"),
        *_words("hash", "seal"),
        _key("audit_head", "id"),
    )


def _access() -> None:
    op.create_table(
        "tokens",
        *_words("id", "email", "role", "secret_sha256"),
        _moment("created_at"),
        _moment("expires_at"),
        _moment("revoked_at", nullable=True),
        _key("tokens", "id"),
        _unique("tokens", "secret_sha256"),
    )
    op.create_table("playbooks", *_words("version"), *_documents("text"), _moment("loaded_at"), _key("playbooks", "version"))


def _sandbox() -> None:
    op.create_table(
        "sandbox_records",
        *_words("kind", "id"),
        *_documents("data"),
        _whole("version"),
        _moment("updated_at"),
        _flag("deleted"),
        _key("sandbox_records", "kind", "id"),
    )
    op.create_table(
        "sandbox_effects",
        _whole("seq"),
        _moment("at"),
        *_words("kind", "target"),
        *_documents("payload"),
        *_words("marker"),
        _key("sandbox_effects", "seq"),
        _unique("sandbox_effects", "marker"),
        sqlite_autoincrement=True,
    )
    op.create_table(
        "sandbox_messages",
        *_words("id"),
        _moment("at"),
        *_words("kind"),
        *_documents("to"),
        *_words("title"),
        *_documents("body", "data"),
        _key("sandbox_messages", "id"),
    )
    op.create_table("sandbox_meta", *_words("key"), *_documents("value"), _key("sandbox_meta", "key"))
    if op.get_bind().dialect.name == "sqlite":  # a later revision drops it, and no other database was ever of an earlier one
        op.execute(f"CREATE VIRTUAL TABLE {SEARCH} USING fts5(kind UNINDEXED, id UNINDEXED, title, body, topics, tokenize = 'porter unicode61')")

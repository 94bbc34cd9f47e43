"""Decisions are found by short rows of their own, by the rules that took hold, and by words.

What the columns of a decision say is copied here. What its record says takes a millisecond each to read, which is too long for a large
database to stand still: that is read in the background, from the newest on.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
PLACE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BY = ("account", "surface", "play", "route", "result", "playbook_version", "model_version")
WORDS = (
    "CREATE VIRTUAL TABLE decision_words USING fts5(title, account, account_name, subject_id, subject, content = 'decision_heads', "
    "content_rowid = 'place', prefix = '2 3', tokenize = \"unicode61 remove_diacritics 2 tokenchars '_'\")"
)
WORDS_ON_A_SERVER = (
    "CREATE TABLE decision_words (rowid BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)",
    "CREATE INDEX ix_decision_words_words ON decision_words USING gin (words)",
)
TOLD = """
    SELECT d.id, d.created_at, d.surface, d.account, d.subject_kind, d.subject_id, d.play, d.title, d.route, o.result,
      EXISTS (SELECT 1 FROM json_each(d.reasons) WHERE value = 'required')
    FROM decisions AS d LEFT JOIN outcomes AS o ON o.decision_id = d.id ORDER BY d.created_at, d.id
"""
COPY = """
    INSERT INTO decision_heads
      (place, decision_id, created_at, surface, account, subject_kind, subject_id, play, title, route, result, required, read)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0)
"""
AT_ONCE = 5_000


def upgrade() -> None:
    """Make the tables, and copy what is plain to see of each decision."""
    op.create_table(
        "decision_heads",
        sa.Column("place", PLACE, nullable=False),
        sa.Column("decision_id", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("surface", sa.String(), nullable=False),
        sa.Column("account", sa.String(), nullable=True),
        sa.Column("account_name", sa.String(), nullable=True),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=True),
        sa.Column("play", sa.String(), nullable=True),
        sa.Column("title", sa.String(), nullable=True),
        sa.Column("route", sa.String(), nullable=False),
        sa.Column("result", sa.String(), nullable=True),
        sa.Column("playbook_version", sa.String(), nullable=True),
        sa.Column("model_version", sa.String(), nullable=True),
        sa.Column("verdict", sa.String(), nullable=True),
        sa.Column("priority", sa.Float(), nullable=True),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("sensitive", sa.Boolean(), nullable=True),
        sa.Column("read", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("place", name="pk_decision_heads"),
        sa.UniqueConstraint("decision_id", name="uq_decision_heads_decision_id"),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name="fk_decision_heads_decision_id_decisions"),
    )
    op.create_table(
        "decision_rules",
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("place", PLACE, nullable=False),
        sa.Column("effect", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("rule", "place", name="pk_decision_rules"),
        sqlite_with_rowid=False,
    )
    if op.get_bind().dialect.name == "sqlite":  # no other database was ever of an earlier revision: nothing is in it yet
        _copy(op.get_bind())
    for name in BY:
        op.create_index(f"ix_decision_heads_{name}_place", "decision_heads", [name, "place"])
    op.create_index("ix_decision_heads_unread", "decision_heads", ["place"], sqlite_where=sa.text("read = 0"), postgresql_where=sa.text("NOT read"))
    op.create_index("ix_approvals_answered_by_at", "approvals", ["answered_by", "at"])
    op.create_index("ix_approvals_reason", "approvals", ["reason"])
    op.create_index("ix_reviews_label", "reviews", ["label"])
    for statement in (WORDS,) if op.get_bind().dialect.name == "sqlite" else WORDS_ON_A_SERVER:
        op.execute(statement)


def downgrade() -> None:
    """Drop them: all of it is said by the decisions, too."""
    op.drop_index("ix_reviews_label", "reviews")
    op.drop_index("ix_approvals_reason", "approvals")
    op.drop_index("ix_approvals_answered_by_at", "approvals")
    for name in ("decision_words", "decision_rules", "decision_heads"):
        op.drop_table(name)


def _copy(connection: sa.Connection) -> None:
    driver = connection.connection.driver_connection
    assert driver is not None, "a migration is connected"  # noqa: S101  wrong wiring, not wrong input
    every = _placed(driver.execute(TOLD))
    while some := list(islice(every, AT_ONCE)):
        driver.executemany(COPY, some)


def _placed(rows: Iterator[tuple[Any, ...]]) -> Iterator[tuple[Any, ...]]:
    """Each with its place: its microsecond, and which it is of those of the same one."""
    last = -1
    for row in rows:
        moment = datetime.fromisoformat(row[1]).replace(tzinfo=UTC)
        since = moment - datetime(1970, 1, 1, tzinfo=UTC)
        last = max(((since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds) * 1024, last + 1)
        yield (last, *row)

"""What stood in an ask's note in three senses gets a column for each: why these people, why it ended, and what the person wrote."""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

WORDS = ("routing", "ended", "passed_on_by")
UNANSWERED = "answered_by IS NULL AND note IS NOT NULL"


def upgrade() -> None:
    """Add the columns. The note of an ask that nobody has answered is ours, and moves to where it belongs; who answered keeps what is there."""
    for name in WORDS:
        op.add_column("approvals", sa.Column(name, sa.String(), nullable=True))
    op.add_column("approvals", sa.Column("passed_on_at", sa.DateTime(timezone=True), nullable=True))
    with _unsealed():
        op.execute(f"UPDATE approvals SET ended = note, note = NULL WHERE {UNANSWERED} AND state IN ('superseded', 'blocked', 'void')")
        op.execute(f"UPDATE approvals SET routing = note, note = NULL WHERE {UNANSWERED}")


def downgrade() -> None:
    """Put back into the note what has no other place."""
    with _unsealed():
        op.execute("UPDATE approvals SET note = COALESCE(note, ended, routing)")
    for name in (*WORDS, "passed_on_at"):
        op.drop_column("approvals", name)


@contextmanager
def _unsealed() -> Iterator[None]:
    """Without the trigger that keeps ended asks as they are; afterwards it stands there as it stood."""
    if op.get_bind().dialect.name != "sqlite":
        op.execute("ALTER TABLE approvals DISABLE TRIGGER approvals_final")
        yield
        op.execute("ALTER TABLE approvals ENABLE TRIGGER approvals_final")
        return
    guard = op.get_bind().execute(sa.text("SELECT sql FROM sqlite_master WHERE name = 'approvals_final'")).scalar_one()
    op.execute("DROP TRIGGER approvals_final")
    yield
    op.execute(guard)

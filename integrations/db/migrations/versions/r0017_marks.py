"""What each rule struck out in a decision stands beside it, and what was foretold of its choice, so that such figures are counted without opening
records; two indexes, so that no page of operations walks the whole past.

Of old decisions it is read in the background, from the newest on, as their heads are; until then their records are opened.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

NONE, UNKNOWN = sa.text("0"), sa.text("state = 'unknown'")


def upgrade() -> None:
    """Add the columns; what is not counted yet has an index of its own."""
    op.add_column("decision_rules", sa.Column("struck", sa.Integer(), nullable=False, server_default=NONE))
    for name, kind in (("worth", sa.Float()), ("cost", sa.Float()), ("unit", sa.String())):
        op.add_column("decision_rules", sa.Column(name, kind, nullable=True))
    for name in ("sure", "chance"):
        op.add_column("decision_heads", sa.Column(name, sa.Float(), nullable=True))
    op.add_column("decision_heads", sa.Column("counted", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index(
        "ix_decision_heads_uncounted", "decision_heads", ["place"], sqlite_where=sa.text("counted = 0"), postgresql_where=sa.text("NOT counted")
    )
    op.create_index("ix_inbox_source_received_at_run_id", "inbox", ["source", "received_at", "run_id"])
    op.create_index("ix_actions_unknown", "actions", ["at"], sqlite_where=UNKNOWN, postgresql_where=UNKNOWN)


def downgrade() -> None:
    """Drop them: all of it is said by the records, too."""
    op.drop_index("ix_actions_unknown", "actions")
    op.drop_index("ix_inbox_source_received_at_run_id", "inbox")
    op.drop_index("ix_decision_heads_uncounted", "decision_heads")
    for name in ("counted", "chance", "sure"):
        op.drop_column("decision_heads", name)
    for name in ("struck", "worth", "cost", "unit"):
        op.drop_column("decision_rules", name)

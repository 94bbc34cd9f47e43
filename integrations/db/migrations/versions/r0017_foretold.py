"""Decisions keep beside their heads what was foretold of their choice, so that it can be held against what came.

It stands in each record, which takes a millisecond to read: that is done in the background, from the newest on, as for their heads.
"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns. Where nothing was chosen nothing was foretold, and nothing need be read."""
    for name in ("sure", "chance"):
        op.add_column("decision_heads", sa.Column(name, sa.Float(), nullable=True))
    op.add_column("decision_heads", sa.Column("foretold", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.execute("UPDATE decision_heads SET foretold = true WHERE play IS NULL AND read")
    op.create_index(
        "ix_decision_heads_untold", "decision_heads", ["place"], sqlite_where=sa.text("foretold = 0"), postgresql_where=sa.text("NOT foretold")
    )  # fmt: skip


def downgrade() -> None:
    """Drop them: the records say it, too."""
    op.drop_index("ix_decision_heads_untold", "decision_heads")
    for name in ("foretold", "chance", "sure"):
        op.drop_column("decision_heads", name)

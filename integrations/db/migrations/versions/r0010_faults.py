"""Of an object that could not be put into our words: whether it is known at all, whose it is, and of when."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add that. What is not known of faults from before is read with them again; until then they count as the worse."""
    op.add_column("vendor_faults", sa.Column("whole", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("vendor_faults", sa.Column("about", sa.String(), nullable=True))
    op.add_column("vendor_faults", sa.Column("as_of", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_vendor_faults_about", "vendor_faults", ["about"])


def downgrade() -> None:
    """Take it away."""
    op.drop_index("ix_vendor_faults_about", "vendor_faults")
    for name in ("as_of", "about", "whole"):
        op.drop_column("vendor_faults", name)

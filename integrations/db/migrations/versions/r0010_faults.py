"""Whether an object that could not be put into our words is known at all."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add it. What is not known of faults from before is read with them again; until then they count as the worse."""
    op.add_column("vendor_faults", sa.Column("whole", sa.Boolean(), nullable=False, server_default=sa.text("1")))


def downgrade() -> None:
    """Take it away."""
    op.drop_column("vendor_faults", "whole")

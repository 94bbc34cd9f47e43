"""What is known of other companies' systems: when each object was read, how far a sync has come, and what could not be put into our words."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the tables."""
    op.create_table(
        "vendor_reads",
        sa.Column("vendor", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("vendor", "what", name="pk_vendor_reads"),
    )
    op.create_table(
        "vendor_syncs",
        sa.Column("vendor", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("cursor", sa.Text(), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=True),
        sa.Column("began_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("vendor", "key", name="pk_vendor_syncs"),
    )
    op.create_table(
        "vendor_faults",
        sa.Column("vendor", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("external_id", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("vendor", "key", "external_id", name="pk_vendor_faults"),
    )


def downgrade() -> None:
    """Drop them: everything is read anew."""
    for name in ("vendor_faults", "vendor_syncs", "vendor_reads"):
        op.drop_table(name)

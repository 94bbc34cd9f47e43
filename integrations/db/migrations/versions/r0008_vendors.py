"""What is known of other companies' systems: when each object was read, how far a sync has come, and what could not be put into our words."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ABOUT = {
    "accounts": "parent", "links": "id", "consents": "contact", "people": "email",
    "contacts": "account", "contracts": "account", "deals": "account", "tickets": "account", "touches": "account",
}  # fmt: skip


def upgrade() -> None:
    """Add the tables, and an index of what records are looked for by."""
    op.add_column("sandbox_records", sa.Column("about", sa.String(), nullable=True))
    for kind, field in ABOUT.items():
        if op.get_bind().dialect.name == "sqlite":  # no other database was ever of an earlier revision: nothing is in it yet
            op.execute(f"UPDATE sandbox_records SET about = json_extract(data, '$.{field}') WHERE kind = '{kind}'")
    op.create_index("ix_sandbox_records_kind_about", "sandbox_records", ["kind", "about"])
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
    op.drop_index("ix_sandbox_records_kind_about", "sandbox_records")
    op.drop_column("sandbox_records", "about")
    for name in ("vendor_faults", "vendor_syncs", "vendor_reads"):
        op.drop_table(name)

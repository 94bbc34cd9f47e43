"""A record's version may be the moment of its latest change in milliseconds, as vendors tell it: more than 32 bits hold. SQLite's integers do."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Widen the column."""
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("sandbox_records", "version", type_=sa.BigInteger(), existing_nullable=False)


def downgrade() -> None:
    """Narrow it: versions that do not fit become those of records that never changed, and are read anew."""
    if op.get_bind().dialect.name != "sqlite":
        narrowed = "CASE WHEN version BETWEEN 0 AND 2147483647 THEN version ELSE 1 END"
        op.alter_column("sandbox_records", "version", type_=sa.Integer(), existing_nullable=False, postgresql_using=narrowed)

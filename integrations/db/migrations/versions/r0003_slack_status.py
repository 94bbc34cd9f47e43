"""Until when a colleague's Slack status says that they are away."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the moment; nobody is known to be away until Slack is asked again."""
    op.add_column("slack_members", sa.Column("away_until", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Drop it."""
    op.drop_column("slack_members", "away_until")

"""What stands in Slack is looked for by its ask, by its person and by when it came there: that must not take longer with every card."""

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_COLUMNS = (("approval_id",), ("email", "posted_at"), ("state", "posted_at"))


def upgrade() -> None:
    """Add the indexes."""
    for columns in _COLUMNS:
        op.create_index(f"ix_slack_posts_{'_'.join(columns)}", "slack_posts", list(columns))


def downgrade() -> None:
    """Take them away."""
    for columns in _COLUMNS:
        op.drop_index(f"ix_slack_posts_{'_'.join(columns)}", table_name="slack_posts")

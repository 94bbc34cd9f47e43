"""The Slack door: members, messages that stand there, clicks, and what people set for their attention."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the door's tables."""
    op.create_table(
        "slack_members",
        *(sa.Column(name, sa.String(), nullable=False) for name in ("email", "user_id", "team_id", "name", "timezone", "kind")),
        sa.Column("dm", sa.String(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("away", sa.Boolean(), nullable=False),
        _moment("read_at"),
        sa.PrimaryKeyConstraint("email", name="pk_slack_members"),
        sa.UniqueConstraint("user_id", name="uq_slack_members_user_id"),
    )
    op.create_table(
        "slack_posts",
        *(sa.Column(name, sa.String(), nullable=False) for name in ("id", "kind")),
        *(sa.Column(name, sa.String(), nullable=True) for name in ("email", "channel", "thread", "ts", "decision_id", "approval_id")),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("shown", sa.String(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        _moment("created_at"),
        _moment("next_at"),
        _moment("posted_at", nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'posting', 'live', 'settled', 'dropped')", name=op.f("ck_slack_posts_state")),
        sa.PrimaryKeyConstraint("id", name="pk_slack_posts"),
    )
    op.create_index("ix_slack_posts_state_next_at", "slack_posts", ["state", "next_at"])
    op.create_index("ix_slack_posts_decision_id", "slack_posts", ["decision_id"])
    op.create_index("ix_slack_posts_channel_ts", "slack_posts", ["channel", "ts"])
    op.create_table(
        "slack_clicks",
        *(sa.Column(name, sa.String(), nullable=False) for name in ("id", "kind", "team_id", "user_id")),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        _moment("received_at"),
        _moment("next_at"),
        sa.CheckConstraint("state IN ('new', 'done', 'dead')", name=op.f("ck_slack_clicks_state")),
        sa.PrimaryKeyConstraint("id", name="pk_slack_clicks"),
    )
    op.create_index("ix_slack_clicks_state_next_at", "slack_clicks", ["state", "next_at"])
    op.create_table(
        "slack_attention",
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("open", sa.Integer(), nullable=True),
        sa.Column("per_day", sa.Integer(), nullable=True),
        sa.Column("quiet", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("email", name="pk_slack_attention"),
    )


def downgrade() -> None:
    """Drop them: what stands in Slack stays there, and is forgotten here."""
    for table in ("slack_attention", "slack_clicks", "slack_posts", "slack_members"):
        op.drop_table(table)


def _moment(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)

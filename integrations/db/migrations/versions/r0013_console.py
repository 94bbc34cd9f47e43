"""The console: who may use it, links that let people in once, their sessions, and the views of decisions that they saved."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables; nobody is on the console until somebody is let in."""
    op.create_table(
        "console_members",
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("added_by", sa.String(), nullable=False),
        sa.Column("added_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("email", name="pk_console_members"),
        sa.CheckConstraint("role IN ('viewer', 'agent', 'approver', 'operator', 'admin')", name="ck_console_members_role"),
    )
    op.create_table(
        "console_links",
        sa.Column("secret_sha256", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("expires_at", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("secret_sha256", name="pk_console_links"),
    )
    op.create_table(
        "console_sessions",
        sa.Column("secret_sha256", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("how", sa.String(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("notice", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("secret_sha256", name="pk_console_sessions"),
        sa.CheckConstraint("how IN ('link', 'oidc', 'proxy')", name="ck_console_sessions_how"),
    )
    op.create_index("ix_console_sessions_email", "console_sessions", ["email"])
    op.create_table(
        "console_views",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("query", sa.String(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_console_views"),
        sa.UniqueConstraint("email", "name", name="uq_console_views_email_name"),
    )


def downgrade() -> None:
    """Drop them: everybody has to be let in again."""
    for name in ("console_views", "console_sessions", "console_links", "console_members"):
        op.drop_table(name)

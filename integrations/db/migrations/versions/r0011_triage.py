"""What was learned from settled tickets, when each version was in force, and which days were trained."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables; words alone go on telling until something is learned."""
    op.create_table(
        "triage_models",
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("trained_until", MOMENT, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("cases", "labels")),
        *(sa.Column(name, sa.Float(), nullable=True) for name in ("loss_before", "loss_after")),
        sa.Column("report", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_triage_models"),
    )
    op.create_table(
        "triage_reigns",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_triage_reigns"),
    )
    op.create_table(
        "triage_trainings",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("seen", "waiting")),
        sa.Column("version", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_triage_trainings"),
    )


def downgrade() -> None:
    """Drop them: what was learned is lost. Decisions keep the facts that were told by it, and replay the same."""
    for name in ("triage_trainings", "triage_reigns", "triage_models"):
        op.drop_table(name)

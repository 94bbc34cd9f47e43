"""Learned models, when each was in force, and which days were trained."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables; the priors go on deciding until something is learned."""
    op.create_table(
        "models",
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("parameters", sa.Text(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("made_by", sa.String(), nullable=False),
        sa.Column("trained_until", MOMENT, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("cases", "labels")),
        *(sa.Column(name, sa.Float(), nullable=True) for name in ("loss_before", "loss_after")),
        sa.Column("report", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name="pk_models"),
    )
    op.create_table(
        "model_reigns",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("why", sa.Text(), nullable=False),
        sa.Column("pinned", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_model_reigns"),
    )
    op.create_table(
        "model_trainings",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("seen", "waiting")),
        sa.Column("version", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_model_trainings"),
    )


def downgrade() -> None:
    """Drop the tables: what was learned is lost, and decisions that name a model cannot be replayed."""
    for name in ("model_trainings", "model_reigns", "models"):
        op.drop_table(name)

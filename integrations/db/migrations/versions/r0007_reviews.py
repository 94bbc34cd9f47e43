"""What reviewers said of decisions afterwards."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table; answers to asks go on teaching as they do."""
    op.create_table(
        "reviews",
        sa.Column("decision_id", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["decision_id"], ["decisions.id"], name="fk_reviews_decision_id_decisions"),
        sa.PrimaryKeyConstraint("decision_id", "by", name="pk_reviews"),
        sa.CheckConstraint(
            "label IN ('good', 'irrelevant', 'unavailable', 'low_margin', 'repetitive', 'insensitive', 'poorly_timed', 'impossible')",
            name="ck_reviews_label",
        ),
    )


def downgrade() -> None:
    """Drop the table: what reviewers said is lost, and models are trained without it."""
    op.drop_table("reviews")

"""Published changes of the playbook: drafts, publications, which version was in force when, and what drafts would have done."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
KNOWN = "INSERT INTO playbook_reigns (version, folder, at) SELECT version, version, loaded_at FROM playbooks ORDER BY loaded_at, version"


def upgrade() -> None:
    """Add the tables. The versions that are known reigned from when they were last loaded; nothing was published yet."""
    op.create_table(
        "playbook_drafts",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("base", sa.String(), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("authors", sa.Text(), nullable=False),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("updated_by", sa.String(), nullable=False),
        sa.Column("updated_at", MOMENT, nullable=False),
        sa.Column("proposed_by", sa.String(), nullable=True),
        sa.Column("approved_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_playbook_drafts"),
        sa.CheckConstraint("state IN ('open', 'proposed', 'published', 'discarded')", name="ck_playbook_drafts_state"),
    )
    op.create_index("ix_playbook_drafts_state_id", "playbook_drafts", ["state", "id"])
    op.create_table(
        "playbook_publications",
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("base", sa.String(), nullable=False),
        sa.Column("changes", sa.Text(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("approved_by", sa.String(), nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("draft", sa.Integer(), nullable=True),
        sa.Column("rolled_back_to", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name="pk_playbook_publications"),
    )
    op.create_table(
        "playbook_reigns",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("folder", sa.String(), nullable=False),
        sa.Column("publication", sa.Integer(), nullable=True),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_playbook_reigns"),
    )
    op.execute(KNOWN)
    op.create_table(
        "playbook_trials",
        sa.Column("draft", sa.Integer(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("found", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("draft", "revision", name="pk_playbook_trials"),
    )


def downgrade() -> None:
    """Drop them: the folder alone decides again."""
    for name in ("playbook_trials", "playbook_reigns", "playbook_publications", "playbook_drafts"):
        op.drop_table(name)

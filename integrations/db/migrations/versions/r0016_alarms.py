"""Who has taken an alarm on; the inbox and the alarms in the order of time."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table and the indexes; every alarm of before is as if nobody had taken it on."""
    op.create_table(
        "alarm_answers",
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("message_id", name="pk_alarm_answers"),
        sa.ForeignKeyConstraint(["message_id"], ["messages.id"], name="fk_alarm_answers_message_id_messages"),
    )
    op.create_index("ix_inbox_received_at_run_id", "inbox", ["received_at", "run_id"])
    op.create_index("ix_messages_kind_at", "messages", ["kind", "at"])


def downgrade() -> None:
    """Drop them: who took which alarm on is lost, but for the audit log."""
    op.drop_index("ix_messages_kind_at", "messages")
    op.drop_index("ix_inbox_received_at_run_id", "inbox")
    op.drop_table("alarm_answers")

"""The moment at which time alone makes a record of a CRM or helpdesk matter, with an index: the clock asks by it."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

FORMAT = "%Y-%m-%d %H:%M:%f000"
END, NOTICE = "json_extract(data, '$.end')", "json_extract(data, '$.notice_days')"
LAST = "coalesce(json_extract(data, '$.last_activity_at'), json_extract(data, '$.stage_entered_at'))"
STAGES = ("discovery", "qualified", "evaluation", "proposal", "negotiation", "contract_sent")
DUE = {
    "contracts": (f"{END}, '-' || coalesce({NOTICE}, 0) || ' days'", "coalesce(json_extract(data, '$.status'), 'active') = 'active'"),
    "deals": (LAST, f"json_extract(data, '$.stage') IN {STAGES}"),
    "tickets": ("json_extract(data, '$.sla_due_at')", "coalesce(json_extract(data, '$.status'), 'new') IN ('new', 'open', 'pending')"),
}


def upgrade() -> None:
    """Add the column, fill it for what is there, and index it."""
    op.add_column("sandbox_records", sa.Column("due", sa.DateTime(timezone=True), nullable=True))
    for kind, (moment, still_open) in DUE.items():
        text = f"UPDATE sandbox_records SET due = strftime('{FORMAT}', {moment}) WHERE kind = '{kind}' AND NOT deleted AND {still_open}"
        if op.get_bind().dialect.name == "sqlite":  # no other database was ever of an earlier revision: nothing is in it yet
            op.get_bind().exec_driver_sql(text)
    there = sa.text("due IS NOT NULL")
    op.create_index("ix_sandbox_records_due", "sandbox_records", ["kind", "due", "id"], sqlite_where=there, postgresql_where=there)


def downgrade() -> None:
    """Take it away again."""
    op.drop_index("ix_sandbox_records_due", "sandbox_records")
    op.drop_column("sandbox_records", "due")

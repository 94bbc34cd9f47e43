"""What decisions wait for, and the modes that surfaces are held at. Decisions that are there already get what their playbook waited for."""

import json
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
UNITS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}
SHOWN_OR_HELD = ("act", "ask", "deferred", "holdout", "shadow")


def upgrade() -> None:
    """Make the tables, and fill the first; keep apart when a person undid something, which stood as the moment of the outcome."""
    op.add_column("outcomes", sa.Column("overridden_at", MOMENT, nullable=True))
    op.execute("UPDATE outcomes SET overridden_at = at WHERE guardrails LIKE '%\"overridden\"%'")
    _watches()
    _caps()
    playbooks = {version: json.loads(text) for version, text in op.get_bind().execute(sa.text("SELECT version, text FROM playbooks"))}
    rows = list(_backfilled(playbooks))
    if rows:
        op.bulk_insert(_WATCHES, rows)


def downgrade() -> None:
    """Drop the tables: what they hold beyond the outcomes is lost."""
    op.drop_table("mode_caps")
    op.drop_table("watches")
    op.drop_column("outcomes", "overridden_at")


def _watches() -> None:
    op.create_table(
        "watches",
        *(sa.Column(name, sa.String(), nullable=False) for name in ("decision", "surface", "play", "arm")),
        sa.Column("in_trial", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=True) for name in ("account", "family")),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("subject_kind", "subject_id")),
        *(sa.Column(name, sa.String(), nullable=True) for name in ("recipient", "event")),
        sa.Column("window_s", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("on_silence", "exposed_by")),
        sa.Column("worth", sa.Float(), nullable=True),
        sa.Column("stage", sa.String(), nullable=True),
        *(sa.Column(name, MOMENT, nullable=False) for name in ("decided_at", "due_at")),
        *(sa.Column(name, MOMENT, nullable=True) for name in ("opened_at", "closed_at", "met_at")),
        sa.CheckConstraint("arm IN ('treated', 'held_out', 'shadow')", name=op.f("ck_watches_arm")),
        sa.ForeignKeyConstraint(["decision"], ["decisions.id"], name="fk_watches_decision"),
        sa.PrimaryKeyConstraint("decision", name="pk_watches"),
    )
    still_open = sa.text("closed_at IS NULL")
    op.create_index("ix_watches_due", "watches", ["due_at"], sqlite_where=still_open, postgresql_where=still_open)
    for columns in (("account", "decided_at"), ("subject_kind", "subject_id"), ("surface", "decided_at"), ("recipient",)):
        op.create_index(f"ix_watches_{'_'.join(columns)}", "watches", list(columns))


def _caps() -> None:
    op.create_table(
        "mode_caps",
        *(sa.Column(name, sa.String(), nullable=False) for name in ("id", "surface", "kind", "mode", "why")),
        sa.Column("guardrail", sa.String(), nullable=True),
        sa.Column("playbook_version", sa.String(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("lifted_at", MOMENT, nullable=True),
        *(sa.Column(name, sa.String(), nullable=True) for name in ("lifted_by", "lifted_why")),
        sa.CheckConstraint("kind IN ('guardrail', 'unproven')", name=op.f("ck_mode_caps_kind")),
        sa.PrimaryKeyConstraint("id", name="pk_mode_caps"),
    )
    in_force = sa.text("lifted_at IS NULL")
    op.create_index(
        "uq_mode_caps_in_force", "mode_caps", ["surface", "kind"], unique=True, sqlite_where=in_force, postgresql_where=in_force
    )  # fmt: skip


# --- what earlier decisions wait for: as the code of this revision would have written it ---------------------------------

_DECISIONS = sa.table(
    "decisions", *(sa.column(name) for name in ("id", "surface", "account", "subject_kind", "subject_id", "route", "play", "recipient")),
    sa.column("created_at", MOMENT), sa.column("body", sa.LargeBinary()), sa.column("evidence", sa.LargeBinary()),
)  # fmt: skip
_ACTIONS = sa.table(
    "actions", *(sa.column(name) for name in ("decision_id", "kind", "state")), sa.column("customer_visible", sa.Boolean()), sa.column("at", MOMENT)
)
_OUTCOMES = sa.table("outcomes", sa.column("decision_id"), sa.column("result"), sa.column("at", MOMENT))
_WATCHES = sa.table(
    "watches", *(sa.column(name) for name in ("decision", "surface", "play", "arm", "account", "family", "subject_kind", "subject_id")),
    sa.column("in_trial", sa.Boolean()), *(sa.column(name) for name in ("recipient", "event", "window_s")),
    *(sa.column(name) for name in ("on_silence", "exposed_by", "worth", "stage")),
    *(sa.column(name, MOMENT) for name in ("decided_at", "due_at", "opened_at", "closed_at", "met_at")),
)  # fmt: skip


def _backfilled(playbooks: dict[str, dict[str, Any]]) -> Iterator[dict[str, Any]]:
    bind = op.get_bind()
    done: dict[str, list[Any]] = {}
    for action in bind.execute(sa.select(_ACTIONS).where(_ACTIONS.c.state == "done")):
        done.setdefault(action.decision_id, []).append(action)
    converted = sa.select(_OUTCOMES.c.decision_id, _OUTCOMES.c.at).where(_OUTCOMES.c.result == "converted")
    met = {row.decision_id: row.at for row in bind.execute(converted)}
    query = sa.select(_DECISIONS).where(_DECISIONS.c.play.is_not(None), _DECISIONS.c.route.in_(SHOWN_OR_HELD))
    for row in bind.execute(query).mappings():
        decision, evidence = _document(row["body"]), _document(row["evidence"])
        decision = decision.get("decision", decision)
        playbook = playbooks.get(decision["playbook_version"], {})
        play, surface = _part(playbook, "plays", row["play"]), _part(playbook, "surfaces", row["surface"])
        if play is not None:
            in_trial = surface is not None and _could_be_held(surface, play, decision)
            yield {**_watch(row, decision, evidence, play, done.get(row["id"], []), met.get(row["id"])), "in_trial": in_trial}


def _watch(
    row: Any, decision: dict[str, Any], evidence: dict[str, Any], play: dict[str, Any], done: list[Any], met: datetime | None
) -> dict[str, Any]:
    outcome = play.get("outcome") or {}
    window = _seconds(outcome.get("window") or play["window"])
    exposed_by = _exposed_by(play)
    opened = min((action.at for action in done if _exposes(exposed_by, action)), default=None)
    shadow = decision["mode"] in ("off", "shadow")
    return {
        "decision": row["id"], **{name: row[name] for name in ("surface", "play", "account", "subject_kind", "subject_id", "recipient")},
        "arm": "shadow" if shadow else "held_out" if row["route"] == "holdout" else "treated",
        "family": min(evidence.get("family") or [], default=row["account"]),
        "event": outcome.get("event"), "window_s": window, "on_silence": outcome.get("on_silence") or "ignored", "exposed_by": exposed_by,
        "worth": _value_of(decision) if play.get("unit") == "minutes" else None,
        "stage": next((fact["value"] for fact in decision["facts"] if fact["name"] == "deal.stage"), None),
        "decided_at": row["created_at"], "due_at": (opened or row["created_at"]) + timedelta(seconds=window),
        "opened_at": opened, "closed_at": None, "met_at": met,
    }  # fmt: skip


def _part(playbook: dict[str, Any], kind: str, name: str) -> dict[str, Any] | None:
    return next((part for part in playbook.get(kind, ()) if part["id"] == name), None)


def _could_be_held(surface: dict[str, Any], play: dict[str, Any], decision: dict[str, Any]) -> bool:
    if decision["mode"] in ("off", "shadow") or any(reason["code"] == "required" for reason in decision["reasons"]):
        return False
    held = (surface.get("holdout") or {}).get("share", 0) > 0
    return held and play["purpose"] == "marketing" and not play.get("protective") and play.get("holdout", True)


def _document(packed: bytes) -> dict[str, Any]:
    return json.loads(zlib.decompress(packed)) or {}


def _seconds(span: str) -> int:
    return int(span[:-1]) * UNITS[span[-1]]


def _value_of(decision: dict[str, Any]) -> float | None:
    chosen: dict[str, Any] = next((one for one in decision["candidates"] if one["id"] == decision["choice"]), {})
    return (chosen.get("score") or {}).get("value")


def _exposed_by(play: dict[str, Any]) -> str:
    kinds = {step["do"] for step in play["steps"]}
    if any(step["do"] == "send_content" or (step["do"] == "ticket_comment" and step.get("public")) for step in play["steps"]):
        return "visible"
    return "task" if "crm_task" in kinds and kinds <= {"crm_task", "crm_note"} else "any"


def _exposes(exposed_by: str, action: Any) -> bool:
    if exposed_by == "visible":
        return bool(action.customer_visible)
    return exposed_by == "any" and action.kind not in ("crm_note", "data_task")

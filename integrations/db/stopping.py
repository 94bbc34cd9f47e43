"""Stopping decisions that still wait or act: because a newer one replaces them, or because an operator blocks them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal

from sqlalchemy import BindParameter, ColumnElement, Connection, RowMapping, bindparam, exists, or_, select, update

from agent.domain.evidence import Block
from agent.errors import NotFound
from integrations.db.prepared import Prepared
from integrations.db.runs import OPEN_ASKS
from integrations.db.statements import insert_new
from integrations.db.tables import ACTIONS, APPROVALS, BLOCKS, DECISIONS, RUNS, STOPS

LIVE = ("asking", "waiting", "acting")
"""States of a run that still waits for an answer or its moment, or acts."""

# Statements are built once: putting one together costs more than running it.
_ACTIVE = (BLOCKS.c.ended_at.is_(None), or_(BLOCKS.c.until.is_(None), BLOCKS.c.until > bindparam("moment")))
_BLOCKS = select(*(BLOCKS.c[name] for name in ("id", "target", "ref", "why", "by", "until"))).where(*_ACTIVE)
_IN_FORCE = Prepared(_BLOCKS.order_by(BLOCKS.c.since, BLOCKS.c.id))
_PLACE_NAMES = ("surface", "play", "account", "recipient", "subject_kind", "subject_id")
_PLACE = select(*(DECISIONS.c[name] for name in _PLACE_NAMES)).where(DECISIONS.c.id == bindparam("of"))
_OF: BindParameter[list[str]] = bindparam("of", expanding=True)
_OPEN_ASKS = APPROVALS.c.state.in_(OPEN_ASKS)
_PLANNED = ACTIONS.c.state == "planned"
_BEGUN = exists().where(ACTIONS.c.decision_id == RUNS.c.decision_id, ACTIONS.c.state.in_(("started", "unknown")))
_STOP_ASKS = update(APPROVALS).where(APPROVALS.c.decision_id.in_(_OF), _OPEN_ASKS).returning(APPROVALS.c.decision_id)
_STOP_ACTIONS = update(ACTIONS).where(ACTIONS.c.decision_id.in_(_OF), _PLANNED).returning(ACTIONS.c.decision_id)
_STOP_RUNS = update(RUNS).where(RUNS.c.decision_id.in_(_OF), RUNS.c.state.in_(LIVE), ~_BEGUN)
_STOP_RUNS = _STOP_RUNS.returning(RUNS.c.decision_id)
_REASONS = select(DECISIONS.c.reasons).where(DECISIONS.c.id == bindparam("of"))
_REASON = update(DECISIONS).where(DECISIONS.c.id == bindparam("of")).values(reasons=bindparam("reasons"))


def stop(
    connection: Connection,
    decisions: Sequence[str],
    *,
    state: Literal["superseded", "blocked"],
    why: str,
    at: datetime,
    code: str = "",
) -> int:
    """Close the decisions' open asks, fail their planned actions and end their runs, and say so on each; how many were stopped.

    `code` is the reason's, where it is another than the state of the asks.

    A run with an effect that was started or is unknown goes on: somebody must still find out what became of it.
    """
    of = {"of": list(decisions)}
    changes = (
        (_STOP_ASKS, {"state": state, "ended": why, "at": at}),
        (_STOP_ACTIONS, {"state": "failed", "error": why, "at": at}),
        (_STOP_RUNS, {"state": "closed", "error": why, "wake_at": None}),
    )
    stopped = {found for change, values in changes for found in connection.execute(change, of | values).scalars()}
    for decision in sorted(stopped):
        note_stop(connection, decision, code or state, why)
    return len(stopped)


def note_stop(connection: Connection, decision_id: str, code: str, text: str, reconsider_until: datetime | None = None) -> bool:
    """Add the coded reason to a decision; False when it has that code already. Raises NotFound."""
    reasons = connection.execute(_REASONS, {"of": decision_id}).scalar()
    if reasons is None:
        raise NotFound(f"There is no decision {decision_id}.")
    row = {"decision_id": decision_id, "code": code, "text": text, "reconsider_until": reconsider_until, "reconsidered": False}
    if not insert_new(connection, STOPS, row):
        return False
    connection.execute(_REASON, {"of": decision_id, "reasons": [*reasons, code]})
    return True


def stop_covered(connection: Connection, block: Block, at: datetime) -> int:
    """Stop every decision that a block covers and that still waits or acts; how many there were."""
    live = (
        select(APPROVALS.c.decision_id).where(_OPEN_ASKS),
        select(ACTIONS.c.decision_id).where(_PLANNED),
        select(RUNS.c.decision_id).where(RUNS.c.state.in_(LIVE)),
    )
    query = select(DECISIONS.c.id).where(_covered_by(block), or_(*(DECISIONS.c.id.in_(part) for part in live)))
    decisions = connection.execute(query).scalars().all()
    return stop(connection, decisions, state="blocked", why=because(block), at=at)


def stop_if_blocked(connection: Connection, decision_id: str, at: datetime) -> bool:
    """Stop the decision when a block covers it: the block may have come while it was being decided."""
    why = why_blocked(connection, decision_id, at)
    if why is not None:
        stop(connection, [decision_id], state="blocked", why=why, at=at)
    return why is not None


def why_blocked(connection: Connection, decision_id: str, at: datetime) -> str | None:
    """Why operators have stopped what this decision is about, or None."""
    blocks = active_blocks(connection, at)
    place = connection.execute(_PLACE, {"of": decision_id}).mappings().first() if blocks else None
    if place is None:
        return None
    refs = _refs(place)
    return next((because(block) for block in blocks if block.ref in refs[block.target]), None)


def active_blocks(connection: Connection, at: datetime) -> list[Block]:
    """Blocks in force at the moment, oldest first."""
    return [Block(**row) for row in _IN_FORCE.rows(connection, moment=at)]


def _covered_by(block: Block) -> ColumnElement[bool]:
    if block.target == "contact":
        as_subject = (DECISIONS.c.subject_kind == "contact") & (DECISIONS.c.subject_id == block.ref)
        return or_(DECISIONS.c.recipient == block.ref, as_subject)
    return DECISIONS.c[block.target] == block.ref


def because(block: Block) -> str:
    """The reason as asks, actions and runs carry it."""
    return f"blocked: {block.why}"


def _refs(place: RowMapping) -> dict[str, tuple[str | None, ...]]:
    subject = place["subject_id"] if place["subject_kind"] == "contact" else None
    names: dict[str, tuple[str | None, ...]] = {name: (place[name],) for name in ("surface", "play", "account")}
    return {**names, "contact": (place["recipient"], subject)}

"""Stopping decisions that still wait or act: because a newer one replaces them, or because an operator blocks them."""

from datetime import datetime
from typing import Literal

from sqlalchemy import ColumnElement, Connection, RowMapping, exists, or_, select, update

from agent.domain.evidence import Block
from integrations.db.runs import OPEN_ASKS
from integrations.db.tables import ACTIONS, APPROVALS, BLOCKS, DECISIONS, RUNS

LIVE = ("asking", "waiting", "acting")
"""States of a run that still waits for an answer or its moment, or acts."""

_BLOCKS = select(*(BLOCKS.c[name] for name in ("id", "target", "ref", "why", "by", "until")))
_PLACE = select(
    *(DECISIONS.c[name] for name in ("surface", "play", "account", "recipient", "subject_kind", "subject_id"))
)


def stop(
    connection: Connection,
    which: ColumnElement[bool],
    *,
    state: Literal["superseded", "blocked"],
    why: str,
    at: datetime,
) -> int:
    """Close open asks, fail planned actions and end runs of the decisions that fit; how many decisions were stopped.

    A run with an effect that was started or is unknown goes on: somebody must still find out what became of it.
    """
    covered = select(DECISIONS.c.id).where(which).scalar_subquery()
    asks = update(APPROVALS).where(APPROVALS.c.decision_id.in_(covered), APPROVALS.c.state.in_(OPEN_ASKS))
    actions = update(ACTIONS).where(ACTIONS.c.decision_id.in_(covered), ACTIONS.c.state == "planned")
    begun = exists().where(ACTIONS.c.decision_id == RUNS.c.decision_id, ACTIONS.c.state.in_(("started", "unknown")))
    runs = update(RUNS).where(RUNS.c.decision_id.in_(covered), RUNS.c.state.in_(LIVE), ~begun)
    changes = (
        asks.values(state=state, note=why, at=at).returning(APPROVALS.c.decision_id),
        actions.values(state="failed", error=why, at=at).returning(ACTIONS.c.decision_id),
        runs.values(state="closed", wake_at=None, error=why).returning(RUNS.c.decision_id),
    )
    return len({decision for change in changes for decision in connection.execute(change).scalars()})


def stop_if_blocked(connection: Connection, decision_id: str, at: datetime) -> bool:
    """Stop the decision when a block covers it: the block may have come while it was being decided."""
    place = place_of(connection, decision_id)
    why = None if place is None else covering(connection, place, at)
    if why is None:
        return False
    stop(connection, DECISIONS.c.id == decision_id, state="blocked", why=why, at=at)
    return True


def active_blocks(connection: Connection, at: datetime) -> list[Block]:
    """Blocks in force at the moment, oldest first."""
    active = (BLOCKS.c.ended_at.is_(None), or_(BLOCKS.c.until.is_(None), BLOCKS.c.until > at))
    rows = connection.execute(_BLOCKS.where(*active).order_by(BLOCKS.c.since, BLOCKS.c.id)).mappings()
    return [Block(**row) for row in rows]


def place_of(connection: Connection, decision_id: str) -> RowMapping | None:
    """What a block can name of a decision: its surface, play, account, recipient and subject."""
    return connection.execute(_PLACE.where(DECISIONS.c.id == decision_id)).mappings().first()


def covering(connection: Connection, place: RowMapping, at: datetime) -> str | None:
    """Why an operator stops a decision at this place, or None."""
    for block in active_blocks(connection, at):
        if block.ref in _refs(place)[block.target]:
            return because(block)
    return None


def covered_by(block: Block) -> ColumnElement[bool]:
    """The decisions that a block covers."""
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

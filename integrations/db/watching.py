"""What decisions wait for, and what came of them: read and changed together, so that two who learn something at once cannot overwrite each other."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, exists, insert, or_, select, true, update

from agent.domain.decision import OutcomeRecord
from agent.domain.outcome import Change, Watch, Watched, delivered, exposes
from agent.domain.records import DATA_TASK, Action
from agent.ports import AuditEntry, Scope
from integrations.db.audit_chain import Chain
from integrations.db.outcomes import write
from integrations.db.part import StorePart
from integrations.db.tables import ACTIONS, OUTCOMES, WATCHES

Step = Callable[[Sequence[Watched]], Sequence[tuple[Change, AuditEntry | None]]]

_MOVES = ("due_at", "opened_at", "closed_at", "met_at")
"""What changes of a watch after it was written."""

_BEGUN = exists().where(ACTIONS.c.decision_id == WATCHES.c.decision, ACTIONS.c.state == "done", ACTIONS.c.kind != DATA_TASK)
_KNOWN = [OUTCOMES.c[name].label(f"outcome_{name}") for name in OutcomeRecord.model_fields]
_WATCHED = select(WATCHES, *_KNOWN, _BEGUN.label("begun")).outerjoin(OUTCOMES, OUTCOMES.c.decision_id == WATCHES.c.decision)


class Watching(StorePart):
    """Reads and changes what decisions wait for."""

    async def watched(self, scope: Scope) -> list[Watched]:
        """The watches in the scope with what is known of each, oldest decision first; due ones by when they are due."""
        return await self._look(lambda c: find(c, scope))

    async def revise(self, scope: Scope, step: Step) -> list[Change]:
        """Read what is in the scope, have `step` say what changes, and write that with its audit entries: one transaction."""
        return await self._write(lambda c: self._revise(c, scope, step))

    async def decision_of_action(self, key: str) -> str | None:
        """The decision that planned an effect."""
        query = select(ACTIONS.c.decision_id).where(ACTIONS.c.key == key)
        return await self._look(lambda c: c.execute(query).scalar())

    def _revise(self, connection: Connection, scope: Scope, step: Step) -> list[Change]:
        changed = []
        for change, entry in step(find(connection, scope)):
            put(connection, self.chain, change, entry)
            changed.append(change)
        return changed


def find(connection: Connection, scope: Scope) -> list[Watched]:
    """The watches in the scope."""
    query = _WATCHED.where(_within(scope))
    query = query.order_by(WATCHES.c.due_at if scope.due is not None else WATCHES.c.decided_at, WATCHES.c.decision)
    return [_watched(row) for row in connection.execute(query.limit(scope.at_most)).mappings()]


def add(connection: Connection, watch: Watch) -> None:
    """Write what a new decision waits for."""
    connection.execute(insert(WATCHES), _row(watch))


def open_windows(connection: Connection, chain: Chain, actions: Sequence[Action], at: datetime) -> None:
    """The window of a decision opens when the first of its effects is done that reaches whom it is for."""
    for action in actions:
        for one in find(connection, Scope(decisions=(action.decision_id,))):
            if one.watch.opened_at is None and exposes(one.watch, action.kind, customer_visible=action.customer_visible):
                put(connection, chain, *reached(one, at))


def reached(one: Watched, at: datetime) -> tuple[Change, AuditEntry | None]:
    """The change that a delivery makes: also of a record that said that nobody was reached."""
    watch = delivered(one.watch, at)
    known = one.known
    if known is None or known.exposure in ("delivered", "bounced"):
        return Change(watch, None), None
    outcome = known.model_copy(update={"exposure": "delivered", "result": None, "metric": None, "value": None})
    return Change(watch, outcome), AuditEntry("outcome", "nextplay", watch.decision, {"exposure": "delivered"}, at)


def put(connection: Connection, chain: Chain, change: Change, entry: AuditEntry | None) -> None:
    """Write a change: where the watch stands, the record, and what the audit log must say."""
    watch = change.watch
    connection.execute(update(WATCHES).where(WATCHES.c.decision == watch.decision).values({name: getattr(watch, name) for name in _MOVES}))
    if change.outcome is not None:
        assert entry is not None, "a changed outcome is always told"  # noqa: S101  wrong wiring, not wrong input
        write(connection, chain, watch.decision, change.outcome, entry)
    elif entry is not None:
        chain.append(connection, [entry], entry.at)


def _within(scope: Scope) -> ColumnElement[bool]:
    if scope.decisions:
        return WATCHES.c.decision.in_(scope.decisions)
    if scope.due is not None:
        return WATCHES.c.closed_at.is_(None) & (WATCHES.c.due_at < scope.due)
    kind, subject = scope.subject
    places: list[ColumnElement[bool]] = [(WATCHES.c.subject_kind == kind) & (WATCHES.c.subject_id == subject)]
    if scope.account is not None:
        places.append(WATCHES.c.account == scope.account)
    if scope.recipient is not None:
        places.append(WATCHES.c.recipient == scope.recipient)
    recent = true() if scope.since is None else WATCHES.c.decided_at >= scope.since
    return or_(*places) & recent


def _watched(row: RowMapping) -> Watched:
    known = {name: row[f"outcome_{name}"] for name in OutcomeRecord.model_fields}
    outcome = None if known["exposure"] is None else OutcomeRecord(**known)
    return Watched(watch_of(row), outcome, bool(row["begun"]))


def watch_of(row: RowMapping) -> Watch:
    """A watch from its row."""
    values: dict[str, Any] = {name: row[name] for name in WATCHES.columns.keys() if name != "window_s"}  # noqa: SIM118  not a dict
    return Watch(**values, window=timedelta(seconds=row["window_s"]))


def _row(watch: Watch) -> dict[str, Any]:
    values = {name: getattr(watch, name) for name in WATCHES.columns.keys() if name != "window_s"}  # noqa: SIM118  not a dict
    return {**values, "window_s": int(watch.window.total_seconds())}

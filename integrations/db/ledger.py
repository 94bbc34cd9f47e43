"""The ledger of effects: intent is committed before the call, the result after it, and no row is ever reused."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, TextClause, bindparam, delete, exists, func, select, update
from sqlalchemy.exc import DBAPIError

from agent.domain.records import APPROVED, DATA_TASK, IN_HAND, Action
from agent.errors import NotFound, Refused
from agent.ports import AuditEntry
from integrations.counters import EFFECTS
from integrations.db.errors import NotApprovedError
from integrations.db.outcomes import OVERRIDDEN, observe
from integrations.db.part import OURSELVES, StorePart, values_of
from integrations.db.statements import insert_for
from integrations.db.stopping import LIVE, why_blocked
from integrations.db.tables import ACTIONS, APPROVALS, RUNS
from integrations.db.triggers import NOT_APPROVED
from integrations.db.watching import open_windows

BEFORE = {
    "done": ("started", "unknown"),
    "unknown": ("started",),
    "failed": ("planned", "started", "unknown"),
    "planned": ("started", "unknown"),
}
"""From which states an action may come into each other one than `started`."""


_PLANNED = select(ACTIONS).where(ACTIONS.c.key == bindparam("of"), ACTIONS.c.state == "planned")
_START = update(ACTIONS).where(ACTIONS.c.key == bindparam("of"))
_LATEST = select(func.max(APPROVALS.c.round)).where(APPROVALS.c.decision_id == bindparam("of")).scalar_subquery()
_NOT_APPROVED = exists().where(APPROVALS.c.decision_id == bindparam("of"), APPROVALS.c.round == _LATEST, APPROVALS.c.state.not_in(APPROVED))
_WILL_ACT = select(exists().where(RUNS.c.decision_id == bindparam("of"), RUNS.c.state.in_(LIVE)) & ~_NOT_APPROVED)
_OF_DECISION = select(ACTIONS).where(ACTIONS.c.decision_id == bindparam("of")).order_by(ACTIONS.c.step, ACTIONS.c.key)


class Ledger(StorePart):
    """Plans, starts and finishes actions."""

    async def plan_actions(self, actions: Sequence[Action]) -> None:
        """Add actions. One that is there stays as it is, unless it is only planned yet, for another digest."""
        await self._write(lambda c: plan(c, actions))

    async def actions(self, decision_id: str) -> list[Action]:
        """The decision's actions, by step."""
        of = {"of": decision_id}
        return await self._look(lambda c: [Action(**row) for row in c.execute(_OF_DECISION, of).mappings()])

    async def start_action(self, key: str, at: datetime) -> bool:
        """planned -> started. False when it was not planned any more, or a block covers it (then it has failed).

        Raises NotApprovedError when it needs an approval of exactly its content and the database finds none.
        """
        return await self._write(lambda c: self._start(c, key, at))

    async def finish_action(self, key: str, *, state: str, at: datetime, error: str | None = None, result: dict[str, Any] | None = None) -> None:
        """Write what became of an action: `done`, `failed`, `unknown`, or `planned` when it surely has not happened.

        Saying the same again changes nothing. Raises NotFound, and Refused when the action cannot come into that state
        from the one it is in.
        """
        for action in await self._write(lambda c: self._finish(c, key, state, {"at": at, "error": error, "result": result or {}})):
            EFFECTS.labels(action.kind, state).inc()

    async def cancel_actions(self, decision_id: str, why: str, at: datetime) -> int:
        """Fail the decision's planned actions; how many there were."""
        return await self._write(lambda c: self._cancel(c, decision_id, why, at))

    async def undo(self, decision_id: str, *, by: str, at: datetime, steps: Sequence[Action] = ()) -> int:
        """Fail the decision's planned actions and close its run, unless one has begun; how many were cancelled. A person has overridden it then.

        `steps` are its actions as they will be planned. Where nothing but a drive is missing (all have approved, or it waits
        for its moment), they are written as cancelled.
        """
        return await self._write(lambda c: self._undo(c, decision_id, by, at, steps))

    async def effects_on(self, target: str, since: datetime) -> list[Action]:
        """Effects on the target since then that happened or may have: `started`, `done` and `unknown`, oldest first."""
        begun = ACTIONS.c.state.in_(("started", "done", "unknown"))
        which = (ACTIONS.c.target == target) & (ACTIONS.c.at >= since) & begun
        return await self._look(lambda c: find_actions(c, which, ACTIONS.c.at, ACTIONS.c.key))

    def _start(self, connection: Connection, key: str, at: datetime) -> bool:
        action = _planned(connection, key)
        if action is None:
            return False
        why = why_blocked(connection, action.decision_id, at)
        state = "failed" if why else "started"
        try:
            connection.execute(_START, {"of": key, "state": state, "error": why, "at": at})
        except DBAPIError as error:
            if NOT_APPROVED in str(error.orig):
                raise NotApprovedError(f"Action {key} was not started: {NOT_APPROVED}.", "Ask again.") from error
            raise
        self._note(connection, [action], state, at, why)
        return why is None

    def _finish(self, connection: Connection, key: str, state: str, values: dict[str, Any]) -> list[Action]:
        if state not in BEFORE:
            raise Refused(f"An action finishes as {', '.join(BEFORE)}, not as {state}.")
        this = ACTIONS.c.key == key
        movable = ACTIONS.c.state.in_(BEFORE[state])
        moved = connection.execute(update(ACTIONS).where(this, movable).values(state=state, **values)).rowcount
        found = find_actions(connection, this, ACTIONS.c.key)
        if not found:
            raise NotFound(f"There is no action {key}.")
        if moved:
            self._note(connection, found, state, values["at"], values["error"])
            if state == "done" and IN_HAND not in values["result"]:
                open_windows(connection, self.chain, found, values["at"])
        elif found[0].state != state:
            raise Refused(f"Action {key} is {found[0].state} and cannot become {state}.")
        return found if moved else []

    def _cancel(self, connection: Connection, decision_id: str, why: str, at: datetime) -> int:
        cancelled = cancel_planned(connection, decision_id, why, at)
        self._note(connection, cancelled, "failed", at, why)
        return len(cancelled)

    def _undo(self, connection: Connection, decision_id: str, by: str, at: datetime, steps: Sequence[Action]) -> int:
        ours = ACTIONS.c.decision_id == decision_id
        if find_actions(connection, ours & ACTIONS.c.state.in_(("started", "done", "unknown")), ACTIONS.c.key):
            return 0
        if connection.execute(_WILL_ACT, {"of": decision_id}).scalar():
            plan(connection, steps)
        why = f"undone by {by}"
        undone = cancel_planned(connection, decision_id, why, at)
        if undone:
            run = update(RUNS).where(RUNS.c.decision_id == decision_id, RUNS.c.state.in_(LIVE))
            connection.execute(run.values(state="closed", wake_at=None, error=why))
            entry = AuditEntry("undone", by, decision_id, {"cancelled": len(undone)})
            if all(action.kind == DATA_TASK for action in undone):  # the proposal itself was rejected: there is nothing of it to override
                self.chain.append(connection, [entry], at)
            else:
                observe(connection, self.chain, decision_id, {"guardrails": [OVERRIDDEN], "at": at}, entry)
        return len(undone)

    def _note(self, connection: Connection, actions: Sequence[Action], state: str, at: datetime, why: str | None) -> None:
        self.chain.append(connection, [entry_of(action, state, why) for action in actions], at)


def plan(connection: Connection, actions: Sequence[Action]) -> None:
    """Add actions; one that is still planned takes over other content, since nothing of it has happened."""
    if not actions:
        return
    statement = insert_for(connection, ACTIONS)
    stale = (ACTIONS.c.state == "planned") & (ACTIONS.c.digest != statement.excluded.digest)
    fresh = {column.name: column for column in statement.excluded if column.name not in ("key", "decision_id")}
    refresh = statement.on_conflict_do_update(index_elements=[ACTIONS.c.key], set_=fresh, where=stale)
    connection.execute(refresh, [values_of(action, ACTIONS) for action in actions])


def cancel_planned(connection: Connection, decision_id: str, why: str, at: datetime) -> list[Action]:
    """Fail the decision's planned actions and return them as they were."""
    planned = (ACTIONS.c.decision_id == decision_id) & (ACTIONS.c.state == "planned")
    actions = find_actions(connection, planned, ACTIONS.c.step, ACTIONS.c.key)
    if actions:
        connection.execute(update(ACTIONS).where(planned).values(state="failed", error=why, at=at))
    return actions


def drop_planned(connection: Connection, decision_id: str) -> list[AuditEntry]:
    """Take the decision's planned actions out of the ledger; returns what the audit log must say of it.

    Nothing of them has happened, and the same content may be approved again: it must then be plannable under the same key.
    """
    planned = (ACTIONS.c.decision_id == decision_id) & (ACTIONS.c.state == "planned")
    actions = find_actions(connection, planned, ACTIONS.c.step, ACTIONS.c.key)
    if actions:
        connection.execute(delete(ACTIONS).where(planned))
    return [entry_of(action, "dropped", "asked again") for action in actions]


def _planned(connection: Connection, key: str) -> Action | None:
    row = connection.execute(_PLANNED, {"of": key}).mappings().first()
    return None if row is None else Action(**row)


def find_actions(connection: Connection, which: ColumnElement[bool] | TextClause, *order: ColumnElement[Any]) -> list[Action]:
    """The actions that fit, in that order."""
    rows = connection.execute(select(ACTIONS).where(which).order_by(*order)).mappings()
    return [Action(**row) for row in rows]


def entry_of(action: Action, state: str, why: str | None) -> AuditEntry:
    """What the audit log says of an action that has come into a state."""
    data = {"decision": action.decision_id, "kind": action.kind, "target": action.target, "digest": action.digest}
    return AuditEntry(f"action.{state}", OURSELVES, action.key, {**data, **({"why": why} if why else {})})

"""The ledger of effects: intent is committed before the call, the result after it, and no row is ever reused."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, select, update
from sqlalchemy.exc import DBAPIError

from agent.domain.records import Action
from agent.ports import AuditEntry
from integrations.db.errors import NotApprovedError, NotFoundError, RefusedError
from integrations.db.migrations.triggers import NOT_APPROVED
from integrations.db.part import OURSELVES, StorePart, values_of
from integrations.db.statements import insert_for
from integrations.db.stopping import covering, place_of
from integrations.db.tables import ACTIONS

BEFORE = {"done": ("started", "unknown"), "unknown": ("started",), "failed": ("planned", "started", "unknown")}
"""From which states an action may come into each final one."""


class Ledger(StorePart):
    """Plans, starts and finishes actions."""

    async def plan_actions(self, actions: Sequence[Action]) -> None:
        """Add actions. One that is there stays as it is, unless it is only planned yet, for another digest."""
        await self._write(lambda c: plan(c, actions))

    async def actions(self, decision_id: str) -> list[Action]:
        """The decision's actions, by step."""
        return await self._read(lambda c: _find(c, ACTIONS.c.decision_id == decision_id, ACTIONS.c.step, ACTIONS.c.key))

    async def start_action(self, key: str, at: datetime) -> bool:
        """planned -> started. False when it was not planned any more, or a block covers it (then it has failed).

        Raises NotApprovedError when it needs an approval of exactly its content and the database finds none.
        """
        return await self._write(lambda c: self._start(c, key, at))

    async def finish_action(
        self, key: str, *, state: str, at: datetime, error: str | None = None, result: dict[str, Any] | None = None
    ) -> None:
        """Write what became of an action: `done`, `failed` or `unknown`. Saying the same again changes nothing.

        Raises NotFoundError, and RefusedError when the action cannot come into that state from the one it is in.
        """
        await self._write(lambda c: self._finish(c, key, state, {"at": at, "error": error, "result": result or {}}))

    async def cancel_actions(self, decision_id: str, why: str, at: datetime) -> int:
        """Fail the decision's planned actions; how many there were."""
        return await self._write(lambda c: self._cancel(c, decision_id, why, at))

    async def effects_on(self, target: str, since: datetime) -> list[Action]:
        """Effects on the target since then that happened or may have: `started`, `done` and `unknown`, oldest first."""
        begun = ACTIONS.c.state.in_(("started", "done", "unknown"))
        which = (ACTIONS.c.target == target) & (ACTIONS.c.at >= since) & begun
        return await self._read(lambda c: _find(c, which, ACTIONS.c.at, ACTIONS.c.key))

    def _start(self, connection: Connection, key: str, at: datetime) -> bool:
        action = _planned(connection, key)
        if action is None:
            return False
        place = place_of(connection, action.decision_id)
        why = None if place is None else covering(connection, place, at)
        change = {"state": "failed", "error": why} if why else {"state": "started"}
        try:
            connection.execute(update(ACTIONS).where(ACTIONS.c.key == key).values(**change, at=at))
        except DBAPIError as error:
            if NOT_APPROVED in str(error.orig):
                raise NotApprovedError(f"action {key} was not started: {NOT_APPROVED}; ask again.") from error
            raise
        self._note(connection, [action], str(change["state"]), at, why)
        return why is None

    def _finish(self, connection: Connection, key: str, state: str, values: dict[str, Any]) -> None:
        if state not in BEFORE:
            raise RefusedError(f"an action finishes as {', '.join(BEFORE)}, not as {state}.")
        this = ACTIONS.c.key == key
        movable = ACTIONS.c.state.in_(BEFORE[state])
        moved = connection.execute(update(ACTIONS).where(this, movable).values(state=state, **values)).rowcount
        found = _find(connection, this, ACTIONS.c.key)
        if not found:
            raise NotFoundError(f"there is no action {key}.")
        if moved:
            self._note(connection, found, state, values["at"], values["error"])
        elif found[0].state != state:
            raise RefusedError(f"action {key} is {found[0].state} and cannot become {state}.")

    def _cancel(self, connection: Connection, decision_id: str, why: str, at: datetime) -> int:
        cancelled = cancel_planned(connection, decision_id, why, at)
        self._note(connection, cancelled, "failed", at, why)
        return len(cancelled)

    def _note(
        self, connection: Connection, actions: Sequence[Action], state: str, at: datetime, why: str | None
    ) -> None:
        self.chain.append(connection, [_entry(action, state, why) for action in actions], at)


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
    actions = _find(connection, planned, ACTIONS.c.step, ACTIONS.c.key)
    if actions:
        connection.execute(update(ACTIONS).where(planned).values(state="failed", error=why, at=at))
    return actions


def _planned(connection: Connection, key: str) -> Action | None:
    found = _find(connection, (ACTIONS.c.key == key) & (ACTIONS.c.state == "planned"), ACTIONS.c.key)
    return found[0] if found else None


def _find(connection: Connection, which: ColumnElement[bool], *order: ColumnElement[Any]) -> list[Action]:
    rows = connection.execute(select(ACTIONS).where(which).order_by(*order)).mappings()
    return [Action(**row) for row in rows]


def _entry(action: Action, state: str, why: str | None) -> AuditEntry:
    data = {"decision": action.decision_id, "kind": action.kind, "target": action.target, "digest": action.digest}
    return AuditEntry(f"action.{state}", OURSELVES, action.key, {**data, **({"why": why} if why else {})})

"""What the database refuses, said to it directly, below all of our code."""

from typing import Any

import pytest
from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError

from integrations.db.part import values_of
from integrations.db.store import SqlStore
from integrations.db.tables import ACTIONS, APPROVALS
from tests.unit.db.build import NOW, SAID, action, answered, approval, approve, recorded


async def say(store: SqlStore, statement: Any) -> None:
    await store.database.write_core(lambda connection: connection.execute(statement))


START = update(ACTIONS).where(ACTIONS.c.key == "np-1-0").values(state="started")


async def test_starting_needs_every_approval_of_exactly_the_content(store: SqlStore) -> None:
    await recorded(store, approvals=[approval(), approval(index=1), approval(index=2, digest="d9")])
    for index, digest in ((0, "d1"), (1, "d1"), (2, "d9")):
        with pytest.raises(IntegrityError, match="exactly this content"):
            await say(store, START)
        await approve(store, approval(index=index, digest=digest))
    with pytest.raises(IntegrityError, match="exactly this content"):
        await say(store, START)
    await say(store, update(ACTIONS).values(needs_approval=False))
    await say(store, START)


@pytest.mark.parametrize("state", ["rejected", "expired", "superseded", "blocked", "void", "open", "snoozed"])
async def test_other_ends_of_an_ask_do_not_approve(store: SqlStore, state: str) -> None:
    await recorded(store, approvals=[approval(state=state)])
    with pytest.raises(IntegrityError, match="exactly this content"):
        await say(store, START)


async def test_no_ask_is_no_approval(store: SqlStore) -> None:
    await recorded(store, approvals=[])
    with pytest.raises(IntegrityError, match="exactly this content"):
        await say(store, START)


async def test_the_need_cannot_be_dropped_while_starting(store: SqlStore) -> None:
    await recorded(store)
    with pytest.raises(IntegrityError, match="exactly this content"):
        await say(store, START.values(needs_approval=False))


async def test_an_approval_of_an_earlier_round_does_not_count(store: SqlStore) -> None:
    first, second = approval(state="approved"), approval(id="apr_1_2_0", round=2)
    await recorded(store, approvals=[first, second])
    with pytest.raises(IntegrityError, match="exactly this content"):
        await say(store, START)
    await approve(store, second)
    await say(store, START)


@pytest.mark.parametrize(("ask", "refused"), [("open", True), ("approved", False), ("edited", False)])
async def test_an_action_is_not_inserted_as_started_either(store: SqlStore, ask: str, refused: bool) -> None:
    await recorded(store, approvals=[approval(state=ask)], actions=[])
    new = insert(ACTIONS).values(values_of(action(state="started"), ACTIONS))
    if refused:
        with pytest.raises(IntegrityError, match="exactly this content"):
            await say(store, new)
    else:
        await say(store, new)


@pytest.mark.parametrize("state", ["approved", "edited", "rejected", "expired", "superseded", "blocked", "void"])
async def test_a_final_ask_does_not_change(store: SqlStore, state: str) -> None:
    await recorded(store, approvals=[approval(state=state)])
    changes = {"state": "open", "digest": "d9", "answered_by": "eve@example.com"}
    for change in ({name: value} for name, value in changes.items()):
        with pytest.raises(IntegrityError, match="answered ask cannot change"):
            await say(store, update(APPROVALS).values(change))


@pytest.mark.parametrize("state", ["done", "failed"])
async def test_a_finished_action_does_not_change(store: SqlStore, state: str) -> None:
    await recorded(store, actions=[action(state=state)])
    changes: list[dict[str, Any]] = [{"state": "planned"}, {"payload": {}}, {"result": {"reference": "x"}}]
    for change in changes:
        with pytest.raises(IntegrityError, match="finished action cannot change"):
            await say(store, update(ACTIONS).values(change))


@pytest.mark.parametrize(("table", "column"), [("runs", "state"), ("approvals", "state"), ("actions", "state")])
async def test_unknown_states_are_refused(store: SqlStore, table: str, column: str) -> None:
    await recorded(store)
    with pytest.raises(IntegrityError, match=r"(?i)check constraint"):
        await store.database.write_core(lambda c: c.exec_driver_sql(f"UPDATE {table} SET {column} = 'odd'"))


async def test_an_action_belongs_to_a_decision(store: SqlStore) -> None:
    with pytest.raises(IntegrityError, match=r"(?i)foreign key"):
        await store.plan_actions([action(9)])


async def test_a_refusal_leaves_the_rest_of_the_transaction_alone(store: SqlStore) -> None:
    await recorded(store)
    with pytest.raises(IntegrityError):
        await say(store, START)
    won, _ = await store.answer(answered(approval()), proposal=None, audit=SAID)
    assert won
    assert await store.start_action("np-1-0", NOW)

"""What operators watch is read right, and costs no walk through the past."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import Select

from integrations.db import pulse
from integrations.db.store import SqlStore
from tests.databases import ON_SQLITE, planned
from tests.unit.db.build import MINUTE, NOW, action, approval, approve, arrival, event, recorded, run


async def test_an_empty_deployment_has_a_quiet_pulse(store: SqlStore) -> None:
    felt = await store.pulse(NOW)
    assert set(felt.runs.values()) == {0}
    assert set(felt.asks.values()) == {0}
    assert (felt.lag_s, felt.unknown, felt.undelivered, felt.quarantined, felt.asks_late) == (0, 0, 0, 0, 0)


async def test_an_event_that_nobody_decides_about_grows_old(store: SqlStore) -> None:
    await store.accept([(arrival(event()), run())], NOW)
    felt = await store.pulse(NOW + MINUTE)
    assert (felt.runs["new"], felt.inbox_oldest_s, felt.lag_s) == (1, 60, 60)
    await store.move_run("run_1", state="waiting", wake_at=NOW + 60 * MINUTE)
    felt = await store.pulse(NOW + MINUTE)
    assert (felt.runs["new"], felt.runs["waiting"], felt.inbox_oldest_s, felt.lag_s) == (0, 1, 0, 0)
    assert (await store.pulse(NOW + 60 * MINUTE + MINUTE)).lag_s == 60


async def test_an_ask_is_late_from_half_of_its_time_on_and_lags_from_its_answer(store: SqlStore) -> None:
    await recorded(store, approvals=[approval()])
    half = (approval().expires_at - approval().created_at) / 2
    assert (await store.pulse(NOW + half)).asks_late == 0
    late = await store.pulse(NOW + half + MINUTE)
    assert (late.asks_late, late.asks["open"], late.lag_s) == (1, 1, 0)
    await approve(store, approval())
    answered = (await store.approvals("dec_1"))[0].at
    assert answered is not None
    felt = await store.pulse(answered + MINUTE)
    assert (felt.asks["open"], felt.asks_late, felt.lag_s) == (0, 0, 60)


async def test_unknown_effects_conflicts_and_dead_letters_are_seen(store: SqlStore) -> None:
    await recorded(store, approvals=[], actions=[action(needs_approval=False)])
    await store.start_action("np-1-0", NOW)
    await store.finish_action("np-1-0", state="unknown", at=NOW, error="no answer")
    await store.accept([(replace(arrival(event()), sha256="0" * 64, raw=b"other"), run())], NOW)
    await store.accept([(arrival(event(2)), run(2))], NOW)
    await store.failed_attempt("run_2", "a bug", at_most=1, retry_at=NOW)
    felt = await store.pulse(NOW + MINUTE)
    assert (felt.unknown, felt.unknown_oldest_s, felt.quarantined, felt.runs["dead"]) == (1, 60, 1, 1)


@ON_SQLITE
@pytest.mark.parametrize("query", [pulse._RUNS, pulse._INBOX, pulse._ASKS, pulse._UNKNOWN, pulse._OUTBOX])
async def test_none_walks_a_table(store: SqlStore, query: Select[object]) -> None:
    plan = await store.database.read_core(lambda c: planned(c, query.compile(c, compile_kwargs={"literal_binds": True})))
    assert "INDEX" in plan
    assert re.search(r"SCAN (?!actions USING (COVERING )?INDEX ix_actions_unknown)", plan) is None

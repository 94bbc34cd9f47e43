"""Many decisions read at once are the same as each read alone, whatever the size of the batches."""

import zlib
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection, update

from agent.domain.records import Reviewed
from agent.graph.storing import evidence_from_json
from agent.ports import Kept
from integrations.db import keeping
from integrations.db.packing import Damaged, pack_evidence
from integrations.db.store import SqlStore
from integrations.db.tables import DECISIONS
from tests.unit.db.build import DAY, MINUTE, NOW, SAID, answered, approval, approve, decision, proposal, recorded


async def _kept(store: SqlStore, since: datetime = NOW, until: datetime = NOW + DAY, surface: str | None = None) -> list[Kept]:
    return [kept async for kept in store.kept(since=since, until=until, surface=surface)]


async def _month(store: SqlStore, count: int) -> None:
    """So many decisions, two at each moment, recorded in another order than that in which they were made."""
    for number in reversed(range(1, count + 1)):
        await recorded(store, number, decision=decision(number, created_at=NOW + (number // 2) * MINUTE))


@pytest.fixture(params=[1, 2, 3, 7, 8, 200])
def batches(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """A size of batches: smaller than what is read, just as large, and larger."""
    monkeypatch.setattr(keeping, "BATCH", request.param)
    size: int = request.param
    return size


@pytest.mark.usefixtures("batches")
async def test_each_comes_once_oldest_first_as_if_it_were_read_alone(store: SqlStore) -> None:
    await _month(store, 7)
    await approve(store, approval(2))
    edited = proposal("d9").model_dump(mode="json")
    won, _ = await store.answer(answered(approval(5), "edited", answer="edit"), proposal=edited, audit=SAID)
    assert won
    await store.observe("dec_3", {"exposure": "delivered", "at": NOW + DAY, "guardrails": ["opt_out"]}, SAID)
    await store.stop("dec_4", code="blocked", text="an operator has blocked it", reconsider_until=None, audit=SAID, at=NOW)

    found = await _kept(store)

    assert [kept.decision.id for kept in found] == [f"dec_{number}" for number in range(1, 8)]
    for kept in found:
        alone, stored = await store.decision(kept.decision.id), await store.evidence(kept.decision.id)
        assert alone is not None
        assert stored is not None
        assert kept == Kept(alone, evidence_from_json(stored))
    assert found[4].decision.proposal is not None
    assert (found[1].decision.approvals[0].state, found[4].decision.proposal.digest) == ("approved", "d9")
    assert found[2].decision.outcome is not None
    assert found[3].decision.reasons[-1].code == "blocked"


@pytest.mark.usefixtures("batches")
async def test_the_span_begins_with_its_first_moment_and_ends_before_its_last(store: SqlStore) -> None:
    await _month(store, 6)
    ids = [kept.decision.id for kept in await _kept(store, NOW + MINUTE, NOW + 3 * MINUTE)]
    assert ids == ["dec_2", "dec_3", "dec_4", "dec_5"]
    assert await _kept(store, NOW + DAY, NOW + 2 * DAY) == []


@pytest.mark.usefixtures("batches")
async def test_one_surface_alone(store: SqlStore) -> None:
    await _month(store, 3)
    await recorded(store, 9, decision=decision(9, surface="renewal"))
    assert [kept.decision.id for kept in await _kept(store, surface="renewal")] == ["dec_9"]


@pytest.mark.usefixtures("batches")
async def test_those_that_may_teach_have_an_outcome_an_answer_or_a_label(store: SqlStore) -> None:
    await _month(store, 7)
    assert [one async for one in store.instructive(since=NOW, until=NOW + DAY)] == []
    await approve(store, approval(2))
    await store.observe("dec_3", {"exposure": "delivered", "at": NOW + DAY, "guardrails": ["opt_out"]}, SAID)
    await store.observe("dec_4", {"exposure": "delivered", "at": NOW + DAY, "guardrails": []}, SAID)
    await store.review(Reviewed("dec_5", "rae@tessera.example", "irrelevant", "", NOW))

    found = [one async for one in store.instructive(since=NOW, until=NOW + DAY)]

    assert [one.id for one in found] == ["dec_2", "dec_3", "dec_5"]
    assert [one.decision() for one in found] == [await store.decision(one.id) for one in found]
    assert [one.id async for one in store.instructive(since=NOW, until=found[0].created_at)] == []


async def test_what_was_only_recorded_is_told_from_what_is_lost(store: SqlStore) -> None:
    nothing: dict[str, Any] = {"approvals": [], "actions": [], "messages": [], "state": "closed"}
    await recorded(store, 1, decision=decision(1, route="suppressed", candidates=[], choice=None, proposal=None), **nothing)
    await recorded(store, 2)
    gone = update(DECISIONS).values(evidence=pack_evidence(None))
    await store.database.write_core(lambda c: c.execute(gone))
    assert [(kept.evidence, kept.lost) for kept in await _kept(store)] == [(None, False), (None, True)]


async def test_evidence_of_another_shape_is_named(store: SqlStore) -> None:
    await recorded(store)
    odd = update(DECISIONS).values(evidence=zlib.compress(b'{"at": 3, "someday": 1}'))
    await store.database.write_core(lambda c: c.execute(odd))
    with pytest.raises(Damaged, match="dec_1"):
        await _kept(store)


async def test_a_batch_takes_six_statements_however_many_decisions_are_in_it(store: SqlStore) -> None:
    await _month(store, 12)
    said: list[str] = []

    def traced(connection: Connection) -> tuple[int, int]:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.set_trace_callback(said.append)
        rows = keeping.batch_of(connection, keeping._all(NOW + DAY), (NOW, ""))
        driver.set_trace_callback(None)
        return len(rows), len([one for one in said if one.startswith("SELECT")])

    assert await store.database.read_core(traced) == (12, 6)

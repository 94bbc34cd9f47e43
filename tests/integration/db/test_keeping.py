"""Many decisions read at once are the same as each read alone, whatever the size of the batches."""

import json
import zlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from agent.domain.decision import ConfidenceRecord, ScoreRecord
from agent.domain.features import EDITION, Features
from agent.domain.precedent import Forecast, Precedent
from agent.domain.records import Reviewed
from agent.graph.storing import evidence_from_json
from agent.ports import Kept
from integrations.db import keeping
from integrations.db.packing import Damaged, pack_evidence
from integrations.db.store import SqlStore
from integrations.db.tables import DECISIONS
from tests.unit.db.build import DAY, MINUTE, NOW, SAID, answered, approval, approve, candidate, decision, evidence, proposal, recorded


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


TERMS = {"with": {"cel": "0.4", "result": 0.4, "values": {}}, "without": {"cel": "0.1", "result": 0.1, "values": {}}}
SCORE = ScoreRecord(p=0.3, value=100.0, cost_always=1.0, cost_if_taken=0.0, c=1.0, l=1.0, priority=29.0, terms=TERMS)
FORETOLD: dict[str, Any] = {
    "candidates": [candidate(id="cand_0"), candidate(score=SCORE)], "confidence": ConfidenceRecord(value=None, calibrated=False, terms={"raw": 0.61}),
}  # fmt: skip


async def _precedents(store: SqlStore, until: datetime = NOW + DAY) -> list[Precedent]:
    return [one async for one in store.precedents(since=NOW, until=until)]


@pytest.mark.usefixtures("batches")
async def test_those_that_may_teach_have_a_choice_and_an_outcome_an_answer_or_a_label(store: SqlStore) -> None:
    await _month(store, 7)
    await recorded(store, 8, decision=decision(8, choice=None, created_at=NOW + MINUTE))
    assert await _precedents(store) == []
    await approve(store, approval(2))
    await store.observe("dec_3", {"exposure": "delivered", "at": NOW + DAY, "guardrails": ["opt_out"]}, SAID)
    await store.observe("dec_4", {"exposure": "delivered", "at": NOW + DAY, "guardrails": []}, SAID)
    for number in (5, 8):
        await store.review(Reviewed(f"dec_{number}", "rae@tessera.example", "irrelevant", "", NOW))

    found = await _precedents(store)

    assert [one.decision for one in found] == ["dec_2", "dec_3", "dec_5"]
    for one in found:
        whole = await store.decision(one.decision)
        assert whole is not None
        said = (whole.created_at, whole.route, whole.approvals, whole.actions, whole.outcome)
        assert (one.created_at, one.route, one.approvals, one.actions, one.outcome) == said
        assert (one.play, one.kind) == ("send-case-study", "content")
    assert await _precedents(store, until=found[0].created_at) == []


async def _teaching(store: SqlStore, rewrite: Callable[[dict[str, Any]], object]) -> Precedent:
    """What a decision teaches whose stored record was rewritten."""
    await recorded(store, decision=decision(**FORETOLD))
    await approve(store, approval())
    whole = json.loads(zlib.decompress(await store.database.read_core(lambda c: c.execute(select(DECISIONS.c.body)).scalar_one())))
    rewrite(whole)
    other = update(DECISIONS).values(body=zlib.compress(json.dumps(whole).encode()))
    await store.database.write_core(lambda c: c.execute(other))
    [one] = await _precedents(store)
    return one


FORECAST = Forecast(0.61, 0.4, 0.1, Features(evidence()).of(candidate()))


async def test_what_was_foretold_stands_in_front_of_the_record_and_is_read_there_alone(store: SqlStore) -> None:
    def unreadable(whole: dict[str, Any]) -> None:
        whole["decision"]["candidates"] = "no candidates"

    assert (await _teaching(store, unreadable)).forecast == FORECAST
    assert FORECAST.features


@pytest.mark.parametrize(
    "rewrite",
    [
        lambda whole: whole.pop("forecast"),
        lambda whole: whole["forecast"].update(edition=EDITION - 1, features={"base": 9.0}),
        lambda whole: whole["forecast"].update(features={f"feature {number}": 1.0 for number in range(200)}),
    ],
    ids=["an earlier release", "features of another meaning", "more than is read of the front"],
)
async def test_where_it_does_not_stand_there_the_whole_record_says_it(store: SqlStore, rewrite: Callable[[dict[str, Any]], object]) -> None:
    assert (await _teaching(store, rewrite)).forecast == FORECAST


async def test_a_record_in_front_of_which_something_else_stands_is_damaged(store: SqlStore) -> None:
    with pytest.raises(Damaged, match="dec_1: features"):
        await _teaching(store, lambda whole: whole["forecast"].update(features="none"))


async def test_a_choice_that_is_no_candidate_is_damaged(store: SqlStore) -> None:
    def other(whole: dict[str, Any]) -> None:
        del whole["forecast"]
        whole["decision"]["choice"] = "cand_9"

    with pytest.raises(Damaged, match="dec_1: its choice is none of its candidates"):
        await _teaching(store, other)


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

from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import update

from agent.domain.decision import ConfidenceRecord, Decision, ScoreRecord
from agent.domain.reliability import Foretold
from integrations.db.head_rows import HEADS
from integrations.db.store import SqlStore
from tests.unit.db.build import DAY, MINUTE, NOW, SAID, action, answered, approval, candidate, decision, recorded
from tests.unit.db.test_watching import kept, sent, watch

ALL: dict[str, Any] = {"since": NOW - DAY, "until": NOW + DAY}
LATER: dict[str, Any] = {"since": NOW - DAY, "until": NOW + 90 * DAY}
PRIOR: dict[str, Any] = {"with": {"result": 0.4}}
LEARNED: dict[str, Any] = {**PRIOR, "model": {"with": 0.55}}


def sure(number: int, value: float | None = 0.7, terms: dict[str, Any] | None = None) -> Decision:
    """A decision with a confidence, and with what its score was made of."""
    score = ScoreRecord(0.2, 900.0, 0.0, 0.0, 1.0, 1.0, 180.0, PRIOR if terms is None else terms)
    confidence = ConfidenceRecord(value=value, calibrated=value is not None, terms={})
    return decision(number, candidates=[candidate(score=score)], confidence=confidence)


async def asked(store: SqlStore, number: int, state: str, *, value: float | None = 0.7, reason: str | None = None) -> None:
    await recorded(store, number, decision=sure(number, value))
    if state != "open":
        await store.answer(answered(approval(number), state, reason=reason), proposal=None, audit=SAID)


async def came(store: SqlStore, number: int, result: str | None, terms: dict[str, Any] | None = None) -> None:
    done = {"approvals": [], "actions": [action(number, needs_approval=False)]}
    await recorded(store, number, decision=sure(number, terms=terms), watch=watch(number), **done)
    await sent(store, number)
    if result is not None:
        await store.observe(f"dec_{number}", {"result": result, "at": NOW + DAY}, SAID)


async def test_confidence_is_held_against_what_people_answered(store: SqlStore) -> None:
    for number, state in enumerate(("approved", "edited", "rejected", "open"), 1):
        await asked(store, number, state, value=0.6 + number / 100)
    await asked(store, 5, "rejected", reason="handled_already")
    await asked(store, 6, "rejected", reason="repetitive")
    await asked(store, 7, "approved", value=None)
    found = (await store.tally(**LATER)).foretold
    assert found == Foretold(
        answers={"deal-follow-up": [(0.61, True), (0.62, True), (0.63, False), (0.7, False)]}, unsure={"deal-follow-up": 1}
    )  # fmt: skip
    assert (await store.tally(**LATER, surface="renewal")).foretold == Foretold()
    assert (await store.tally(since=NOW + DAY, until=NOW + 2 * DAY)).foretold == Foretold()


async def test_all_of_the_latest_round_must_have_approved(store: SqlStore) -> None:
    both = [approval(1), approval(1, index=1, needed_role="legal")]
    await recorded(store, 1, decision=sure(1), approvals=both)
    await store.answer(answered(both[0]), proposal=None, audit=SAID)
    assert (await store.tally(**LATER)).foretold.answers == {}, "one has not answered yet"
    await store.answer(answered(both[1]), proposal=None, audit=SAID)
    assert (await store.tally(**LATER)).foretold.answers == {"deal-follow-up": [(0.7, True)]}
    proposal = decision().proposal
    assert proposal is not None
    await store.ask_again("dec_1", [approval(id="apr_1_2_0", round=2)], [], proposal.model_dump(mode="json"), SAID)
    assert (await store.tally(**LATER)).foretold.answers == {}, "they are asked again"


async def test_the_chance_is_held_against_what_came_of_what_was_delivered(store: SqlStore) -> None:
    for number, result in enumerate(("converted", "assumed", "ignored", "lost", None), 1):
        await came(store, number, result)
    await came(store, 6, "converted", LEARNED)
    await came(store, 7, "converted", {})
    found = (await store.tally(**LATER)).foretold.outcomes
    assert found == {"deal-follow-up": [(0.4, True), (0.4, True), (0.4, False), (0.4, False), (0.55, True)]}


async def test_a_success_waits_for_its_window_as_a_failure_does(store: SqlStore) -> None:
    await came(store, 1, "converted")
    ends = NOW + watch(1).window
    assert (await store.tally(since=NOW - DAY, until=ends - timedelta(hours=1))).foretold.outcomes == {}
    assert (await store.tally(since=NOW - DAY, until=ends + DAY)).foretold.outcomes == {"deal-follow-up": [(0.4, True)]}


async def test_what_is_not_read_yet_is_counted_and_read_without_writing_the_rest_twice(store: SqlStore) -> None:
    await asked(store, 1, "approved")
    old = update(HEADS).values(sure=None, chance=None, counted=False)
    await store.database.write_core(lambda c: c.execute(old))
    assert (await store.tally(**LATER)).foretold == Foretold(unread=1)
    assert await store.unread_heads() == 0, "it is found all the same"
    assert (await store.read_heads(), await store.read_heads()) == (1, 0)
    assert (await store.tally(**LATER)).foretold == Foretold(answers={"deal-follow-up": [(0.7, True)]})


async def test_fates_tell_approval_execution_and_outcome_apart(store: SqlStore) -> None:
    await kept(store, 1)
    await sent(store, 1)
    await store.observe("dec_1", {"result": "converted", "value": 900.0, "at": NOW + DAY, "attribution": "primary"}, SAID)
    await recorded(store, 2, watch=watch(2))
    await store.answer(answered(approval(2), "rejected"), proposal=None, audit=SAID)
    await recorded(store, 3, decision=decision(3, route="none", choice=None), state="closed", approvals=[], actions=[])
    await recorded(store, 4, decision=decision(4, route="suppressed"), state="closed", approvals=[], actions=[])
    found = {fate.play or "nothing": fate for fate in (await store.tally(**ALL)).fates if fate.exposure or fate.play is None}
    done = found["send-case-study"]
    assert (done.asks, done.exposure, done.result, done.value, done.unit, done.open) == ((), "delivered", "converted", 900.0, "money", True)
    assert len((await store.tally(**ALL)).fates) == 3, "an event that started no work is no decision"
    assert [fate.asks for fate in (await store.tally(**ALL)).fates].count(("rejected",)) == 1
    assert (await store.tally(since=NOW + timedelta(seconds=1), until=NOW + DAY)).fates == []
    assert (await store.tally(**ALL, surface="renewal")).fates == []


async def test_only_the_latest_round_counts(store: SqlStore) -> None:
    await recorded(store)
    await store.ask_again("dec_1", [approval(id="apr_1_2_0", round=2)], [], decision().proposal.model_dump(mode="json"), SAID)  # type: ignore[union-attr]  # it has one
    [fate] = (await store.tally(**ALL)).fates
    assert fate.asks == ("open",)


async def test_the_pace_is_told_day_by_day_and_by_half_of_the_answers(store: SqlStore) -> None:
    for number, minutes in ((1, 10), (2, 20), (3, 60)):
        await recorded(store, number, watch=watch(number))
        await store.answer(replace(answered(approval(number), "approved"), at=NOW + minutes * MINUTE), proposal=None, audit=SAID)
    await sent(store, 1)
    await store.observe("dec_1", {"result": "converted", "value": 900.0, "at": NOW + DAY, "attribution": "primary"}, SAID)
    await recorded(store, 4, decision=decision(4, route="none", choice=None), state="closed", approvals=[], actions=[])
    pace = (await store.tally(**ALL)).pace
    assert pace.days == {NOW.date(): {"decided": 4, "asked": 3, "delivered": 1, "converted": 1}}
    assert pace.answered_in == {"deal-follow-up": 20 * MINUTE}

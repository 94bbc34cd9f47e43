from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.dialects import sqlite

from agent.domain.decision import ClauseRecord, RuleRecord
from agent.domain.facts import Fact, Status
from agent.listing import Wanted
from integrations.db.head_rows import HEADS
from integrations.db.heading import _HOW_MANY, place_of
from integrations.db.store import SqlStore
from tests.databases import ON_SQLITE, planned
from tests.unit.db.build import NOW, SAID, candidate, decision, recorded

NAME = Fact("account.name", "Zürich Bäckerei", "crm", NOW, NOW, Status.FRESH)
RULE = RuleRecord("quiet-hours", "defer", "safety", True, [ClauseRecord("late", "true", "it is late", {})])
IDLE = RuleRecord("asleep", "forbid", "safety", False, [])


async def found(store: SqlStore, **wanted: object) -> list[str]:
    page = await store.find(Wanted(**wanted), before=None, after=None, at_most=50)  # type: ignore[arg-type]  # of their own types
    return [one.id for one in page.decisions]


async def test_what_was_decided_at_the_same_moment_keeps_its_order(store: SqlStore) -> None:
    for number in range(1, 6):
        await recorded(store, number)
    assert await found(store) == [f"dec_{number}" for number in (5, 4, 3, 2, 1)]
    places = await store.database.read_core(lambda c: list(c.execute(select(HEADS.c.place).order_by(HEADS.c.place)).scalars()))
    assert places == [place_of(NOW) + number for number in range(5)]
    assert place_of(NOW + timedelta(microseconds=1)) > places[-1]


async def test_cursors_lead_both_ways(store: SqlStore) -> None:
    for number in range(1, 8):
        await recorded(store, number)
    first = await store.find(Wanted(), before=None, after=None, at_most=3)
    assert ([one.id for one in first.decisions], first.newer, first.older, first.count) == (["dec_7", "dec_6", "dec_5"], False, True, 7)
    second = await store.find(Wanted(), before=first.decisions[-1].place, after=None, at_most=3)
    assert ([one.id for one in second.decisions], second.newer, second.older) == (["dec_4", "dec_3", "dec_2"], True, True)
    last = await store.find(Wanted(), before=second.decisions[-1].place, after=None, at_most=3)
    assert ([one.id for one in last.decisions], last.older) == (["dec_1"], False)
    back = await store.find(Wanted(), before=None, after=last.decisions[0].place, at_most=3)
    assert ([one.id for one in back.decisions], back.newer, back.older) == (["dec_4", "dec_3", "dec_2"], True, True)
    nothing = await store.find(Wanted(), before=None, after=2**70, at_most=3)
    assert nothing.decisions == []


async def test_the_head_follows_the_outcome(store: SqlStore) -> None:
    await recorded(store)
    assert await found(store, result="converted") == []
    await store.observe("dec_1", {"exposure": "delivered", "result": "converted", "at": NOW}, SAID)
    assert await found(store, result="converted") == ["dec_1"]


async def test_rules_that_took_hold_and_words_without_their_accents_find_it(store: SqlStore) -> None:
    made = decision(1, facts=[NAME], candidates=[candidate(rules=[RULE, IDLE])])
    await recorded(store, 1, decision=made)
    for wanted in (
        {"rule": "quiet-hours"},
        {"text": "backerei zuri"},
        {"account": "zürich"},
        {"account": "acc_001"},
        {"text": "case stud"},
        {"text": "Hello"},
    ):
        assert await found(store, **wanted) == ["dec_1"], wanted
    for wanted in ({"rule": "asleep"}, {"text": "tudy"}, {"account": "acc_002"}, {"text": 'NEAR(case study) "'}, {"text": "title : case"}):
        assert await found(store, **wanted) == [], wanted


@ON_SQLITE
async def test_what_is_not_read_yet_is_counted_without_reading_the_rest(store: SqlStore) -> None:
    said = str(_HOW_MANY.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
    assert "ix_decision_heads_unread" in await store.database.read_core(lambda connection: planned(connection, said))

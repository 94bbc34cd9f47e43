"""What rules did is counted from what stands beside each decision, and of old ones from their records: the same either way."""

from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, update

from agent.domain.decision import Decision, RuleRecord, ScoreRecord
from agent.domain.facts import Fact, Status
from integrations.db.glimpsing import Glimpse, glimpse
from integrations.db.head_rows import HEADS, RULES
from integrations.db.heading import head_of
from integrations.db.packing import pack
from integrations.db.store import SqlStore
from tests.databases import ON_SQLITE
from tests.unit.db.build import DAY, NOW, action, candidate, decision, recorded
from tests.unit.db.test_watching import sent, watch

ALL: dict[str, Any] = {"since": NOW - DAY, "until": NOW + DAY}
FORBIDS = RuleRecord("cap", "forbid", "contact", True, [])
ASKS = RuleRecord("strategic", "ask", "suitability", True, [])
IDLE = RuleRecord("idle", "forbid", "contact", False, [])


def worth(priority: float, unit: str = "money") -> ScoreRecord:
    return ScoreRecord(0.1, 900.0, 0.0, 0.0, 1.0, 1.0, priority, {"unit": unit})


def judged(number: int, **given: Any) -> Decision:
    candidates = [
        candidate(rules=[ASKS, IDLE], score=worth(20.0)),
        candidate(id="cand_2", verdict="forbid", rules=[FORBIDS, ASKS], score=worth(90.0)),
        candidate(id="cand_3", verdict="forbid", rules=[FORBIDS], score=worth(5.0, "minutes")),
    ]
    return decision(number, candidates=candidates, facts=[Fact("account.name", "Zürich", "crm", NOW, NOW, Status.FRESH)], **given)


async def lived(store: SqlStore) -> None:
    await recorded(store, 1, decision=judged(1), watch=watch(1), approvals=[], actions=[action(1, needs_approval=False)])
    await sent(store, 1)
    await recorded(store, 2, decision=judged(2, route="none"), state="closed", approvals=[], actions=[])
    await recorded(store, 3, decision=judged(3, route="suppressed"), state="closed", approvals=[], actions=[])
    await recorded(store, 4, decision=judged(4, surface="renewal"), watch=None)


async def figures(store: SqlStore) -> list[Any]:
    return [
        await store.struck(**ALL), await store.struck(**ALL, surface="renewal"), await store.hits(**ALL),
        await store.struck(since=NOW + timedelta(seconds=1), until=NOW + DAY),
    ]  # fmt: skip


def as_of_an_earlier_release(connection: Connection) -> None:
    connection.execute(update(HEADS).values(counted=False))
    connection.execute(update(RULES).values(struck=0, worth=None, cost=None, unit=None))


async def test_what_stands_beside_and_what_records_say_give_the_same_figures(store: SqlStore) -> None:
    await lived(store)
    counted = await figures(store)
    whole, renewal, hits, nothing = counted
    cap = whole["cap"]
    assert (cap.decisions, cap.candidates, cap.alone, cap.worth, cap.cost) == (3, 6, 3, {"money": 270.0}, {"money": 210.0})
    assert (renewal["cap"].decisions, set(whole), nothing) == (1, {"cap"}, {})
    assert (hits["cap"].decisions, hits["cap"].candidates, hits["cap"].struck, hits["strategic"].struck) == (3, 6, 3, 0)
    assert hits["cap"].became == {"asked": 2, "done": 1, "nothing": 1}

    await store.database.write_core(as_of_an_earlier_release)
    assert await figures(store) == counted
    assert await store.read_heads(at_most=3) == 3, "the newest first"
    assert await figures(store) == counted, "some are counted, and of some the records are opened"
    assert (await store.read_heads(), await store.read_heads()) == (1, 0)
    assert await figures(store) == counted


async def test_a_glimpse_says_what_the_whole_record_says(store: SqlStore) -> None:
    made = judged(1)
    seen = glimpse(pack(made))
    assert isinstance(seen, Glimpse)
    assert head_of(seen) == head_of(made)
    assert seen.chosen is not None
    assert seen.chosen.play == made.chosen.play  # type: ignore[union-attr]  # it has one


@ON_SQLITE
async def test_what_was_found_by_words_before_is_found_once_when_its_rules_are_counted(store: SqlStore) -> None:
    await lived(store)
    await store.database.write_core(as_of_an_earlier_release)
    assert await store.unread_heads() == 0, "they can be found all the while"
    await store.read_heads()
    once = "SELECT count(*) FROM decision_words WHERE decision_words MATCH 'zurich'"
    assert await store.database.read_core(lambda c: c.exec_driver_sql(once).scalar()) == 4
    intact = "INSERT INTO decision_words (decision_words, rank) VALUES ('integrity-check', 1)"
    await store.database.write_core(lambda c: c.exec_driver_sql(intact))

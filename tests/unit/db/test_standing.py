from sqlalchemy import delete

from agent.listing import Waiting, WaitingAsk
from integrations.db.head_rows import HEADS
from integrations.db.store import SqlStore
from tests.unit.db.build import DAY, MINUTE, NOW, SAID, answered, approval, approve, recorded

BO, BO_AND_CY = ("bo@example.com",), ("bo@example.com", "cy@example.com")
OPEN = WaitingAsk(1, "open", "sales_manager", BO, BO_AND_CY, None, None, None, late=False)


def ids(waiting: Waiting) -> set[tuple[str, ...]]:
    return {tuple(of_one) for of_one in waiting.ids}


async def test_decisions_whose_only_asks_say_the_same_stand_together(store: SqlStore) -> None:
    for number in (1, 2, 3):
        await recorded(store, number)
    await recorded(store, 4, approvals=[approval(4, needed_role="legal")])
    legal, same = sorted(await store.standing(NOW), key=lambda one: len(one.ids))
    assert (same.surface, same.relations, same.asks) == ("deal-follow-up", {}, [OPEN])
    assert ids(same) == {("apr_1_1_0",), ("apr_2_1_0",), ("apr_3_1_0",)}
    assert (legal.asks, ids(legal)) == ([OPEN._replace(needed_role="legal")], {("apr_4_1_0",)})


async def test_what_is_answered_or_over_waits_no_more(store: SqlStore) -> None:
    for number in (1, 2):
        await recorded(store, number)
    await approve(store, approval(1))
    assert [ids(one) for one in await store.standing(NOW)] == [{("apr_2_1_0",)}]
    assert [ids(one) for one in await store.standing(NOW + DAY - MINUTE)] == [{("apr_2_1_0",)}]
    assert await store.standing(NOW + DAY) == []


async def test_of_several_asks_every_one_is_told_as_it_is_now(store: SqlStore) -> None:
    two = [approval(1), approval(1, index=1, needed_role="legal", expires_at=NOW + 2 * DAY)]
    await recorded(store, 1, approvals=two)
    await store.answer(answered(two[0]), proposal=None, audit=SAID)
    [waiting] = await store.standing(NOW + DAY)
    first = OPEN._replace(state="approved", answered_by="bo@example.com", late=True)
    assert (waiting.asks, ids(waiting)) == ([first, OPEN._replace(needed_role="legal")], {("apr_1_1_0", "apr_1_1_1")})
    assert [one.late for one in (await store.standing(NOW + 2 * DAY))[0].asks] == [True, True]


async def test_what_never_changes_is_kept_for_those_that_still_wait(store: SqlStore) -> None:
    for number in (1, 2):
        await recorded(store, number)
    assert await store.standing(NOW) == await store.standing(NOW)
    assert set(store._fixed) == {"dec_1", "dec_2"}
    await approve(store, approval(1))
    await store.standing(NOW)
    assert set(store._fixed) == {"dec_2"}


async def test_of_some_only_they_are_told(store: SqlStore) -> None:
    for number in (1, 2, 3):
        await recorded(store, number)
    await approve(store, approval(2))
    [waiting] = await store.standing(NOW, of=["dec_1", "dec_2", "dec_none"])
    assert (waiting.asks, ids(waiting)) == ([OPEN], {("apr_1_1_0",)})
    assert await store.standing(NOW, of=[]) == []
    assert not store._fixed, "only what is read of all is kept"


async def test_a_decision_whose_head_is_still_to_be_written_waits_until_it_is(store: SqlStore) -> None:
    for number in (1, 2):
        await recorded(store, number)
    await store.database.write_core(lambda c: c.execute(delete(HEADS).where(HEADS.c.decision_id == "dec_1")))
    assert [ids(one) for one in await store.standing(NOW)] == [{("apr_2_1_0",)}]

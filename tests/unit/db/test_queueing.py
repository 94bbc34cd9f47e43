from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from agent.listing import AskPage, Queued
from integrations.db.head_rows import HEADS
from integrations.db.store import SqlStore
from tests.unit.db.build import DAY, MINUTE, NOW, approval, approve, decision, recorded

HOUR = timedelta(hours=1)


async def wait(store: SqlStore, number: int, *, ends: datetime = NOW + DAY, role: str = "sales_manager", **head: Any) -> None:
    """Have an ask wait, whose decision stands so in the lists."""
    surface = head.pop("surface", "deal-follow-up")
    ask = approval(number, expires_at=ends, needed_role=role, created_at=NOW + number * MINUTE)
    await recorded(store, number, decision=decision(number, surface=surface), approvals=[ask])
    if head:
        await store.database.write_core(lambda c: c.execute(update(HEADS).where(HEADS.c.decision_id == f"dec_{number}").values(**head)))


async def look(store: SqlStore, queued: Queued = Queued(), *, at: datetime = NOW, at_most: int = 3, **more: Any) -> AskPage:  # noqa: B008  frozen
    return await store.queue(queued, at=at, soon=at + HOUR, at_most=at_most, **{"after": None, "before": None, **more})


def numbers(page: AskPage) -> list[int]:
    return [int(ask.split("_")[1]) for ask in page.asks]


async def test_what_a_rule_requires_comes_first_then_what_ends_soon_then_what_is_worth_most(store: SqlStore) -> None:
    await wait(store, 1, priority=None)
    await wait(store, 2, priority=5.0)
    await wait(store, 3, priority=9.0)
    await wait(store, 4, priority=5.0)
    await wait(store, 5, ends=NOW + 40 * MINUTE, priority=None)
    await wait(store, 6, ends=NOW + 20 * MINUTE, priority=None)
    await wait(store, 7, required=True, priority=None)
    assert numbers(await look(store, at_most=10)) == [7, 6, 5, 3, 2, 4, 1]


@pytest.fixture
async def seven(store: SqlStore) -> SqlStore:
    for number in range(1, 8):
        await wait(store, number, priority=None)
    return store


async def test_it_is_read_a_page_at_a_time_there_and_back(seven: SqlStore) -> None:
    first = await look(seven)
    assert (numbers(first), first.count, first.start, first.before, first.after) == ([1, 2, 3], 7, 1, False, True)
    second = await look(seven, after=first.asks[-1])
    assert (numbers(second), second.count, second.start, second.before, second.after) == ([4, 5, 6], 7, 4, True, True)
    last = await look(seven, after=second.asks[-1])
    assert (numbers(last), last.start, last.before, last.after) == ([7], 7, True, False)
    assert numbers(await look(seven, before=last.asks[0])) == [4, 5, 6]
    assert numbers(await look(seven, before=second.asks[0])) == [1, 2, 3]


async def test_an_ask_keeps_its_place_when_it_was_answered_meanwhile(seven: SqlStore) -> None:
    await approve(seven, approval(3))
    page = await look(seven, after="apr_3_1_0")
    assert (numbers(page), page.count, page.start, page.lost) == ([4, 5, 6], 6, 3, False)
    page = await look(seven, after="apr_none")
    assert (numbers(page), page.start, page.lost) == ([1, 2, 4], 1, True)


async def test_what_is_over_waits_no_more(store: SqlStore) -> None:
    await wait(store, 1)
    await wait(store, 2, ends=NOW + 2 * DAY)
    page = await look(store, at=NOW + DAY)
    assert (numbers(page), page.count) == ([2], 1)


async def test_filters_choose_among_all_and_what_one_can_filter_by_stays(store: SqlStore) -> None:
    await wait(store, 1, surface="ticket-reply", role="support_lead")
    await wait(store, 2)
    await wait(store, 3)
    for queued, found in (
        (Queued(surface="ticket-reply"), [1]),
        (Queued(role="sales_manager"), [2, 3]),
        (Queued(text="dec_3"), [3]),
        (Queued(account="acc_001"), [1, 2, 3]),
    ):
        page = await look(store, queued)
        assert (numbers(page), page.count) == (found, len(found))
        assert (list(page.surfaces), list(page.roles)) == (["deal-follow-up", "ticket-reply"], ["sales_manager", "support_lead"])
    mine = await look(store, among=["apr_1_1_0", "apr_3_1_0", "apr_none"])
    assert (numbers(mine), mine.count) == ([1, 3], 2)
    behind = await look(store, Queued(surface="ticket-reply"), after="apr_2_1_0")
    assert (numbers(behind), behind.count) == ([], 1)
    nobodys = await look(store, among=[])
    assert (numbers(nobodys), nobodys.count, list(nobodys.roles)) == ([], 0, ["sales_manager", "support_lead"])

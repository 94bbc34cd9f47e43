from dataclasses import replace

import pytest

from agent.domain.modes import Friction
from agent.domain.records import Cap
from integrations.db.store import SqlStore
from tests.unit.db.build import DAY, MINUTE, NOW, SAID
from tests.unit.db.test_watching import kept, sent

CAP = Cap("cap_1", "deal-follow-up", "guardrail", "suggest", "reopened: 3 of 20", "pb1", NOW, "reopened")


async def kinds(store: SqlStore) -> list[str]:
    return [str(entry["kind"]) for entry in await store.audit_log(limit=20)]


async def test_a_cap_is_in_force_until_it_is_lifted_and_the_log_tells_of_both(store: SqlStore) -> None:
    assert await store.cap(CAP)
    assert await store.caps() == [CAP]
    assert (await store.history(["acc_001"], since=NOW, at=NOW)).caps == [CAP]
    assert not await store.cap(replace(CAP, id="cap_2", since=NOW + MINUTE)), "it stands there already"
    assert not await store.lift_cap("deal-follow-up", "unproven", by="ann@example.com", why="so", at=NOW)
    assert await store.lift_cap("deal-follow-up", "guardrail", by="ann@example.com", why="mended", at=NOW + DAY)
    assert await store.caps() == []
    assert not await store.lift_cap("deal-follow-up", "guardrail", by="ann@example.com", why="mended", at=NOW + DAY)
    assert [kind for kind in await kinds(store) if kind.startswith("mode.")] == ["mode.lifted", "mode.demoted"]


async def test_a_lower_one_takes_the_place_of_the_one_before(store: SqlStore) -> None:
    await store.cap(CAP)
    lower = replace(CAP, id="cap_2", mode="shadow", since=NOW + DAY)
    assert await store.cap(lower)
    assert await store.caps() == [lower]


async def test_a_passed_launch_check_lifts_what_is_unproven_and_no_demotion(store: SqlStore) -> None:
    unproven = replace(CAP, id="cap_2", kind="unproven", guardrail=None)
    await store.cap(CAP)
    await store.cap(unproven)
    assert await store.launch_passed("deal-follow-up", "pb2", at=NOW)
    assert await store.caps() == [CAP]
    assert not await store.launch_passed("deal-follow-up", "pb2", at=NOW)


async def complained(store: SqlStore, number: int) -> None:
    await kept(store, number)
    await sent(store, number)
    await store.observe(f"dec_{number}", {"guardrails": ["complaint"], "at": NOW + DAY}, SAID)


async def test_friction_is_counted_over_what_was_delivered(store: SqlStore) -> None:
    await complained(store, 1)
    await kept(store, 2)
    await sent(store, 2)
    await kept(store, 3)
    await complained(store, 4)
    await store.observe("dec_4", {"exposure": "bounced"}, SAID)
    surface, name = "deal-follow-up", "complaint"
    assert await store.friction(surface, name, since=NOW, until=NOW + DAY) == Friction(2, 1)
    assert await store.friction(surface, "reopened", since=NOW, until=NOW + DAY) == Friction(2, 0)
    assert await store.friction(surface, name, since=NOW + DAY, until=NOW + 2 * DAY) == Friction(0, 0)
    assert await store.friction("renewal", name, since=NOW, until=NOW + DAY) == Friction(0, 0)


@pytest.mark.parametrize("lifted", [False, True])
async def test_what_led_to_a_demotion_is_not_counted_twice(store: SqlStore, lifted: bool) -> None:
    await complained(store, 1)
    await store.cap(replace(CAP, since=NOW + DAY + MINUTE))
    if lifted:
        await store.lift_cap("deal-follow-up", "guardrail", by="ann@example.com", why="mended", at=NOW + 2 * DAY)
    assert await store.friction("deal-follow-up", "complaint", since=NOW, until=NOW + 3 * DAY) == Friction(0, 0)

from collections.abc import Sequence
from typing import Any

import pytest

from agent.errors import Refused
from integrations.db.store import SqlStore
from tests.unit.db.build import MINUTE, NOW, arrival, event, run


async def test_an_event_is_taken_in_once(store: SqlStore) -> None:
    pair = (arrival(event()), run())
    assert await store.accept([pair, pair], NOW) == ["new", "duplicate"]
    assert await store.accept([pair], NOW + MINUTE) == ["duplicate"]
    assert await store.run("run_1") == run()
    assert await store.run_of_event("billing", "evt_1") == run()
    assert await store.run_of_event("billing", "evt_2") is None


async def test_what_was_heard_is_known_by_source_and_id(store: SqlStore) -> None:
    await store.accept([(arrival(event()), run())], NOW)
    assert await store.heard("billing", ["evt_1", "evt_2"]) == {"evt_1"}
    assert await store.heard("clock", ["evt_1"]) == set()
    assert await store.heard("billing", []) == set()


async def test_the_event_comes_back_whole(store: SqlStore) -> None:
    odd = event(account=None, actor=None, version=None, data={"text": "żółw \u0000 👍", "n": [1, 2.5, None, {"a": True}]})
    await store.accept([(arrival(odd), run(of=odd, surface=None))], NOW)
    found = await store.run("run_1")
    assert found is not None
    assert found.event == odd


async def test_the_bytes_in_which_it_came_are_kept(store: SqlStore) -> None:
    await store.accept([(arrival(event(), b'{"a": 1}'), run())], NOW)
    assert await store.raw_event("run_1") == b'{"a": 1}'
    assert await store.raw_event("run_2") is None


async def test_other_content_under_the_same_id_is_quarantined(store: SqlStore) -> None:
    await store.accept([(arrival(event(), b"one"), run())], NOW)
    changed = (arrival(event(data={"stage": "lost"}), b"two"), run(2, event()))
    assert await store.accept([changed, changed], NOW + MINUTE) == ["conflict", "conflict"]
    [held] = await store.quarantined()
    assert (held["source"], held["event_id"], held["raw"], held["at"]) == ("billing", "evt_1", "two", NOW + MINUTE)
    assert "conflict" in held["why"]
    assert (held["sha256"], held["known_sha256"]) == (changed[0].sha256, arrival(event(), b"one").sha256)
    kept = await store.run("run_1")
    assert kept is not None
    assert kept.event.data == {"stage": "contract_sent"}
    assert await store.run("run_2") is None


async def test_unreadable_bytes_are_kept_once(store: SqlStore) -> None:
    for _ in range(2):
        await store.quarantine("zendesk", "", b"\xff{", "not JSON", NOW)
    [held] = await store.quarantined()
    assert (held["raw"], held["why"], held["known_sha256"]) == ("\ufffd{", "not JSON", None)


async def test_a_run_id_of_another_event_is_refused_and_nothing_stays(store: SqlStore) -> None:
    await store.accept([(arrival(event()), run())], NOW)
    good, bad = (arrival(event(3)), run(3)), (arrival(event(2)), run(1, event(2)))
    with pytest.raises(Refused, match="run_1 belongs to another event"):
        await store.accept([good, bad], NOW)
    assert await store.run("run_3") is None


async def arrived(store: SqlStore, minutes: Sequence[float], **changes: Any) -> None:
    for number, minute in enumerate(minutes, 1):
        of = event(number, occurred_at=NOW + minute * MINUTE, subject_id=f"deal_{number % 2}", **changes)
        await store.accept([(arrival(of), run(number, of))], NOW)


async def test_recent_events_of_a_subject(store: SqlStore) -> None:
    await arrived(store, [0, 1, 2, 3, 4])
    found = await store.recent_events(source="billing", subject=("deal", "deal_1"), since=NOW, until=NOW + 2 * MINUTE)
    assert [item.event.id for item in found] == ["evt_1", "evt_3"]


@pytest.mark.parametrize(
    ("at_most", "found"),
    [(9, [1, 0.5, 0.5, 0, 1.2, 1.5, 2]), (3, [1, 0.5, 0.5, 1.2, 1.5, 2]), (1, [1, 1.2])],
)
async def test_an_actors_moments_nearest_first_and_never_more_than_asked_for(store: SqlStore, at_most: int, found: list[float]) -> None:
    await arrived(store, [-0.1, 0, 0.5, 0.5, 1, 1.2, 1.5, 2, 2.1])
    moments = await store.moments_around(NOW + MINUTE, source="billing", actor="u_7", within=MINUTE, at_most=at_most)
    assert moments == [NOW + minute * MINUTE for minute in found]
    assert await store.moments_around(NOW + MINUTE, source="billing", actor="u_8", within=MINUTE, at_most=at_most) == []


async def test_the_newest_of_the_quarantine_is_read_first_and_all_of_it_counted(store: SqlStore) -> None:
    for number in range(3):
        await store.quarantine("generic", f"e{number}", b"{", "it is no JSON", NOW)
    assert [one["event_id"] for one in await store.quarantined(at_most=2)] == ["e2", "e1"]
    assert await store.how_many_quarantined() == 3

"""Learned models as rows: kept once, one in force, and one training a day."""

from dataclasses import replace
from datetime import date, timedelta

from agent.ports import ModelVersion, Training
from integrations.db.store import SqlStore
from tests.unit.db.build import NOW, SAID, approval, approve, recorded

TODAY = date(2026, 11, 23)
MADE = ModelVersion("model-1", NOW, "nextplay", NOW, 60, 55, 0.7, 0.6, {"families": {}})


async def keep(store: SqlStore, made: ModelVersion = MADE, *, day: date | None = TODAY, waiting: int = 0, why: str | None = "daily") -> bool:
    return await store.keep_training(made, "{}", day=day, waiting=waiting, why=why)


async def test_a_model_is_kept_and_in_force_once_however_often_it_is_made(store: SqlStore) -> None:
    assert await keep(store)
    assert not await keep(store, day=TODAY + timedelta(days=1))
    assert await store.models() == [MADE]
    assert await store.model_parameters("model-1") == "{}"
    assert await store.model_parameters("model-2") is None
    [reign] = await store.reigns()
    assert (reign.version, reign.since, reign.until, reign.by, reign.why, reign.pinned) == ("model-1", NOW, None, "nextplay", "daily", False)
    assert [entry["kind"] for entry in await store.audit_log(limit=9)] == ["model.in_force", "model.trained"]


async def test_a_newer_model_takes_over_and_the_older_reign_ends(store: SqlStore) -> None:
    await keep(store)
    later = replace(MADE, version="model-2", made_at=NOW + timedelta(days=1))
    assert await keep(store, later)
    assert [(r.version, r.until) for r in await store.reigns()] == [("model-2", None), ("model-1", later.made_at)]
    assert [m.version for m in await store.models()] == ["model-2", "model-1"]


async def test_a_pinned_model_stays_until_a_person_says_so(store: SqlStore) -> None:
    await keep(store)
    assert await store.put_model_in_force("prior-1", by="ann@x.test", why="odd choices", at=NOW, pinned=True)
    assert not await store.put_model_in_force("prior-1", by="ann@x.test", why="again", at=NOW, pinned=True)
    assert await keep(store, replace(MADE, version="model-2"))
    assert (await store.reigns())[0].version == "prior-1"
    assert await store.put_model_in_force("model-2", by="ann@x.test", why="mended", at=NOW, pinned=False)
    assert await keep(store, replace(MADE, version="model-3"))
    assert [r.version for r in await store.reigns()] == ["model-3", "model-2", "prior-1", "model-1"]


async def test_a_model_that_says_nothing_is_kept_but_not_put_in_force(store: SqlStore) -> None:
    assert await keep(store, why=None)
    assert await store.reigns() == []


async def test_a_day_is_trained_once_and_only_when_something_came_or_is_waited_for(store: SqlStore) -> None:
    assert not await store.training_due(TODAY)
    await recorded(store)
    assert not await store.training_due(TODAY)
    await approve(store, approval())
    assert await store.training_due(TODAY)
    await keep(store)
    assert not await store.training_due(TODAY)
    tomorrow = TODAY + timedelta(days=1)
    assert not await store.training_due(tomorrow)
    await store.observe("dec_1", {"exposure": "delivered", "at": NOW}, SAID)
    assert not await store.training_due(tomorrow), "an exposure alone teaches nothing"
    await store.observe("dec_1", {"result": "converted"}, SAID)
    assert not await store.training_due(TODAY)
    assert await store.training_due(tomorrow)
    await keep(store, replace(MADE, version="model-2"), day=tomorrow, waiting=1)
    assert await store.training_due(tomorrow + timedelta(days=1)), "time alone may end what is waited for"


async def test_a_day_on_which_a_training_was_tried_is_noted_once(store: SqlStore) -> None:
    tried = Training(TODAY, NOW, 60, 0, "words")
    await store.note_training(tried, "triage")
    await store.note_training(replace(tried, seen=70), "triage")
    assert await store.last_training("triage") == tried
    assert await store.last_training("score") is None
    await store.keep_training(MADE, "{}", day=TODAY + timedelta(days=1), waiting=0, why="daily", line="triage", seen=75)
    await store.note_training(replace(tried, day=TODAY + timedelta(days=1)), "triage")
    last = await store.last_training("triage")
    assert last is not None
    assert (last.seen, last.version) == (75, "model-1")

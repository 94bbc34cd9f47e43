from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from agent.domain.records import Reviewed
from agent.errors import NotFound
from integrations.db.store import SqlStore
from tests.unit.db.build import DAY, NOW, recorded

SAID = Reviewed("dec_1", "ann@example.com", "repetitive", "the third this week", NOW)


async def test_a_word_of_the_same_person_takes_the_place_of_their_earlier_one(store: SqlStore) -> None:
    await recorded(store)
    assert await store.review(SAID)
    assert not await store.review(replace(SAID, at=NOW + DAY)), "they said so already"
    assert await store.reviews() == [SAID]
    other = replace(SAID, label="good", at=NOW + DAY)
    assert await store.review(other)
    also = replace(SAID, by="bo@example.com", at=NOW + 2 * DAY)
    assert await store.review(also)
    assert await store.reviews() == [other, also]
    assert await store.reviews_of("dec_1") == [other, also]
    assert await store.reviews_of("dec_2") == []
    told = [entry for entry in await store.audit_log(limit=9) if entry["kind"] == "review.labelled"]
    assert [entry["who"] for entry in told] == ["bo@example.com", "ann@example.com", "ann@example.com"]
    assert {entry["ref"] for entry in told} == {"dec_1"}
    assert (await store.verify_audit()).ok


async def test_a_decision_that_is_not_there_and_a_label_that_is_none_are_refused(store: SqlStore) -> None:
    with pytest.raises(NotFound):
        await store.review(SAID)
    await recorded(store)
    with pytest.raises(IntegrityError):
        await store.review(replace(SAID, label="dull"))  # type: ignore[arg-type]  # the database refuses what the types would
    assert await store.reviews() == []


async def test_a_label_makes_a_training_due(store: SqlStore) -> None:
    await recorded(store)
    assert not await store.training_due(NOW.date())
    await store.review(SAID)
    assert await store.training_due(NOW.date())

from typing import Literal

import pytest

from agent.domain.records import Message
from agent.errors import NotFound
from integrations.db.store import SqlStore
from tests.unit.db.build import DAY, MINUTE, NOW

OPS, OTHER = "ops@example.com", "other@example.com"


async def alarmed(store: SqlStore) -> None:
    kinds: tuple[Literal["alarm", "notice"], ...] = ("alarm", "notice", "alarm", "alarm")
    await store.add_messages([
        Message(f"msg_{number}", kind, (OPS,), f"Title {number}", "Body", None, NOW + number * MINUTE) for number, kind in enumerate(kinds)
    ])  # fmt: skip


async def test_alarms_that_nobody_has_taken_on_come_first_the_newest_first(store: SqlStore) -> None:
    await alarmed(store)
    await store.answer_alarm("msg_3", by=OPS, note="the token was renewed", at=NOW + DAY)

    found = await store.alarms(at_most=10)

    assert [one.message.id for one in found] == ["msg_2", "msg_0", "msg_3"]
    assert [(one.answered_by, one.answered_at, one.note) for one in found] == [
        (None, None, ""), (None, None, ""), (OPS, NOW + DAY, "the token was renewed")
    ]  # fmt: skip
    assert [one.message.id for one in await store.alarms(at_most=1)] == ["msg_2"]


async def test_of_two_who_take_an_alarm_on_the_first_stands(store: SqlStore) -> None:
    await alarmed(store)
    first = await store.answer_alarm("msg_0", by=OPS, note="on it", at=NOW)
    second = await store.answer_alarm("msg_0", by=OTHER, note="me, too", at=NOW + MINUTE)

    assert first == second
    assert (second.answered_by, second.note) == (OPS, "on it")
    assert [(entry["who"], entry["ref"]) for entry in await store.audit_log(limit=9) if entry["kind"] == "alarm.answered"] == [(OPS, "msg_0")]


@pytest.mark.parametrize("message", ["msg_1", "msg_9"])
async def test_only_an_alarm_is_taken_on(store: SqlStore, message: str) -> None:
    await alarmed(store)
    with pytest.raises(NotFound, match=f"no alarm {message}"):
        await store.answer_alarm(message, by=OPS, note="on it", at=NOW)

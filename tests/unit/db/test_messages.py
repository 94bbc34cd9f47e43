import pytest

from agent.errors import NotFound
from integrations.db.store import SqlStore
from tests.unit.db.build import MINUTE, NOW, message


async def test_messages_are_kept_until_delivered(store: SqlStore) -> None:
    later, first = message(1, at=NOW + MINUTE, decision_id=None), message(2, data={"to": "x"})
    assert not await store.undelivered()
    await store.add_messages([later, first])
    assert await store.undelivered()
    await store.add_messages([message(2, title="again"), message(3, at=NOW + 2 * MINUTE)])
    assert [item.id for item in await store.messages(undelivered=True)] == ["msg_2", "msg_1", "msg_3"]
    for _ in range(2):
        await store.delivered("msg_2", NOW)
    assert [item.id for item in await store.messages(undelivered=True)] == ["msg_1", "msg_3"]
    assert (await store.messages(undelivered=False))[:2] == [first, later]


async def test_delivering_what_was_never_sent(store: SqlStore) -> None:
    with pytest.raises(NotFound, match="no message msg_9"):
        await store.delivered("msg_9", NOW)

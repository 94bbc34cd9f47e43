"""What the sandbox remembers of itself: how far its clock has been moved, and that it holds the demo's story."""

from sqlalchemy import Connection, select

from integrations.db.sandbox_rows import META
from integrations.db.statements import insert_for
from integrations.sandbox.source import Store

_DEMO = "demo"


async def is_demo(store: Store) -> bool:
    """Whether this database holds the demo's story, which may be told again."""
    return await recall(store, _DEMO) is not None


async def mark_demo(store: Store) -> None:
    """Remember that what follows is the demo's story."""
    await remember(store, _DEMO, "yes")


async def recall(store: Store, key: str) -> str | None:
    """What was remembered under the key."""
    query = select(META.c.value).where(META.c.key == key)
    return await store.read_core(lambda connection: connection.execute(query).scalar())


async def remember(store: Store, key: str, value: str) -> None:
    """Remember a value in place of what was remembered under the key."""

    def work(connection: Connection) -> None:
        put = insert_for(connection, META)
        connection.execute(put.on_conflict_do_update(index_elements=[META.c.key], set_={"value": value}), {"key": key, "value": value})

    await store.write_core(work)

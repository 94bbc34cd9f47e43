"""What the sandbox remembers of itself: that it holds the demo's story."""

from sqlmodel import Session

from integrations.db.tables import SandboxMeta
from integrations.sandbox.source import Store

_DEMO = "demo"


async def is_demo(store: Store) -> bool:
    """Whether this database holds the demo's story, which may be told again."""
    return await store.read(lambda session: session.get(SandboxMeta, _DEMO) is not None)


async def mark_demo(store: Store) -> None:
    """Remember that what follows is the demo's story."""

    def work(session: Session) -> None:
        session.merge(SandboxMeta(key=_DEMO, value="yes"))

    await store.write(work)

"""The sandbox as a whole: its ports in one place, and what an operator does to it."""

from collections.abc import Sequence

from sqlalchemy import Connection, delete

from agent.domain.event import Event
from integrations.db.tables import Row
from integrations.db.vendor_rows import FAULTS, READS, SYNCS
from integrations.sandbox.crm import SandboxCrm
from integrations.sandbox.directory import SandboxDirectory
from integrations.sandbox.effects import SandboxEffects
from integrations.sandbox.fixtures import Item, apply, read_fixture
from integrations.sandbox.helpdesk import SandboxHelpdesk
from integrations.sandbox.messenger import SandboxMessenger
from integrations.sandbox.mirror import Mirrored, mirror
from integrations.sandbox.search import ARTICLES, SandboxSearch
from integrations.sandbox.seed import seed_items
from integrations.sandbox.source import Clock, Pause, Store, Together, thirty_seconds
from integrations.search import keeping
from integrations.search.index import ArticleIndex
from tools.once import Sources

TABLES = ("sandbox_records", "sandbox_effects", "sandbox_messages", "sandbox_meta", *(table.name for table in (READS, SYNCS, FAULTS)))


class Sandbox:
    """A local CRM, helpdesk, directory, search and messenger in the database. `pause` is what a source that is set to
    `slow` waits for; `index` is what articles are found in, by default by their words alone.
    """

    def __init__(self, store: Store, clock: Clock, *, pause: Pause = thirty_seconds, index: ArticleIndex | None = None) -> None:
        self._store = store
        self._clock = clock
        together = Together(store)
        self.crm = SandboxCrm(together, clock, pause=pause)
        self.helpdesk = SandboxHelpdesk(together, pause=pause)
        self.search = SandboxSearch(together, index or ArticleIndex(store, ARTICLES), pause=pause)
        self.directory = SandboxDirectory(together, pause=pause)
        self.effects = SandboxEffects(store, clock, pause=pause)
        self.messenger = SandboxMessenger(store, clock)

    @property
    def sources(self) -> Sources:
        """What the tools read from."""
        return Sources(self.crm, self.helpdesk, self.search, self.directory)

    async def apply(self, fixture: str, name: str = "") -> dict[str, int]:
        """Add or change records from a YAML or JSON text; returns how many of each key. Raises FixtureError and
        changes nothing.
        """
        return await self.add(read_fixture(fixture, name))

    async def seed(self) -> dict[str, int]:
        """Fill the sandbox with its starting world, dated from now."""
        return await self.add(seed_items())

    async def mirror(self, event: Event) -> Mirrored:
        """Bring the event's subject up to date, because in the sandbox the event is its source's own news."""
        return await self._store.write_core(lambda connection: mirror(connection, event))

    async def reset(self) -> None:
        """Empty it: records, effects and messages."""

        def work(connection: Connection) -> None:
            for name in TABLES:
                connection.execute(delete(Row.metadata.tables[name]))
            keeping.clear(connection)

        await self._store.write_core(work)

    async def add(self, items: Sequence[Item]) -> dict[str, int]:
        """Add or change records; returns how many of each key. Raises FixtureError and changes nothing."""
        at = self._clock()
        return await self._store.write_core(lambda connection: apply(connection, items, at))

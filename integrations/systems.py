"""The systems of record of a deployment: the local sandbox, or the vendors that the settings name."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from integrations.db.database import Database
from integrations.sandbox.sandbox import Sandbox
from integrations.search.index import ArticleIndex
from integrations.settings import Settings
from integrations.wire import NETWORK, Wire
from tools.once import Sources
from tools.ports import Effects

if TYPE_CHECKING:
    from integrations.vendors.connector import Connector
    from integrations.vendors.copy import Copy


@dataclass(frozen=True, slots=True)
class Systems:
    """What is read and what is changed. `connectors` and `copy`: of vendors, where there are any."""

    sources: Sources
    effects: Effects
    connectors: "tuple[Connector, ...]" = ()
    copy: "Copy | None" = None


@asynccontextmanager
async def systems_of(
    settings: Settings, database: Database, sandbox: Sandbox, index: ArticleIndex, clock: Callable[[], datetime], wire: Wire = NETWORK
) -> AsyncIterator[Systems]:
    """Those that the settings name, while the context is open; vendors are reached by `wire`."""
    if settings.crm == settings.helpdesk == "sandbox":
        yield Systems(sandbox.sources, sandbox.effects)
        return
    from integrations.mail.touches import MailingCrm
    from integrations.mail.wiring import mail_of
    from integrations.sandbox.source import Together
    from integrations.vendors.connecting import connectors_of
    from integrations.vendors.copy import Copy
    from integrations.vendors.following import Following
    from integrations.vendors.news import News
    from integrations.vendors.routing import VendorEffects
    from integrations.vendors.sources import VendorDirectory, VendorHelpdesk, VendorSearch

    async with AsyncExitStack() as closing:
        connectors = tuple(await connectors_of(settings, database, clock, closing, wire=wire))
        copy = Copy(database, News([one.vendor for one in connectors if not getattr(settings, f"{one.vendor}_webhook_secrets")]))
        following, together = Following(copy, connectors, clock), Together(database)
        sources = Sources(
            MailingCrm(together, clock, following),
            VendorHelpdesk(together, following),
            VendorSearch(together, index, following),
            VendorDirectory(together, following),
        )
        yield Systems(sources, VendorEffects(connectors, mail_of(settings, sources, clock)), connectors, copy)

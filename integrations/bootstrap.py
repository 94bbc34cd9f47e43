"""The one place where settings become adapters, adapters become ports, and ports become the service."""

import gc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from agent.deployment import Limits, Ports
from agent.domain.playbook import Playbook
from agent.playbook.loader import DEFAULT, load
from agent.service import Nextplay
from integrations.db.database import Database
from integrations.db.revision import bring_up_to_date
from integrations.db.slack import SlackStore
from integrations.db.store import SqlStore, store_of
from integrations.embedding import embedding
from integrations.embedding.kept import Kept
from integrations.engines.embedded import EmbeddedEngine
from integrations.engines.lanes import lanes_of
from integrations.in_force import InForce, Load
from integrations.learned import Learned
from integrations.machine import machine
from integrations.opinions import TicketOpinions
from integrations.sandbox.clock import SandboxClock
from integrations.sandbox.sandbox import Sandbox
from integrations.sandbox.search import ARTICLES
from integrations.search.index import ArticleIndex
from integrations.settings import Settings
from integrations.slack.messenger import SlackMessenger
from integrations.steady_clock import SteadyClock
from integrations.systems import Systems, systems_of
from integrations.telemetry import TELEMETRY
from integrations.wire import NETWORK, Wire
from integrations.writer import writing
from tools.ports import Writer

if TYPE_CHECKING:
    from integrations.slack.door import SlackDoor

NEW_OBJECTS = 100_000
"""After so many new objects Python looks for cycles of garbage. A decision makes tens of thousands, nearly all of it free of cycles, and several
are under way at once: by default (700), looking through them over and over costs a third of all the deciding; so, a fiftieth, for some ten MB.
"""

DatabaseOpener = Callable[[str], Database]
Wrap = Callable[[Ports], Ports]


@dataclass(frozen=True)
class Workspace:
    """An open Nextplay: the service and its engine, with what operators and tests look at directly."""

    settings: Settings
    database: Database
    store: SqlStore
    sandbox: Sandbox
    playbooks: InForce
    service: Nextplay
    engine: EmbeddedEngine
    clock: SandboxClock
    wall: SteadyClock
    learned: Learned
    systems: Systems
    opinions: TicketOpinions
    index: ArticleIndex
    look_around: Callable[[], Awaitable[None]]
    slack: "SlackDoor | None" = None

    @property
    def playbook(self) -> Playbook:
        """The playbook in force. Raises PlaybookError where there never was one."""
        return self.playbooks()


@asynccontextmanager
async def open_workspace(
    settings: Settings,
    *,
    at: datetime | None = None,
    open_database: DatabaseOpener = Database,
    wrap: Wrap = lambda ports: ports,
    writer: Writer | None = None,
    wall: Callable[[], datetime] | None = None,
    load_playbook: Load | None = None,
    wire: Wire = NETWORK,
) -> AsyncIterator[Workspace]:
    """Open the deployment that the settings describe, bringing its database up to date. `at` stops the clock at a moment (sandbox only).

    Slack is not part of the sandbox's time: what concerns it goes by `wall`, by default the time outside. Vendors are reached by `wire`. `wrap`: what
    is put around the ports, such as by somebody who watches or disturbs them.
    """
    gc.set_threshold(NEW_OBJECTS, *gc.get_threshold()[1:])
    url = settings.database_url.get_secret_value()
    bring_up_to_date(url)
    database = open_database(url)
    try:
        store = store_of(database, settings.audit_key_file)
        outside = SteadyClock(database.time)
        await outside.look()
        wall = wall or outside
        clock = SandboxClock(at=at, wall=outside) if settings.in_real_time else await SandboxClock.of(database, at=at, wall=outside)
        playbooks = InForce(store, settings.playbook or DEFAULT, wall, load_playbook or load)
        learned = Learned(store)
        await playbooks.look()
        await learned.look()
        async with AsyncExitStack() as opened:
            lanes = await opened.enter_async_context(lanes_of(database))
            model = await opened.enter_async_context(writing(settings))
            embedder = await opened.enter_async_context(embedding(settings))
            index = ArticleIndex(database, ARTICLES, embedder)  # which keeps its own vectors
            of_tickets = Kept(embedder) if embedder else None
            sandbox = Sandbox(database, clock, index=index)
            systems = await opened.enter_async_context(systems_of(settings, database, sandbox, index, clock, wire))
            steps = await opened.enter_async_context(machine(database))
            slack_store = SlackStore(database)
            slack_messenger = SlackMessenger(slack_store, wall)
            opinions = TicketOpinions(store, index.meaning, model if settings.triage_llm else None)
            await opinions.look()
            sources = replace(systems.sources, opinions=opinions)
            if settings.slack_mode != "off":
                from integrations.slack.statuses import StatusDirectory  # with Slack's own libraries, which take a while to load

                sources = replace(sources, directory=StatusDirectory(sources.directory, slack_store, wall))
            ports = Ports(
                store=store, sources=sources, effects=systems.effects,
                messenger=sandbox.messenger if settings.slack_mode == "off" else slack_messenger,
                writer=writer or model, lanes=lanes, clock=clock, playbook=playbooks, playbook_of=playbooks.of,
                limits=limits_of(settings), models=learned, policies=playbooks, embedder=of_tickets, look_at_triage=opinions.look,
                trace=TELEMETRY,
            )  # fmt: skip
            service = Nextplay(wrap(ports), steps)
            slack = _open_door(settings, service, slack_store, slack_messenger, wall)

            async def look_around() -> None:
                await outside.look()
                await playbooks.look()
                await learned.look()
                await opinions.look()

            engine = EmbeddedEngine(service, look_around=look_around)
            yield Workspace(
                settings, database, store, sandbox, playbooks, service, engine, clock, outside, learned, systems, opinions, index, look_around, slack
            )  # fmt: skip
    finally:
        database.close()


def _open_door(
    settings: Settings, service: Nextplay, store: SlackStore, messenger: SlackMessenger, wall: Callable[[], datetime]
) -> "SlackDoor | None":
    if settings.slack_mode == "off":
        return None
    from integrations.slack.door import open_door

    return open_door(settings, service, store, messenger, wall)


def limits_of(settings: Settings) -> Limits:
    """The settings that shape a run."""
    return Limits(
        undo=timedelta(seconds=settings.undo_s), gather_s=settings.gather_deadline_s, compose_s=settings.llm_timeout_s,
        debounce=timedelta(seconds=settings.debounce_s), bulk_per_minute=settings.bulk_per_minute, vendor=settings.vendor,
    )  # fmt: skip

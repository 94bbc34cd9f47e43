"""The syncing of an open workspace: of every vendor that it is connected to, with the news of those that cannot tell us themselves."""

from collections.abc import Sequence

from agent.arrivals import arrival_of
from integrations.bootstrap import Workspace
from integrations.settings import Settings
from integrations.vendors.copy import Changed
from integrations.vendors.news import news_of
from integrations.vendors.syncing import Progress, Syncing


def syncings_of(workspace: Workspace, progress: Progress = lambda _vendor, _key, _read, _of: None) -> list[Syncing]:
    """One for each connector."""
    copy = workspace.systems.copy
    if copy is None:
        return []

    async def heard(vendor: str, changed: Sequence[Changed]) -> None:
        if not _tells(workspace.settings, vendor):
            await workspace.service.accept([arrival_of(event) for event in news_of(vendor, changed, workspace.clock())])

    return [Syncing(copy, connector, workspace.clock, progress, heard) for connector in workspace.systems.connectors]


def _tells(settings: Settings, vendor: str) -> bool:
    """Whether the vendor tells us by webhooks what has changed: then a sync does not tell it again."""
    return bool(getattr(settings, f"{vendor}_webhook_secrets"))

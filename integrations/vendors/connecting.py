"""Makes the connectors that the settings name."""

from contextlib import AsyncExitStack

from integrations.settings import Settings
from integrations.vendors.connector import Connector


async def connectors_of(settings: Settings, closing: AsyncExitStack) -> list[Connector]:
    """One for each system of record; their connections are closed with the stack."""
    raise NotImplementedError

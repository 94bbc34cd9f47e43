"""The sandbox as a helpdesk: tickets and groups."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from integrations.sandbox import records
from integrations.sandbox.source import Source
from tools.ports import Due, Listing, Snapshot
from tools.tickets import SETTLED

HELPDESKS = frozenset({"helpdesk", "zendesk"})
"""Sources whose link makes an account part of the helpdesk."""


class SandboxHelpdesk(Source):
    """Implements the `Helpdesk` port."""

    async def ticket(self, ticket_id: str) -> Snapshot | None:
        """One ticket with its messages."""
        record = await self._read("helpdesk", lambda connection: records.living(connection, "tickets", ticket_id), single=True)
        return record.snapshot if record else None

    async def tickets(self, account_id: str) -> Listing:
        """The tickets of an account."""
        found = await self._read("helpdesk", lambda connection: records.where(connection, "tickets", "account", account_id))
        return Listing(record.snapshot for record in found)

    async def settled(self, at_most: int) -> Sequence[Snapshot]:
        """The solved and closed tickets of all accounts that changed last."""
        found = await self._read("helpdesk", lambda connection: records.newest(connection, "tickets", "status", *SETTLED, at_most=at_most))
        return [record.snapshot for record in found]

    async def due(self, until: datetime, *, since: datetime | None = None, after: Due | None = None) -> Sequence[Due]:
        """The next part of the open ones that have to be answered from a moment until another."""
        return await self._read("helpdesk", lambda connection: records.due(connection, "tickets", until, since=since, after=after))

    async def groups(self) -> Sequence[Snapshot]:
        """All groups."""
        return [record.snapshot for record in await self._read("helpdesk", lambda connection: records.all_of(connection, "groups"))]

    async def linked(self, accounts: Sequence[str]) -> set[str]:
        """Those of the accounts that a link ties to the helpdesk."""

        def work(connection: Connection) -> set[str]:
            links = records.where(connection, "links", "id", *accounts)
            return {str(link.data["id"]) for link in links if link.data["kind"] == "account" and link.data["source"] in HELPDESKS}

        return await self._read("helpdesk", work)

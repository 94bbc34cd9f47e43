"""What a connector may be told of our own records: links, domains and addresses, to say whose something is."""

from collections.abc import Callable, Collection, Sequence
from typing import TypeVar

from sqlalchemy import Connection

from integrations.db.database import Database
from integrations.sandbox import records
from integrations.sandbox.crm import KINDS, link_id
from integrations.vendors.connector import Key

T = TypeVar("T")


class CopyKnown:
    """Looks at the copy, as one vendor's connector sees it."""

    def __init__(self, database: Database, vendor: str) -> None:
        self._database, self._vendor = database, vendor

    async def linked(self, kind: str, external_id: str) -> str | None:
        """Ours that is linked to an id of the vendor's."""

        def work(connection: Connection) -> str | None:
            link = records.living(connection, "links", link_id(self._vendor, kind, external_id))
            return str(link.data["id"]) if link else None

        return await self._glance(work)

    async def external(self, kind: str, own: str) -> str | None:
        """The vendor's id that one of ours is linked to."""

        def work(connection: Connection) -> str | None:
            links = [one.data for one in records.where(connection, "links", "id", own) if not one.deleted]
            mine = [str(one["external_id"]) for one in links if (one["source"], one["kind"]) == (self._vendor, kind)]
            return next((one for one in mine if own.endswith(f"-{one}")), mine[0] if mine else None)  # others were merged into it

        return await self._glance(work)

    async def account(self, name: str) -> str | None:
        """The account that has this id, with us or in another connected system. None where two have it."""

        def work(connection: Connection) -> str | None:
            if records.living(connection, "accounts", name) is not None:
                return name
            linked = {str(one.data["id"]) for one in records.where(connection, "links", "external_id", name) if one.data["kind"] == "account"}
            return linked.pop() if len(linked) == 1 else None

        return await self._glance(work)

    async def with_domain(self, domain: str) -> Sequence[str]:
        """The accounts of this domain."""
        return await self._ids("accounts", "domain", domain)

    async def with_address(self, kind: str, email: str) -> Sequence[str]:
        """The contacts or people of this address."""
        return await self._ids(KINDS[kind], "email", email, email.lower())

    async def ticket(self, external_id: str) -> tuple[int, str | None] | None:
        """The version of a ticket of the vendor's that we hold, and its account; None where we hold none."""

        def work(connection: Connection) -> tuple[int, str | None] | None:
            link = records.living(connection, "links", link_id(self._vendor, "ticket", external_id))
            held = records.living(connection, "tickets", str(link.data["id"])) if link else None
            return (held.version, held.data.get("account")) if held else None

        return await self._glance(work)

    async def held(self, key: Key) -> Collection[str]:
        """Our ids of all living records of a kind that this vendor told us."""
        found = await self._database.read_core(lambda connection: records.all_of(connection, key))
        return {one.id for one in found if one.id.startswith(f"{self._vendor}-")}

    async def _ids(self, key: str, field: str, *values: str) -> list[str]:
        found = await self._glance(lambda connection: records.where(connection, key, field, *dict.fromkeys(values)))
        return [one.id for one in found if not one.deleted]

    async def _glance(self, work: Callable[[Connection], T]) -> T:
        return await self._database.glance(work)

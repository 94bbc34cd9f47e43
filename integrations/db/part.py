"""What every part of the store shares: the database, and the audit chain that its changes are written to."""

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Connection, RowMapping, Table

from integrations.db.audit_chain import Chain
from integrations.db.database import Database

T = TypeVar("T")
OURSELVES = "nextplay"
"""Who did it, when no person did."""


class StorePart:
    """A group of the store's methods. Each public method is one transaction."""

    def __init__(self, database: Database, chain: Chain) -> None:
        self.database = database
        self.chain = chain

    async def _write(self, work: Callable[[Connection], T]) -> T:
        return await self.database.write_core(work)

    async def _read(self, work: Callable[[Connection], T]) -> T:
        return await self.database.read_core(work)

    async def _glance(self, work: Callable[[Connection], T]) -> T:
        """For what concerns one run, decision or account: a few rows by key."""
        return await self.database.glance(work)

    async def _look(self, work: Callable[[Connection], T]) -> T:
        """The same for what one statement finds."""
        return await self.database.glance(work, single=True)


def values_of(item: object, table: Table) -> dict[str, Any]:
    """The item's attributes that are columns of the table."""
    return {name: getattr(item, name) for name in table.columns.keys() if hasattr(item, name)}  # noqa: SIM118  not a dict


def tupled(row: RowMapping, *names: str) -> dict[str, Any]:
    """The row's values by column, with the lists under `names` as tuples."""
    values = dict(row)
    for name in names:
        values[name] = tuple(values[name])
    return values

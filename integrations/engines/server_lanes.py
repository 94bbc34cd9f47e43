"""Lanes that hold across hosts: advisory locks of PostgreSQL, all on one connection. When a process dies, the server frees them at once."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from psycopg import AsyncConnection, OperationalError
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL

from integrations.db.errors import AwayError
from integrations.db.postgres import CONNECT_S, NOT_DEAD, told

_RETRY_S = 0.02


class ServerLanes:
    """Implements `agent.ports.Lanes`.

    Where the connection is lost, so are the locks; what was under way goes on. It may then meet another process that drives the same run, and that
    is safe: each step forward is taken by one of them alone. Lanes keep order, and save work.
    """

    def __init__(self, address: URL) -> None:
        self._address = told(address)
        self._connection: AsyncConnection | None = None
        self._connecting = asyncio.Lock()
        self._here: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def hold(self, lane: str) -> AsyncIterator[None]:
        """Wait for the lane in this process, then for other processes; free it at the end. Raises AwayError."""
        key = int.from_bytes(hashlib.sha256(lane.encode("utf-8", "surrogatepass")).digest()[:8], "big", signed=True)
        async with self._here.setdefault(key, asyncio.Lock()):
            while not await self._say("SELECT pg_try_advisory_lock(%s)", key):  # noqa: ASYNC110  another process frees it, and tells nobody
                await asyncio.sleep(_RETRY_S)
            try:
                yield
            finally:
                await self._free(key)

    async def _free(self, key: int) -> None:
        connection = self._connection
        if connection is not None and not connection.closed:
            try:
                await connection.execute("SELECT pg_advisory_unlock(%s)", (key,))
            except OperationalError:  # it is gone, and the lock with it
                return

    async def _say(self, statement: str, key: int) -> bool:
        """Once more where the connection turns out to be cut: the server may have been started anew since it was used."""
        for last in (False, True):
            try:
                connection = await self._connected()
                row = await (await connection.execute(statement, (key,))).fetchone()
            except OperationalError as error:
                if last:
                    raise AwayError from error
            else:
                return bool(row and row[0])
        raise AssertionError("the last try returns or raises")

    async def _connected(self) -> AsyncConnection:
        async with self._connecting:
            if self._connection is None or self._connection.closed:
                self._connection = await AsyncConnection.connect(
                    make_conninfo(self._address, **NOT_DEAD), autocommit=True, connect_timeout=CONNECT_S, application_name="nextplay-lanes"
                )
            return self._connection

    async def close(self) -> None:
        """Free everything."""
        if self._connection is not None:
            await self._connection.close()

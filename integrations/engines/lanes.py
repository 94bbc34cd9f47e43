"""Lanes that hold across processes: one byte of a lock file each.

The kernel frees a dead process's locks at once, so a crash leaves no lane held and no lease has to run out.
"""

import asyncio
import fcntl
import hashlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from weakref import WeakValueDictionary

from agent.deployment import Lanes
from integrations.db.database import Database
from integrations.db.sqlite import beside

_LANES = 1 << 30
_RETRY_S = 0.02


@asynccontextmanager
async def lanes_of(database: Database) -> AsyncIterator[Lanes]:
    """The lanes that belong to a database: in a file beside it, or on its server."""
    if database.address is not None:
        from integrations.engines.server_lanes import ServerLanes

        on_a_server = ServerLanes(database.address)
        try:
            yield on_a_server
        finally:
            await on_a_server.close()
        return
    in_a_file = FileLanes(beside(database.file, ".lanes"))
    try:
        yield in_a_file
    finally:
        in_a_file.close()


class FileLanes:
    """Lanes kept in one file beside the database. The file stays open, because closing it would free every lane of the process."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._here: WeakValueDictionary[int, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def hold(self, lane: str) -> AsyncIterator[None]:
        """Wait for the lane in this process, then for other processes; free it at the end."""
        byte = int.from_bytes(hashlib.sha256(lane.encode("utf-8", "surrogatepass")).digest()[:4], "big") % _LANES
        async with self._here.setdefault(byte, asyncio.Lock()):
            await self._lock(byte)
            try:
                yield
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN, 1, byte)

    async def _lock(self, byte: int) -> None:
        while True:
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
            except BlockingIOError:
                await asyncio.sleep(_RETRY_S)
            else:
                return

    def close(self) -> None:
        """Free everything."""
        os.close(self._file)

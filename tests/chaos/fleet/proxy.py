"""A network between a fleet and its database that fails as it is told to."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random
from typing import Literal

from sqlalchemy import make_url

Mode = Literal["ok", "blackhole", "refuse", "slow", "slice"]
"""ok: as it should be · blackhole: nothing arrives any more, and nobody is told · refuse: no new connection · slow: every piece takes its time ·
slice: everything arrives in small pieces."""

SLOW_S = (0.02, 0.15)
SLICE = 7
_RESET_AT_CLOSE = struct.pack("ii", 1, 0)


class FaultProxy:
    """Passes connections at a port of this machine on to a socket in a file. What `dice` draws, it draws alone."""

    def __init__(self, upstream: Path, dice: Random) -> None:
        self._upstream, self._dice = upstream, dice
        self._mode: Mode = "ok"
        self._open = asyncio.Event()
        self._open.set()
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0
        self.connections = 0
        self.resets = 0
        """How many connections were reset."""

    @property
    def mode(self) -> Mode:
        """How it fails at the moment."""
        return self._mode

    @mode.setter
    def mode(self, mode: Mode) -> None:
        self._mode = mode
        if mode == "blackhole":
            self._open.clear()
        else:
            self._open.set()

    def reset_all(self) -> int:
        """Reset every connection, to both sides; how many."""
        ended = [writer for writer in self._writers if not writer.is_closing()]
        for writer in ended:
            if (plain := writer.get_extra_info("socket")) is not None and plain.family == socket.AF_INET:
                plain.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_AT_CLOSE)
            writer.transport.abort()
        self.resets += len(ended) // 2
        return len(ended) // 2

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[int]:
        """Its port, while the context is open."""
        server = await asyncio.start_server(self._connected, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self.port
        finally:
            server.close()
            self.reset_all()
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        if self._mode == "refuse":
            writer.transport.abort()
            return
        try:
            there, back = await asyncio.open_unix_connection(str(self._upstream))
        except OSError:
            writer.transport.abort()
            return
        both = {writer, back}
        self._writers |= both
        pumps = {asyncio.create_task(self._pump(reader, back)), asyncio.create_task(self._pump(there, writer))}
        self._tasks |= pumps
        try:
            await asyncio.wait(pumps)
        finally:
            self._tasks -= pumps
            self._writers -= both

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                await self._open.wait()
                if self._mode == "slow":
                    await asyncio.sleep(self._dice.uniform(*SLOW_S))
                size = SLICE if self._mode == "slice" else len(data)
                for start in range(0, len(data), size):
                    writer.write(data[start : start + size])
                    await writer.drain()
        writer.close()


@asynccontextmanager
async def through_a_proxy(socket_file: Path, direct: str, dice: Random) -> AsyncIterator[tuple[FaultProxy, str]]:
    """A proxy before the server, and the database's address through it."""
    proxy = FaultProxy(socket_file, Random(dice.random()))  # noqa: S311  chance, not secrets
    async with proxy.serving() as port:
        plain = make_url(direct).set(host="127.0.0.1", port=port, query={})
        yield proxy, plain.render_as_string(hide_password=False)

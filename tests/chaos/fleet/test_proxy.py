"""The proxy fails as it is told to, and in no other way."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from random import Random

import pytest

from tests.chaos.fleet.proxy import FaultProxy

PATIENCE_S = 10
End = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Connect = Callable[[], Awaitable[End]]


@pytest.fixture
async def proxy(tmp_path: Path) -> AsyncIterator[FaultProxy]:
    """One before a server that says everything back."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1024):
            writer.write(data)
            await writer.drain()
        writer.close()

    server = await asyncio.start_unix_server(echo, str(tmp_path / "echo"))
    made = FaultProxy(tmp_path / "echo", Random(1))  # noqa: S311  chance, not secrets
    async with made.serving():
        yield made
    server.close()


@pytest.fixture
async def connected(proxy: FaultProxy) -> AsyncIterator[Connect]:
    """Connects, as often as it is called."""
    writers: list[asyncio.StreamWriter] = []

    async def connect() -> End:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writers.append(writer)
        return reader, writer

    yield connect
    for writer in writers:
        writer.close()


async def echoed(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, said: bytes) -> bytes:
    writer.write(said)
    await writer.drain()
    async with asyncio.timeout(PATIENCE_S):
        return await reader.readexactly(len(said))


@pytest.mark.parametrize("mode", ["ok", "slow", "slice"])
async def test_what_arrives_is_what_was_sent(proxy: FaultProxy, connected: Connect, mode: str) -> None:
    proxy.mode = mode  # type: ignore[assignment]  # a parameter is any text
    reader, writer = await connected()
    said = bytes(range(256)) * 4
    assert await echoed(reader, writer, said) == said


async def test_a_reset_ends_every_connection_and_none_that_comes_later(proxy: FaultProxy, connected: Connect) -> None:
    ends = [await connected() for _ in range(2)]
    for end in ends:
        await echoed(*end, b"hello")
    assert proxy.reset_all() == 2
    for reader, _ in ends:
        with pytest.raises(ConnectionResetError):
            await reader.read(1)
    assert await echoed(*(await connected()), b"again") == b"again"
    assert proxy.resets == 2


async def test_a_black_hole_keeps_everything_until_it_ends(proxy: FaultProxy, connected: Connect) -> None:
    reader, writer = await connected()
    proxy.mode = "blackhole"
    writer.write(b"hello")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(reader.read(1), 0.1)
    proxy.mode = "ok"
    async with asyncio.timeout(PATIENCE_S):
        assert await reader.readexactly(5) == b"hello"


async def test_who_is_refused_is_told_at_once(proxy: FaultProxy, connected: Connect) -> None:
    proxy.mode = "refuse"
    reader, _ = await connected()
    async with asyncio.timeout(PATIENCE_S):
        assert await _ended(reader)


async def _ended(reader: asyncio.StreamReader) -> bool:
    try:
        return await reader.read(1) == b""
    except ConnectionError:
        return True

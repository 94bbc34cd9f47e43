"""Sockets that fall silent: open at both ends, and nothing gets through, in either direction, not even a ping or the end of the connection.

So a link looks whose other end is gone without a word, such as after a firewall forgot it. What is sent meanwhile is held, as TCP holds it,
and comes late when the silence ends; it is lost when the app gives the link up before.
"""

import asyncio
from collections.abc import Callable
from typing import Any, cast

from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from integrations.sandbox.slack.faults import Faults

LOOKS_EVERY_S = 0.05
"""How soon the end of a silence is noticed."""


class _Held:
    """Bytes on their way in one direction, which go on once the line is not silent."""

    def __init__(self, is_silent: Callable[[], bool], go_on: Callable[[bytes], None], end: Callable[[], None] | None = None) -> None:
        self._is_silent = is_silent
        self._go_on = go_on
        self._end = end
        self._ends = False
        self._bytes = b""
        self._looks: asyncio.TimerHandle | None = None

    def add(self, data: bytes) -> None:
        """More, after what is held."""
        self._bytes += data
        self._release()

    def end(self) -> None:
        """No more comes."""
        self._ends = True
        self._release()

    def drop(self) -> None:
        """The line is gone."""
        self._bytes, self._ends = b"", False
        self._look_no_more()

    def _release(self) -> None:
        self._look_no_more()
        if self._is_silent():
            self._looks = asyncio.get_running_loop().call_later(LOOKS_EVERY_S, self._release)
            return
        held, self._bytes = self._bytes, b""
        if held:
            self._go_on(held)
        if self._ends and self._end is not None:
            self._end()

    def _look_no_more(self) -> None:
        if self._looks is not None:
            self._looks.cancel()


def socket_protocol(faults: Faults) -> type[asyncio.Protocol]:
    """The server's side of web sockets that obey `faults`."""

    class Line(WebSocketsSansIOProtocol):
        """One connection."""

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            """It begins. Whether it is silent depends on whether it was there before the plan was set."""
            beneath = cast("asyncio.Transport", transport)
            self._since = faults.turn
            self._inward = _Held(self._is_silent, super().data_received)
            self._outward = _Held(self._is_silent, beneath.write, beneath.close)
            super().connection_made(_Holding(beneath, self._outward))

        def data_received(self, data: bytes) -> None:
            """The app sent something."""
            self._inward.add(data)

        def connection_lost(self, exc: Exception | None) -> None:
            """The app let go of it, which is seen even in silence."""
            self._inward.drop()
            self._outward.drop()
            super().connection_lost(exc)

        def _is_silent(self) -> bool:
            sending = faults.plan.sending
            return sending.silent if self._since < faults.turn else sending.unanswered

    return Line


class _Holding(asyncio.Transport):
    """A transport whose writing goes through what holds it."""

    def __init__(self, beneath: asyncio.Transport, outward: _Held) -> None:
        super().__init__()
        self._beneath = beneath
        self._outward = outward

    def write(self, data: Any) -> None:
        """Send bytes, after what is held."""
        self._outward.add(bytes(data))

    def close(self) -> None:
        """Let go of the line, after what is held."""
        self._outward.end()

    def is_closing(self) -> bool:
        """Whether it is being let go."""
        return self._beneath.is_closing()

    def pause_reading(self) -> None:
        """Take no more for now."""
        self._beneath.pause_reading()

    def resume_reading(self) -> None:
        """Take more again."""
        self._beneath.resume_reading()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """What is known of the connection."""
        return self._beneath.get_extra_info(name, default)

"""An SMTP server (RFC 5321, 3207, 4954) of one process. It takes letters from whoever signs in over TLS, and misbehaves when told to."""

import asyncio
import contextlib
import ssl
import tempfile
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Literal, NamedTuple

from integrations.sandbox.doubles.journal import Journal
from integrations.sandbox.doubles.mail.certificates import Authority
from integrations.sandbox.doubles.misbehaviour import Misbehaviour
from integrations.sandbox.doubles.side_door import SideDoor

MailFault = Literal[
    "closed", "no_tls", "bad_certificate", "no_sign_in", "greylisted", "unknown_recipient", "sender_refused", "broken", "cut", "refused", "full",
    "lost", "late", "babble",
]  # fmt: skip
MAIL_FAULTS: dict[MailFault, str] = {
    "closed": "421 instead of a greeting; nothing is taken",
    "no_tls": "STARTTLS is not offered; nothing is taken",
    "bad_certificate": "the certificate is another host's; nothing is taken",
    "no_sign_in": "535, the password is not good; nothing is taken",
    "greylisted": "451 for the recipient; nothing is taken",
    "unknown_recipient": "550 for the recipient; nothing is taken",
    "sender_refused": "553 for the sender; nothing is taken",
    "broken": "the connection breaks when the letter is announced; nothing is taken",
    "cut": "the connection breaks inside the letter; nothing is taken",
    "refused": "554 for the letter, after its final dot; nothing is taken",
    "full": "452 for the letter, after its final dot; nothing is taken",
    "lost": "the letter is taken, and the connection breaks before the answer",
    "late": "the letter is taken, and the answer comes too late",
    "babble": "the letter is taken, and the answer means nothing",
}
"""What each does. One is drawn for each connection."""

_LONGEST = 2**20
_OTHER_HOST = "elsewhere.example"


class Place(NamedTuple):
    """Where it answers, and the file with whom to trust there."""

    host: str
    port: int
    authority: Path


@dataclass
class MailDouble:
    """The server. `users`: passwords by name; `late_s`: how long an answer takes that comes too late; `implicit`: TLS from the first byte."""

    now: Callable[[], datetime]
    users: dict[str, str] = field(default_factory=lambda: {"nextplay": "not-a-secret"})
    late_s: float = 30.0
    implicit: bool = False
    journal: Journal = field(default_factory=Journal)
    misbehaviour: Misbehaviour[MailFault] = field(default_factory=Misbehaviour)
    said: list[str] = field(default_factory=list)
    """Every command that came, without passwords and letters."""

    @property
    def side_door(self) -> SideDoor:
        """How it is told to fail, over HTTP."""
        return SideDoor("mail", self.journal, self.misbehaviour, MAIL_FAULTS, {})

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[Place]:
        """Where it answers, while the context is open."""
        under_way: set[asyncio.Task[None]] = set()
        with tempfile.TemporaryDirectory(prefix="nextplay-mail-") as folder:
            authority = Authority.new(Path(folder))
            good, bad = authority.server("127.0.0.1"), authority.server(_OTHER_HOST)

            def come(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
                task = asyncio.ensure_future(_Talk(self, reader, writer, good, bad).through())
                under_way.add(task)
                task.add_done_callback(under_way.discard)

            server = await asyncio.start_server(come, "127.0.0.1", 0, limit=_LONGEST, ssl=good if self.implicit else None)
            try:
                yield Place("127.0.0.1", server.sockets[0].getsockname()[1], authority.file)
            finally:
                server.close()
                for task in under_way:
                    task.cancel()
                await asyncio.gather(*under_way, return_exceptions=True)


class _Ended(Exception):
    """The conversation is over."""


class _Talk:
    """One connection."""

    def __init__(self, of: MailDouble, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, good: ssl.SSLContext, bad: ssl.SSLContext) -> None:
        self._of, self._reader, self._writer = of, reader, writer
        self._fault = of.misbehaviour.draw()
        self._context = bad if self._fault == "bad_certificate" else good
        self._guarded, self._signed_in = of.implicit, False
        self._sender: str | None = None
        self._to: list[str] = []

    async def through(self) -> None:
        """From the greeting to the end, whoever ends it."""
        try:
            await self._greet()
            while True:
                await self._hear((await self._line()).decode("utf-8", "replace"))
        except (_Ended, OSError, ssl.SSLError, asyncio.IncompleteReadError, ValueError):
            pass
        finally:
            self._writer.close()
            with contextlib.suppress(OSError, ssl.SSLError):
                await self._writer.wait_closed()

    async def _greet(self) -> None:
        if self._fault == "closed":
            await self._say("421 4.3.2 too busy, come back later")
            raise _Ended
        await self._say("220 double.example ESMTP")

    async def _hear(self, line: str) -> None:
        verb, _, rest = line.partition(" ")
        self._of.said.append(verb.upper() if verb.upper() == "AUTH" else line)
        match verb.upper():
            case "EHLO" | "HELO":
                await self._hello(verb.upper())
            case "STARTTLS" if not self._guarded and self._fault != "no_tls":
                await self._guard()
            case "AUTH":
                await self._sign_in(rest)
            case "MAIL":
                await self._from(rest)
            case "RCPT":
                await self._rcpt(rest)
            case "DATA":
                await self._data()
            case "RSET" | "NOOP":
                self._sender, self._to = (None, []) if verb.upper() == "RSET" else (self._sender, self._to)
                await self._say("250 2.0.0 ok")
            case "QUIT":
                await self._say("221 2.0.0 bye")
                raise _Ended
            case _:
                await self._say("502 5.5.1 not known here")

    async def _hello(self, verb: str) -> None:
        offered = [f"SIZE {_LONGEST}", *(["AUTH PLAIN LOGIN"] if self._guarded else ["STARTTLS"] if self._fault != "no_tls" else [])]
        if verb == "HELO":
            offered = []
        for one in ["double.example", *offered][:-1]:
            await self._say(f"250-{one}")
        await self._say(f"250 {['double.example', *offered][-1]}")

    async def _guard(self) -> None:
        await self._say("220 2.0.0 go ahead")
        await self._writer.start_tls(self._context)
        self._guarded = True

    async def _sign_in(self, how: str) -> None:
        if not self._guarded:
            await self._say("538 5.7.11 not in the open")
            return
        kind, _, first = how.partition(" ")
        try:
            user, password = await self._plain(first) if kind.upper() == "PLAIN" else await self._login(first)
        except (NotBase64, ValueError):
            await self._say("501 5.5.2 cannot be read")
            return
        self._signed_in = self._of.users.get(user) == password and self._fault != "no_sign_in"
        await self._say("235 2.7.0 welcome" if self._signed_in else "535 5.7.8 user name or password is not good")

    async def _plain(self, first: str) -> tuple[str, str]:
        _, user, password = b64decode(first or await self._asked(""), validate=True).decode().split("\0")
        return user, password

    async def _login(self, first: str) -> tuple[str, str]:
        user = b64decode(first or await self._asked("VXNlcm5hbWU6"), validate=True).decode()
        return user, b64decode(await self._asked("UGFzc3dvcmQ6"), validate=True).decode()

    async def _asked(self, what: str) -> str:
        await self._say(f"334 {what}")
        return (await self._line()).decode("ascii")

    async def _from(self, rest: str) -> None:
        if not self._signed_in:
            await self._say("530 5.7.0 sign in first")
        elif self._fault == "sender_refused":
            await self._say("553 5.7.1 that sender is not yours")
        else:
            self._sender, self._to = _path(rest), []
            await self._say("250 2.1.0 ok")

    async def _rcpt(self, rest: str) -> None:
        if self._sender is None:
            await self._say("503 5.5.1 from whom?")
        elif self._fault == "greylisted":
            await self._say("451 4.7.1 greylisted, come back in five minutes")
        elif self._fault == "unknown_recipient":
            await self._say("550 5.1.1 no such user here")
        else:
            self._to.append(_path(rest))
            await self._say("250 2.1.5 ok")

    async def _data(self) -> None:
        if not self._to:
            await self._say("503 5.5.1 to whom?")
            return
        if self._fault == "broken":
            raise _Ended
        await self._say("354 end with a single dot")
        if self._fault == "cut":
            await self._reader.readuntil(b"\r\n")
            self._writer.transport.abort()
            raise _Ended
        lines: list[bytes] = []
        while (line := await self._reader.readuntil(b"\r\n")) != b".\r\n":
            lines.append(line[1:] if line.startswith(b".") else line)
        await self._taken(b"".join(lines))

    async def _taken(self, letter: bytes) -> None:
        if self._fault in ("refused", "full"):
            await self._say("554 5.6.0 this letter is not wanted" if self._fault == "refused" else "452 4.3.1 the disk is full")
            return
        parsed = message_from_bytes(letter, policy=default)
        content = {
            "from": self._sender, "to": list(self._to), "headers": [(name, str(value)) for name, value in parsed.items()],
            "text": parsed.get_content() if parsed.get_content_maintype() == "text" else "", "raw": letter.decode("utf-8", "replace"),
        }  # fmt: skip
        self._of.journal.add(self._of.now(), "mail", ", ".join(self._to), content)
        self._sender, self._to = None, []
        if self._fault == "lost":
            raise _Ended
        if self._fault == "late":
            await asyncio.sleep(self._of.late_s)
        await self._say("certainly, with pleasure" if self._fault == "babble" else "250 2.0.0 taken")

    async def _line(self) -> bytes:
        return (await self._reader.readuntil(b"\r\n"))[:-2]

    async def _say(self, line: str) -> None:
        self._writer.write(f"{line}\r\n".encode())
        await self._writer.drain()


def _path(rest: str) -> str:
    """The address in `FROM:<a@b> SIZE=3`."""
    return rest.partition("<")[2].partition(">")[0]

"""A mail server that is served, and what our side knows of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from pydantic import SecretStr

from integrations.mail.letters import Letter
from integrations.mail.smtp import Server
from integrations.sandbox.doubles.mail.server import MailDouble, MailFault
from tests.unit.domain.building import AT

BYTES = b"Subject: hello\r\nMessage-ID: <np-1@acme.example>\r\n\r\n.\r\n..two\r\nend\r\n"
LETTER = Letter("mia@acme.example", "ann@buyer.example", BYTES, "<np-1@acme.example>")
TAKEN: tuple[MailFault, ...] = ("lost", "late", "babble")
"""Faults with which the letter is taken all the same."""


@dataclass
class Post:
    """Both sides of the wire."""

    double: MailDouble
    server: Server

    def fails(self, *faults: MailFault) -> None:
        """So the next connections do."""
        self.double.misbehaviour.next = [*faults]

    def but(self, **other: Any) -> Server:
        """The server, known otherwise."""
        return replace(self.server, **other)

    @property
    def letters(self) -> list[dict[str, Any]]:
        """What it has taken."""
        return [entry.content for entry in self.double.journal.entries]


@asynccontextmanager
async def post(*, implicit: bool = False, taking_s: float = 60.0, whole_s: float = 120.0, late_s: float = 600.0) -> AsyncIterator[Post]:
    """A server that takes letters of whoever signs in."""
    double = MailDouble(lambda: AT, implicit=implicit, late_s=late_s)
    async with double.serving() as place:
        server = Server(
            place.host, place.port, "implicit" if implicit else "starttls", "nextplay", SecretStr("not-a-secret"), place.authority,
            named="acme.example", answer_s=60.0, taking_s=taking_s, whole_s=whole_s,
        )  # fmt: skip
        yield Post(double, server)

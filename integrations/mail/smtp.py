"""Hands one letter to an SMTP server: over verified TLS or not at all, and always with an answer to whether it was handed over.

Python's own client blocks, so it works in a thread, one of a few that only mail has: a server that says nothing holds up nothing else. The line that
decides is the single dot that ends a letter: before it was sent the server has nothing; from then on only the server's answer can say what it has.
"""

import asyncio
import contextlib
import os
import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import SecretStr

from integrations.mail.letters import Letter

T = TypeVar("T")

AT_ONCE = 8
"""Conversations at the same time. Whoever waits for one has its time running: two turns fit into a server's `whole_s`."""
_THREADS = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="nextplay-mail")


class NotTaken(Exception):
    """The server does not have the letter, and may take it later. What it said stands in it.

    `of_letter`: it said so of this one letter; else nobody got as far as that.
    """

    def __init__(self, what: str, *, of_letter: bool = False) -> None:
        super().__init__(what)
        self.of_letter = of_letter


class Refused(Exception):
    """The server does not have the letter, and never will. What it said stands in it."""


class Lost(Exception):
    """The letter was handed over, and no answer came: the server may have it."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where letters are handed over. `named`: the name under which we greet it; `ca_file`: whose certificates are trusted, unless the system's.

    How long it may take: each answer (`answer_s`), the one to the letter, which servers look at first (`taking_s`), and everything (`whole_s`).
    """

    host: str
    port: int = 587
    tls: Literal["starttls", "implicit"] = "starttls"
    user: str | None = None
    password: SecretStr | None = None
    ca_file: Path | None = None
    named: str = "localhost.localdomain"
    answer_s: float = 20.0
    taking_s: float = 120.0
    whole_s: float = 240.0

    def trusted(self) -> ssl.SSLContext:
        """Certificates are verified, with the host's name in them. Raises NotTaken where the file of authorities cannot be read."""
        try:
            return ssl.create_default_context(cafile=self.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise NotTaken(f"the file of trusted certificates {self.ca_file} cannot be read ({type(error).__name__})") from None


async def hand_over(server: Server, letter: Letter) -> str:
    """Have the server take it; what it said. Raises NotTaken, Refused or Lost."""
    return await _within(server, lambda talk: talk.hands_over(letter))


async def sign_in(server: Server) -> str:
    """Connect, verify and sign in, and hand over nothing; how the line is guarded. Raises NotTaken."""
    return await _within(server, lambda talk: talk.signs_in())


async def _within(server: Server, does: "Callable[[_Talk], T]") -> T:
    """Do it in a thread. One that takes too long, or that nobody waits for any more, is cut off, and says what it had done."""
    talk = _Talk(server)
    task = asyncio.get_running_loop().run_in_executor(_THREADS, does, talk)
    try:
        done, _ = await asyncio.wait({task}, timeout=server.whole_s)
    except asyncio.CancelledError:
        _let_go(talk, task)
        raise
    if done:
        return task.result()
    if _let_go(talk, task):
        raise Lost(f"{server.host} gave no answer within {server.whole_s:.0f} s")
    raise NotTaken(f"{server.host} took longer than {server.whole_s:.0f} s")


def _let_go(talk: "_Talk", task: "asyncio.Future[T]") -> bool:
    """Nobody asks for its end any more, and what has not begun never does; whether the letter may have been handed over."""
    task.add_done_callback(lambda late: late.cancelled() or late.exception())
    dotted = talk.cut_off()
    task.cancel()
    return dotted


class _Client(smtplib.SMTP):
    """Knows its host before it connects, and the certificate is verified against that name. With `implicit` TLS is spoken from the first byte."""

    def __init__(self, server: Server) -> None:
        super().__init__(local_hostname=server.named, timeout=server.answer_s)
        self._host = server.host
        self.implicit: ssl.SSLContext | None = None

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        plain = socket.create_connection((host, port), timeout)
        if self.implicit is None:
            return plain
        try:
            return self.implicit.wrap_socket(plain, server_hostname=host)
        except BaseException:
            plain.close()
            raise


class _Talk:
    """One conversation with a server, in a thread of its own; `cut_off` may come from any other."""

    def __init__(self, server: Server) -> None:
        self._server, self._client = server, _Client(server)
        self._lock, self._over, self._dotted = threading.Lock(), False, False

    def signs_in(self) -> str:
        with self._begun():
            return self._guarded()

    def hands_over(self, letter: Letter) -> str:
        with self._begun():
            self._asks(self._client.docmd("MAIL", f"FROM:<{letter.sender}>"), "the sender")
            self._asks(self._client.docmd("RCPT", f"TO:<{letter.to}>"), "the recipient")
            self._asks(self._client.docmd("DATA"), "the letter", wanted=354)
            self._client.send(_stuffed(letter.data))
            self._decides()
            return self._ends()

    def cut_off(self) -> bool:
        """Nothing is begun any more; whether the letter may have been handed over."""
        with self._lock:
            self._over = True
            sock = self._client.sock
            if sock is not None:
                with contextlib.suppress(OSError), socket.socket(fileno=os.dup(sock.fileno())) as same:
                    same.shutdown(socket.SHUT_RDWR)  # beneath TLS, whose own shutdown would have the other thread go on in plain text
            return self._dotted

    @contextlib.contextmanager
    def _begun(self) -> "Iterator[None]":
        """Connected, guarded and signed in. Whatever breaks off in here, nothing was handed over, unless the dot was sent."""
        try:
            self._connects()
            yield
        except (smtplib.SMTPException, OSError, ValueError) as error:
            if self._dotted:
                raise Lost(f"the connection to {self._server.host} broke before its answer came ({_told(error)})") from error
            raise NotTaken(_why(self._server, error)) from error
        finally:
            self._leaves()

    def _connects(self) -> None:
        server, client, context = self._server, self._client, self._server.trusted()
        client.implicit = context if server.tls == "implicit" else None
        self._asks(client.connect(server.host, server.port), "the connection", wanted=220)
        client.ehlo_or_helo_if_needed()
        if server.tls == "starttls":
            client.starttls(context=context)
            client.ehlo_or_helo_if_needed()
        if server.user is not None and server.password is not None:
            client.login(server.user, server.password.get_secret_value())

    def _asks(self, answer: tuple[int, bytes], what: str, *, wanted: int | None = None) -> None:
        """Raises Refused or NotTaken where the answer is no yes."""
        if self._over:
            raise NotTaken(f"it took longer than {self._server.whole_s:.0f} s")
        code, said = answer
        if code == wanted or (wanted is None and 200 <= code < 300):
            return
        if 500 <= code < 600 and wanted != 220 and code not in _ABOUT_US:
            raise Refused(f"{self._server.host} refused {what}: {_words(code, said)}")
        raise NotTaken(f"{self._server.host} does not take {what} now: {_words(code, said)}", of_letter=400 <= code < 500 and wanted != 220)

    def _decides(self) -> None:
        """From here on nobody but the server knows. Raises NotTaken where it was cut off before."""
        with self._lock:
            if self._over:
                raise NotTaken(f"it took longer than {self._server.whole_s:.0f} s")
            self._dotted = True

    def _ends(self) -> str:
        if self._client.sock is not None:
            self._client.sock.settimeout(self._server.taking_s)
        self._client.send(b".\r\n")
        code, said = self._client.getreply()
        if 200 <= code < 300:
            return _words(code, said)
        if 500 <= code < 600:
            raise Refused(f"{self._server.host} refused the letter: {_words(code, said)}")
        if 400 <= code < 500:
            raise NotTaken(f"{self._server.host} does not take the letter now: {_words(code, said)}", of_letter=True)
        raise Lost(f"{self._server.host} answered what nobody understands")

    def _guarded(self) -> str:
        sock = self._client.sock
        return f"{sock.version()}, certificate verified" if isinstance(sock, ssl.SSLSocket) else "not guarded"

    def _leaves(self) -> None:
        """What has been answered stays as it is: no answer to our leave is waited for."""
        with contextlib.suppress(smtplib.SMTPException, OSError, ValueError):
            if self._client.sock is not None and not self._over:
                self._client.putcmd("QUIT")
        self._client.close()


_ABOUT_US = frozenset({530, 534, 535, 538})
"""Refusals of whoever signs in, and not of the letter: somebody can mend them."""


def _stuffed(data: bytes) -> bytes:
    """As a letter goes over the line: whole lines, none of which is a single dot."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", data)
    whole = lines if lines.endswith(b"\r\n") else lines + b"\r\n"
    return re.sub(rb"(?m)^\.", b"..", whole)


def _why(server: Server, error: Exception) -> str:
    where = f"{server.host}:{server.port}"
    match error:
        case ssl.SSLCertVerificationError():
            says = f"the certificate of {where} is not good: {error.verify_message}"
        case ssl.SSLError():
            says = f"{where} does not speak TLS as it should ({error.reason})"
        case smtplib.SMTPAuthenticationError():
            says = f"{where} does not let us sign in: {_words(error.smtp_code, error.smtp_error)}"
        case smtplib.SMTPNotSupportedError():
            says = f"{where} does not offer what is needed: {error}"
        case smtplib.SMTPResponseException():
            says = f"{where}: {_words(error.smtp_code, error.smtp_error)}"
        case socket.gaierror():
            says = f"there is no host {server.host}"
        case TimeoutError():
            says = f"{where} does not answer within {server.answer_s:g} s"
        case _:
            says = f"{where} cannot be reached, or broke off ({_told(error)})"
    return says


def _told(error: Exception) -> str:
    """What Python's client says of a connection; of anything else only what it is, for it may show what was sent."""
    return _line(str(error)) if isinstance(error, smtplib.SMTPServerDisconnected) else type(error).__name__


def _words(code: int, said: bytes | str) -> str:
    """What a server said, in one line of bounded length."""
    return f"{code} {_line(said.decode('utf-8', 'replace') if isinstance(said, bytes) else said)}"


def _line(text: str) -> str:
    return " ".join("".join(one if one.isprintable() else " " for one in text).split())[:300]

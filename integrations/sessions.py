"""Who is at the console: the people who may use it, one-time links that let them in, and their sessions. Only hashes of secrets are stored."""

import base64
import hashlib
import hmac
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal, Protocol, get_args

from agent.errors import InvalidInput

ConsoleRole = Literal["viewer", "agent", "approver", "operator", "admin"]
CONSOLE_ROLES: tuple[ConsoleRole, ...] = get_args(ConsoleRole)
How = Literal["link", "oidc", "proxy"]

LINK_TTL = timedelta(minutes=15)
IDLE = timedelta(hours=4)
"""A session ends when nothing was asked of it for so long."""
LONGEST = timedelta(hours=24)
"""And in any case after so long."""
SEEN_EVERY = timedelta(minutes=1)
"""When a session was last used is written down so often at most."""

_SECRET = re.compile(r"[A-Za-z0-9_-]{43}")
_EMAIL = re.compile(r"[^\s@,;<>\"'\\]{1,64}@[^\s@,;<>\"'\\]{1,253}")


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody who may use the console, in one role."""

    email: str
    role: ConsoleRole
    added_by: str
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Link:
    """A link that lets one person in, once."""

    secret_sha256: str
    email: str
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None = None

    def live(self, now: datetime) -> bool:
        """Whether it still lets somebody in."""
        return self.used_at is None and self.made_at <= now < self.expires_at


@dataclass(frozen=True, slots=True)
class Session:
    """One browser of one person. `role` is theirs now; None once they were taken off the console. `notice` is told on the next page."""

    secret_sha256: str
    email: str
    how: How
    made_at: datetime
    seen_at: datetime
    ended_at: datetime | None = None
    notice: Mapping[str, Any] | None = None
    role: ConsoleRole | None = None

    def live(self, now: datetime) -> bool:
        """Whether it still stands for its person."""
        return self.ended_at is None and self.made_at <= now < self.made_at + LONGEST and now - self.seen_at < IDLE


@dataclass(frozen=True, slots=True)
class View:
    """Filters of the decisions that somebody saved under a name, as the address has them."""

    id: int
    name: str
    query: str


class ConsoleStore(Protocol):
    """Where they are kept."""

    async def members(self) -> list[Member]: ...
    async def member(self, email: str) -> Member | None: ...
    async def let_in(self, member: Member, *, keeping_an_admin: bool = False) -> bool:
        """Add a person, or change their role; False where it was so. Raises Refused where no admin would be left and one must be."""
        ...

    async def take_off(self, email: str, *, by: str, at: datetime, keeping_an_admin: bool = False) -> bool:
        """Take a person off the console, and end their sessions; False where they were not on it. Raises Refused as `let_in` does."""
        ...

    async def last_seen(self) -> Mapping[str, datetime]:
        """When each person last used the console, by address; who never did is not there."""
        ...

    async def sessions(self, now: datetime) -> list[Session]:
        """Those that live, the last used first, each with its person's role of now."""
        ...

    async def add_link(self, link: Link) -> None: ...
    async def link(self, secret_sha256: str) -> Link | None: ...
    async def use_link(self, secret_sha256: str, session: Session) -> bool:
        """Use a link up and begin the session, in one step; False where it was used before."""
        ...

    async def begin_session(self, session: Session) -> None: ...
    async def session(self, secret_sha256: str) -> Session | None:
        """The session with this hash, also when it has ended, with its person's role of now."""
        ...

    async def seen(self, secret_sha256: str, at: datetime) -> None: ...
    async def end_session(self, secret_sha256: str, at: datetime, *, by: str | None = None) -> bool:
        """End a session; False where it had ended. `by`: the admin who ended it, if it was not its person."""
        ...

    async def tell(self, secret_sha256: str, notice: Mapping[str, Any] | None) -> None:
        """Keep what the next page tells; None once it is told."""
        ...

    async def views(self, email: str) -> list[View]:
        """The views of decisions that a person saved, by name."""
        ...

    async def save_view(self, email: str, name: str, query: str, at: datetime) -> None:
        """Save a view in the place of one of the same name."""
        ...

    async def delete_view(self, email: str, view: int) -> bool:
        """Forget a view; False where it is none of theirs."""
        ...


def role_of(email: str, kept: ConsoleRole | None, admins: Collection[str]) -> ConsoleRole | None:
    """Somebody's role: `kept`, unless the settings make them an admin. None: they may not use the console."""
    return "admin" if email in admins else kept


def check_email(text: str) -> str:
    """An address in the form in which it is kept. Raises InvalidInput."""
    email = text.strip().lower()
    if not _EMAIL.fullmatch(email):
        raise InvalidInput(f"{text!r} is not an e-mail address.", "Give one address, such as ann@example.com.")
    return email


def check_role(text: str) -> ConsoleRole:
    """One of the roles. Raises InvalidInput."""
    for role in CONSOLE_ROLES:
        if role == text:
            return role
    raise InvalidInput(f"{text!r} is not a role.", f"Choose one of {', '.join(CONSOLE_ROLES)}.")


def new_secret(random: Callable[[int], bytes]) -> str:
    """The text of a link's or session's secret: 256 random bits. `random` must be fit for secrets."""
    return base64.urlsafe_b64encode(random(32)).rstrip(b"=").decode()


def new_link(email: str, now: datetime, random: Callable[[int], bytes]) -> tuple[str, Link]:
    """A link: its secret, to be shown once, and what is stored of it."""
    secret = new_secret(random)
    return secret, Link(_hash(secret), email, now, now + LINK_TTL)


def new_session(email: str, how: How, now: datetime, random: Callable[[int], bytes]) -> tuple[str, Session]:
    """A session that begins now: its secret, for the cookie, and what is stored of it."""
    secret = new_secret(random)
    return secret, Session(_hash(secret), email, how, now, now)


def hash_of(secret: str) -> str | None:
    """The hash under which a secret is stored; None for a text that cannot be one."""
    return _hash(secret) if _SECRET.fullmatch(secret) else None


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def form_token(secret: str) -> str:
    """What the forms of a session carry, so that nobody else can send them: made from its secret, which it does not give away."""
    made = hmac.new(secret.encode(), b"form of the console", hashlib.sha256).digest()
    return base64.urlsafe_b64encode(made).rstrip(b"=").decode()

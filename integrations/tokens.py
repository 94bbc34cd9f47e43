"""Tokens of the API: who holds one, in which role, until when. Only the hash of a token is stored.

A token is 256 random bits, so its SHA-256 needs no salt and can be the key of the look-up.
"""

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol, get_args

from agent.errors import InvalidInput, Unauthorised

Role = Literal["viewer", "operator", "approver", "admin", "ingest"]
ROLES: tuple[Role, ...] = get_args(Role)
PREFIX = "np_"
SECRET_BYTES = 32
MAX_TTL = timedelta(days=366)

_SHAPE = re.compile(r"np_[A-Za-z0-9_-]{43}")
_EMAIL = re.compile(r"[^\s@,;<>]{1,64}@[^\s@,;<>]{1,253}")


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token as it is stored. `id` may be shown and is what revokes it; the token's text is nowhere."""

    id: str
    email: str
    role: Role
    secret_sha256: str
    created_at: datetime
    expires_at: datetime
    revoked_at: datetime | None = None


class TokenStore(Protocol):
    """Where tokens are kept."""

    async def add_token(self, row: TokenRow) -> None: ...
    async def token(self, secret_sha256: str) -> TokenRow | None:
        """The token with this hash, also when it has expired or was revoked."""
        ...


def mint(email: str, role: Role, *, now: datetime, ttl: timedelta, random: Callable[[int], bytes]) -> tuple[str, TokenRow]:
    """Make a token: its text, to be shown once, and the row to store. `random` must be fit for secrets."""
    if not _EMAIL.fullmatch(email):
        raise InvalidInput(f"{email!r} is not an e-mail address.", "Give one address, such as ann@example.com.")
    if role not in ROLES:
        raise InvalidInput(f"{role!r} is not a role.", f"Choose one of {', '.join(ROLES)}.")
    if not timedelta(0) < ttl <= MAX_TTL:
        raise InvalidInput("A token must end within a year.", f"Give a time of 1 to {MAX_TTL.days} days.")
    text = PREFIX + base64.urlsafe_b64encode(random(SECRET_BYTES)).rstrip(b"=").decode()
    row = TokenRow(f"tok_{random(8).hex()}", email.lower(), role, fingerprint(text), now, now + ttl)
    return text, row


async def verify(text: str, *, store: TokenStore, now: datetime) -> TokenRow:
    """Find the live token that the text is. Raises Unauthorised without saying whether it ever existed."""
    row = await store.token(fingerprint(text)) if _SHAPE.fullmatch(text) else None
    if row is None or row.revoked_at is not None or not row.created_at <= now < row.expires_at:
        raise Unauthorised(
            "The token is not valid, has expired or was revoked.",
            "Make a new one with: nextplay people token EMAIL --role ROLE",
        )
    return row


def fingerprint(text: str) -> str:
    """Hash a token's text as it is stored."""
    return hashlib.sha256(text.encode()).hexdigest()

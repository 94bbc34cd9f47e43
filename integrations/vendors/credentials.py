"""In whose name a vendor is asked. A token that ends is renewed before it does, by one of those who need it while the others wait."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import httpx2
from pydantic import BaseModel, Field, SecretStr, ValidationError

from integrations.http import EgressRefusedError, RetryLimits, Sleep, TooLargeError, TransientError, fetch
from integrations.vendors.errors import Denied, Unsure

EARLY_S = 60.0
"""A token is renewed so long before it ends."""


class Credentials(Protocol):
    """Gives the token to ask with."""

    async def token(self) -> str:
        """One that is good now. Raises Denied where the vendor refuses to give one, Unsure where it does not answer."""
        ...

    async def refused(self, token: str) -> bool:
        """The vendor refused it although it should be good; whether another is to be had."""
        ...


@dataclass(frozen=True, slots=True)
class Fixed:
    """A token that does not end by itself, such as that of a HubSpot app; given as it is, or as what tells it at the moment."""

    secret: SecretStr | Callable[[], SecretStr]

    async def token(self) -> str:
        """As it is at the moment."""
        return said_now(self.secret)

    async def refused(self, token: str) -> bool:
        """Another is to be had where it was changed since."""
        return said_now(self.secret) != token


def said_now(secret: SecretStr | Callable[[], SecretStr]) -> str:
    """A secret's text, whether it stays or may change."""
    return (secret() if callable(secret) else secret).get_secret_value()


class Grant(BaseModel):
    """What a token endpoint answers. `instance_url`: where Salesforce wants to be asked."""

    access_token: SecretStr
    expires_in: float = Field(default=1500.0, gt=0)
    instance_url: str | None = None


Form = Callable[[], Mapping[str, str]]
"""What is posted to the token endpoint, made anew each time: an assertion carries its own moment."""


class Granted:
    """Tokens that a token endpoint grants for as long as it says. `clock` gives monotonic seconds."""

    def __init__(
        self, vendor: str, client: httpx2.AsyncClient, url: str, form: Form, *, clock: Callable[[], float], sleep: Sleep = asyncio.sleep
    ) -> None:
        self._vendor, self._client, self._url, self._form, self._clock, self._sleep = vendor, client, url, form, clock, sleep
        self._grant: Grant | None = None
        self._good_until = 0.0
        self._asking = asyncio.Lock()

    async def token(self) -> str:
        """The present one, or a new one."""
        return (await self.grant()).access_token.get_secret_value()

    async def grant(self) -> Grant:
        """The same with what was said beside it."""
        async with self._asking:
            if self._grant is None or self._clock() >= self._good_until:
                asked_at = self._clock()
                self._grant = await self._ask()
                self._good_until = asked_at + max(self._grant.expires_in - EARLY_S, self._grant.expires_in / 2)
            return self._grant

    async def refused(self, token: str) -> bool:
        """Revoked before its time: the next is asked for anew. One that was renewed meanwhile says nothing of the new one."""
        if self._grant is not None and self._grant.access_token.get_secret_value() == token:
            self._grant = None
        return True

    async def _ask(self) -> Grant:
        try:
            answer = await fetch(
                self._client,
                "POST",
                self._url,
                repeatable=True,
                limits=RetryLimits(attempts=3, total_s=10),
                sleep=self._sleep,
                data=dict(self._form()),
            )
        except (TransientError, TooLargeError, EgressRefusedError, httpx2.HTTPError) as error:
            raise Unsure(self._vendor, f"no token could be asked for ({type(error).__name__})") from error
        if answer.status_code >= 400:
            raise Denied(self._vendor, f"it gives no token: {_why(answer)}. Check the client id and secret, and that the app is installed")
        try:
            return Grant.model_validate(answer.json())
        except (ValueError, ValidationError):
            raise Unsure(self._vendor, "its token endpoint answered something else than a token") from None


def _why(answer: httpx2.Response) -> str:
    """The error's own name, which OAuth fixes; never its prose, which may repeat what was sent."""
    try:
        said: Any = answer.json()
    except ValueError:
        return f"status {answer.status_code}"
    name = said.get("error") if isinstance(said, dict) else None
    return name if isinstance(name, str) and name.replace("_", "").isalnum() else f"status {answer.status_code}"

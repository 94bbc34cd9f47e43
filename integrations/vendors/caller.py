"""Asks a vendor: one request, in our name, within the allowance, repeated only where that is safe."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from integrations.http import (
    DEFAULT_LIMITS,
    NEVER_SENT_ERRORS,
    TRANSIENT_STATUS,
    EgressRefusedError,
    RetryLimits,
    Sleep,
    TooLargeError,
    TransientError,
    retry_after_s,
    retrying,
)
from integrations.telemetry import TELEMETRY
from integrations.vendors.allowance import Allowance
from integrations.vendors.credentials import Credentials
from integrations.vendors.endpoint import Endpoint
from integrations.vendors.errors import Busy, Conflict, Denied, Gone, NotSignedIn, Rejected, Unsure, VendorError

_UNAUTHORISED, _TOO_MANY, _FIRST_REFUSAL, _FIRST_FAILURE = 401, 429, 300, 500
"""A redirect is no answer: it is not followed."""
_KINDS: Mapping[int, type[VendorError]] = {401: NotSignedIn, 403: Denied, 404: Gone, 410: Gone, 409: Conflict, 412: Conflict}
UNTOLD_WAIT_S = 5.0
"""Where a vendor says that it is too much, and not for how long."""


def _never(_status: int, _body: Any) -> float | None:
    """No other answer than a 429 says that it was too much."""
    return None


def _nothing(allowance: Allowance, headers: Mapping[str, str]) -> None:
    """Headers that say nothing of the allowance."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """In what vendors differ. `why`: the reason that an error's body gives, a code or a sentence of the vendor's own; `learn`: what headers say of
    the allowance; `wait_s`: how long an answer asks to wait, in seconds; `too_much`: the same for an error that is no 429 and yet says that nothing
    was done and that it may be tried again, by its status and JSON body, else None.
    """

    vendor: str
    why: Callable[[Any], str]
    learn: Callable[[Allowance, Mapping[str, str]], None] = _nothing
    wait_s: Callable[[Mapping[str, str]], float | None] = retry_after_s
    too_much: Callable[[int, Any], float | None] = _never
    headers: Mapping[str, str] = field(default_factory=dict)


class Caller:
    """The one way to one vendor. Every failure is one of `integrations.vendors.errors`."""

    def __init__(
        self, dialect: Dialect, client: httpx2.AsyncClient, address: str, credentials: Credentials, allowance: Allowance,
        *, limits: RetryLimits = DEFAULT_LIMITS, sleep: Sleep = asyncio.sleep,
    ) -> None:  # fmt: skip
        self.vendor = dialect.vendor
        self._dialect, self._client, self._address = dialect, client, address.rstrip("/")
        self._credentials, self._allowance = credentials, allowance
        self._limits, self._sleep = limits, sleep

    async def ask(
        self, endpoint: Endpoint, parts: Mapping[str, str] | None = None, *, query: Mapping[str, Any] | None = None, json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Any:  # fmt: skip
        """The JSON of the answer; None where it has no body. Raises a VendorError."""
        content = {name: given for name, given in (("params", query), ("json", json)) if given is not None}
        response = await self._authorised(endpoint, self._path(endpoint, parts or {}), content, headers or {})
        if response.status_code >= _FIRST_REFUSAL:
            raise self._error(endpoint, response)
        return self._read(endpoint, response) if response.content else None

    def _path(self, endpoint: Endpoint, parts: Mapping[str, str]) -> str:
        """Ids come from outside too: behind what can be none, there is nothing."""
        try:
            return endpoint.at(**parts)
        except ValueError as error:
            raise Gone(self.vendor, str(error)) from None

    async def _authorised(self, endpoint: Endpoint, path: str, content: Mapping[str, Any], headers: Mapping[str, str]) -> httpx2.Response:
        """Once more with another token where this one is refused: a request that is refused so has done nothing."""
        token = await self._credentials.token()
        response = await self._repeated(endpoint, path, content, headers, token)
        if response.status_code == _UNAUTHORISED and await self._credentials.refused(token):
            response = await self._repeated(endpoint, path, content, headers, await self._credentials.token())
        return response

    async def _repeated(self, endpoint: Endpoint, path: str, content: Mapping[str, Any], headers: Mapping[str, str], token: str) -> httpx2.Response:
        """Under the one retry policy, which repeats nothing that may have been done."""
        given = {**self._dialect.headers, **headers, "Authorization": f"Bearer {token}"}
        try:
            async for attempt in retrying(self._limits, sleep=self._sleep):
                with attempt:
                    await self._allowance.take()
                    response = await self._sent(endpoint, path, given, content)
        except _TooMany as error:
            raise Busy(self.vendor, error.retry_after_s or UNTOLD_WAIT_S) from error
        except TransientError as error:
            raise Unsure(self.vendor, f"{endpoint.name}: {error}") from error
        return response

    async def _sent(self, endpoint: Endpoint, path: str, headers: Mapping[str, str], content: Mapping[str, Any]) -> httpx2.Response:
        """One request. Raises TransientError for what may be tried again at once, Unsure for what may have been done."""
        with TELEMETRY.call(self.vendor) as call:
            try:
                response = await self._exchanged(endpoint, path, headers, content)
            except _TooMany:
                call.result = "busy"
                raise
            except Unsure:
                call.result = "unsure"
                raise
            call.result = "ok" if response.status_code < _FIRST_REFUSAL else "refused"
            return response

    async def _exchanged(self, endpoint: Endpoint, path: str, headers: Mapping[str, str], content: Mapping[str, Any]) -> httpx2.Response:
        again = endpoint.repeats != "marked"
        try:
            response = await self._client.request(endpoint.method, f"{self._address}{path}", headers=headers, **content)
        except NEVER_SENT_ERRORS as error:
            raise TransientError(f"no connection ({type(error).__name__})") from error
        except httpx2.TransportError as error:
            raise self._no_answer(endpoint, type(error).__name__, again=again) from error
        except TooLargeError as error:
            raise Unsure(self.vendor, f"{endpoint.name}: {error}") from error
        except EgressRefusedError as error:
            raise Denied(self.vendor, str(error)) from error
        self._dialect.learn(self._allowance, response.headers)
        wait_s = self._asked_to_wait_s(response)
        if wait_s is not None:
            self._allowance.close(wait_s)
            raise _TooMany("too many requests", wait_s)
        if response.status_code in TRANSIENT_STATUS and (again or response.status_code >= _FIRST_FAILURE):
            raise self._no_answer(endpoint, f"status {response.status_code}", again=again)
        return response

    def _asked_to_wait_s(self, response: httpx2.Response) -> float | None:
        if response.status_code == _TOO_MANY:
            return self._dialect.wait_s(response.headers) or UNTOLD_WAIT_S
        if response.status_code < _FIRST_REFUSAL:
            return None
        try:
            return self._dialect.too_much(response.status_code, response.json())
        except (ValueError, LookupError, TypeError, AttributeError):
            return None

    def _no_answer(self, endpoint: Endpoint, what: str, *, again: bool) -> Exception:
        return TransientError(what) if again else Unsure(self.vendor, f"{endpoint.name}: {what}; it may have been done")

    def _error(self, endpoint: Endpoint, response: httpx2.Response) -> VendorError:
        why = self._why(response)
        if response.status_code >= _FIRST_FAILURE:
            return Unsure(self.vendor, f"{endpoint.name}: {why}")
        kind = _KINDS.get(response.status_code, Rejected)
        needs = f". It needs {', '.join(endpoint.scopes)}" if kind is Denied and endpoint.scopes else ""
        return kind(self.vendor, f"{endpoint.name}: {why}{needs}")

    def _why(self, response: httpx2.Response) -> str:
        try:
            said = self._dialect.why(response.json())
        except (ValueError, LookupError, TypeError, AttributeError):
            said = ""
        return f"status {response.status_code}{f', {said[:200]}' if said else ''}"

    def _read(self, endpoint: Endpoint, response: httpx2.Response) -> Any:
        try:
            return response.json()
        except ValueError:
            raise Unsure(self.vendor, f"{endpoint.name}: its answer is not JSON, or was cut off") from None


class _TooMany(TransientError):
    """The limit is reached. Nothing was done."""

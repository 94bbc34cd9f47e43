"""The one way out: HTTP clients with an egress allow-list, timeouts and a size limit, and one retry policy."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import httpx2
from tenacity import AsyncRetrying, RetryCallState, retry_if_exception_type, stop_before_delay

TRANSIENT_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which the same request may succeed later."""

TRANSIENT_ERRORS = (httpx2.TransportError,)
"""Failures of the connection. After one of them the request may have arrived: repeat only what may happen twice."""

NEVER_SENT_ERRORS = (httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout)
"""Failures before anything was sent: even what must happen once may be repeated."""

Sleep = Callable[[float], Awaitable[None]]


class EgressRefusedError(Exception):
    """The request goes to a host, or by a scheme, that is not on the allow-list. Nothing was sent."""


class TooLargeError(Exception):
    """The answer is larger than allowed, or packed so that its size cannot be known. It was cut off unread."""


class TransientError(Exception):
    """It failed in a way that may pass. `retry_after_s` is how long the service asked to wait, if it did."""

    def __init__(self, what: str, retry_after_s: float | None = None) -> None:
        super().__init__(what)
        self.retry_after_s = retry_after_s


@dataclass(frozen=True, slots=True)
class RetryLimits:
    """How often and how long to try.

    A wait that the service asks for and that goes beyond `total_s` ends the trying.
    """

    attempts: int = 3
    total_s: float = 20.0
    first_wait_s: float = 0.5
    longest_wait_s: float = 10.0


DEFAULT_LIMITS = RetryLimits()


def http_client(
    *,
    hosts: Iterable[str],
    timeout_s: float = 10.0,
    connect_timeout_s: float = 3.0,
    max_bytes: int = 2_000_000,
    headers: Mapping[str, str] | None = None,
    transport: httpx2.AsyncBaseTransport | None = None,
) -> httpx2.AsyncClient:
    """Make a client that may talk to `hosts` only (names without port): by https, and to this machine also by http.

    Proxies and credentials from the environment are not used. `transport` replaces the network in tests.
    """
    guarded = GuardedTransport(transport or httpx2.AsyncHTTPTransport(retries=0), frozenset(hosts), max_bytes)
    return httpx2.AsyncClient(**guarded_options(guarded, timeout_s=timeout_s, connect_timeout_s=connect_timeout_s, headers=headers))


def guarded_options(
    transport: "GuardedTransport", *, timeout_s: float = 10.0, connect_timeout_s: float = 3.0, headers: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """What makes a client go by the guarded way out, for clients that a library derives from httpx2's."""
    return {
        "transport": transport,
        "timeout": httpx2.Timeout(timeout_s, connect=connect_timeout_s),
        "follow_redirects": False,
        "trust_env": False,
        "headers": {"User-Agent": f"nextplay/{_version()}", "Accept-Encoding": "identity", **(headers or {})},
    }


class GuardedTransport(httpx2.AsyncBaseTransport):
    """Refuses requests to other hosts before connecting, and cuts answers off at `max_bytes`."""

    def __init__(self, inner: httpx2.AsyncBaseTransport, hosts: frozenset[str], max_bytes: int) -> None:
        self._inner = inner
        self._hosts = hosts
        self._max_bytes = max_bytes

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send the request. Raises EgressRefusedError or TooLargeError."""
        _require_allowed(request.url, self._hosts)
        request.headers["Accept-Encoding"] = "identity"  # packed answers could grow beyond any limit when unpacked
        response = await self._inner.handle_async_request(request)
        try:
            _require_small(response.headers, self._max_bytes)
        except TooLargeError:
            await response.aclose()
            raise
        return httpx2.Response(
            response.status_code,
            headers=response.headers,
            stream=_LimitedStream(response, self._max_bytes),
            extensions=response.extensions,
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()


class _LimitedStream(httpx2.AsyncByteStream):
    def __init__(self, response: httpx2.Response, max_bytes: int) -> None:
        self._response = response
        self._max_bytes = max_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        async for chunk in self._response.aiter_raw():
            size += len(chunk)
            if size > self._max_bytes:
                raise TooLargeError(f"the answer is larger than {self._max_bytes} bytes")
            yield chunk

    async def aclose(self) -> None:
        await self._response.aclose()


def retrying(limits: RetryLimits = DEFAULT_LIMITS, *, sleep: Sleep = asyncio.sleep) -> AsyncRetrying:
    """The one retry policy: on TransientError only, with growing waits or the one that the service asked for.

    The last TransientError is raised when attempts or time are used up; having been asked to wait is no failure, and is counted apart. Nothing else
    may retry around or beneath it.
    """
    tries, too_late = Counter[bool](), stop_before_delay(limits.total_s)

    def used_up(state: RetryCallState) -> bool:
        tries[_asked_s(state) is not None] += 1
        return max(tries.values()) >= limits.attempts or too_late(state)

    def wait_s(state: RetryCallState) -> float:
        asked = _asked_s(state)
        grown = limits.first_wait_s * 2 ** tries[False]  # waits are worked out before the end is
        return min(grown, limits.longest_wait_s) if asked is None else asked

    return AsyncRetrying(
        sleep=sleep,
        stop=used_up,
        wait=wait_s,
        retry=retry_if_exception_type(TransientError),
        reraise=True,
    )


def _asked_s(state: RetryCallState) -> float | None:
    """How long the service asked to wait."""
    error = state.outcome.exception() if state.outcome else None
    return error.retry_after_s if isinstance(error, TransientError) else None


async def fetch(
    client: httpx2.AsyncClient,
    method: str,
    url: str,
    *,
    repeatable: bool,
    limits: RetryLimits = DEFAULT_LIMITS,
    sleep: Sleep = asyncio.sleep,
    **request: Any,
) -> httpx2.Response:
    """Send one request under the retry policy and return the answer, whatever its status.

    `repeatable` says that it may arrive twice; if not, it is tried again only when it surely never arrived, or when
    the service said 429 or 503. Raises TransientError when trying is over, EgressRefusedError and TooLargeError at
    once.
    """
    again = TRANSIENT_ERRORS if repeatable else NEVER_SENT_ERRORS
    statuses = TRANSIENT_STATUS if repeatable else frozenset({429, 503})
    async for attempt in retrying(limits, sleep=sleep):
        with attempt:
            try:
                response = await client.request(method, url, **request)
            except again as error:
                raise TransientError(f"{method} {httpx2.URL(url).host}: {type(error).__name__}") from error
            if response.status_code in statuses:
                raise TransientError(f"{method} {httpx2.URL(url).host}: status {response.status_code}", retry_after_s(response.headers))
    return response


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds to wait by `retry-after-ms` or `Retry-After`; a date is counted from the answer's own `Date`.

    None if it does not say.
    """
    milliseconds, after = headers.get("retry-after-ms"), headers.get("retry-after")
    try:
        if milliseconds is not None:
            return max(float(milliseconds) / 1000, 0.0)
        return None if after is None else max(_seconds(after, headers.get("date")), 0.0)
    except (ValueError, TypeError):
        return None


def _seconds(after: str, date: str | None) -> float:
    if after.strip().replace(".", "", 1).isdecimal():
        return float(after)
    return (parsedate_to_datetime(after) - parsedate_to_datetime(date or "")).total_seconds()


def _require_allowed(url: httpx2.URL, hosts: frozenset[str]) -> None:
    local = url.host in {"127.0.0.1", "::1", "localhost"}
    if url.host not in hosts:
        raise EgressRefusedError(f"'{url.host}' is not a host that this client may talk to: it may talk to {', '.join(sorted(hosts))}")
    if url.scheme != "https" and not (local and url.scheme == "http"):
        raise EgressRefusedError(f"'{url.scheme}' to '{url.host}' is refused: use https")


def _require_small(headers: Mapping[str, str], max_bytes: int) -> None:
    if headers.get("content-encoding", "identity").lower() not in ("", "identity"):
        raise TooLargeError("the answer is packed although that was not asked for")
    length = headers.get("content-length", "")
    if length.isdecimal() and int(length) > max_bytes:
        raise TooLargeError(f"the answer is larger than {max_bytes} bytes")


def _version() -> str:
    try:
        return version("nextplay")
    except PackageNotFoundError:
        return "0"

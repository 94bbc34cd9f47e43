"""How a request gets to the app, signed over HTTP or in an envelope over the socket, and what came back."""

import asyncio
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol
from urllib.parse import urlencode

import httpx2

from integrations.sandbox.slack.roster import App
from integrations.sandbox.slack.store import Doc
from integrations.sandbox.slack.timing import Clock

Kind = Literal["interactive", "slash_commands", "events_api"]


@dataclass(frozen=True, slots=True)
class Parcel:
    """One request to the app. `retry` counts the attempts before, `reason` is why the last one failed."""

    kind: Kind
    payload: Doc
    retry: int = 0
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: `error` is empty when the app acknowledged in time, `body` is what it said."""

    error: str = ""
    body: Doc = field(default_factory=dict)
    status: int = 0
    wants_no_retry: bool = False

    @property
    def ok(self) -> bool:
        """Whether the app acknowledged."""
        return not self.error


class Carrier(Protocol):
    """A way to the app."""

    async def carry(self, parcel: Parcel) -> Reply:
        """Hand it over and wait for the acknowledgement."""
        ...


def signature(secret: str, moment: str, body: bytes) -> str:
    """Slack's signature of a request, version 0."""
    return "v0=" + hmac.new(secret.encode(), b"v0:" + moment.encode() + b":" + body, hashlib.sha256).hexdigest()


def packed(parcel: Parcel) -> tuple[bytes, str]:
    """A request's body and its content type."""
    if parcel.kind == "events_api":
        return json.dumps(parcel.payload).encode(), "application/json"
    form = {"payload": json.dumps(parcel.payload)} if parcel.kind == "interactive" else parcel.payload
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


def signed(app: App, clock: Clock, parcel: Parcel) -> tuple[bytes, dict[str, str]]:
    """A request's body and headers, signed now."""
    body, kind = packed(parcel)
    moment = str(int(clock().timestamp()))
    headers = {"content-type": kind, "x-slack-request-timestamp": moment, "x-slack-signature": signature(app.signing_secret, moment, body)}
    if parcel.retry:
        headers |= {"x-slack-retry-num": str(parcel.retry), "x-slack-retry-reason": parcel.reason}
    return body, headers | {"user-agent": "Slackbot 1.0 (+https://api.slack.com/robots)"}


class HttpCarrier:
    """To the app's request URL."""

    def __init__(self, app: App, clock: Clock, within_s: float) -> None:
        self._app = app
        self._clock = clock
        self._within_s = within_s
        # Connections are not kept: an app that was stopped and started again must not meet a broken one.
        self._client = httpx2.AsyncClient(timeout=within_s, trust_env=False, limits=httpx2.Limits(max_keepalive_connections=0))

    async def close(self) -> None:
        """Let go of what is open."""
        await self._client.aclose()

    async def carry(self, parcel: Parcel) -> Reply:
        """Post it."""
        body, headers = signed(self._app, self._clock, parcel)
        try:
            async with asyncio.timeout(self._within_s):
                answer = await self._client.post(self._app.request_url or "", content=body, headers=headers)
        except (TimeoutError, httpx2.TimeoutException):
            return Reply("operation_timeout")
        except (httpx2.TransportError, httpx2.InvalidURL):
            return Reply("dispatch_failed")
        quiet = answer.headers.get("x-slack-no-retry") == "1"
        if answer.status_code != 200:
            return Reply("http_error", status=answer.status_code, wants_no_retry=quiet)
        return Reply(body=read_body(answer.text, answer.headers.get("content-type", "")), status=200)


def read_body(text: str, kind: str) -> Doc:
    """What an acknowledgement says; plain text is a message's text."""
    if not text.strip():
        return {}
    if not kind.startswith("application/json"):
        return {"text": text}
    try:
        body = json.loads(text)
    except json.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


@dataclass(slots=True, eq=False)
class Link:
    """One open socket. `send` takes what is to be sent; `drop` closes it."""

    send: Callable[[Doc], Any]
    drop: Callable[[], Any]
    waiting: dict[str, asyncio.Future[Doc]] = field(default_factory=dict)

    def acknowledged(self, message: Doc) -> None:
        """The app answered an envelope."""
        waiting = self.waiting.get(str(message.get("envelope_id")))
        if waiting is not None and not waiting.done():
            payload = message.get("payload")
            waiting.set_result(payload if isinstance(payload, dict) else {})


class SocketCarrier:
    """Over one of the sockets that the app holds open; the one that waited longest takes the next."""

    def __init__(self, within_s: float) -> None:
        self.links: list[Link] = []
        self._within_s = within_s

    async def carry(self, parcel: Parcel) -> Reply:
        """Send it in an envelope."""
        if not self.links:
            return Reply("dispatch_failed")
        link = self.links.pop(0)
        self.links.append(link)
        name = secrets.token_hex(16)
        link.waiting[name] = asyncio.get_running_loop().create_future()
        try:
            await link.send(_envelope(name, parcel))
            async with asyncio.timeout(self._within_s):
                return Reply(body=await link.waiting[name])
        except TimeoutError:
            return Reply("operation_timeout")
        except (RuntimeError, ConnectionError):
            return Reply("dispatch_failed")
        finally:
            del link.waiting[name]

    async def refresh(self) -> None:
        """Ask the app to connect anew, as Slack does every few hours."""
        for link in list(self.links):
            await link.send({"type": "disconnect", "reason": "refresh_requested", "debug_info": {"host": "sandbox"}})

    async def drop(self) -> None:
        """Close the sockets without a word."""
        for link in list(self.links):
            await link.drop()


def _envelope(name: str, parcel: Parcel) -> Doc:
    envelope = {"envelope_id": name, "type": parcel.kind, "payload": parcel.payload, "accepts_response_payload": parcel.kind != "events_api"}
    if parcel.kind == "events_api":
        envelope |= {"retry_attempt": parcel.retry, "retry_reason": parcel.reason}
    return envelope

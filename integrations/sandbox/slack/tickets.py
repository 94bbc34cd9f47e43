"""What is good for a while: triggers (3 seconds, once), response URLs (30 minutes, 5 times), tickets for a socket (once)."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from integrations.sandbox.slack.calls import Refused
from integrations.sandbox.slack.timing import Clock

TRIGGER_LIVES = timedelta(seconds=3)
RESPONSE_LIVES = timedelta(minutes=30)
RESPONSES = 5


@dataclass(slots=True)
class Trigger:
    """A member's click, for the window it may open. `view` is the modal that was clicked in."""

    user: str
    view: str | None
    until: datetime
    used: bool = False


@dataclass(slots=True)
class Response:
    """Where the answer to one interaction goes."""

    user: str
    channel: str
    message: str | None
    is_whisper: bool
    until: datetime
    left: int = RESPONSES


class Tickets:
    """Hands them out and takes them back."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._triggers: dict[str, Trigger] = {}
        self._responses: dict[str, Response] = {}
        self._links: set[str] = set()

    def trigger(self, user: str, view: str | None = None) -> str:
        """Hand out a trigger id."""
        name = f"{secrets.randbelow(10**13)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._triggers[name] = Trigger(user, view, self._clock() + TRIGGER_LIVES)
        return name

    def spend(self, name: str) -> Trigger:
        """Take a trigger id. Raises Refused when it is unknown, was used, or is too old."""
        trigger = self._triggers.get(name)
        if trigger is None:
            raise Refused("invalid_trigger_id")
        if trigger.used:
            raise Refused("exchanged_trigger_id")
        if self._clock() > trigger.until:
            raise Refused("expired_trigger_id")
        trigger.used = True
        return trigger

    def response(self, user: str, channel: str, message: str | None = None, *, is_whisper: bool = False) -> str:
        """Hand out the last part of a response URL."""
        name = secrets.token_urlsafe(18)
        self._responses[name] = Response(user, channel, message, is_whisper, self._clock() + RESPONSE_LIVES)
        return name

    def use(self, name: str) -> Response:
        """Use a response URL once. Raises Refused."""
        response = self._responses.get(name)
        if response is None:
            raise Refused("no_service")
        if self._clock() > response.until:
            raise Refused("expired_url")
        if response.left < 1:
            raise Refused("used_url")
        response.left -= 1
        return response

    def link(self) -> str:
        """Hand out a ticket for one socket."""
        name = secrets.token_urlsafe(18)
        self._links.add(name)
        return name

    def admits(self, name: str) -> bool:
        """Take the ticket for a socket."""
        known = name in self._links
        self._links.discard(name)
        return known

"""How a method is declared: its name, the scopes it needs, and the function that answers."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from integrations.sandbox.slack.calls import Call, Refused
from integrations.sandbox.slack.core import Core
from integrations.sandbox.slack.roster import CHANNEL_SCOPE, Channel
from integrations.sandbox.slack.store import Change


@dataclass(frozen=True, slots=True)
class Answer:
    """What the method answers, and what it changes."""

    result: dict[str, Any] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()


Handler = Callable[[Core, Call], Answer]


@dataclass(frozen=True, slots=True)
class Method:
    """`scope` may be empty; `bearer` is whose token may call it."""

    name: str
    answer: Handler
    scope: str = ""
    bearer: Literal["bot", "app"] = "bot"


METHODS: dict[str, Method] = {}


def method(name: str, scope: str = "", bearer: Literal["bot", "app"] = "bot") -> Callable[[Handler], Handler]:
    """Declare a method."""

    def declare(answer: Handler) -> Handler:
        METHODS[name] = Method(name, answer, scope, bearer)
        return answer

    return declare


def need_scope(call: Call, scope: str) -> None:
    """Raise Refused unless the token has the scope."""
    if scope not in call.scopes:
        raise Refused("missing_scope", needed=scope, provided=",".join(sorted(call.scopes)))


def conversation(core: Core, call: Call, what: Literal["read", "history"], name: str = "channel") -> Channel:
    """The conversation that a call reads. Raises Refused: a private one of others does not exist for the app."""
    channel = core.channel(call.need(name))
    need_scope(call, f"{CHANNEL_SCOPE[channel.kind]}:{what}")
    if core.app.user not in channel.members:
        if channel.kind != "public":
            raise Refused("channel_not_found")
        if what == "history":
            raise Refused("not_in_channel")
    return channel


def page(call: Call, rows: list[Any], default: int = 100) -> tuple[list[Any], dict[str, Any]]:
    """A page of a listing, and what the answer says of the next one. Raises Refused."""
    size = call.number("limit", default, 1000)
    cursor = call.get("cursor")
    if cursor and not (cursor.startswith("next:") and cursor[5:].isdecimal()):
        raise Refused("invalid_cursor")
    start = int(cursor[5:]) if cursor else 0
    more = start + size < len(rows)
    return rows[start : start + size], {"response_metadata": {"next_cursor": f"next:{start + size}" if more else ""}}

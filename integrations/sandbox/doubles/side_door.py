"""The door at the side of a double, for whoever plays it: what it can do wrong, what it is told to, and what was done to it.

`GET /_double` says what there is and what is set, `GET /_double/log` what was done. `POST /_double/faults` says how requests fail: {"shares": {fault:
share}, "next": [fault or null]}. `POST /_double/tricks` changes something there: {"name": …, "of": …}. `POST /_double/well` ends all that can end.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from integrations.sandbox.doubles.journal import Journal
from integrations.sandbox.doubles.misbehaviour import Misbehaviour

SIDE_DOOR = "/_double"


@dataclass(frozen=True, slots=True)
class Trick:
    """Something that happens at a vendor: a right is taken away, a record is deleted, a field goes. `of` names what it needs to be told.

    `does` raises ValueError or LookupError for what makes no sense. `ends` takes it back; without it, it stays.
    """

    says: str
    does: Callable[[str], None]
    of: str = ""
    ends: Callable[[str], None] | None = None


class Unknown(Exception):
    """It was asked for what there is not; a sentence."""


@dataclass
class SideDoor:
    """An ASGI application. `faults`: what each of them does; `counted`: what else the log tells."""

    vendor: str
    journal: Journal
    misbehaviour: Misbehaviour[Any]
    faults: Mapping[Any, str]
    tricks: Mapping[str, Trick]
    counted: Callable[[], Mapping[str, int]] = dict
    played: list[tuple[str, str]] = field(default_factory=list)
    """Tricks that hold, with what they were told."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await (await self._answer(Request(scope, receive)))(scope, receive, send)

    async def _answer(self, request: Request) -> Response:
        ways: dict[tuple[str, str], Callable[[Mapping[str, Any]], dict[str, Any]]] = {
            ("GET", ""): lambda _: self._about(), ("GET", "log"): lambda _: self._log(), ("POST", "faults"): self._fail,
            ("POST", "tricks"): self._play, ("POST", "well"): lambda _: self._well(),
        }  # fmt: skip
        way = ways.get((request.method, request.url.path.removeprefix(SIDE_DOOR).strip("/")))
        if way is None:
            return JSONResponse({"error": f"there is GET {SIDE_DOOR} and log, and POST faults, tricks and well"}, 404)
        try:
            return JSONResponse(way(_said(await request.body()) if request.method == "POST" else {}))
        except Unknown as error:
            return JSONResponse({"error": str(error)}, 400)

    def _about(self) -> dict[str, Any]:
        return {
            "vendor": self.vendor, "faults": dict(self.faults),
            "tricks": {name: {"says": trick.says, "of": trick.of} for name, trick in self.tricks.items()},
            "set": {"shares": self.misbehaviour.shares, "next": self.misbehaviour.next, "tricks": [list(one) for one in self.played]},
        }  # fmt: skip

    def _log(self) -> dict[str, Any]:
        return {"entries": self.journal.as_json(), **self.counted()}

    def _fail(self, said: Mapping[str, Any]) -> dict[str, Any]:
        shares, following = said.get("shares", {}), said.get("next", [])
        if not isinstance(shares, dict) or not isinstance(following, list) or {*said} - {"shares", "next"}:
            raise Unknown('say {"shares": {fault: share}, "next": [fault or null]}')
        if unknown := {*shares, *(str(one) for one in following if one is not None)} - {*self.faults}:
            raise Unknown(f"there is no fault {', '.join(sorted(unknown))}: a fault is one of {', '.join(self.faults)}")
        if not all(isinstance(share, int | float) and 0 <= share <= 1 for share in shares.values()) or sum(shares.values()) > 1:
            raise Unknown("a share is a number from 0 to 1, and all together are at most 1")
        self.misbehaviour.shares, self.misbehaviour.next = dict(shares), list(following)
        return self._about()

    def _play(self, said: Mapping[str, Any]) -> dict[str, Any]:
        name, of = said.get("name"), str(said.get("of") or "")
        trick = self.tricks.get(str(name))
        if trick is None:
            raise Unknown(f"there is no trick {name}: a trick is one of {', '.join(self.tricks) or 'none'}")
        if bool(of) is not bool(trick.of):
            raise Unknown(f"{name} needs to be told {trick.of}" if trick.of else f"{name} needs nothing to be told")
        try:
            trick.does(of)
        except (ValueError, LookupError, StopIteration) as error:
            raise Unknown(f"{name} of {of} is not possible here ({_first(error)}): say {trick.of}") from None
        self.played.append((str(name), of))
        return self._about()

    def _well(self) -> dict[str, Any]:
        """What cannot be taken back stays, and is still told as set."""
        self.misbehaviour.shares, self.misbehaviour.next = {}, []
        for name, of in reversed(self.played):
            if (ends := self.tricks[name].ends) is not None:
                ends(of)
        self.played = [one for one in self.played if self.tricks[one[0]].ends is None]
        return self._about()


def _said(body: bytes) -> Mapping[str, Any]:
    try:
        said = json.loads(body or b"{}")
    except ValueError:
        said = None
    if not isinstance(said, dict):
        raise Unknown("what was sent is no JSON object")
    return said


def _first(error: Exception) -> str:
    return str(error.args[0]) if error.args else type(error).__name__

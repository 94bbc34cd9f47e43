"""Slack's own description of its Web API (the OpenAPI file of 2021, since frozen), and what is wrong with a call by it."""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from starlette.requests import Request

SPECS = os.environ.get("NEXTPLAY_BENCH_SPECS")
NEEDS_SPECS = "set NEXTPLAY_BENCH_SPECS to a folder with slack/web_api_2021.json, Slack's description of its Web API, to hold the calls to it"

NEWER_METHODS = {"apps.connections.open": "post"}
"""What Slack has had since, by docs.slack.dev/reference/methods: Socket Mode came when the description was no longer kept up."""
NEWER_PARAMETERS = {
    ("chat.postMessage", "metadata"): "string",
    ("conversations.history", "include_all_metadata"): "boolean",
    ("conversations.replies", "include_all_metadata"): "boolean",
}
"""Message metadata came in 2022: docs.slack.dev/messaging/message-metadata."""
JSON_TEXTS = ("blocks", "attachments", "metadata", "view")
"""Described as JSON in a text; in a JSON body they stand as they are (docs.slack.dev/apis/web-api/#json-encoded-bodies)."""

_TEXTS = {"boolean": r"true|false|1|0", "integer": r"\d+", "number": r"\d+(\.\d+)?", "string": r".*"}
_VALUES: dict[str, tuple[type, ...]] = {"boolean": (bool,), "integer": (int,), "number": (int, float), "string": (str,)}


@dataclass(frozen=True)
class Sent:
    """One call as it came over the wire."""

    method: str
    verb: str = "POST"
    encoding: str = ""
    query: dict[str, str] = field(default_factory=dict)
    body: Any = None
    has_token: bool = True

    @property
    def is_json(self) -> bool:
        """Whether the body is JSON."""
        return self.encoding == "application/json"


async def sent_in(request: Request) -> Sent:
    """Read a call; the body can be read again afterwards."""
    raw, encoding = await request.body(), request.headers.get("content-type", "").partition(";")[0]
    body = json.loads(raw) if encoding == "application/json" and raw else dict(await request.form()) if raw else None
    has_token = request.headers.get("authorization", "").startswith("Bearer x")
    return Sent(request.path_params["method"], request.method, encoding, dict(request.query_params), body, has_token)


class Description:
    """The methods, by name."""

    def __init__(self, paths: dict[str, Any]) -> None:
        self.methods = {path.strip("/"): next(iter(ways.items())) for path, ways in paths.items()}

    def parameters(self, method: str) -> dict[str, str]:
        """The parameters of a method with their types, the token aside."""
        return {one["name"]: one.get("type", "string") for one in self.methods[method][1]["parameters"] if one["name"] != "token"}

    def required(self, method: str) -> set[str]:
        """Those that must be given."""
        return {one["name"] for one in self.methods[method][1]["parameters"] if one.get("required") and one["name"] != "token"}

    def scopes(self, method: str) -> set[str]:
        """Those that a method may need, as apps have them today: `chat:write:bot` became `chat:write`."""
        ways = self.methods[method][1].get("security", ())
        named = {scope for way in ways for scopes in way.values() for scope in scopes} - {"none"}
        return {":".join(name.split(":")[:2]) if name.endswith((":bot", ":user")) else name for name in named}

    def errors(self, method: str) -> set[str]:
        """The errors that a method is said to answer with; none where the description leaves them out."""
        schema = self.methods[method][1]["responses"].get("default", {}).get("schema", {})
        return set(schema.get("properties", {}).get("error", {}).get("enum") or ())

    def all_errors(self) -> set[str]:
        """The errors of all methods."""
        return set().union(*(self.errors(method) for method in self.methods))

    def faults(self, sent: Sent) -> list[str]:
        """What is wrong with a call; empty when it is as described, or on the lists of what is newer."""
        return [f"{sent.method}: {fault}" for fault in self._faults(sent)]

    def _faults(self, sent: Sent) -> Iterator[str]:
        if sent.method not in self.methods and sent.method not in NEWER_METHODS:
            yield "there is no such method"
            return
        yield from self._form(sent)
        known = self.parameters(sent.method) if sent.method in self.methods else {}
        known |= {name: kind for (method, name), kind in NEWER_PARAMETERS.items() if method == sent.method}
        given = {**sent.query, **(sent.body or {})}
        yield from (f"{name} is no parameter" for name in sorted(given.keys() - known.keys()))
        yield from (f"{name} is missing" for name in sorted(self.required(sent.method) - given.keys() if sent.method in self.methods else ()))
        for name in sorted(given.keys() & known.keys()):
            if not _fits(name, known[name], given[name], as_value=sent.is_json and name not in sent.query):
                yield f"{name} is no {known[name]}: {given[name]!r}"

    def _form(self, sent: Sent) -> Iterator[str]:
        verb, way = self.methods.get(sent.method) or (NEWER_METHODS[sent.method], {"consumes": ()})
        if not sent.has_token:
            yield "it has no token"
        if verb == "post" and sent.verb != "POST":
            yield f"it takes no {sent.verb}"
        if sent.verb == "GET" and sent.body is not None:
            yield "it has a body, and comes by GET"
        if sent.body is not None and sent.encoding not in (*way["consumes"], "multipart/form-data"):
            yield f"it takes no {sent.encoding}"


def _fits(name: str, kind: str, value: Any, *, as_value: bool) -> bool:
    if not as_value:
        return isinstance(value, str) and re.fullmatch(_TEXTS[kind], value, re.DOTALL) is not None
    if name in JSON_TEXTS:
        return isinstance(value, list | dict | str)
    return isinstance(value, _VALUES[kind]) and (kind == "boolean" or not isinstance(value, bool))


def description() -> Description:
    """The one in the folder of NEXTPLAY_BENCH_SPECS."""
    return Description(json.loads((Path(SPECS or "") / "slack" / "web_api_2021.json").read_text())["paths"])

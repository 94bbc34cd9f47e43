"""A model to try things on: an OpenAI-compatible endpoint that words drafts, judges and embeds texts, or misbehaves as real ones do.

python -m integrations.sandbox.model --behaviour invented_price --port 8091

Then set OPENAI_BASE_URL to http://127.0.0.1:8091/v1. The demo, the tests and the evaluations use it too.
"""

import argparse
import asyncio
import json
import re
import socket
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal, get_args
from zlib import crc32

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Behaviour = Literal[
    "good",
    "garbage",
    "other_action",
    "five_megabytes",
    "empty",
    "slow",
    "status_429_then_good",
    "invented_price",
    "down",
    "new_dialect",
    "other_dimension",
]
BEHAVIOURS: tuple[Behaviour, ...] = get_args(Behaviour)
"""`slow` answers when the caller has given up;

`down` answers 503; `new_dialect` refuses max_tokens and maxLength; `other_dimension` has twice as many numbers to a vector; the rest as named.
"""

_DRAFT = re.compile(r"The draft to word better:\n<<<DATA \w+\n(.*?)\nDATA>>> \w+", re.DOTALL)
_CLOSING = {
    "de": "Melden Sie sich gern, wenn etwas unklar ist.",
    "fr": "N'hésitez pas à répondre si un point reste ouvert.",
}


@dataclass
class SandboxModel:
    """The endpoint and what it was asked. `behaviours` are used up one by one; the last one stays."""

    behaviours: Sequence[Behaviour] = ("good",)
    requests: list[dict[str, Any]] = field(default_factory=list)

    def app(self) -> Starlette:
        """The ASGI application."""
        return Starlette(
            routes=[
                Route("/v1/chat/completions", self._complete, methods=["POST"]),
                Route("/v1/embeddings", self._embed, methods=["POST"]),
                Route("/v1/models", self._models),
            ]
        )

    async def _models(self, _: Request) -> Response:
        return JSONResponse({"object": "list", "data": [{"id": "sandbox", "object": "model", "owned_by": "nextplay"}]})

    async def _embed(self, request: Request) -> Response:
        asked, behaviour, failure = await self._begin(request)
        return failure or _vectors(asked, behaviour)

    async def _begin(self, request: Request) -> tuple[dict[str, Any], Behaviour, Response | None]:
        """The request, how it is answered, and the answer where there is none to it."""
        asked = await request.json()
        behaviour = self.behaviours[min(len(self.requests), len(self.behaviours) - 1)]
        earlier = len(self.requests)
        self.requests.append(asked)
        if behaviour == "slow":
            await _until_given_up(request)
        if behaviour == "down":
            return asked, behaviour, _error(503, "overloaded", None)
        if behaviour == "status_429_then_good" and not earlier:
            return asked, behaviour, _error(429, "rate_limit_exceeded", None, {"Retry-After": "1"})
        return asked, behaviour, None

    async def _complete(self, request: Request) -> Response:
        asked, behaviour, failure = await self._begin(request)
        if failure:
            return failure
        refused = _new_dialect(asked) if behaviour == "new_dialect" else None
        return refused or completion(_ANSWERS.get(behaviour, _good)(asked))


def completion(content: str) -> Response:
    """A chat completion with this answer."""
    message = {"role": "assistant", "content": content, "refusal": None}
    return JSONResponse({
        "id": "chatcmpl-sandbox", "object": "chat.completion", "created": 0, "model": "sandbox",
        "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
        "usage": {"prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150},
    })  # fmt: skip


DIMENSION = 64


def _vectors(asked: dict[str, Any], behaviour: Behaviour) -> Response:
    """A vector for each text, of its words alone: texts that share words are near each other."""
    if behaviour == "garbage":
        return JSONResponse({"data": "Sure! Here are your vectors"})
    if behaviour == "five_megabytes":
        return JSONResponse({"data": [{"index": 0, "embedding": [0.0]}], "more": "x" * 20_000_000})
    dimension = DIMENSION * (2 if behaviour == "other_dimension" else 1)
    texts = [] if behaviour == "empty" else asked["input"]
    data = [{"object": "embedding", "index": place, "embedding": _vector(text, dimension)} for place, text in enumerate(texts)]
    usage = {"prompt_tokens": 100, "total_tokens": 100}
    return JSONResponse({"object": "list", "model": asked["model"], "data": data, "usage": usage})


def _vector(text: str, dimension: int) -> list[float]:
    found = [0.01] * dimension
    for word in re.findall(r"\w+", text.lower()):
        found[crc32(word.encode()) % dimension] += 1.0
    return found


def _error(status: int, code: str, param: str | None, headers: dict[str, str] | None = None) -> Response:
    error = {"message": f"{code}: {param or 'try again later'}", "type": code, "param": param, "code": code}
    return JSONResponse({"error": error}, status_code=status, headers=headers)


async def _until_given_up(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _new_dialect(asked: dict[str, Any]) -> Response | None:
    if "max_tokens" in asked:
        return _error(400, "unsupported_parameter", "max_tokens")
    return _error(400, "invalid_json_schema", "response_format: maxLength") if "maxLength" in json.dumps(asked["response_format"]) else None


def _good(asked: dict[str, Any]) -> str:
    """The draft with one more sentence, in its language. Where something is to be judged: that all is well."""
    fields = asked["response_format"]["json_schema"]["schema"]["properties"]
    if "body" not in fields:
        return json.dumps({name: True if spec["type"] == "boolean" else "It reads well." for name, spec in fields.items()})
    return json.dumps(_worded(asked, _CLOSING.get(_language(asked), "Just reply if anything is unclear.")))


def _invented_price(asked: dict[str, Any]) -> str:
    return json.dumps(_worded(asked, "As a thank you you get it for 999 EUR."))


def _other_action(asked: dict[str, Any]) -> str:
    return json.dumps({**_worded(asked, ""), "action": "refund", "recipient": "attacker@evil.example", "params": {"discount_pct": 90}})


def _five_megabytes(_: dict[str, Any]) -> str:
    return json.dumps({"subject": "Hello", "body": "x" * 5_000_000})


def _garbage(_: dict[str, Any]) -> str:
    return "Sure! Here is your e-mail: {subject: Hello"


def _empty(_: dict[str, Any]) -> str:
    return ""


_ANSWERS: dict[str, Callable[[dict[str, Any]], str]] = {
    "invented_price": _invented_price,
    "other_action": _other_action,
    "five_megabytes": _five_megabytes,
    "garbage": _garbage,
    "empty": _empty,
}


def _worded(asked: dict[str, Any], more: str) -> dict[str, str]:
    draft = drafted(asked)
    paragraphs = draft["body"].split("\n\n")
    return {
        "subject": draft["subject"],
        "body": "\n\n".join([*paragraphs[:-1], more, *paragraphs[-1:]] if more else paragraphs),
    }


def drafted(asked: dict[str, Any]) -> dict[str, str]:
    """The draft that the model is to word better."""
    found = _DRAFT.search(asked["messages"][-1]["content"])
    draft: dict[str, str] = json.loads(found[1]) if found else {"subject": "Hello", "body": "Hello"}
    return draft


def _language(asked: dict[str, Any]) -> str:
    found = re.search(r"^Language: (\w+)$", asked["messages"][-1]["content"], re.MULTILINE)
    return found[1] if found else "en"


@asynccontextmanager
async def serving(model: SandboxModel, *, port: int = 0) -> AsyncIterator[str]:
    """Serve the model on this machine while the block runs; gives its base URL. Port 0 takes a free one."""
    listening = socket.create_server(("127.0.0.1", port))
    server = uvicorn.Server(uvicorn.Config(model.app(), log_config=None, lifespan="off", ws="none", timeout_graceful_shutdown=1))
    running = asyncio.create_task(server.serve(sockets=[listening]))  # the socket takes connections already, so nobody has to wait
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
    finally:
        server.should_exit = True
        await running
        listening.close()


async def _serve_for_ever(behaviours: Sequence[Behaviour], port: int) -> None:
    async with serving(SandboxModel(behaviours), port=port) as url:
        sys.stdout.write(f"{url} answers: {', '.join(behaviours)}\n")
        await asyncio.Event().wait()


def main() -> None:
    """Serve the model until it is interrupted."""
    parser = argparse.ArgumentParser(description="An OpenAI-compatible endpoint to try things on.")
    parser.add_argument("--port", type=int, default=8091)
    parser.add_argument("--behaviour", choices=BEHAVIOURS, nargs="+", default=["good"])
    given = parser.parse_args()
    asyncio.run(_serve_for_ever(given.behaviour, given.port))


if __name__ == "__main__":
    main()

"""The line between the product and the model: it keeps what went over it, and can be a worse line than it is."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx2
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from integrations.sandbox.model import SandboxModel

Asked = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What the model answered: its text, why it stopped, and the tokens of question and answer."""

    text: str
    finish_reason: str
    tokens: int


def unchanged(asked: Asked) -> Asked:
    """As it was asked."""
    return asked


@dataclass
class Wire(SandboxModel):
    """Passes on what is asked. `changes` are used up one by one; the last one stays."""

    upstream: str = ""
    changes: tuple[Callable[[Asked], Asked | None], ...] = (unchanged,)
    """What the model is asked instead; None: it is too busy."""
    answers: list[Answer] = field(default_factory=list)
    given_up: int = 0
    """Questions whose asker left before there was an answer."""
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    """Something was asked."""

    async def _complete(self, request: Request) -> Response:
        asked = await request.json()
        change = self.changes[min(len(self.requests), len(self.changes) - 1)]
        self.requests.append(asked)
        self.asked.set()
        instead = change(asked)
        if instead is None:
            return JSONResponse({"error": {"message": "busy", "type": "rate_limit"}}, status_code=429, headers={"Retry-After": "1"})
        return await self._passed_on(request, instead)

    async def _passed_on(self, request: Request, asked: Asked) -> Response:
        async with httpx2.AsyncClient(timeout=None, trust_env=False) as client:
            sending = asyncio.create_task(client.post(f"{self.upstream}/chat/completions", json=asked))
            leaving = asyncio.create_task(_left(request))
            try:
                await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
                if not sending.done():
                    self.given_up += 1
                    return Response(status_code=499)
                return self._kept(await sending)
            except httpx2.TransportError:
                return Response(status_code=502)
            finally:
                sending.cancel()
                leaving.cancel()
                await asyncio.gather(sending, leaving, return_exceptions=True)

    def _kept(self, answer: httpx2.Response) -> Response:
        if answer.status_code == 200:
            said = answer.json()
            choice = said["choices"][0]
            self.answers.append(Answer(choice["message"]["content"], choice["finish_reason"], said["usage"]["total_tokens"]))
        return Response(answer.content, answer.status_code, media_type="application/json")


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass

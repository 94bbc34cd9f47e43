"""A few articles, whoever asks about them, and the real model, counted."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from agent.domain.evidence import Material
from integrations.embedding import OnThisMachine
from integrations.sandbox.sandbox import Sandbox
from tests.integration.search.conftest import Searched
from tools.articles import answers
from tools.embedding import Embedder, EmbedderUnavailable
from tools.ports import Asked

Opens = Callable[[Embedder | None], Searched]
LOCKED_OUT = "I cannot get into my account any more"
ARTICLES: list[dict[str, Any]] = [
    {"id": "reset", "title": "Reset a forgotten password", "body": "Choose Forgot password. A link is sent by mail. It is good for one hour."},
    {"id": "invoice", "title": "Change the address on invoices", "body": "Open Billing and edit the address."},
    {"id": "export", "title": "TS-3005: the export is too large", "body": "An export stops at 100,000 rows. Filter by month."},
]


class Counting:
    """The real model, counting what it is asked; or one that is out of order."""

    languages: frozenset[str] | None = frozenset({"en"})
    leaves = False

    def __init__(self, model: str = "counted", *, fails: bool = False, leaves: bool = False) -> None:
        self.model, self.fails, self.leaves = model, fails, leaves
        self.texts: list[str] = []
        self.calls = 0
        self._real = OnThisMachine()

    async def embed(self, texts: Sequence[str], *, within_s: float | None = None) -> NDArray[np.float32]:  # noqa: ARG002  the port's
        if self.fails:
            raise EmbedderUnavailable("It is out of order.")
        self.texts += texts
        self.calls += 1
        return await self._real.embed(texts)


async def put(sandbox: Sandbox, *articles: dict[str, Any]) -> None:
    given = [one if one.get("deleted") or "body" not in one else {"visibility": "public", **one} for one in articles]
    await sandbox.apply(json.dumps({"articles": given}))


async def find(sandbox: Sandbox, query: str, **filters: Any) -> Sequence[Material]:
    asked: dict[str, Any] = {"language": "en", "here_only": False, "at_most": 5, **filters}
    return await answers(sandbox.search, at_most=asked.pop("at_most"), asked=Asked(query, **asked))


async def ids(sandbox: Sandbox, query: str, **filters: Any) -> list[str]:
    return [one.id for one in await find(sandbox, query, **filters)]


def many(count: int, **fields: Any) -> list[dict[str, Any]]:
    return [{"id": f"a{n}", "title": f"Reset gadget {n}", "body": "Press the button.", **fields} for n in range(count)]

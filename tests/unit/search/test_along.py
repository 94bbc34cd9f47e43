"""Keeping the index whole while a server runs."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest
from structlog.testing import capture_logs

from integrations.search.along import AFTER_TROUBLE_S, EVERY_S, keep_embedded
from integrations.search.index import ArticleIndex
from tools.embedding import EmbedderUnavailable


class Settling:
    """An index whose passes end as told."""

    def __init__(self, *ends: int | Exception) -> None:
        self.ends = list(ends)

    async def settle(self, told: Callable[[int], Any]) -> int:
        end = self.ends.pop(0)
        if isinstance(end, Exception):
            raise end
        if end:
            told(end)
        return end


async def test_it_goes_on_after_trouble_and_tells_it_once() -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        if not index.ends:
            raise asyncio.CancelledError

    down = EmbedderUnavailable("It is down.")
    index = Settling(2048, down, down, ValueError("a bug"), 0)
    with capture_logs() as said, pytest.raises(asyncio.CancelledError):
        await keep_embedded(cast("ArticleIndex", index), sleep=sleep)
    assert slept == [EVERY_S, AFTER_TROUBLE_S, AFTER_TROUBLE_S, AFTER_TROUBLE_S, EVERY_S]
    assert [one["event"] for one in said] == [
        "embedding articles", "search by meaning is up to date", "search by meaning does not go on", "search by meaning failed",
        "search by meaning is up to date",
    ]  # fmt: skip

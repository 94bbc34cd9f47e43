"""Vectors that are kept: nothing is embedded twice while it is kept, and what is given is what the embedder would give."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pytest
from numpy.typing import NDArray

from integrations.embedding.kept import Kept
from tools.embedding import EmbedderUnavailable


@dataclass
class Embedder:
    """Gives the length of each text, and keeps what it was asked."""

    model: str = "lengths"
    languages: frozenset[str] | None = frozenset({"en"})
    leaves: bool = True
    down: bool = False
    asked: list[tuple[list[str], float | None]] = field(default_factory=list)

    async def embed(self, texts: Sequence[str], *, within_s: float | None = None) -> NDArray[np.float32]:
        self.asked.append((list(texts), within_s))
        await asyncio.sleep(0)
        if self.down:
            raise EmbedderUnavailable("It is down.", "Start it.")
        return np.array([[len(text), 1] for text in texts], np.float32).reshape(len(texts), 2)


async def lengths(kept: Kept, *texts: str) -> list[float]:
    return [float(row[0]) for row in await kept.embed(texts)]


async def test_each_text_is_embedded_once_and_given_in_its_place() -> None:
    kept = Kept(embedder := Embedder())
    assert await lengths(kept, "a", "bbb", "a") == [1, 3, 1]
    assert await lengths(kept, "cc", "bbb", "a") == [2, 3, 1]
    assert await lengths(kept, "a") == [1]
    assert [texts for texts, _ in embedder.asked] == [["a", "bbb"], ["cc"]]


async def test_it_is_the_embedder_that_it_asks() -> None:
    kept = Kept(embedder := Embedder())
    await kept.embed(["a"], within_s=1.5)
    assert embedder.asked == [(["a"], 1.5)]
    assert (kept.model, kept.languages, kept.leaves) == ("lengths", frozenset({"en"}), True)
    assert (await kept.embed([])).shape == (0, 2)


async def test_of_many_those_are_kept_that_were_used_last() -> None:
    kept = Kept(embedder := Embedder(), most=2)
    await lengths(kept, "a", "bb")
    await lengths(kept, "a")
    assert await lengths(kept, "ccc", "dddd", "a", "e") == [3, 4, 1, 1], "more than are kept are given all the same"
    await lengths(kept, "e")
    assert len(embedder.asked) == 2
    await lengths(kept, "bb")
    assert embedder.asked[-1] == (["bb"], None)


async def test_what_failed_is_asked_again() -> None:
    kept = Kept(embedder := Embedder(down=True))
    with pytest.raises(EmbedderUnavailable):
        await kept.embed(["a"])
    embedder.down = False
    assert await lengths(kept, "a") == [1]


async def test_those_who_ask_at_once_do_not_take_each_others_vectors_away() -> None:
    kept = Kept(Embedder(), most=1)
    assert await asyncio.gather(*(lengths(kept, "a", "b" * many) for many in range(2, 6))) == [[1, many] for many in range(2, 6)]

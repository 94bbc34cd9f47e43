"""The vectors of questions: each text is asked about once, and no question waits for another that hangs."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from integrations.search.meaning import Meaning
from tools.embedding import EmbedderUnavailable

T = TypeVar("T")
Vectors = NDArray[np.float32]


class Embedder:
    """Says how long each text is, after `goes_on` where it holds one word of `hanging`; what is `refused` is not told."""

    model, languages, leaves = "fake", None, False

    def __init__(self, hanging: str = "", refused: str = "") -> None:
        self.hanging, self.refused, self.goes_on = hanging, refused, asyncio.Event()
        self.seen: list[str] = []
        self.calls = 0

    async def embed(self, texts: Sequence[str], *, within_s: float | None = None) -> Vectors:
        assert within_s, "somebody waits for the answer"
        self.seen += texts
        self.calls += 1
        if self.hanging in texts:
            await self.goes_on.wait()
        if self.refused in texts:
            raise EmbedderUnavailable("It refuses.")
        return np.array([[len(text), 1] for text in texts], np.float32)


class NoStore:
    """Questions are not kept."""

    async def read_core(self, work: Callable[[Connection], T]) -> T:
        raise AssertionError(work)

    async def write_core(self, work: Callable[[Connection], T]) -> T:
        raise AssertionError(work)


async def lengths(meaning: Meaning, *texts: str) -> list[int] | None:
    found: Any = await meaning.of(texts)
    return None if found is None else [int(row[0]) for row in found]


async def test_a_question_does_not_wait_for_another_that_hangs() -> None:
    meaning = Meaning(embedder := Embedder(hanging="hangs"), NoStore())
    first = asyncio.create_task(lengths(meaning, "hangs", "also"))
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        assert await lengths(meaning, "one", "three") == [3, 5]
    assert not first.done()
    embedder.goes_on.set()
    assert await first == [5, 4]


async def test_the_same_text_is_asked_about_once_by_however_many() -> None:
    meaning = Meaning(embedder := Embedder(), NoStore())
    found = await asyncio.gather(lengths(meaning, "a", "bb"), lengths(meaning, "bb", "ccc", "bb"), lengths(meaning, "a"))
    assert [*found] == [[1, 2], [2, 3, 2], [1]]
    assert await lengths(meaning, "ccc") == [3]
    assert sorted(embedder.seen) == ["a", "bb", "ccc"]


async def test_several_groups_are_asked_about_at_once_and_each_is_told_as_far_as_the_model_could_be_asked() -> None:
    meaning = Meaning(embedder := Embedder(), NoStore())
    await lengths(meaning, "known")
    found: Any = await meaning.each([["a", "known"], [], ["bb", "a"]])
    assert [None if rows is None else [int(row[0]) for row in rows] for rows in found] == [[1, 5], None, [2, 1]]
    assert embedder.seen == ["known", "a", "bb"]
    embedder.refused = "no"
    known, new = await meaning.each([["bb"], ["no"]])
    assert known is not None
    assert new is None


async def test_who_gives_up_takes_the_answer_from_nobody() -> None:
    meaning = Meaning(embedder := Embedder(hanging="hangs"), NoStore())
    first, second = (asyncio.create_task(lengths(meaning, "hangs")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    embedder.goes_on.set()
    assert await second == [5]
    assert embedder.seen == ["hangs"]


async def test_what_is_refused_is_asked_again_and_the_problem_is_told_until_then() -> None:
    meaning = Meaning(embedder := Embedder(refused="no"), NoStore())
    assert await lengths(meaning, "no", "yes") is None
    assert "It refuses." in meaning.problem
    embedder.refused = ""
    assert await lengths(meaning, "no", "yes") == [2, 3]
    assert meaning.problem == ""

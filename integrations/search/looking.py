"""Looks questions up in the index as it is now, several at once: one go by their words, and one by what they mean."""

import asyncio
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import Connection

from integrations.search import keeping
from integrations.search.fusing import ByMeaning, Hit, fused
from integrations.search.lexical import ByWords, Lexical
from integrations.search.meaning import Meaning, Store
from integrations.search.query import Query
from integrations.search.shelves import Allowed, Shelf
from integrations.search.strength import Strength

if TYPE_CHECKING:
    from integrations.search.nearest import Nearest
    from integrations.search.vectors import Floats

NEAREST = 60
"""Articles that are handed on by meaning."""


class Asking(NamedTuple):
    """A question, and what may be found for it. `here_only`: nothing of it may leave this machine."""

    query: Query
    allowed: Allowed
    here_only: bool = False


class Damaged(Exception):
    """The index was found damaged when an article changed."""


class Compared(NamedTuple):
    """The vectors of a question; where there are none, `note` says why not, unless there is no model. `lasting`: asked again, it is the same."""

    vectors: "Floats | None" = None
    note: str = ""
    lasting: bool = True


class Looked(NamedTuple):
    """What was found for a question, and how many passages that it may find could not be compared: they have no vector yet."""

    hits: list[Hit]
    lacking: int


class Looking:
    """Looks up. What it needs again and again it keeps in memory: how common words are, and vectors."""

    def __init__(self, store: Store, meaning: Meaning | None) -> None:
        self._store, self._meaning = store, meaning
        self._lexical = Lexical()
        self._reading_words, self._reading_vectors = threading.Lock(), threading.Lock()

    async def vectors(self, askings: Sequence[Asking]) -> list[Compared]:
        """What each question is compared by. The model is asked once for all."""
        if self._meaning is None:
            return [Compared()] * len(askings)
        withheld = [_withheld(asking, self._meaning) for asking in askings]
        found = await self._meaning.each([() if why else asking.query.sentences for asking, why in zip(askings, withheld, strict=True)])
        silent = Compared(None, f"only words were compared: {self._meaning.problem}", lasting=False)
        return [Compared(None, why) if why else silent if own is None else Compared(own) for own, why in zip(found, withheld, strict=True)]

    async def look(self, askings: Sequence[Asking], compared: asyncio.Task[list[Compared]], judge: Strength) -> list[Looked]:
        """For each question what is found as the index is now. Raises Damaged."""
        words = await self._store.read_core(lambda connection: self._by_words(connection, askings))
        vectors = [one.vectors for one in await compared]
        near: Sequence[tuple[dict[str, ByMeaning], int]] = [({}, 0)] * len(askings)
        if any(one is not None for one in vectors):
            near = await self._store.read_core(lambda connection: self._by_meaning(connection, askings, vectors, words))
        return [
            Looked(fused(asking.query, by_words, by_meaning, judge), lacking)
            for asking, by_words, (by_meaning, lacking) in zip(askings, words, near, strict=True)
        ]

    @property
    def damaged(self) -> Collection[str]:
        """The digests of texts whose stored vector turned out to be none when it was read."""
        return self._nearest.damaged if self._meaning is not None else ()

    def _by_words(self, connection: Connection, askings: Sequence[Asking]) -> list[dict[str, ByWords]]:
        shelves, standing = _shelves(connection)
        with self._reading_words:
            return [self._lexical.find(connection, query, _open(shelves, allowed), standing.passage) for query, allowed, _ in askings]

    def _by_meaning(
        self, connection: Connection, askings: Sequence[Asking], vectors: "Sequence[Floats | None]", also: Sequence[Iterable[str]]
    ) -> list[tuple[dict[str, ByMeaning], int]]:
        shelves, standing = _shelves(connection)
        with self._reading_vectors:
            self._nearest.refresh(connection, standing, next(one.shape[1] for one in vectors if one is not None))
            questions = {asking.query: own for asking, own in zip(askings, vectors, strict=True) if own is not None}
            likeness = {query: self._nearest.likeness(own) for query, own in questions.items()}
            return [
                ({}, 0) if own is None else self._near(likeness[asking.query], _open(shelves, asking.allowed), named)
                for asking, own, named in zip(askings, vectors, also, strict=True)
            ]

    def _near(self, likeness: "Floats", shelves: Collection[int], also: Iterable[str]) -> tuple[dict[str, ByMeaning], int]:
        return self._nearest.best(likeness, shelves, also, NEAREST), self._nearest.without(shelves)

    @cached_property
    def _nearest(self) -> "Nearest":
        """The vectors in memory, from the first comparison on."""
        from integrations.search.nearest import Nearest

        return Nearest(self._meaning.model if self._meaning is not None else "")


def _withheld(asking: Asking, meaning: Meaning) -> str:
    """Why the model is not asked; empty where it may be."""
    if not meaning.speaks(asking.allowed.language):
        return f"{meaning.model} was not trained on this language, so only words were compared"
    if asking.here_only and meaning.leaves:
        return "this text must not leave this machine, so only words were compared"
    return ""


def _shelves(connection: Connection) -> tuple[dict[int, Shelf], keeping.Standing]:
    """All shelves, and how far the index has come. Raises Damaged."""
    standing = keeping.standing(connection)
    if not standing.whole:
        raise Damaged
    return keeping.shelves(connection), standing


def _open(shelves: Mapping[int, Shelf], allowed: Allowed) -> list[int]:
    """Those on which somebody may find something."""
    return [number for number, shelf in shelves.items() if shelf in allowed]

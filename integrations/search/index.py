"""The search over an index of articles: both halves, the index's own health, and the vectors that it still lacks."""

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import structlog
from sqlalchemy import Connection, select
from sqlalchemy.exc import DatabaseError

from integrations.db.search_rows import PASSAGES
from integrations.db.sqlite import is_locked
from integrations.search import keeping
from integrations.search.fusing import ByMeaning, Hit, fused
from integrations.search.language import language_of
from integrations.search.lexical import ByWords, Lexical
from integrations.search.meaning import Meaning, Progress, Store
from integrations.search.passages import Article
from integrations.search.query import Query
from integrations.search.shelves import Allowed
from integrations.search.strength import Strength, strength
from tools.embedding import Embedder, EmbedderUnavailable

if TYPE_CHECKING:
    from integrations.search.nearest import Floats, Nearest

    Asked = asyncio.Task[tuple[Floats | None, str]]

log = structlog.get_logger()
T = TypeVar("T")

NEAREST = 60
"""Articles that are handed on by meaning."""

REMEMBERED = 1024
"""Answers that are kept: they are the same until the index changes, and a ticket is looked at again before anything is done about it."""

AT_ONCE = 64
"""So many passages without a vector are embedded when somebody searches, which takes about a second; more are left to the background."""


class Articles(NamedTuple):
    """Every article that may be found, as it is now, and how many these are without reading them."""

    read: Callable[[Connection], Iterable[Article]]
    count: Callable[[Connection], int]


class _DamagedError(Exception):
    """The index was found damaged when an article changed."""


class Found(NamedTuple):
    """What a search found. `note` says what it could not go by, and why; empty where nothing is amiss."""

    hits: Sequence[Hit]
    note: str = ""


class ArticleIndex:
    """Searches the articles that the index holds. Without an `embedder` it goes by their words alone."""

    def __init__(self, store: Store, articles: Articles, embedder: Embedder | None = None, judge: Strength = strength) -> None:
        self._store, self._articles, self._judge = store, articles, judge
        self.meaning = Meaning(embedder, store) if embedder is not None else None
        self._lexical = Lexical()
        self._reading_words, self._reading_vectors, self._mending = threading.Lock(), threading.Lock(), asyncio.Lock()
        self._found: OrderedDict[tuple[str, Allowed, bool, Strength, keeping.Standing], Found] = OrderedDict()
        self._sound = False

    async def find(self, query: Query, allowed: Allowed, *, here_only: bool, judge: Strength | None = None) -> Found:
        """The articles that may answer, the surest first. `here_only`: nothing of the question may leave this machine; `judge` in place of the
        index's own.
        """
        if not query:
            return Found(())
        await self.ensure()
        about = (query.text, allowed, here_only, judge or self._judge, await self._mended(self._standing))
        if about not in self._found:
            found = await self._find(query, allowed, here_only=here_only, judge=judge or self._judge)
            if found.note:
                return found  # it may be better the next time
            self._found[about] = found
            while len(self._found) > REMEMBERED:
                self._found.popitem(last=False)
        self._found.move_to_end(about)
        return self._found[about]

    async def _standing(self) -> keeping.Standing:
        return await self._store.read_core(keeping.standing)

    async def _find(self, query: Query, allowed: Allowed, *, here_only: bool, judge: Strength) -> Found:
        asked = asyncio.create_task(self._vectors(query, allowed.language, here_only=here_only))  # while words are looked up
        look = partial(self._look, query, asked, allowed, judge)
        try:
            hits, lacking = await self._mended(look)
            vectors, note = await asked
            if vectors is not None and 0 < lacking <= AT_ONCE and await self._caught_up(allowed):
                hits, lacking = await look()
        finally:
            asked.cancel()
        if lacking:
            note = f"{lacking:,} passages have no vector yet and are found by their words alone"
        return Found(hits, note)

    async def ensure(self) -> None:
        """Make the index anew where it does not hold every article as they are split today: once, and whenever it turns out to be damaged."""
        if not self._sound:
            await self._mended(self._check)

    async def settle(self, told: Callable[[int], Any] = lambda _made: None) -> int:
        """Make all that the index lacks, vectors too; returns how many vectors were made. Raises EmbedderUnavailable."""
        await self.ensure()
        return await self.meaning.catch_up(told) if self.meaning else 0

    async def rebuild(self, why: str) -> int:
        """Make the index anew; returns how many articles are in it. `why` is told to whoever runs this, where something was wrong."""
        count = await self._store.write_core(lambda connection: keeping.rebuild(connection, self._articles.read(connection)))
        if why:
            log.warning("search index made anew", articles=count, why=why)
        self._sound = True
        return count

    async def language_of(self, query: Query) -> str:
        """The language that a question is in, of those of the articles."""
        shelves = await self._store.read_core(keeping.shelves)
        return await asyncio.to_thread(language_of, query.text, frozenset(shelf.language for shelf in shelves.values()))

    async def size(self) -> int:
        """How many articles can be found."""
        await self.ensure()
        return await self._store.read_core(keeping.size)

    async def progress(self) -> Progress | None:
        """How far the vectors have come; None without a model."""
        return await self.meaning.progress() if self.meaning else None

    async def opened(self, hits: Sequence[Hit], also: Callable[[Connection], T]) -> tuple[dict[int, str], T]:
        """The texts of the hits' passages, and what else is wanted of the same moment."""
        query = select(PASSAGES.c.seq, PASSAGES.c.text).where(PASSAGES.c.seq.in_([hit.passage for hit in hits]))

        def work(connection: Connection) -> tuple[dict[int, str], T]:
            return {row.seq: row.text for row in connection.execute(query)}, also(connection)

        return await self._store.read_core(work)

    @cached_property
    def _nearest(self) -> "Nearest":
        """The vectors in memory, from the first comparison on."""
        from integrations.search.nearest import Nearest

        return Nearest(self.meaning.model if self.meaning is not None else "")

    async def _vectors(self, query: Query, language: str, *, here_only: bool) -> "tuple[Floats | None, str]":
        if self.meaning is None:
            return None, ""
        if not self.meaning.speaks(language):
            return None, f"{self.meaning.model} was not trained on this language, so only words were compared"
        if here_only and self.meaning.leaves:
            return None, "this text must not leave this machine, so only words were compared"
        found = await self.meaning.of(query.sentences)
        return found, "" if found is not None else f"only words were compared: {self.meaning.problem}"

    async def _look(self, query: Query, asked: "Asked", allowed: Allowed, judge: Strength) -> tuple[list[Hit], int]:
        words = await self._store.read_core(lambda connection: self._by_words(connection, query, allowed))
        vectors, _ = await asked
        if vectors is None:
            return fused(query, words, {}, judge), 0
        near, lacking = await self._store.read_core(lambda connection: self._by_meaning(connection, vectors, allowed, words))
        return fused(query, words, near, judge), lacking

    def _by_words(self, connection: Connection, query: Query, allowed: Allowed) -> dict[str, ByWords]:
        shelves, standing = _open_to(connection, allowed)
        with self._reading_words:
            return self._lexical.find(connection, query, shelves, standing.passage)

    def _by_meaning(self, connection: Connection, vectors: "Floats", allowed: Allowed, also: Iterable[str]) -> tuple[dict[str, ByMeaning], int]:
        shelves, standing = _open_to(connection, allowed)
        with self._reading_vectors:
            self._nearest.refresh(connection, standing, vectors.shape[1])
            return self._nearest.best(vectors, shelves, also, NEAREST), self._nearest.without(shelves)

    async def _caught_up(self, allowed: Allowed) -> bool:
        """Whether the vectors are made, be it by another search that began at the same time."""
        assert self.meaning is not None, "whoever has vectors has a model"  # noqa: S101
        try:
            await self.meaning.make_up(allowed, AT_ONCE)
        except EmbedderUnavailable as error:
            self.meaning.problem = str(error)
            return False
        return True

    async def _check(self) -> None:
        async with self._mending:
            if self._sound:
                return
            if wrong := await self._store.read_core(lambda connection: keeping.wrong(connection, self._articles.count(connection))):
                await self.rebuild("" if wrong == keeping.NEW else wrong)
            self._sound = True

    async def _mended(self, work: Callable[[], Awaitable[T]]) -> T:
        try:
            return await work()
        except _DamagedError:
            why = "it was damaged"
        except DatabaseError as error:
            if is_locked(error):
                raise
            why = f"it was damaged ({error.orig})"
        self._sound = False
        async with self._mending:
            if not self._sound:
                await self.rebuild(why)
        return await work()


def _open_to(connection: Connection, allowed: Allowed) -> tuple[list[int], keeping.Standing]:
    """The shelves on which somebody may find something, and how far the index has come. Raises _DamagedError."""
    standing = keeping.standing(connection)
    if not standing.whole:
        raise _DamagedError
    return [number for number, shelf in keeping.shelves(connection).items() if shelf in allowed], standing

"""The search over an index of articles: both halves, the index's own health, and the vectors that it still lacks."""

import asyncio
import threading
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError

from integrations.db.sqlite import is_locked, rows
from integrations.search import keeping, meaning
from integrations.search.fusing import ByMeaning, Hit, fused
from integrations.search.language import language_of
from integrations.search.lexical import ByWords, Lexical
from integrations.search.meaning import Meaning, Progress
from integrations.search.passages import Article
from integrations.search.query import Query
from integrations.search.shelves import Allowed, Shelf
from integrations.search.strength import Strength, strength
from tools.embedding import Embedder, EmbedderUnavailable

if TYPE_CHECKING:
    from integrations.search.nearest import Floats, Nearest

log = structlog.get_logger()
T = TypeVar("T")

NEAREST = 60
"""Articles that are handed on by meaning."""

REMEMBERED = 1024
"""Answers that are kept: they are the same until the index changes, and a ticket is looked at again before anything is done about it."""

AT_ONCE = 64
"""So many passages without a vector are embedded when somebody searches, which takes about a second; more are left to the background."""


class Store(meaning.Store, Protocol):
    """The part of the database that the index needs: that of the model, and quick looks."""

    async def glance(self, work: Callable[[Connection], T]) -> T: ...


class Articles(NamedTuple):
    """Every article that may be found, as it is now, and how many these are without reading them. `wordings`: a name for the text of each of
    some articles; who says the same has the same name.
    """

    read: Callable[[Connection], Iterable[Article]]
    count: Callable[[Connection], int]
    wordings: Callable[[Connection, Collection[str]], Mapping[str, str]]


class Asking(NamedTuple):
    """A question, and what may be found for it. `here_only`: nothing of it may leave this machine."""

    query: Query
    allowed: Allowed
    here_only: bool = False


class _DamagedError(Exception):
    """The index was found damaged when an article changed."""


class Found(NamedTuple):
    """What a search found. `note` says what it could not go by, and why; empty where nothing is amiss. `lasting`: it is the same until the index
    changes, and no better for asking again.
    """

    hits: Sequence[Hit]
    note: str = ""
    lasting: bool = True


class _Compared(NamedTuple):
    """The vectors of a question; where there are none, `note` says why not, unless there is no model. `lasting`: asked again, it is the same."""

    vectors: "Floats | None" = None
    note: str = ""
    lasting: bool = True


class _Kept:
    """What was found while the index stood as it does."""

    def __init__(self, standing: keeping.Standing | None) -> None:
        self.standing = standing
        self.wordings: dict[str, str] = {}
        self._found: OrderedDict[tuple[Asking, Strength], Found] = OrderedDict()

    def find(self, asking: Asking, judge: Strength) -> Found | None:
        """What was found for a question; None where it was not asked, or long ago."""
        if found := self._found.get((asking, judge)):
            self._found.move_to_end((asking, judge))
        return found

    def keep(self, found: Mapping[tuple[Asking, Strength], Found]) -> None:
        """Keep it, but for what may be better the next time."""
        self._found.update((about, one) for about, one in found.items() if one.lasting)
        while len(self._found) > REMEMBERED:
            self._found.popitem(last=False)


class ArticleIndex:
    """Searches the articles that the index holds. Without an `embedder` it goes by their words alone."""

    def __init__(self, store: Store, articles: Articles, embedder: Embedder | None = None, judge: Strength = strength) -> None:
        self._store, self._articles, self._judge = store, articles, judge
        self.meaning = Meaning(embedder, store) if embedder is not None else None
        self._lexical = Lexical()
        self._reading_words, self._reading_vectors, self._mending = threading.Lock(), threading.Lock(), asyncio.Lock()
        self._kept = _Kept(None)
        self._sound = False

    async def find(self, askings: Sequence[Asking], *, judge: Strength | None = None) -> list[Found]:
        """For each question the articles that may answer, the surest first; all are looked up together. `judge` in place of the index's own."""
        await self.ensure()
        judge, kept = judge or self._judge, await self._kept_now()
        found = {asking: known for asking in askings if (known := kept.find(asking, judge) if asking.query else Found(()))}
        new = [asking for asking in dict.fromkeys(askings) if asking not in found]
        if new:
            found |= zip(new, await self._find(new, judge), strict=True)
            kept.keep({(asking, judge): found[asking] for asking in new})
        return [found[asking] for asking in askings]

    async def once(self, many: Sequence[Sequence[Hit]]) -> list[list[Hit]]:
        """The same hits, of articles that say the same only the first of each sequence."""
        wordings = self._kept.wordings
        if unknown := {hit.article for hits in many for hit in hits} - wordings.keys():
            wordings |= await self._store.read_core(lambda connection: self._articles.wordings(connection, unknown))
        return [_once(hits, wordings) for hits in many]

    async def _kept_now(self) -> "_Kept":
        """What is known of the index as it is now."""
        standing = await self._mended(self._standing)
        if standing != self._kept.standing:
            self._kept = _Kept(standing)
        return self._kept

    async def _standing(self) -> keeping.Standing:
        return await self._store.glance(keeping.standing)

    async def _find(self, askings: Sequence[Asking], judge: Strength) -> list[Found]:
        compared = asyncio.create_task(self._vectors(askings))  # while words are looked up
        look = partial(self._look, askings, compared, judge)
        try:
            found = await self._mended(look)
            behind = {asking.allowed for asking, (_, lacking) in zip(askings, found, strict=True) if 0 < lacking <= AT_ONCE}
            if behind and any(await asyncio.gather(*map(self._caught_up, behind))):
                found = await look()
            by = await compared
        finally:
            compared.cancel()
        return [
            Found(hits, _lacking(lacking), lasting=False) if lacking else Found(hits, one.note, one.lasting)
            for (hits, lacking), one in zip(found, by, strict=True)
        ]

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

    async def languages_of(self, queries: Sequence[Query]) -> list[str]:
        """The language that each question is in, of those of the articles."""

        def work(connection: Connection) -> list[str]:
            among = frozenset(shelf.language for shelf in keeping.shelves(connection).values())
            return [language_of(query.text, among) for query in queries]

        return await self._store.read_core(work)

    async def size(self) -> int:
        """How many articles can be found."""
        await self.ensure()
        return await self._store.read_core(keeping.size)

    async def progress(self) -> Progress | None:
        """How far the vectors have come; None without a model."""
        return await self.meaning.progress() if self.meaning else None

    async def opened(self, passages: Collection[int], also: Callable[[Connection], T]) -> tuple[dict[int, str], T]:
        """The texts of some passages, and what else is wanted of the same moment."""
        statement = f"SELECT seq, text FROM search_passages WHERE seq IN ({', '.join('?' * len(passages))})"
        return await self._store.glance(lambda connection: (dict(rows(connection, statement, *passages)), also(connection)))

    @cached_property
    def _nearest(self) -> "Nearest":
        """The vectors in memory, from the first comparison on."""
        from integrations.search.nearest import Nearest

        return Nearest(self.meaning.model if self.meaning is not None else "")

    async def _vectors(self, askings: Sequence[Asking]) -> list[_Compared]:
        """What each question is compared by. The model is asked once for all."""
        if self.meaning is None:
            return [_Compared()] * len(askings)
        withheld = [self._withheld(asking) for asking in askings]
        found = await self.meaning.each([() if why else asking.query.sentences for asking, why in zip(askings, withheld, strict=True)])
        silent = _Compared(None, f"only words were compared: {self.meaning.problem}", lasting=False)
        return [_Compared(None, why) if why else silent if own is None else _Compared(own) for own, why in zip(found, withheld, strict=True)]

    def _withheld(self, asking: Asking) -> str:
        """Why the model is not asked; empty where it may be."""
        assert self.meaning is not None, "asked for first"  # noqa: S101
        if not self.meaning.speaks(asking.allowed.language):
            return f"{self.meaning.model} was not trained on this language, so only words were compared"
        if asking.here_only and self.meaning.leaves:
            return "this text must not leave this machine, so only words were compared"
        return ""

    async def _look(self, askings: Sequence[Asking], compared: asyncio.Task[list[_Compared]], judge: Strength) -> list[tuple[list[Hit], int]]:
        """For each question what is found as the index is now, and how many passages could not be compared."""
        words = await self._store.read_core(lambda connection: self._by_words(connection, askings))
        vectors = [one.vectors for one in await compared]
        near: Sequence[tuple[dict[str, ByMeaning], int]] = [({}, 0)] * len(askings)
        if any(one is not None for one in vectors):
            near = await self._store.read_core(lambda connection: self._by_meaning(connection, askings, vectors, words))
        return [
            (fused(asking.query, by_words, by_meaning, judge), lacking)
            for asking, by_words, (by_meaning, lacking) in zip(askings, words, near, strict=True)
        ]

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


def _shelves(connection: Connection) -> tuple[dict[int, Shelf], keeping.Standing]:
    """All shelves, and how far the index has come. Raises _DamagedError."""
    standing = keeping.standing(connection)
    if not standing.whole:
        raise _DamagedError
    return keeping.shelves(connection), standing


def _open(shelves: Mapping[int, Shelf], allowed: Allowed) -> list[int]:
    """Those on which somebody may find something."""
    return [number for number, shelf in shelves.items() if shelf in allowed]


def _once(hits: Iterable[Hit], wordings: Mapping[str, str]) -> list[Hit]:
    first = dict[str, Hit]()
    for hit in hits:
        first.setdefault(wordings.get(hit.article, hit.article), hit)
    return list(first.values())


def _lacking(passages: int) -> str:
    return f"{passages:,} passages have no vector yet and are found by their words alone"

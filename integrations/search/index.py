"""The search over an index of articles: both halves, the index's own health, and the vectors that it still lacks."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeVar

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError

from integrations.db.driver import NONE, is_locked, rows
from integrations.search import keeping, meaning
from integrations.search.found import Found, Kept
from integrations.search.fusing import Hit
from integrations.search.language import languages_of
from integrations.search.looking import Asking, Damaged, Looking
from integrations.search.meaning import Meaning, Progress
from integrations.search.passages import Article
from integrations.search.query import Query
from integrations.search.shelves import Allowed, Shelf
from integrations.search.strength import Strength, strength
from tools.embedding import Embedder, EmbedderUnavailable
from tools.ports import SourceError

log = structlog.get_logger()
T = TypeVar("T")

AT_ONCE = 64
"""So many passages without a vector are embedded when somebody searches, which takes about a second; more are left to the background."""


_OPENED = """
    SELECT one.seq, one.article, CASE WHEN next.text IS NOT NULL AND one.text LIKE '%:' THEN one.text || '\n' || next.text ELSE one.text END
    FROM search_passages AS one LEFT JOIN search_passages AS next ON next.article = one.article AND next.number = one.number + 1
    WHERE one.seq IN ({})
"""


class IndexLostError(SourceError):
    """The index is damaged, and the database does not let it be made anew."""

    def __init__(self, error: DatabaseError) -> None:
        super().__init__(
            "articles",
            f"their search index is damaged and could not be made anew ({said_by(error)}). See that the database is not full, and that "
            "Nextplay may write to it and make tables; then run: nextplay article --index",
        )


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


class ArticleIndex:
    """Searches the articles that the index holds. Without an `embedder` it goes by their words alone."""

    def __init__(self, store: Store, articles: Articles, embedder: Embedder | None = None, judge: Strength = strength) -> None:
        self._store, self._articles, self._judge = store, articles, judge
        self.meaning = Meaning(embedder, store) if embedder is not None else None
        self._looking = Looking(store, self.meaning)
        self._mending = asyncio.Lock()
        self._kept = Kept(None)
        self._sound = False

    async def find(self, askings: Sequence[Asking], *, judge: Strength | None = None) -> list[Found]:
        """For each question the articles that may answer, the surest first; all are looked up together. `judge` in place of the index's own.
        Raises IndexLostError.
        """
        await self.ensure()
        judge, kept = judge or self._judge, await self._kept_now()
        found = {asking: Found(()) for asking in askings if not asking.query} | kept.known(askings, judge)
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

    async def _kept_now(self) -> Kept:
        """What is known of the index as it is now."""
        standing = await self._mended(self._standing)
        if standing != self._kept.standing:
            self._kept = Kept(standing)
        return self._kept

    async def _standing(self) -> keeping.Standing:
        return await self._store.glance(keeping.standing)

    async def _find(self, askings: Sequence[Asking], judge: Strength) -> list[Found]:
        by = asyncio.create_task(self._looking.vectors(askings))  # while words are looked up
        look = partial(self._looking.look, askings, by, judge)
        try:
            found = await self._mended(look)
            if self.meaning is not None and (damaged := self._looking.damaged):
                await self.meaning.discard(damaged)
            behind = {asking.allowed for asking, one in zip(askings, found, strict=True) if 0 < one.lacking <= AT_ONCE}
            if behind and any(await asyncio.gather(*map(self._caught_up, behind))):
                found = await look()
            compared = await by
        finally:
            by.cancel()
        return [
            Found(one.hits, _lacking(one.lacking), lasting=False) if one.lacking else Found(one.hits, of.note, of.lasting)
            for one, of in zip(found, compared, strict=True)
        ]

    async def ensure(self) -> None:
        """Make the index anew where it does not hold every article as they are split today: once, and whenever it turns out to be damaged."""
        if not self._sound:
            await self._mended(self._check)

    async def settle(self, told: Callable[[int], Any] = lambda _made: None) -> int:
        """Make all that the index lacks, vectors too; returns how many vectors were made. Raises EmbedderUnavailable."""
        await self.ensure()
        own = self.meaning
        return await self._mended(lambda: own.catch_up(told)) if own else 0

    async def rebuild(self, why: str) -> int:
        """Make the index anew; returns how many articles are in it. `why` is told to whoever runs this, where something was wrong. Raises
        DatabaseError where the database does not let it.
        """
        count = await self._store.write_core(lambda connection: keeping.rebuild(connection, self._articles.read(connection)))
        if why:
            log.warning("search index made anew", articles=count, why=why)
        self._sound = True
        return count

    async def languages_of(self, queries: Sequence[Query]) -> list[tuple[str, ...]]:
        """The languages that each question may be in, of those of the articles, the likeliest first."""

        def work(connection: Connection) -> list[tuple[str, ...]]:
            among = frozenset(shelf.language for shelf in keeping.shelves(connection).values())
            return [languages_of(query.text, among) for query in queries]

        return await self._read(work)

    async def shelves(self) -> Collection[Shelf]:
        """Every shelf that an article stands on."""

        def work(connection: Connection) -> list[Shelf]:
            used = {number for (number,) in rows(connection, "SELECT DISTINCT shelf FROM search_passages")}
            return [shelf for number, shelf in keeping.shelves(connection).items() if number in used]

        return await self._read(work)

    async def size(self) -> int:
        """How many articles can be found."""
        return await self._read(keeping.size)

    async def progress(self) -> Progress | None:
        """How far the vectors have come; None without a model."""
        return await self._mended(self.meaning.progress) if self.meaning else None

    async def opened(self, passages: Collection[int], also: Callable[[Connection], T]) -> tuple[dict[tuple[int, str], str], T]:
        """The texts of some passages, each with the article that it is of, and what else is wanted of the same moment. One that ends in what only
        leads on goes on with the next one.
        """
        statement = _OPENED.format(", ".join("?" * len(passages)) or NONE)

        def work(connection: Connection) -> tuple[dict[tuple[int, str], str], T]:
            return {(seq, article): said for seq, article, said in rows(connection, statement, *passages)}, also(connection)

        return await self._mended(lambda: self._store.glance(work))

    async def _read(self, work: Callable[[Connection], T]) -> T:
        await self.ensure()
        return await self._mended(lambda: self._store.read_core(work))

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
        except Damaged:
            why = "it was damaged"
        except DatabaseError as error:
            if is_locked(error):
                raise
            why = f"it was damaged ({said_by(error)})"
        self._sound = False
        try:
            async with self._mending:
                if not self._sound:
                    await self.rebuild(why)
            return await work()
        except DatabaseError as error:
            if is_locked(error):
                raise
            raise IndexLostError(error) from error


def _once(hits: Iterable[Hit], wordings: Mapping[str, str]) -> list[Hit]:
    first = dict[str, Hit]()
    for hit in hits:
        first.setdefault(wordings.get(hit.article, hit.article), hit)
    return list(first.values())


def said_by(error: DatabaseError) -> str:
    """What the database said, without where in the statement."""
    return str(error.orig).partition("\n")[0]


def _lacking(passages: int) -> str:
    return f"{passages:,} passages have no vector yet and are found by their words alone"

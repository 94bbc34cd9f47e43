"""The half of the search that goes by meaning: the vectors of questions and, kept up to date, of passages."""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol, TypeVar

import structlog
from sqlalchemy import Connection, delete, select

from integrations.db.driver import NONE, rows
from integrations.db.search_rows import PASSAGES, VECTORS
from integrations.db.statements import insert_all_new
from integrations.search import keeping
from integrations.search.shelves import Allowed
from tools.embedding import PATIENCE_S, Embedder, EmbedderUnavailable

if TYPE_CHECKING:
    from integrations.search.vectors import Floats

log = structlog.get_logger()
T = TypeVar("T")
BATCH = 32
REMEMBERED = 2048
"""Vectors of questions and sentences that are kept in memory."""

_WITHOUT = """
    SELECT p.seq, p.digest, w.title, p.section, p.text FROM search_passages AS p JOIN search_words AS w ON w.rowid = p.seq
    WHERE p.shelf IN ({}) AND p.seq > ? AND NOT EXISTS (SELECT 1 FROM search_vectors AS v WHERE v.digest = p.digest AND v.model = ?)
    ORDER BY p.seq LIMIT ?
"""
_BEFORE = "SELECT model FROM search_vectors WHERE model <> ? GROUP BY model ORDER BY max(seq) DESC LIMIT 1"
_COUNTED = """
    SELECT count(*), count(v.seq) FROM search_passages AS p
    LEFT JOIN search_vectors AS v ON v.digest = p.digest AND v.model = ? WHERE p.shelf IN ({})
"""


class Store(Protocol):
    """The part of the database that the search needs."""

    async def read_core(self, work: Callable[[Connection], T]) -> T: ...
    async def write_core(self, work: Callable[[Connection], T]) -> T: ...


class Progress(NamedTuple):
    """How many passages have a vector, of how many."""

    embedded: int
    of: int

    @property
    def done(self) -> bool:
        """Whether all have."""
        return self.embedded >= self.of


class Meaning:
    """A model, with what it said of questions lately. `problem` says why it could not be asked the last time."""

    def __init__(self, embedder: Embedder, store: Store) -> None:
        self._embedder, self._store = embedder, store
        self._known: OrderedDict[str, Floats] = OrderedDict()
        self._asking: dict[str, asyncio.Future[dict[str, Floats]]] = {}
        self._catching_up = asyncio.Lock()
        self._numbers = 0
        self._looked_over = False
        self.problem = ""

    @property
    def model(self) -> str:
        """Its name."""
        return self._embedder.model

    @property
    def leaves(self) -> bool:
        """Whether what is compared leaves this machine."""
        return self._embedder.leaves

    def speaks(self, language: str) -> bool:
        """Whether texts of a language can be compared."""
        return self._embedder.languages is None or language in self._embedder.languages

    async def of(self, texts: Sequence[str]) -> "Floats | None":
        """A row for each text; None while the model cannot be asked."""
        return (await self.each([texts]))[0]

    async def each(self, groups: Sequence[Sequence[str]]) -> "list[Floats | None]":
        """The same for several at once: the model is asked one time, about every text that it was not asked about lately. None for no texts, too."""
        import numpy as np

        texts = dict.fromkeys(text for group in groups for text in group)
        found = {text: self._known[text] for text in texts if text in self._known}
        for text in found:
            self._known.move_to_end(text)
        asking = self._asking_for([text for text in texts if text not in found])
        if asking:
            await asyncio.wait(asking)  # whoever gives up takes the answer from nobody else who asked the same
        for one in asking:
            found.update(one.result())
        return [np.stack([found[text] for text in group]) if group and all(text in found for text in group) else None for group in groups]

    def _asking_for(self, texts: Sequence[str]) -> "set[asyncio.Future[dict[str, Floats]]]":
        """Who is asking about these texts. No two ask about the same, and none waits for another."""
        if new := [text for text in texts if text not in self._asking]:
            self._asking.update(dict.fromkeys(new, asyncio.ensure_future(self._ask(new))))
        return {self._asking[text] for text in texts}

    async def _ask(self, texts: Sequence[str]) -> "dict[str, Floats]":
        try:
            found = dict(zip(texts, await self._embed(texts, PATIENCE_S), strict=True))
        except EmbedderUnavailable as error:
            self.problem = str(error)
            return {}
        finally:
            for text in texts:
                del self._asking[text]
        self.problem = ""
        self._known.update(found)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return found

    async def _embed(self, texts: Sequence[str], within_s: float | None) -> "Floats":
        """From the first answer on it is known how many numbers a vector has: a stored one with others is none."""
        found: Floats = await self._embedder.embed(texts, within_s=within_s)
        self._numbers = found.shape[1]
        return found

    async def progress(self) -> Progress:
        """How far the vectors of this model have come."""
        return await self._store.read_core(self._progress)

    async def catch_up(self, told: Callable[[int], Any] = lambda _made: None) -> int:
        """Embed whatever has no vector yet, and forget vectors of texts and models that are gone; returns how many were made. The first time all
        stored vectors are looked over, and the damaged ones made anew.

        It may be broken off at any time, and goes on from there. Raises EmbedderUnavailable.
        """
        if not self._looked_over:
            await self.discard(await self.damaged())
            self._looked_over = True
        made = after = 0
        while batch := await self._embed_next(BATCH, after=after):
            made, after = made + len(batch), batch[-1]
            told(made)
        if made:
            await self._store.write_core(self._tidy)
        return made

    async def damaged(self) -> set[str]:
        """The digests of texts whose stored vector is none: it was overwritten, or is of what the model was before."""
        from integrations.search.vectors import damaged

        return await self._store.read_core(lambda connection: damaged(connection, self.model, self._numbers))

    async def discard(self, digests: Collection[str]) -> None:
        """Forget the vectors of these texts as far as they are damaged, and say so: they are made anew as what has none."""
        from integrations.search.vectors import forget_damaged

        if digests and (gone := await self._store.write_core(lambda connection: forget_damaged(connection, self.model, self._numbers, digests))):
            log.warning("stored vectors were damaged, or not of this model: they are made anew", vectors=gone, model=self.model)

    async def make_up(self, allowed: Allowed, at_most: int) -> None:
        """Embed so many passages of these shelves at once, for somebody who waits. Raises EmbedderUnavailable."""
        await self._embed_next(at_most, allowed, within_s=PATIENCE_S)

    async def _embed_next(
        self, at_most: int, allowed: Allowed | None = None, *, after: int = 0, within_s: float | None = None
    ) -> list[int]:  # fmt: skip
        """Embed the next passages without a vector; returns which. Two do not embed the same: the other waits for this many, no longer."""
        from integrations.search.vectors import stored

        async with _turn(self._catching_up, within_s):
            batch = await self._store.read_core(lambda connection: self._without(connection, allowed, after, at_most))
            if batch:
                texts = [". ".join(part for part in parts if part) for _, _, *parts in batch]
                made = dict(zip((row[1] for row in batch), stored(await self._embed(texts, within_s)), strict=True))
                await self._store.write_core(lambda connection: self._keep(connection, made))
        return [row[0] for row in batch]

    def _without(self, connection: Connection, allowed: Allowed | None, after: int, at_most: int) -> list[Any]:
        return rows(connection, _WITHOUT.format(_listed(self._shelves(connection, allowed))), after, self.model, at_most)

    def _shelves(self, connection: Connection, allowed: Allowed | None = None) -> list[int]:
        """Those whose language the model speaks, of those that are allowed."""
        return [
            number for number, shelf in keeping.shelves(connection).items()
            if self.speaks(shelf.language) and (allowed is None or shelf in allowed)
        ]  # fmt: skip

    def _keep(self, connection: Connection, made: Mapping[str, bytes]) -> None:
        """Keep vectors by the digests of their texts, in place of what does not fit."""
        connection.execute(delete(VECTORS).where(VECTORS.c.model == self.model, VECTORS.c.digest.in_(made)))
        insert_all_new(connection, VECTORS, [{"model": self.model, "digest": digest, "vector": vector} for digest, vector in made.items()])

    def _tidy(self, connection: Connection) -> None:
        """Forget the vectors of texts that are gone, and of all models but this one and the last one before it: to go back to that costs nothing,
        and what nobody will go back to does not stay for ever.
        """
        kept = [self.model, *(row[0] for row in rows(connection, _BEFORE, self.model))]
        connection.execute(delete(VECTORS).where(VECTORS.c.digest.not_in(select(PASSAGES.c.digest)) | VECTORS.c.model.not_in(kept)))

    def _progress(self, connection: Connection) -> Progress:
        of, embedded = rows(connection, _COUNTED.format(_listed(self._shelves(connection))), self.model)[0]
        return Progress(embedded, of)


@asynccontextmanager
async def _turn(lock: asyncio.Lock, within_s: float | None) -> AsyncIterator[None]:
    """Hold the lock. Raises EmbedderUnavailable where others have held it for so long."""
    try:
        async with asyncio.timeout(within_s):
            await lock.acquire()
    except TimeoutError:
        raise EmbedderUnavailable("Articles are being embedded at the moment.") from None
    try:
        yield
    finally:
        lock.release()


def _listed(shelves: Sequence[int]) -> str:
    return ", ".join(map(str, shelves)) or NONE

"""Which passages mean about the same as a question: every vector is compared, in memory.

For some ten thousand articles that takes milliseconds and finds exactly what is nearest; there is no index to build, tune or repair. What is
in memory follows the database: before each search only what came since the last one is read.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection

from integrations.db.driver import rows
from integrations.search.fusing import ByMeaning
from integrations.search.keeping import Standing
from integrations.search.vectors import Floats, opened

_NEW = """
    SELECT p.seq, p.article, p.shelf, p.text = '', p.digest, v.vector FROM search_passages AS p
    LEFT JOIN search_vectors AS v ON v.digest = p.digest AND v.model = ? WHERE p.seq > ? ORDER BY p.seq
"""
_EMBEDDED = "SELECT seq, digest, vector FROM search_vectors WHERE model = ? AND seq > ? ORDER BY seq"
_LIVING = "SELECT seq FROM search_passages"
_AT_ONCE = 4096
_NOT_THERE = -2.0
"""Below any cosine."""
_POWER = 4
"""How much more a sentence's best articles count than those that are merely near it."""


class Nearest:
    """The passages of one model's collection. Not for several threads at once."""

    def __init__(self, model: str) -> None:
        self._model, self._dimension = model, 0
        self._clear()

    def _clear(self) -> None:
        self._seen = Standing(0, 0, 0)
        self._rows = 0
        self._vectors: Floats = np.zeros((0, self._dimension), np.float32)
        self._seqs = np.zeros(0, np.int64)
        self._shelves = np.zeros(0, np.int32)
        self._living = np.zeros(0, np.bool_)
        self._embedded = np.zeros(0, np.bool_)
        self._bare = np.zeros(0, np.bool_)
        self._articles: list[str] = []
        self._starts: list[int] = []
        self._places: dict[str, int] = {}
        self._waiting: dict[str, list[int]] = {}
        self._masks: dict[frozenset[int], NDArray[np.bool_]] = {}
        self.damaged = set[str]()

    def __len__(self) -> int:
        """How many passages there are."""
        return int(self._living[: self._rows].sum())

    def refresh(self, connection: Connection, standing: Standing, dimension: int) -> None:
        """Read what the database has that is not here, and forget what it has no more. What is stored but is no vector of this dimension is
        `damaged`, by the digest of its text, until there is one.
        """
        if dimension != self._dimension:
            self._dimension = dimension
            self._clear()
        if standing == self._seen:
            return
        self._masks.clear()
        if standing.made != self._seen.made or any(now < seen for now, seen in zip(standing, self._seen, strict=True)):
            self._clear()  # made anew
        if standing.removed != self._seen.removed and self._rows:
            self._forget(np.fromiter((row[0] for row in rows(connection, _LIVING)), np.int64))
        self._add(rows(connection, _NEW, self._model, self._seen.passage))
        new = rows(connection, _EMBEDDED, self._model, self._seen.vector) if self._waiting else ()
        self._fill([(row, digest, vector) for _, digest, vector in new for row in self._waiting.pop(digest, ())])
        self._seen = standing

    def without(self, shelves: Collection[int]) -> int:
        """How many passages on the shelves have no vector yet."""
        return int((self._on(shelves) & ~self._embedded[: self._rows]).sum())

    def likeness(self, question: Floats) -> Floats:
        """How near each passage is to each sentence of a question, of which `question` has a row each."""
        own = self._vectors[: self._rows]
        near = (own @ question[0])[None] if len(question) == 1 else question @ own.T  # of one row the first takes half as long
        return np.asarray(near, np.float32)

    def best(self, likeness: Floats, shelves: Collection[int], also: Iterable[str], at_most: int) -> dict[str, ByMeaning]:
        """The nearest articles on the shelves, and those that are named besides, in no order."""
        if not self._rows:
            return {}
        likeness = np.where(self._on(shelves) & self._embedded[: self._rows], likeness, np.float32(_NOT_THERE))
        starts = np.array(self._starts)
        of_articles = _together(np.maximum.reduceat(likeness, starts, axis=1))
        nearest = np.argpartition(-of_articles, at_most)[:at_most] if at_most < len(of_articles) else np.arange(len(of_articles))
        wanted = {*nearest.tolist(), *(self._places[article] for article in also if article in self._places)}
        ends, passages = np.append(starts[1:], self._rows), likeness.max(axis=0)
        best = {place: starts[place] + passages[starts[place] : ends[place]].argmax() for place in sorted(wanted)}
        return {
            self._articles[place]: ByMeaning(float(of_articles[place]), int(self._seqs[row]), bool(self._bare[row]))
            for place, row in best.items()
            if of_articles[place] > _NOT_THERE
        }

    def _on(self, shelves: Collection[int]) -> NDArray[np.bool_]:
        """Which passages are on the shelves; remembered until something changes, for mostly the same is asked again."""
        key = frozenset(shelves)
        if key not in self._masks:
            self._masks[key] = self._living[: self._rows] & np.isin(self._shelves[: self._rows], list(key))
        return self._masks[key]

    def _forget(self, living: NDArray[np.int64]) -> None:
        self._living[: self._rows] &= np.isin(self._seqs[: self._rows], living)
        if len(self) < self._rows / 2:
            self._clear()

    def _add(self, found: Sequence[Sequence[Any]]) -> None:
        """Append passages. Those of an article come one after the other."""
        if not found:
            return
        self._make_room(len(found))
        first, (seqs, articles, shelves, bare, digests, vectors) = self._rows, zip(*found, strict=True)
        self._rows += len(found)
        rows = slice(first, self._rows)
        self._seqs[rows], self._shelves[rows], self._bare[rows], self._living[rows] = seqs, shelves, bare, True
        for row, article in enumerate(articles, first):
            if not self._articles or self._articles[-1] != article:
                self._places[article] = len(self._articles)
                self._articles.append(article)
                self._starts.append(row)
        given = [*zip(range(first, self._rows), digests, vectors, strict=True)]
        for row, digest, vector in given:
            if vector is None:
                self._waiting.setdefault(digest, []).append(row)
        self._fill([one for one in given if one[2] is not None])

    def _fill(self, given: Sequence[tuple[int, str, bytes]]) -> None:
        """Take vectors in, each with its place and the digest of its text."""
        for part in (given[start : start + _AT_ONCE] for start in range(0, len(given), _AT_ONCE)):
            vectors, sound = opened([vector for _, _, vector in part], self._dimension)
            places = np.array([row for row, _, _ in part])
            self._vectors[places[sound]], self._embedded[places[sound]] = vectors[sound], True
            self.damaged.difference_update(digest for (_, digest, _), fits in zip(part, sound, strict=True) if fits)
            for row, digest, _ in (one for one, fits in zip(part, sound, strict=True) if not fits):
                self._waiting.setdefault(digest, []).append(row)
                self.damaged.add(digest)

    def _make_room(self, more: int) -> None:
        needed = self._rows + more
        if needed <= len(self._seqs):
            return
        room = max(needed, len(self._seqs) * 5 // 4)
        for name in ("_vectors", "_seqs", "_shelves", "_living", "_embedded", "_bare"):
            old = getattr(self, name)
            new = np.zeros((room, *old.shape[1:]), old.dtype)
            new[: self._rows] = old[: self._rows]
            setattr(self, name, new)


def _together(likeness: Floats) -> Floats:
    """How near each article is to several sentences, as near as to one: the article that would be best for each of them comes to the best
    cosine there is. High powers let what a sentence is really about decide, and what it is merely near not.
    """
    if len(likeness) == 1:
        return np.asarray(likeness[0], np.float32)
    powers = np.clip(likeness, 0, 1) ** _POWER
    ideal = powers.max(axis=1).sum()
    found = (powers.sum(axis=0) / ideal) ** (1 / _POWER) * likeness.max() if ideal > 0 else likeness.max(axis=0)
    return np.asarray(np.where((likeness > _NOT_THERE).any(axis=0), found, _NOT_THERE), np.float32)

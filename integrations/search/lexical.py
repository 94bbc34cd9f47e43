"""The half of the search that goes by words: full text over passages, best by BM25, with how much of the question each article covers.

    fit = score * sqrt(coverage)                         BM25 alone is carried away by one rare word, coverage alone by long articles
    fits = fit / best fit + pairs / most pairs           of a long text, which names things by more than one word; of a short one the first part
    strength = coverage of the best * fits / best fits   0 to 1, the same in a collection of five articles and of five thousand, unlike BM25

`coverage` is the share of the question's words that the article holds, and `pairs` how many of its words that follow each other follow each
other in the article too (one that is repeated counts more, but not so often). What stands in the title or the topics counts whole, in the text half.
"""

import math
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection

from integrations.search.full_text import full_text
from integrations.search.query import Query
from integrations.search.words import Pair, pairs, stem, stems

MOST_PASSAGES, LEAST_PASSAGES = 250, 60
"""So many are looked at, the more the longer the question is: BM25 has put the rest far behind."""

FEW_PASSAGES, MOST_HITS = 5_000, 12_000
"""In a collection of more passages, words are left out of the search, the commonest first, until they are found together about so often. A word that
is in very many passages tells little, and costs most."""

_IN_TEXT_ONLY = 0.5


class Passage(NamedTuple):
    """A passage that holds words of the question."""

    article: str
    seq: int
    score: float
    title: str
    topics: str
    text: str


@dataclass(frozen=True, slots=True)
class ByWords:
    """An article that words found. `passage` is where most of them are; `shared` are those it holds, as stems, and `headed` those of
    its title and topics among them. `bare`: it has no text.
    """

    strength: float
    passage: int
    shared: frozenset[str]
    headed: frozenset[str] = frozenset()
    bare: bool = False


class Lexical:
    """Searches by words. It remembers how common words are, as long as the collection stays about as large."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._passages = 0

    def find(self, connection: Connection, query: Query, shelves: Collection[int], passages: int) -> dict[str, ByWords]:
        """The best articles on the shelves, best first. `passages`: how many the index holds."""
        words = self._telling(connection, query.weighted, passages)
        if not words or not shelves:
            return {}
        at_most = min(LEAST_PASSAGES + 2 * len(words), MOST_PASSAGES)
        found = [Passage(*row) for row in full_text(connection).best(connection, words, shelves, at_most)]
        return ranked(query, found)

    def _telling(self, connection: Connection, words: Sequence[str], passages: int) -> Sequence[str]:
        if passages <= FEW_PASSAGES:
            return words
        if not 0.9 * self._passages <= passages <= 1.1 * self._passages:
            self._counts, self._passages = {}, passages
        for word in {*words} - self._counts.keys():
            self._counts[word] = full_text(connection).count(connection, word)
        kept, hits = set[str](), 0
        for word in sorted(set(words), key=lambda word: (self._counts[word], word)):
            hits += self._counts[word] * words.count(word)
            if kept and hits > MOST_HITS:
                break
            kept.add(word)
        return [word for word in words if word in kept]


def ranked(query: Query, passages: Sequence[Passage]) -> dict[str, ByWords]:
    """Articles with their strength, best first, from their passages, of which the best come first: see the top of this module."""
    wanted = [stem(word) for word in query.weighted]
    of: dict[str, list[Passage]] = {}
    for passage in passages:
        of.setdefault(passage.article, []).append(passage)
    held = {article: _held(own) for article, own in of.items()}
    covered = {article: coverage(wanted, *held[article]) for article in of}
    fits = _of_the_best({article: own[0].score * math.sqrt(covered[article]) for article, own in of.items()})
    if not fits:
        return {}
    if paired := _of_the_best(_paired(query.pairs, of)):
        fits = {article: fit + paired[article] for article, fit in fits.items()}
    order = sorted(of, key=lambda article: -fits[article])
    sure, asked = covered[order[0]] / fits[order[0]], frozenset(wanted)
    return {
        article: ByWords(
            round(fits[article] * sure, 3),
            own[0].seq,
            asked & frozenset().union(*held[article]),
            asked & held[article][0],
            bare=not any(one.text.strip() for one in own),
        )
        for article, own in ((article, of[article]) for article in order)
    }


def _of_the_best(figures: Mapping[str, float]) -> dict[str, float]:
    """Each as a share of the highest; nothing where none is above zero."""
    best = max(figures.values(), default=0.0)
    return {article: figure / best for article, figure in figures.items()} if best > 0 else {}


def _paired(wanted: Sequence[Pair], of: Mapping[str, Sequence[Passage]]) -> dict[str, float]:
    """How many of the question's pairs of words each article holds."""
    weights = {pair: 1 + math.log(times) for pair, times in Counter(wanted).items()}
    found = dict.fromkeys(of, 0.0)
    for article, own in of.items() if weights else ():
        headed = weights.keys() & {*pairs(own[0].title), *pairs(own[0].topics)}
        said = {pair for one in own for pair in pairs(one.text) if pair in weights} - headed
        found[article] = sum(weights[pair] for pair in headed) + _IN_TEXT_ONLY * sum(weights[pair] for pair in said)
    return found


def coverage(wanted: Sequence[str], in_heading: Collection[str], in_text: Collection[str]) -> float:
    """The share of the wanted stems, 0 to 1, that an article holds; what is only in its text counts less."""
    held = (1.0 if word in in_heading else _IN_TEXT_ONLY if word in in_text else 0.0 for word in wanted)
    return sum(held) / max(len(wanted), 1)


def _held(own: Sequence[Passage]) -> tuple[frozenset[str], frozenset[str]]:
    """The stems of an article's heading, and of the passages of it that were found."""
    return stems(own[0].title) | stems(own[0].topics), frozenset().union(*(stems(one.text) for one in own))

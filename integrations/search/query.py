"""What a text asks for: its sentences, its words, and the codes in it. Pure."""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from integrations.search.words import Pair, meaning_words, pairs, sentences, stem
from tools.plain_text import as_shown

MOST_CHARS = 20_000
"""Of a question; what comes after it is not read."""
MOST_SENTENCES = 48
MOST_WORDS = 400
CODE_WEIGHT = 3
FEW_PAIRS = 10
"""Of a question with fewer pairs of words none is looked for: there, a pair in common is chance more often than a name."""

_CODE = re.compile(r"[a-z]{2}[-_]?\d|[a-z][-_]?\d\d|\d{3}[-_]?[a-z]")
"""Letters and digits as in ts-1012 or e42. A p1, a q3, 24h and a 2nd are words of the language."""
_NO_WORD = re.compile(r"\S{80,}")
"""Base64, keys, long addresses: nothing that an article would say."""


@dataclass(frozen=True, slots=True)
class Query:
    """A text that asks. `words` carry meaning and are in their order, those that are repeated too; `codes` are words like ts-1012; `pairs` are words
    that follow each other in a text of some length, as a product's name does.
    """

    text: str
    sentences: tuple[str, ...]
    words: tuple[str, ...]
    codes: frozenset[str] = field(default_factory=frozenset)
    pairs: tuple[Pair, ...] = ()

    def __bool__(self) -> bool:
        """Whether it asks for anything."""
        return bool(self.words)

    @property
    def weighted(self) -> list[str]:
        """The words with codes repeated: who names one is asking about it, whatever else they write."""
        return [same for word in self.words for same in [word] * (CODE_WEIGHT if word in self.codes else 1)]

    @property
    def stems(self) -> frozenset[str]:
        """What its words come from."""
        return frozenset(map(stem, self.words))


@lru_cache(maxsize=256)  # the same is asked of the same articles in several ways
def read(text: str) -> Query:
    """Read a text. HTML becomes what a reader would see; what has no words asks for nothing."""
    plain = _NO_WORD.sub(" ", as_shown(text[:MOST_CHARS]))
    words = tuple(meaning_words(plain)[:MOST_WORDS])
    parts = [part for part in sentences(plain) if meaning_words(part)]
    whole = " ".join(plain.split())
    telling = [part for part in parts if len(part.split()) >= 4] if len(parts) > 1 else []
    asking = tuple(telling[:MOST_SENTENCES]) or ((whole,) if words else ())
    side_by_side = tuple(pairs(plain)[:MOST_WORDS])
    many = len(set(side_by_side)) >= FEW_PAIRS
    return Query(whole, asking, words, frozenset(word for word in words if _CODE.search(word)), side_by_side if many else ())

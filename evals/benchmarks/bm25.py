"""The trivial way to find an article: Okapi BM25 over stemmed words, and nothing else (Robertson et al. 1994)."""

import math
from collections import Counter
from collections.abc import Sequence

from integrations.search.words import meaning_words, stem

K1, B = 1.5, 0.75


class Bm25:
    """Ranks documents by one query. Words without a meaning of their own do not count."""

    def __init__(self, documents: Sequence[str]) -> None:
        self._counts = [Counter(_stems(text)) for text in documents]
        self._lengths = [sum(counts.values()) for counts in self._counts]
        self._mean = sum(self._lengths) / max(len(documents), 1)
        self._holding = Counter(word for counts in self._counts for word in counts)

    def best(self, query: str, at_most: int) -> list[int]:
        """The places of the best documents, best first."""
        wanted = Counter(_stems(query))
        scores = [self._score(wanted, place) for place in range(len(self._counts))]
        return sorted((place for place in range(len(scores)) if scores[place] > 0), key=lambda place: (-scores[place], place))[:at_most]

    def _score(self, wanted: Counter[str], place: int) -> float:
        counts, stretch = self._counts[place], K1 * (1 - B + B * self._lengths[place] / self._mean)
        return sum(
            times * self._rarity(word) * counts[word] * (K1 + 1) / (counts[word] + stretch) for word, times in wanted.items() if word in counts
        )

    def _rarity(self, word: str) -> float:
        holding = self._holding[word]
        return math.log(1 + (len(self._counts) - holding + 0.5) / (holding + 0.5))


def _stems(text: str) -> list[str]:
    return [stem(word) for word in meaning_words(text)]

"""The trivial way to tell kinds of texts: naive Bayes over stems, smoothed by one (Maron 1961)."""

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from agent.learning.kinds import Told
from integrations.search.words import meaning_words, stem


class NaiveBayes:
    """Learned from texts with their kinds."""

    def __init__(self, examples: Sequence[tuple[str, str]]) -> None:
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        texts: Counter[str] = Counter()
        for text, kind in examples:
            counts[kind].update(_stems(text))
            texts[kind] += 1
        self._words = {word for found in counts.values() for word in found}
        self._priors = {kind: math.log(many / len(examples)) for kind, many in texts.items()}
        self._rare = {kind: -math.log(found.total() + len(self._words)) for kind, found in counts.items()}
        self._logs: dict[str, list[tuple[str, float]]] = defaultdict(list)
        for kind, found in counts.items():
            for word, many in found.items():
                self._logs[word].append((kind, math.log(many + 1)))

    def tell(self, text: str) -> Told:
        """The likeliest kind with its chance. Words that were never seen say nothing."""
        words = [word for word in _stems(text) if word in self._words]
        sums = {kind: prior + len(words) * self._rare[kind] for kind, prior in self._priors.items()}
        for word in words:
            for kind, log in self._logs[word]:
                sums[kind] += log
        best = max(sums, key=lambda kind: (sums[kind], kind))
        chance = 1 / sum(math.exp(found - sums[best]) for found in sums.values())
        return Told(best, chance, chance)


def _stems(text: str) -> Iterable[str]:
    return [stem(word) for word in meaning_words(text)]

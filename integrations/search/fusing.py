"""Both halves of the search put together: which articles, how surely, and why. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from integrations.search.lexical import ByWords
from integrations.search.query import Query
from integrations.search.strength import Features, Strength, strength
from integrations.search.words import stem

IN_PASSING = 0.3
"""What a code counts that stands only in an article's text: most articles name others' codes."""

FAINT = 0.05
"""A find that is less sure than this is none; by words alone, which tell little of a long text, one that is so much less sure than the best."""

MOST_NAMED = 6


class ByMeaning(NamedTuple):
    """An article that is near. `likeness`: the cosine of its best passage, -1 to 1; `passage`: which that is; `bare`: it has no text."""

    likeness: float
    passage: int
    bare: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """An article that was found, with its passage (`seq` of the index), and what speaks for it: `shared` are the stems it has in common with
    the query.
    """

    article: str
    passage: int
    features: Features
    strength: float
    query: Query
    shared: frozenset[str]

    @property
    def why(self) -> str:
        """The same in words."""
        codes = _named(self.query, self.shared)
        said = [f"names {', '.join(code.upper() for code in codes)}"] if codes else []
        if self.features.likeness is not None:
            said.append(f"{_nearness(self.features.likeness)} in meaning ({self.features.likeness:.2f})")
        common = list(dict.fromkeys(word for word in self.query.words if stem(word) in self.shared and word not in codes))
        if common:
            more = f" and {len(common) - MOST_NAMED} more" if len(common) > MOST_NAMED else ""
            said.append(f"has {len(common)} of {self.features.asked} words: {', '.join(common[:MOST_NAMED])}{more}")
        if self.features.bare:
            said.append("has a title, and no text")
        return "; ".join(said)


def fused(query: Query, words: Mapping[str, ByWords], meaning: Mapping[str, ByMeaning], judge: Strength = strength) -> list[Hit]:
    """The articles of both halves, the surest first; at the same strength in the order in which words found them, and then by their id."""
    places = {article: place for place, article in enumerate(words)}
    found = [_hit(query, article, words.get(article), meaning.get(article), judge) for article in {**words, **meaning}]
    best = max((hit.strength for hit in found), default=0.0)
    sure = [hit for hit in found if hit.strength >= FAINT * (1.0 if hit.features.likeness is not None else best)]
    return sorted(sure, key=lambda hit: (-judge(hit.features), places.get(hit.article, len(places)), hit.article))


def _hit(query: Query, article: str, words: ByWords | None, meaning: ByMeaning | None, judge: Strength) -> Hit:
    shared = words.shared if words else frozenset()
    codes = _named(query, shared)
    features = Features(
        likeness=meaning.likeness if meaning else None,
        words=words.strength if words else 0.0,
        codes=sum(1.0 if words and stem(code) in words.headed else IN_PASSING for code in codes) / max(len(query.codes), 1),
        asked=len(set(query.words)),
        coded=len(query.codes) / max(len(set(query.words)), 1),
        bare=(words is not None and words.bare) or (meaning is not None and meaning.bare),
    )
    by_words = words is not None and (meaning is None or bool(codes))
    passage = words.passage if words is not None and by_words else meaning.passage if meaning else 0
    return Hit(article, passage, features, round(judge(features), 3), query, shared)


def _named(query: Query, shared: frozenset[str]) -> list[str]:
    return [code for code in sorted(query.codes) if stem(code) in shared]


def _nearness(likeness: float) -> str:
    return "very near" if likeness >= 0.65 else "near" if likeness >= 0.45 else "not far" if likeness >= 0.3 else "far"

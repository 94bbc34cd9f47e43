"""Which language a question is in, of those that there are articles in, and which language's articles its reader is shown."""

from collections.abc import Sequence
from functools import lru_cache

from integrations.search.found import Found
from tools.languages import ranked

ENGLISH = "en"
COMMON = frozenset({"de", "en", "es", "fr", "it", "nl", "pl", "pt", "sv"})
"""A question in one of these is told from those that there are articles in."""
SURE = 0.8
"""A text is taken to be in one language where it is so surely."""
POSSIBLE = 0.2
"""A text that may be in several languages is looked up in those, too, that it is in with this chance: two words are seldom told apart for sure."""
CLEARLY = 0.15
"""So much stronger an article must be that is not in the language that its reader most likely speaks."""


@lru_cache(maxsize=1024)
def languages_of(text: str, among: frozenset[str]) -> tuple[str, ...]:
    """The two-letter codes of the languages that a text may be in, the likeliest first. Where nothing tells it is English."""
    known = among | {ENGLISH}
    if len(known) == 1 or not text.strip():
        return (ENGLISH,)
    chances = {language: chance for language, chance in ranked(text) if language in known | COMMON}
    found, every = max(chances, key=lambda language: chances[language]), sum(chances.values())
    if chances[found] >= SURE * every > 0:
        return (found,) if found in known else (ENGLISH,)
    possible = {language for language in known if chances.get(language, 0.0) >= POSSIBLE * every > 0}
    return tuple(sorted({ENGLISH, *possible}, key=lambda language: (-chances.get(language, 0.0), language)))


def preferred(found: Sequence[Found]) -> Found:
    """Of what was found in each language, in the order of their chances: the first, unless another one is clearly stronger."""
    best, *others = found
    for one in others:
        if not best.hits or (one.hits and one.hits[0].strength > best.hits[0].strength + CLEARLY):
            best = one
    return best

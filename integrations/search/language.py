"""Which language a question is in, of those that there are articles in."""

from functools import lru_cache

from tools.languages import ranked

ENGLISH = "en"
COMMON = frozenset({"de", "en", "es", "fr", "it", "nl", "pl", "pt", "sv"})
"""A question in one of these is told from those that there are articles in."""
SURE = 0.8
"""A question that may be in another language is taken to be in English unless it is so surely in that one."""


@lru_cache(maxsize=1024)
def language_of(text: str, among: frozenset[str]) -> str:
    """The two-letter code of a text's language."""
    known = among | {ENGLISH}
    if len(known) == 1 or not text.strip():
        return ENGLISH
    chances = {language: chance for language, chance in ranked(text) if language in known | COMMON}
    found = max(chances, key=lambda language: chances[language])
    return found if found in known and chances[found] >= SURE * sum(chances.values()) > 0 else ENGLISH

"""Lists of phrases that are looked for in what people write: whole words, whatever their case and accents.

In a phrase `*` stands for the rest of a word, and `#` for one digit: `refund*`, `TS-20##`.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

LONGEST = 20_000
"""Characters read of one text: enough for a long ticket, and a bound on what a pasted log file costs."""

_WILD = {"*": r"\w*", "#": r"\d", " ": "[ -]"}


def folded(text: str) -> str:
    """In lower case, without accents, on one line."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return re.sub(r"\s+", " ", plain.replace("\u2019", "'"))


def found(phrases: tuple[str, ...], *texts: str) -> list[str]:
    """What of the texts is one of the phrases, folded, each once, in the order in which it appears."""
    if not phrases:
        return []
    pattern = _pattern(phrases)
    return list(dict.fromkeys(match.group() for text in texts for match in pattern.finditer(folded(text[:LONGEST]))))


def begins_with(phrases: tuple[str, ...], text: str) -> bool:
    """Whether one of the phrases stands at the very beginning."""
    return bool(phrases) and _pattern(phrases).match(folded(text[:LONGEST]).lstrip()) is not None


def fault_of(phrase: str) -> str:
    """What is wrong with a phrase; empty when it can be looked for."""
    bare = phrase.replace("*", "").replace("#", "")
    if phrase != phrase.strip() or not bare.strip():
        return "it is empty, or begins or ends with a blank"
    if len(re.sub(r"[^\w]", "", bare)) < 2:
        return "it is too short to mean anything"
    if re.search(r"\*[\w#*]", phrase):
        return "`*` stands for the rest of a word, so nothing of the word can come after it"
    return ""


@lru_cache(maxsize=256)
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(r"(?<!\w)(?:" + "|".join(_as_expression(folded(phrase)) for phrase in _longest_first(phrases)) + r")(?!\w)")


def _as_expression(phrase: str) -> str:
    return "".join(_WILD.get(character) or re.escape(character) for character in phrase)


def _longest_first(phrases: Iterable[str]) -> list[str]:
    return sorted(phrases, key=lambda phrase: (-len(phrase), phrase))

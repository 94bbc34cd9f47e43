"""Which language a ticket is written in: by its small words where these are enough, else by a model, where that is installed."""

import asyncio
from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import Any, NamedTuple

from agent.domain.claims.languages import language_of

SURE = 0.5
"""Below this chance nothing is said: a model is nearly always between several languages where a text is short."""
MOST_CHARS = 2000
PATIENCE_S = 2.0
"""The model takes a second to load, once in the life of a process."""
_LEAST_WORDS = 3


class Spoken(NamedTuple):
    """A two-letter code, and how likely it is that language."""

    language: str
    chance: float


async def spoken_in(text: str) -> Spoken | None:
    """The language of a text; None where it does not tell."""
    read = text[:MOST_CHARS]
    if plainly := language_of(read):
        return Spoken(plainly, 1.0)
    if not _says_something(read):
        return None
    try:
        return await asyncio.wait_for(asyncio.to_thread(_by_model, read), PATIENCE_S)
    except TimeoutError:
        return None


def _by_model(text: str) -> Spoken | None:
    told = _model()
    if told is None:
        return None
    code, chance = told(text)
    return Spoken(code, round(chance, 3)) if len(code) == 2 and chance >= SURE else None


@lru_cache(maxsize=1)
def _model() -> Callable[[str], tuple[str, float]] | None:
    """What py3langid learned, of `nextplay[semantic]`; some 60 MB in memory."""
    try:
        langid: Any = import_module("py3langid.langid")
    except ImportError:
        return None
    told: Callable[[str], tuple[str, float]] = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True).classify
    return told


def _says_something(text: str) -> bool:
    """Codes and single words are of no language; scripts without blanks have their own letters."""
    return len(text.split()) >= _LEAST_WORDS or any(ord(character) >= 0x370 for character in text)

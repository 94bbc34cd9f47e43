"""Which language a text is written in: by its small words where these are enough, else by a model."""

import asyncio
from functools import lru_cache
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


def ranked(text: str) -> list[tuple[str, float]]:
    """Every language that a text may be in with its chance, likeliest first. Where nothing tells, all are alike."""
    found: list[tuple[str, float]] = _model().rank(text)
    return found


def _by_model(text: str) -> Spoken | None:
    code, chance = ranked(text)[0]
    return Spoken(code, round(chance, 3)) if len(code) == 2 and chance >= SURE else None


@lru_cache(maxsize=1)
def _model() -> Any:
    """What py3langid learned; some 60 MB in memory, and once for everybody."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # loaded when it is asked first, which takes half a second

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def _says_something(text: str) -> bool:
    """Codes and single words are of no language; scripts without blanks have their own letters."""
    return len(text.split()) >= _LEAST_WORDS or any(ord(character) >= 0x370 for character in text)

"""Which language a question is in, of those that there are articles in."""

from functools import lru_cache
from typing import Any

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
    found, surely = _identifier(known | COMMON).classify(text)
    return str(found) if float(surely) >= SURE and found in known else ENGLISH


@lru_cache(maxsize=4)
def _identifier(among: frozenset[str]) -> Any:
    """Loaded when it is asked first, which takes half a second."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages(sorted(among & _spoken(identifier)))
    return identifier


def _spoken(identifier: Any) -> frozenset[str]:
    return frozenset(identifier.nb_classes)

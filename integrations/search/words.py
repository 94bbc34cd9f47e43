"""Words of a text, for measuring how much of a query a document covers and which of its sentences answer it."""

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

_WORD = re.compile(r"[^\W_]+(?:[-'][^\W_]+)*")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")
_ENDINGS = (
    "ations",
    "ation",
    "ments",
    "ment",
    "ings",
    "ing",
    "ions",
    "ion",
    "ies",
    "ed",
    "es",
    "en",
    "er",
    "s",
    "e",
    "y",
    "n",
)

_EN = (
    "a an and are as at be been but by can cannot could did do does for from had has have how i if in into is it "
    "its me my no not of on or our please should so that the their them then there these they this to us was we "
    "were what when where which who why will with would you your hi hello dear thanks thank regards urgent help "
    "need get"
)
_DE = (
    "aber als am an auf aus bei bitte da das dass dem den der des die dies ein eine einem einen einer es fur hat "
    "haben hallo ich ihr im in ist kann kein keine man mein mit nach nicht noch nur oder sich sie sind so um und "
    "uns unser vom von vor war was wie wir wird zu zum zur"
)
_FR = (
    "au aux avec ce ces comment dans de des du elle en est et il je la le les leur mais merci mon nous notre ne "
    "ou par pas plus pour quand que qui sa se ses son sur un une vos votre vous bonjour"
)
_ES = (
    "al como con cuando de del el ella en es esta este ha hay la las lo los mi muy nos nuestra nuestro o para "
    "pero por porque que se si sin su sus un una y ya hola gracias"
)

STOP_WORDS = frozenset(f"{_EN} {_DE} {_FR} {_ES}".split())
"""Words that say nothing about a subject, in English, German, French and Spanish, without accents."""


def tokens(text: str) -> list[str]:
    """The words in lower case, without accents."""
    if text.isascii():
        return _WORD.findall(text.lower())
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return _WORD.findall(plain)


@lru_cache(maxsize=20_000)
def stem(word: str) -> str:
    """A word without the commonest endings, so that "exports" and "exporting" meet. Crude on purpose: both sides go
    through it.
    """
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


def meaning_words(text: str) -> list[str]:
    """The words that carry meaning, in order. A word that is repeated stays repeated: it matters more to its writer."""
    return [word for word in tokens(text) if word not in STOP_WORDS and (len(word) > 1 or word.isdecimal())]


@lru_cache(maxsize=4096)  # the same articles are looked at again and again
def stems(text: str) -> frozenset[str]:
    """The stems of the words that carry meaning; those of a compound's parts too, for who asks about a kiosk means the kiosk-terminal."""
    words = meaning_words(text)
    parts = (part for word in words if "-" in word for part in meaning_words(word.replace("-", " ")))
    return frozenset(map(stem, (*words, *parts)))


Pair = tuple[str, str]
"""Stems of two words that follow each other."""


def pairs(text: str) -> list[Pair]:
    """The words that carry meaning and follow each other in a sentence, as stems, in their order: "the keys of the API" has one pair."""
    found: list[Pair] = []
    for sentence in sentences(text):
        own = [stem(word) for word in meaning_words(sentence)]
        found += pairwise(own)
    return found


@lru_cache(maxsize=1024)
def sentences(text: str) -> tuple[str, ...]:
    """The sentences and list items of a text."""
    return tuple(one.strip() for one in _SENTENCE.split(text) if one.strip())

"""Text as its reader sees it: entities resolved, look-alike digits and letters folded, nothing invisible left."""

import html
import re
import unicodedata
from functools import lru_cache

_KEPT_CONTROLS = "\n\t"
_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn"})
_TAG = re.compile(r"<!--.{0,500}?-->|</?[A-Za-z!][^<>]{0,500}>", re.DOTALL)
_MARKS = re.compile(r"[*~`\\]|(?<![^\W_])_+|_+(?![^\W_])|(?<=\d)_+(?=\d)")
_DIGIT_LIKE = re.compile(r"(?<![^\W_])[OolI|]?[\dOolI|.,]*\d[\dOolI|.,]*(?![^\W_])")
_LOOK_ALIKES = (
    "\u0410\u0412\u0415\u041a\u041c\u041d\u041e\u0420\u0421\u0422\u0425\u0406\u0408\u0405"
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0458\u0455\u04cf\u04c0"
    "\u0391\u0392\u0395\u0396\u0397\u0399\u039a\u039c\u039d\u039f\u03a1\u03a4\u03a5\u03a7"
    "\u03bf\u03b1\u03b9\u03bd\u03c1"
)
"""Cyrillic and Greek letters that look like Latin ones, in the order of the latter below."""
_FOLD = str.maketrans(_LOOK_ALIKES, "ABEKMHOPCTXIJSaeopcyxijsllABEZHIKMNOPTYXoaivp")


def plain(text: str) -> str:
    """Return the text with entities resolved, compatibility forms folded, foreign digits as 0-9, nothing invisible."""
    for _ in range(3):  # an entity may hide another one: &amp;#49;
        text = html.unescape(text)
    # mail programs read the ideographic full stop as a dot
    composed = unicodedata.normalize("NFKC", text).replace("\u3002", ".")
    return "".join(_visible(character) for character in composed)


def bare(text: str) -> str:
    """Return plain text without markup, with look-alike letters folded, for reading numbers and words out of it."""
    unmarked = _MARKS.sub("", _TAG.sub("", text)).translate(_FOLD)
    return _DIGIT_LIKE.sub(lambda match: match[0].translate(str.maketrans("OolI|", "00111")), unmarked)


def hidden_characters(text: str) -> list[str]:
    """Name the characters that a reader cannot see, such as zero-width and direction marks. Emoji joiners are fine."""
    found = []
    for position, character in enumerate(text):
        emoji = character in "\u200d\ufe0f" and position > 0 and unicodedata.category(text[position - 1]) in {"So", "Sk", "Mn"}
        if not emoji and _is_hidden(character):
            found.append(unicodedata.name(character, f"U+{ord(character):04X}"))
    return found


def foreign_words(text: str, home: frozenset[str]) -> list[str]:
    """Words that mix scripts, or have letters of one that is not at home. `home` never needs to name LATIN."""
    words = re.findall(r"[^\W\d_]+", unicodedata.normalize("NFKC", text))
    return [word for word in words if len(scripts(word)) > 1 or scripts(word) - home - {"LATIN"}]


def scripts(text: str) -> frozenset[str]:
    """The scripts of the letters, such as LATIN and CYRILLIC. Phonetic and small-capital Latin is one of its own."""
    return frozenset(_script(character) for character in text if character.isalpha() and unicodedata.category(character) != "Lm")


def tags(text: str) -> list[str]:
    """HTML tags and comments in the text."""
    return _TAG.findall(text)


@lru_cache(maxsize=4096)
def _script(character: str) -> str:
    name = unicodedata.name(character, "UNNAMED").partition(" ")[0]
    if name == "LATIN" and not (ord(character) < 0x250 or 0x1E00 <= ord(character) < 0x1F00):
        return "PHONETIC"
    return name


def _is_hidden(character: str) -> bool:
    if character in _KEPT_CONTROLS:
        return False
    return unicodedata.category(character) in _HIDDEN or 0xFE00 <= ord(character) <= 0xFE0F


@lru_cache(maxsize=4096)
def _visible(character: str) -> str:
    """What a reader sees of a character. There are few of them, and each text holds thousands."""
    category = unicodedata.category(character)
    if _is_hidden(character) or category in {"Mn", "Me"}:
        return ""
    if category[0] == "N" and not character.isascii():
        value = unicodedata.numeric(character, -1)
        return str(int(value)) if 0 <= value < 10 and value == int(value) else character
    return character

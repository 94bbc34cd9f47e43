"""Numbers written as words, turned into digits:

'forty-eight thousand', 'fünfundzwanzig', 'vingt-cinq', 'treinta y dos'.
"""

import re
from collections.abc import Iterable
from functools import cache

_SMALL: dict[str, str] = {
    "en": "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen",
    "de": "null ein zwei drei vier fünf sechs sieben acht neun zehn elf zwölf dreizehn vierzehn fünfzehn sechzehn siebzehn achtzehn neunzehn",
    "fr": "zéro un deux trois quatre cinq six sept huit neuf dix onze douze treize quatorze quinze seize dix-sept dix-huit dix-neuf",
    "es": "cero un dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis diecisiete dieciocho diecinueve",
}
_TENS: dict[str, str] = {
    "en": "twenty thirty forty fifty sixty seventy eighty ninety",
    "de": "zwanzig dreißig vierzig fünfzig sechzig siebzig achtzig neunzig",
    "fr": "vingt trente quarante cinquante soixante",
    "es": "veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa",
}
_SCALES: dict[str, dict[str, int]] = {
    "en": {
        "hundred": 100,
        "hundreds": 100,
        "thousand": 1000,
        "thousands": 1000,
        "million": 10**6,
        "millions": 10**6,
        "dozen": 12,
    },
    "de": {"hundert": 100, "tausend": 1000, "million": 10**6, "millionen": 10**6, "dutzend": 12},
    "fr": {"cent": 100, "cents": 100, "mille": 1000, "million": 10**6, "millions": 10**6},
    "es": {"cien": 100, "ciento": 100, "mil": 1000, "millón": 10**6, "millones": 10**6},
}
_ORDINAL_LIST = """
first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth fourteenth fifteenth
sixteenth seventeenth eighteenth nineteenth twentieth
"""
_ORDINALS = _ORDINAL_LIST.split()
_ONES = frozenset({"one", "ein", "eine", "einen", "un", "une", "uno", "una"})
_AFTER_ONE = (
    r"(?=[\s-]*(?:hundred|thousand|million|dozen|hundert|tausend|"
    r"(?:percent|per\s?cent|prozent|pour\s?cent|por\s?ciento|euros?|dollars?|pounds?|k)\b))"
)


def digits(text: str, language: str) -> str:
    """Replace number words by digits: English ones always, and those of the text's language if it is de, fr or es."""
    for spoken in dict.fromkeys((language, "en")):
        if spoken in _SMALL:
            text = _pattern(spoken).sub(lambda match, spoken=spoken: _value(match[0], spoken), text)  # type: ignore[misc]  # bound default
    return text


def day_ordinals() -> dict[str, int]:
    """English and German words for the days of a month: 'twelfth', 'twenty-first', 'zwölften', 'einundzwanzigsten'."""
    english = dict(zip(_ORDINALS, range(1, 21), strict=True))
    english |= {f"{tens}{join}{unit}": base + n for tens, base in (("twenty", 20), ("thirty", 30)) for n, unit in
                enumerate(_ORDINALS[:9], 1) for join in ("-", " ")} | {"thirtieth": 30}  # fmt: skip
    german = {f"{word}{'sten' if n >= 20 else 'ten'}": n for word, n in _below_hundred("de").items() if n <= 31}
    return english | german | {"ersten": 1, "dritten": 3, "siebten": 7, "achten": 8}


@cache
def _below_hundred(language: str) -> dict[str, int]:
    small, tens = _SMALL[language].split(), _TENS[language].split()
    words = {word: n for n, word in enumerate(small)}
    words |= {word: (n + 2) * 10 for n, word in enumerate(tens)}
    compose = {"en": _english, "de": _german, "fr": _french, "es": _spanish}[language]
    return words | compose(small, tens)


def _english(small: list[str], tens: list[str]) -> dict[str, int]:
    return {f"{ten}{join}{small[n]}": (t + 2) * 10 + n for t, ten in enumerate(tens) for n in range(1, 10) for join in ("-", " ")}


def _german(small: list[str], tens: list[str]) -> dict[str, int]:
    words = {f"{small[n]}und{ten}": (t + 2) * 10 + n for t, ten in enumerate(tens) for n in range(1, 10)}
    return words | {word.replace("ß", "ss"): n for word, n in words.items() if "ß" in word} | {"dreissig": 30, "eins": 1}


def _french(small: list[str], tens: list[str]) -> dict[str, int]:
    words = {f"{ten}-{small[n]}": (t + 2) * 10 + n for t, ten in enumerate(tens) for n in range(2, 10)}
    words |= {f"{ten} et un": (t + 2) * 10 + 1 for t, ten in enumerate(tens)}
    words |= {f"soixante-{small[n]}": 60 + n for n in range(10, 20)} | {
        "soixante et onze": 71,
        "quatre-vingts": 80,
        "quatre-vingt": 80,
    }
    return words | {f"quatre-vingt-{small[n]}": 80 + n for n in range(1, 20)}


def _spanish(small: list[str], tens: list[str]) -> dict[str, int]:
    words = {f"{ten} y {small[n]}": (t + 2) * 10 + n for t, ten in enumerate(tens) if t for n in range(1, 10)}
    plain = {f"veinti{small[n]}": 20 + n for n in range(1, 10)}
    return words | plain | {"veintidós": 22, "veintitrés": 23, "veintiséis": 26, "veintiuno": 21, "dieciseis": 16}


@cache
def _words(language: str) -> dict[str, int]:
    return _below_hundred(language) | _SCALES[language] | dict.fromkeys(_ONES, 1)


@cache
def _pattern(language: str) -> re.Pattern[str]:
    """A run of number words. 'One' alone is a pronoun, 'pour cent' a percentage, '48 thousand' half digits: no runs."""
    one = rf"(?:{'|'.join(_ONES)}){_AFTER_ONE}"
    small, scale = _either(_below_hundred(language).keys() - _ONES), _either(_SCALES[language])
    gap = r"(?:\s+und\s+|[\s-]*)" if language == "de" else r"(?:\s+and\s+|[\s-]+)"
    letters = "".join(sorted({word[0] for word in _words(language)}))  # most words are none, and that is seen by how they begin
    start = rf"(?<![^\W_])(?=[{letters}])(?<!pour )(?<!por )(?:{one}|{small}|(?<!\d )(?<!\d-){scale})"
    return re.compile(rf"{start}(?:{gap}(?:{one}|{small}|{scale}))*(?![^\W_])", re.IGNORECASE)


def _either(words: Iterable[str]) -> str:
    return f"(?:{'|'.join(map(re.escape, sorted(words, key=len, reverse=True)))})"


@cache
def _finder(language: str) -> re.Pattern[str]:
    return re.compile(_either(_words(language)), re.IGNORECASE)


def _value(phrase: str, language: str) -> str:
    """The number or numbers that a run of number words stands for, in digits: 'two three' are two numbers."""
    numbers: list[int] = []
    done, current = 0, 0
    for match in _finder(language).finditer(phrase):
        value = _words(language)[match[0].lower()]
        if match[0].lower() not in _SCALES[language]:
            if current % 100:
                numbers.append(done + current)
                done, current = 0, 0
            current += value
        elif value < 1000:
            current = (current or 1) * value
        else:
            done, current = done + (current or 1) * value, 0
    return " ".join(str(number) for number in [*numbers, done + current])

"""Percentages, money and plain numbers in prose, however they are written: 48000, 48,000, 48.000, €48k, 15 %."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["percent", "money", "number"]

_WORDS = {
    "EUR": "EUR euro euros",
    "USD": "USD",
    "$": "dollar dollars bucks dólares dolares",
    "GBP": "GBP pound pounds quid sterling",
    "CHF": "CHF franken francs",
    "JPY": "yen",
    "PLN": "zloty",
    "INR": "rupee rupees",
    "kr": "kronor kroner kronen",
    "cent": "cents ct",
}
_CODE_LIST = """
CAD AUD NZD SGD HKD CNY JPY INR PLN SEK NOK DKK CZK HUF RON BGN TRY BRL MXN ZAR ILS AED SAR KRW RUB UAH BTC ETH USDT
"""
_CODES = _CODE_LIST.split()
_SIGN_LIST = "€EUR £GBP ¥JPY ₹INR ₽RUB ₩KRW ₺TRY ₴UAH ₪ILS ₿BTC"
_SIGNS = {pair[0]: pair[1:] for pair in _SIGN_LIST.split()}
_NAMED = {word.lower(): code for code, words in _WORDS.items() for word in words.split()}
_SIGN = "(?:US|CA|AU|A|C)?\\$|[\u00a2-\u00a5\u20a0-\u20cf]|R\\$|z\u0142"
_WORD = f"(?:{'|'.join(sorted(_NAMED, key=len, reverse=True))}|(?-i:{'|'.join(_CODES)}))"
"""Most codes count in capitals only: 'try 3 steps' is no price."""
_CURRENCY = rf"(?:{_SIGN}|(?<![^\W\d_]){_WORD}(?![^\W\d_]))"
_GROUPED = r"\d{1,3}(?:(?:\.\d{3})+|(?:,\d{3})+|(?:['\u2019]\d{3})+|(?: \d{3})+)(?:[.,]\d{1,2})?(?!\d)"
_NUMBER = rf"{_GROUPED}|\d+(?:[.,]\d+)?"
_FACTOR_WORDS = {
    10**2: "hundred hundert",
    12: "dozen dutzend",
    10**3: "k thousand grand tsd tausend mille mil",
    10**6: "m mn mio million millions millionen millones",
    10**9: "b bn mrd billion milliarden",
}
_FACTORS = {word: factor for factor, words in _FACTOR_WORDS.items() for word in words.split()}
_FACTOR = rf"\s?(?P<factor>{'|'.join(sorted(_FACTORS, key=len, reverse=True))})(?![^\W_])"
_PERCENT = (
    r"(?:%|‰|v\.\s?h\.|"
    r"(?:per[\s-]?cent|percentage points?|pct|(?<![^\W\d_])pp|prozent(?:punkte)?|pour\s?cent|por\s?ciento|procent|percento)\b)"
)
_BEFORE = max(map(len, [*_NAMED, *_CODES])) + len(" % ")
_QUANTITY = re.compile(
    rf"(?=\D{{0,{_BEFORE}}}\d)"  # that no number can follow is seen sooner than that no currency stands here
    rf"(?:(?P<before>{_CURRENCY})[\s-]?)?(?P<lead>(?<!\d)(?<!\d\s)%\s?)?(?P<number>{_NUMBER})(?:{_FACTOR})?"
    rf"(?:[\s)\]\"'-]{{0,3}}(?P<percent>{_PERCENT})|[\s-]?(?P<after>{_CURRENCY})|(?P<unit>[^\W\d_]+))?",
    re.IGNORECASE,
)
_UNIT_LIST = "st nd rd th er h hr hrs min mins s sec secs ms d x kb mb gb tb kg km cm mm px w y"
_UNITS = frozenset(_UNIT_LIST.split())
_LABEL = re.compile(r"(?<![^\W_])[^\W\d_][^\W_]*(?:-[^\W_]+)*")
_PRICED = re.compile(rf"{_WORD}-?\d", re.IGNORECASE)
_LONELY_PERCENT = re.compile(rf"(?:(?<![^\W_])\w{{1,30}}[\s-]?)?{_PERCENT}", re.IGNORECASE)
_DOLLARS = frozenset({"$", "USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN"})


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number with its kind. Percentages are in percent points; `currency` is empty unless it is money."""

    kind: Kind
    value: float
    currency: str = ""
    text: str = ""


def quantities(text: str) -> tuple[list[Quantity], str]:
    """Read every number that stands as a quantity out of bare text. Also returns the text without them."""
    found: list[Quantity] = []

    def take(match: re.Match[str]) -> str:
        quantity = _quantity(match)
        if quantity is None:
            return match[0]
        found.append(quantity)
        return " " * len(match[0])

    return found, _QUANTITY.sub(take, text)


def labels(text: str) -> tuple[list[str], str]:
    """Names with digits in them, such as P1 or ISO-27001, and the text without them."""
    found: list[str] = []

    def take(match: re.Match[str]) -> str:
        token = match[0]
        if not any(map(str.isdecimal, token)) or _PRICED.match(token):
            return token
        found.append(token)
        return " " * len(token)

    rest = _LABEL.sub(take, text)
    return found, rest


def lonely_percents(rest: str) -> list[str]:
    """Percent signs and words that no readable number stands before; `rest` is what `quantities` left over."""
    return [match[0].strip() for match in _LONELY_PERCENT.finditer(rest)]


def currency_code(text: str) -> str:
    """The currency that a symbol, code or word names; `$` and `cent` stand for themselves, unknown symbols too."""
    cleaned = text.strip()
    if cleaned.endswith("$"):
        return {"US$": "USD", "CA$": "CAD", "C$": "CAD", "A$": "AUD", "AU$": "AUD", "R$": "BRL"}.get(cleaned.upper(), "$")
    return _SIGNS.get(cleaned) or _NAMED.get(cleaned.lower(), cleaned.upper())


def same_currency(one: str, other: str) -> bool:
    """The two may mean the same currency; a bare dollar sign may be any dollar, and an unknown currency (empty) any."""
    if not one or not other or one == other:
        return True
    return "$" in (one, other) and {one, other} <= _DOLLARS


def _quantity(match: re.Match[str]) -> Quantity | None:
    if (match["unit"] or "").lower() not in _UNITS | {""}:
        return None
    value = round(number_value(match["number"]) * _FACTORS.get((match["factor"] or "").lower(), 1), 6)
    text = match[0].strip()
    if match["percent"] or match["lead"]:
        return Quantity("percent", round(value / 10, 6) if match["percent"] == "‰" else value, text=text)
    money = match["before"] or match["after"]
    return Quantity("money", value, currency_code(money), text) if money else Quantity("number", value, text=text)


def number_value(written: str) -> float:
    """The value of a written number.

    Groups of three digits are thousands, whichever mark parts them; else it is decimal.
    """
    if re.fullmatch(_GROUPED, written) and not re.match(r"0[.,]", written):
        grouped = re.fullmatch(r"(.*?)(?:[.,](\d{1,2}))?", written)
        assert grouped is not None  # noqa: S101  the pattern matches any text
        whole = re.sub(r"\D", "", grouped[1])
        return float(f"{whole}.{grouped[2] or 0}")
    return float(written.replace(",", "."))


def spelled_values(value: float) -> Iterator[float]:
    """The value and its usual roundings; to a whole number only from 10 up. The sign is left to the words around it."""
    for digits in (6, 2, 1, 0) if abs(value) >= 10 else (6, 2, 1):
        yield round(abs(value), digits)

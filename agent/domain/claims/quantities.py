"""Percentages, amounts of money and plain numbers in prose, however they are written: 48000, 48,000, 48.000, €48k, 15 %."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["percent", "money", "number"]

_CURRENCIES = {
    "EUR": "EUR euro euros", "USD": "USD", "$": "dollar dollars bucks dólares dolares", "GBP": "GBP pound pounds quid sterling",
    "CHF": "CHF franken francs", "JPY": "JPY yen", "PLN": "PLN zloty", "INR": "INR rupee rupees", "kr": "SEK NOK DKK kronor kroner kronen",
    "cent": "cents ct", **{code: code for code in
                           "CAD AUD NZD SGD HKD CNY CZK HUF RON BGN TRY BRL MXN ZAR ILS AED SAR KRW RUB UAH BTC ETH USDT".split()},
}  # fmt: skip
_SYMBOLS = {"€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₽": "RUB", "₩": "KRW", "₺": "TRY", "₴": "UAH", "₪": "ILS", "₿": "BTC"}
_CODE = {word.lower(): code for code, words in _CURRENCIES.items() for word in words.split()}
_SYMBOL = "(?:US|CA|AU|A|C)?\\$|[\u00a2-\u00a5\u20a0-\u20cf]|R\\$|z\u0142"
_CURRENCY = rf"(?:{_SYMBOL}|(?<![^\W\d_])(?:{'|'.join(sorted(_CODE, key=len, reverse=True))})(?![^\W\d_]))"
_GROUPED = r"\d{1,3}(?:(?:\.\d{3})+|(?:,\d{3})+|(?:['\u2019]\d{3})+|(?: \d{3})+)(?:[.,]\d{1,2})?(?!\d)"
_NUMBER = rf"{_GROUPED}|\d+(?:[.,]\d+)?"
_FACTORS = {
    "k": 1e3, "thousand": 1e3, "grand": 1e3, "tsd": 1e3, "tausend": 1e3, "mille": 1e3, "mil": 1e3, "m": 1e6, "mn": 1e6, "mio": 1e6, "million": 1e6,
    "millions": 1e6, "millionen": 1e6, "millones": 1e6, "b": 1e9, "bn": 1e9, "mrd": 1e9, "billion": 1e9, "milliarden": 1e9, "hundred": 1e2,
}  # fmt: skip
_FACTOR = rf"\s?(?P<factor>{'|'.join(sorted(_FACTORS, key=len, reverse=True))})(?![^\W_])"
_PERCENT = (
    r"(?:%|‰|per[\s-]?cent\b|percentage points?\b|pct\b|pp\b|prozent(?:punkte)?\b|v\.\s?h\.|pour\s?cent\b|por\s?ciento\b|procent\b|percento\b)"
)
_QUANTITY = re.compile(
    rf"(?:(?P<before>{_CURRENCY})[\s-]?)?(?P<lead>(?<!\d)(?<!\d\s)%\s?)?(?P<number>{_NUMBER})(?:{_FACTOR})?"
    rf"(?:[\s)\]\"'-]{{0,3}}(?P<percent>{_PERCENT})|[\s-]?(?P<after>{_CURRENCY})|(?P<unit>[^\W\d_]+))?",
    re.IGNORECASE,
)
_UNITS = frozenset("st nd rd th er h hr hrs min mins s sec secs ms d x kb mb gb tb kg km cm mm px w y".split())
_CURRENCY_CODES = "|".join(sorted((word for word in _CODE if len(word) == 3), key=len))
_LABEL = re.compile(
    rf"(?<![^\W_])(?!(?:{_CURRENCY_CODES})\d)(?:[^\W\d_][^\W_]*\d[^\W_]*(?:-[^\W_]+)*|[^\W\d_][^\W_]*(?:-[^\W_]+)*-[^\W_]*\d[^\W_]*)", re.IGNORECASE
)
_LONELY_PERCENT = re.compile(rf"(?:(?<![^\W_])\w+[\s-]?)?{_PERCENT}", re.IGNORECASE)
_DOLLARS = frozenset({"$", "USD", "CAD", "AUD", "NZD", "SGD", "HKD", "MXN"})
_CROWNS = frozenset({"kr", "CZK"})


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number with its kind. `value` is in percent points for percentages; `currency` is empty unless it is money."""

    kind: Kind
    value: float
    currency: str = ""
    text: str = ""

    def same_as(self, other: "Quantity") -> bool:
        """Equal in kind, value and currency, however both are written."""
        return (self.kind, self.value, self.currency) == (other.kind, other.value, other.currency)


def quantities(text: str) -> tuple[list[Quantity], str]:
    """Read every number that stands as a quantity out of bare text. Also returns the text without them, for what reads on."""
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
    return _LABEL.findall(text), _LABEL.sub(lambda match: " " * len(match[0]), text)


def lonely_percents(rest: str) -> list[str]:
    """Percent signs and words that no readable number stands before; `rest` is what `quantities` left over."""
    return [match[0].strip() for match in _LONELY_PERCENT.finditer(rest)]


def currency_code(text: str) -> str:
    """The currency that a symbol, code or word names; `$` and `cent` stand for themselves, unknown symbols too."""
    cleaned = text.strip()
    if cleaned.endswith("$"):
        return {"US$": "USD", "CA$": "CAD", "C$": "CAD", "A$": "AUD", "AU$": "AUD", "R$": "BRL"}.get(cleaned.upper(), "$")
    return _SYMBOLS.get(cleaned) or _CODE.get(cleaned.lower(), cleaned.upper())


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
    """The value of a written number. Groups of three digits are thousands, whichever mark parts them; other marks are decimal marks."""
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

"""Writes money, numbers, percentages and days the way a language does.

Unknown languages get the English way, and ISO days.
"""

from datetime import date, datetime

_MARKS = {
    "en": (",", "."),
    "de": (".", ","),
    "es": (".", ","),
    "it": (".", ","),
    "nl": (".", ","),
    "pt": (".", ","),
    "fr": ("\u00a0", ","),
}
LANGUAGES = tuple(_MARKS)
"""Those of which the way to write numbers is known."""

_SPACED_PERCENT = frozenset({"de", "fr", "es"})
_DAYS = {
    "en": ("{d} {month} {y}", "January February March April May June July August September October November December"),
    "de": ("{d}. {month} {y}", "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
    "fr": ("{d} {month} {y}", "janvier février mars avril mai juin juillet août septembre octobre novembre décembre"),
    "es": (
        "{d} de {month} de {y}",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    ),
}


def number_text(value: float, language: str) -> str:
    """48000 -> '48,000' (en), '48.000' (de); whole numbers without decimals, others with at most two."""
    thousands, decimal = _MARKS.get(language, _MARKS["en"])
    written = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.2f}"
    return written.translate({ord(","): thousands, ord("."): decimal})


def money_text(amount: float, currency: str, language: str) -> str:
    """48000, EUR -> '48,000 EUR' (en), '48.000 EUR' (de)."""
    return f"{number_text(amount, language)} {currency}"


def percent_text(points: float, language: str) -> str:
    """15 -> '15%' (en), '15 %' (de). The value is in percent points, not a share."""
    rounded = round(points, 1)
    decimal = _MARKS.get(language, _MARKS["en"])[1]
    written = str(int(rounded)) if float(rounded).is_integer() else str(rounded).replace(".", decimal)
    return f"{written} %" if language in _SPACED_PERCENT else f"{written}%"


def day_text(day: date, language: str) -> str:
    """2026-12-12 -> '12 December 2026' (en), '12. Dezember 2026' (de). Of a moment, its day in its own time zone."""
    if isinstance(day, datetime):
        day = day.date()
    if language not in _DAYS:
        return day.isoformat()
    pattern, months = _DAYS[language]
    return pattern.format(d=day.day, month=months.split()[day.month - 1], y=day.year)

"""How a language writes money, numbers, percentages and days."""

from datetime import date, datetime, timedelta, timezone

import pytest

from agent.domain.formats import day_text, money_text, number_text, percent_text


@pytest.mark.parametrize(
    ("value", "language", "text"),
    [
        (48000, "en", "48,000"),
        (48000.0, "de", "48.000"),
        (1234567.891, "de", "1.234.567,89"),
        (1234.5, "fr", "1\u00a0234,50"),
        (-1234.5, "es", "-1.234,50"),
        (0, "en", "0"),
        (12.5, "xx", "12.50"),
    ],
)
def test_numbers(value: float, language: str, text: str) -> None:
    assert number_text(value, language) == text
    assert money_text(value, "EUR", language) == f"{text} EUR"


@pytest.mark.parametrize(
    ("points", "language", "text"),
    [(15, "en", "15%"), (15.0, "de", "15 %"), (7.5, "de", "7,5 %"), (7.55, "en", "7.5%"), (7.5, "it", "7,5%"), (0.04, "en", "0%")],
)
def test_percentages(points: float, language: str, text: str) -> None:
    assert percent_text(points, language) == text


@pytest.mark.parametrize(
    ("language", "text"),
    [("en", "1 March 2026"), ("de", "1. März 2026"), ("fr", "1 mars 2026"), ("es", "1 de marzo de 2026"), ("pl", "2026-03-01")],
)
def test_days(language: str, text: str) -> None:
    assert day_text(date(2026, 3, 1), language) == text


def test_of_a_moment_its_day_where_it_is() -> None:
    assert day_text(datetime(2026, 3, 1, 23, 30, tzinfo=timezone(timedelta(hours=-5))), "en") == "1 March 2026"

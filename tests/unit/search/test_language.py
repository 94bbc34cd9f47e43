"""Which language a question is in, and which language's articles are shown for it."""

import pytest

from integrations.search.found import Found
from integrations.search.fusing import Hit
from integrations.search.language import CLEARLY, languages_of, preferred
from integrations.search.query import read
from integrations.search.strength import Features

HERE = frozenset({"en", "de", "fr"})


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Wie lege ich einen Benutzer an?", "de"),
        ("Comment changer l'adresse de facturation ?", "fr"),
        ("How do I rotate the API keys?", "en"),
        ("TS-1012", "en"),
        ("SSO", "en"),
        ("", "en"),
        ("¿Cómo cambio la dirección de la factura?", "en"),
    ],
)
def test_it_is_one_that_there_are_articles_in_or_english(text: str, language: str) -> None:
    assert languages_of(text, HERE) == (language,)


def test_a_language_that_nobody_knows_is_passed_over() -> None:
    assert languages_of("Wie lege ich einen Benutzer an?", frozenset({"xx", "de"})) == ("de",)
    assert languages_of("Wie lege ich einen Benutzer an?", frozenset()) == ("en",)


@pytest.mark.parametrize(
    ("text", "languages"),
    [
        ("Kiosk Terminal zeigt orangen Balken", ("de", "en")),
        ("Passwort vergessen", ("de", "en")),
        ("Fehler TS-1012", ("de", "en")),
        ("export limit", ("en", "fr")),
        ("reset password", ("en",)),
    ],
)
def test_a_few_words_may_be_in_several_languages(text: str, languages: tuple[str, ...]) -> None:
    assert languages_of(text, HERE) == languages


def test_an_article_in_another_language_must_be_clearly_stronger() -> None:
    own, as_good, better = (found(strength) for strength in (0.5, 0.5 + CLEARLY, 0.51 + CLEARLY))
    assert preferred([own]) is own
    assert preferred([own, as_good]) is own
    assert preferred([own, better]) is better
    assert preferred([own, Found(())]) is own
    weak = found(0.1)
    assert preferred([Found(()), weak]) is weak, "better than nothing"


def found(strength: float) -> Found:
    return Found([Hit("a", 1, Features(None, strength, 0.0, 1), strength, read("reset password"), frozenset())])

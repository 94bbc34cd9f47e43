"""Which language a question is in."""

import pytest

from integrations.search.language import language_of

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
    assert language_of(text, HERE) == language


def test_a_language_that_nobody_knows_is_passed_over() -> None:
    assert language_of("Wie lege ich einen Benutzer an?", frozenset({"xx", "de"})) == "de"
    assert language_of("Wie lege ich einen Benutzer an?", frozenset()) == "en"

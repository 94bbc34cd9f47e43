"""The language of a text, told by its small words."""

import pytest

from agent.domain.claims.languages import language_of
from agent.playbook.loader import DEFAULT, load


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("This article should answer your question, and you can make the change yourself right away.", "en"),
        ("Dieser Artikel sollte Ihre Frage beantworten, und Sie können die Änderung mit einem Klick für alle im Team machen.", "de"),
        ("Cet article devrait répondre à votre question, et vous pouvez faire le changement vous-même dans les réglages.", "fr"),
        ("Este artículo debería responder a su pregunta, y usted puede hacer el cambio en la página de los ajustes.", "es"),
        ("Questo articolo dovrebbe rispondere alla domanda, e lei può fare la modifica con un clic nel menu.", "it"),
        ("Hello Priya, TS-4012", None),
        ("", None),
        ("Northwind Foods · Export a report · https://help.tessera.example", None),
    ],
)
def test_the_language_of_a_text(text: str, language: str | None) -> None:
    assert language_of(text) == language


def test_every_text_of_the_playbook_that_ships_is_in_the_language_it_is_filed_under() -> None:
    for play in load(DEFAULT).plays.values():
        for language, body in (play.content.body if play.content else {}).items():
            assert language_of(body) in (language, None), (play.id, language)

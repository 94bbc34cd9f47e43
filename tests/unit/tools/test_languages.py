"""What the language of a text is told by, and that what tells it is loaded once."""

from typing import Any

import pytest
from py3langid.langid import LanguageIdentifier

from integrations.search.language import languages_of
from tools import languages
from tools.languages import ranked, spoken_in


def test_every_language_has_a_chance_and_the_likeliest_comes_first() -> None:
    found = ranked("Quero mudar o endereço da fatura, por favor")
    assert found[0][0] == "pt"
    assert sum(chance for _, chance in found) == pytest.approx(1, abs=1e-3)
    assert [chance for _, chance in found] == sorted((chance for _, chance in found), reverse=True)


async def test_tickets_and_questions_are_told_by_one_model(monkeypatch: pytest.MonkeyPatch) -> None:
    loaded, real = list[str](), LanguageIdentifier.from_model_file

    def load(file: str, **options: Any) -> Any:
        loaded.append(file)
        return real(file, **options)

    monkeypatch.setattr(LanguageIdentifier, "from_model_file", load)
    languages._model.cache_clear()
    spoken = await spoken_in("Quero mudar o endereço da fatura, por favor")
    assert spoken is not None
    assert spoken.language == "pt"
    for among in ({"de", "pt"}, {"de", "fr", "pt"}):
        assert languages_of("Quero mudar o endereço da fatura, por favor", frozenset(among)) == ("pt",)
    assert len(loaded) == 1

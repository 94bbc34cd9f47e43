"""What is shown of what was found, and when the model is asked which sentence answers."""

from collections.abc import Sequence

import numpy as np
import pytest

from integrations.search.meaning import Meaning
from integrations.search.query import read
from integrations.search.showing import Opened, shown
from tests.unit.search.test_meaning import Embedder, NoStore, Vectors

PASSAGE = "First comes this. Then something else. The invoice stands under Billing."
UNLIKE = read("where do I find what I have to pay")


class Near(Embedder):
    """Finds a text the nearer to every other, the more often it says `else`."""

    async def embed(self, texts: Sequence[str], *, within_s: float | None = None) -> Vectors:
        await super().embed(texts, within_s=within_s)
        return np.array([[1, text.count("else")] for text in texts], np.float32) + 0.1


@pytest.fixture
def model() -> Near:
    return Near()


@pytest.fixture
def meaning(model: Near) -> Meaning:
    return Meaning(model, NoStore())


async def answers(meaning: Meaning | None, *articles: Opened) -> list[str]:
    return [one.answer for one in await shown(articles, meaning)]


async def test_a_sentence_with_the_words_answers_and_no_model_is_asked(model: Near, meaning: Meaning) -> None:
    assert await answers(meaning, Opened(read("the invoice"), "", PASSAGE, leads=True)) == ["The invoice stands under Billing."]
    assert model.seen == []


async def test_where_no_sentence_has_the_words_the_nearest_in_meaning_answers(model: Near, meaning: Meaning) -> None:
    assert await answers(meaning, Opened(UNLIKE, "", PASSAGE, leads=True)) == ["Then something else."]
    assert UNLIKE.text in model.seen


async def test_only_for_the_best_of_a_query_is_the_model_asked_and_once_for_all_of_these(model: Near, meaning: Meaning) -> None:
    other = Opened(UNLIKE, "", "Or else. Good day.", leads=True)
    found = await answers(meaning, Opened(UNLIKE, "", PASSAGE, leads=False), Opened(UNLIKE, "", PASSAGE, leads=True), other)
    assert found == ["First comes this.", "Then something else.", "Or else."]
    assert model.calls == 1


async def test_a_silent_model_leaves_the_words(model: Near, meaning: Meaning) -> None:
    model.refused = UNLIKE.text
    assert await answers(meaning, Opened(UNLIKE, "", PASSAGE, leads=True)) == ["First comes this."]
    assert await answers(None, Opened(UNLIKE, "", PASSAGE, leads=True)) == ["First comes this."]


async def test_without_a_passage_words_choose_from_the_whole_article(model: Near, meaning: Meaning) -> None:
    assert await answers(meaning, Opened(read("the invoice"), PASSAGE, "", leads=True)) == ["The invoice stands under Billing."]
    assert await answers(meaning, Opened(UNLIKE, PASSAGE, "", leads=True)) == [""]
    assert await shown([], meaning) == []
    assert model.seen == []

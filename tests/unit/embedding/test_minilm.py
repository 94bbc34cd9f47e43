"""The model on this machine: the same text has the same vector whatever stands beside it, and only the known files are run."""

import asyncio
import threading
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from integrations.embedding import embedding, local, minilm
from integrations.embedding.minilm import DIMENSION
from integrations.embedding.minilm.model import MiniLm
from integrations.settings import Settings
from tools.embedding import EmbedderUnavailable

SIGN_IN, LOCKED_OUT = "I cannot sign in any more", "My account is locked and my password is refused"
INVOICE = "The last invoice shows the wrong address"


def test_what_means_the_same_lies_nearer() -> None:
    vectors = local().vectors([SIGN_IN, LOCKED_OUT, INVOICE])
    assert vectors.shape == (3, DIMENSION)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    near, far = vectors[0] @ vectors[1], vectors[0] @ vectors[2]
    assert near > far + 0.2


def test_a_vector_does_not_hang_on_what_is_embedded_with_it() -> None:
    texts = [SIGN_IN, "", INVOICE * 40, "x", LOCKED_OUT, *(f"ticket number {n}" for n in range(40))]
    together = local().vectors(texts)
    for place in (0, 1, 2, 4, 44):
        assert np.allclose(together[place], local().vectors([texts[place]])[0], atol=0.05), texts[place][:20]


class Counted:
    """A model that notes how many tokens it computes at once."""

    def __init__(self, real: Any) -> None:
        self._real, self.sizes = real, list[int]()

    def run(self, names: Any, given: Any) -> Any:
        self.sizes.append(given["input_ids"].size)
        return self._real.run(names, given)


def test_no_more_is_computed_at_once_than_fits_into_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    model = local()
    counted = Counted(model._session)
    monkeypatch.setattr(model, "_session", counted)
    vectors = model.vectors([INVOICE * 60] * 9 + ["x"] * 40)
    assert np.isfinite(vectors).all()
    assert max(counted.sizes) <= 1024
    assert len(counted.sizes) == 4, "four of 256 tokens each at once, and what is short beside the last of them"


def test_what_is_short_is_not_padded_to_what_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    model = local()
    counted = Counted(model._session)
    monkeypatch.setattr(model, "_session", counted)
    texts = [SIGN_IN, LOCKED_OUT, INVOICE, INVOICE * 5, INVOICE * 9]
    read = sum(len(one.ids) for one in model._tokenizer.encode_batch(texts))
    model.vectors(texts)
    assert read <= sum(counted.sizes) <= read + 8
    assert len(counted.sizes) == 3


class Held:
    """A model that computes a long batch until it is let go."""

    def __init__(self, real: Any) -> None:
        self._real, self.begun, self.go = real, threading.Event(), threading.Event()

    def run(self, names: Any, given: Any) -> Any:
        if len(given["input_ids"]) > 1:
            self.begun.set()
            assert self.go.wait(30)
        return self._real.run(names, given)


async def test_a_question_does_not_wait_for_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    model = local()
    held = Held(model._session)
    monkeypatch.setattr(model, "_session", held)
    batch = asyncio.create_task(model.embed([INVOICE, LOCKED_OUT]))
    await asyncio.to_thread(held.begun.wait, 30)
    async with asyncio.timeout(30):
        assert (await model.embed([SIGN_IN])).shape == (1, DIMENSION)
    held.go.set()
    assert (await batch).shape == (2, DIMENSION)


async def test_nothing_is_embedded_to_nothing() -> None:
    assert (await local().embed([])).shape == (0, DIMENSION)


@pytest.mark.parametrize("text", ["x" * 1_000_000, "\x00\ud800 broken", "日本語のチケット", "🙂" * 5000])
def test_any_text_has_a_vector(text: str) -> None:
    assert np.isfinite(local().vectors([text])).all()


def test_another_file_than_the_known_one_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{}")
    monkeypatch.setattr(minilm, "VOCABULARY", tmp_path / "tokenizer.json")
    with pytest.raises(EmbedderUnavailable, match=r"tokenizer\.json .* is not the known file"):
        MiniLm.load()


async def test_without_the_extra_words_alone_count_unless_the_model_was_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(name: str) -> None:
        raise PackageNotFoundError(name)

    monkeypatch.setattr(minilm, "distribution", missing)
    local.cache_clear()
    try:
        async with embedding(Settings(_env_file=None, embedding="auto")) as found:
            assert found is None
        with pytest.raises(EmbedderUnavailable, match=r"pip install 'nextplay\[semantic\]'"):
            async with embedding(Settings(_env_file=None, embedding="local")):
                pass
    finally:
        local.cache_clear()


async def test_it_can_be_switched_off() -> None:
    async with embedding(Settings(_env_file=None, embedding="off")) as found:
        assert found is None

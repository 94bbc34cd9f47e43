"""The model itself, loaded and run by onnxruntime."""

import asyncio
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from integrations.embedding import minilm
from integrations.embedding.minilm import DIMENSION, INSTALL, LANGUAGES, MODEL, VOCABULARY_SHA256, WEIGHTS_SHA256, check, installed
from tools.embedding import EmbedderUnavailable

MOST_TOKENS = 256
"""The longest text that the model was trained on; what comes after it is not read."""

_TOGETHER = 1_024
"""Tokens, padding included, that are computed at once: more takes more memory and is no faster."""
_PADDING = 8
"""Tokens of padding that are computed to save a computation by itself: it costs about as much as so many."""
_HUGE = 20_000
"""Characters of a text that are looked at at all: more than `MOST_TOKENS` tokens can stand in."""


class MiniLm:
    """Implements `tools.embedding.Embedder`. The model works in a thread for each caller: a question does not wait for a batch of articles."""

    model = MODEL
    dimension = DIMENSION
    languages = LANGUAGES
    leaves = False

    def __init__(self, tokenizer: Any, session: Any) -> None:
        self._tokenizer, self._session = tokenizer, session

    @classmethod
    def load(cls, *, threads: int = 1) -> "MiniLm":
        """The model, in about a third of a second. `threads`: of one computation. Raises EmbedderUnavailable, which says what to install."""
        weights = installed()
        try:
            onnx, tokenizers = import_module("onnxruntime"), import_module("tokenizers")
        except ImportError as error:
            raise EmbedderUnavailable(f"The model for search by meaning cannot be run ({error}).", INSTALL) from None
        check(weights, WEIGHTS_SHA256)
        check(minilm.VOCABULARY, VOCABULARY_SHA256)
        tokenizer = tokenizers.Tokenizer.from_file(str(minilm.VOCABULARY))
        tokenizer.enable_truncation(MOST_TOKENS)
        tokenizer.no_padding()
        options = onnx.SessionOptions()
        options.intra_op_num_threads, options.log_severity_level = threads, 3
        return cls(tokenizer, onnx.InferenceSession(str(weights), options, providers=["CPUExecutionProvider"]))

    async def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """A row of length 1 for each text."""
        return await asyncio.to_thread(self.vectors, texts)

    def vectors(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """The same, here and now. Texts of like length are computed together, so that little is spent on padding."""
        found = np.zeros((len(texts), DIMENSION), np.float32)
        tokens = [encoded.ids for encoded in self._tokenizer.encode_batch([_readable(text) for text in texts])]
        order = sorted(range(len(texts)), key=lambda place: len(tokens[place]))
        for places in _batches(order, [len(one) for one in tokens]):
            found[places] = self._computed([tokens[place] for place in places])
        return found

    def _computed(self, tokens: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """The mean of what the model says of every token, brought to length 1."""
        longest = max(map(len, tokens))
        ids = np.array([[*own, *[0] * (longest - len(own))] for own in tokens], np.int64)
        mask = np.array([[1] * len(own) + [0] * (longest - len(own)) for own in tokens], np.int64)
        hidden = self._session.run(None, {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)})[0]
        mean = (hidden * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        return np.asarray(mean / np.linalg.norm(mean, axis=1, keepdims=True), np.float32)


def _batches(order: Sequence[int], lengths: Sequence[int]) -> Iterator[list[int]]:
    """Places of texts to compute together; they are in the order of their lengths."""
    batch: list[int] = []
    read = 0
    for place in order:
        computed, read = (len(batch) + 1) * lengths[place], read + lengths[place]
        if batch and (computed > _TOGETHER or computed - read > _PADDING):
            yield batch
            batch, read = [], lengths[place]
        batch.append(place)
    if batch:
        yield batch


def _readable(text: str) -> str:
    """Half a pair of surrogates is no character, and no text for the tokenizer."""
    return text[:_HUGE].encode("utf-8", "replace").decode("utf-8")

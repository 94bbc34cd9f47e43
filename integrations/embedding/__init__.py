"""The model that texts are compared by, as the settings choose it: an endpoint, or the one on this machine where it is installed."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from functools import lru_cache
from typing import TYPE_CHECKING

from integrations.embedding.minilm import LANGUAGES, MODEL, installed
from integrations.settings import Settings
from tools.embedding import Embedder, EmbedderUnavailable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from integrations.embedding.minilm.model import MiniLm


@asynccontextmanager
async def embedding(settings: Settings) -> AsyncIterator[Embedder | None]:
    """The model, or None where texts are compared by their words alone. Raises EmbedderUnavailable where a local one is asked for and lacking."""
    if settings.embedding_url is not None:
        from integrations.embedding.endpoint import EndpointEmbedder

        endpoint = EndpointEmbedder.of(settings, settings.embedding_url)
        try:
            yield endpoint
        finally:
            await endpoint.aclose()
        return
    yield None if settings.embedding == "off" else OnThisMachine.found(needed=settings.embedding == "local")


class OnThisMachine:
    """Implements `tools.embedding.Embedder`. The model is loaded when something is embedded first: most commands never do."""

    model, languages, leaves = MODEL, LANGUAGES, False

    @classmethod
    def found(cls, *, needed: bool) -> "OnThisMachine | None":
        """The model, if it is installed. Raises EmbedderUnavailable where it is needed and is not."""
        try:
            installed()
        except EmbedderUnavailable:
            if needed:
                raise
            return None
        return cls()

    async def embed(self, texts: Sequence[str], *, within_s: float | None = None) -> "NDArray[np.float32]":  # noqa: ARG002  it never hangs
        """A row of length 1 for each text. Raises EmbedderUnavailable where the model's files are not the known ones."""
        return await asyncio.to_thread(lambda: local().vectors(texts))


@lru_cache(maxsize=1)
def local() -> "MiniLm":
    """The model on this machine; one for the whole process, for it holds some 100 MB. Raises EmbedderUnavailable."""
    from integrations.embedding.minilm.model import MiniLm

    return MiniLm.load()

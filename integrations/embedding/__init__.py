"""The model that texts are compared by, as the settings choose it: an endpoint, or the one on this machine where it is installed."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache

from integrations.embedding.minilm import MiniLm
from integrations.settings import Settings
from tools.embedding import Embedder, EmbedderUnavailable


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
    yield None if settings.embedding == "off" else _local(needed=settings.embedding == "local")


def _local(*, needed: bool) -> MiniLm | None:
    try:
        return local()
    except EmbedderUnavailable:
        if needed:
            raise
        return None


@lru_cache(maxsize=1)
def local() -> MiniLm:
    """The model on this machine; one for the whole process, for it holds some 100 MB. Raises EmbedderUnavailable."""
    return MiniLm.load()

"""A sandbox on a fresh database file whose articles are searched with the real model, or by words alone."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from integrations.db.database import Database
from integrations.embedding import OnThisMachine
from integrations.sandbox.sandbox import Sandbox
from integrations.sandbox.search import ARTICLES
from integrations.search.index import ArticleIndex
from tests.databases import either_url
from tools.embedding import Embedder

__all__ = ["either_url"]

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)

Searched = tuple[Sandbox, ArticleIndex]


@pytest.fixture
def searched(database: Database) -> Callable[[Embedder | None], Searched]:
    """The sandbox and its index, with a model: as another process would open them."""

    def opened(embedder: Embedder | None) -> Searched:
        index = ArticleIndex(database, ARTICLES, embedder)
        return Sandbox(database, lambda: NOW, index=index), index

    return opened


@pytest.fixture
def by_meaning(searched: Callable[[Embedder | None], Searched]) -> Searched:
    return searched(OnThisMachine())

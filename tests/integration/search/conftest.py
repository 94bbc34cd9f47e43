"""A sandbox on a fresh database file whose articles are searched with the real model, or by words alone."""

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from integrations.db import migrations
from integrations.db.database import Database
from integrations.embedding import OnThisMachine
from integrations.sandbox.sandbox import Sandbox
from integrations.sandbox.search import ARTICLES
from integrations.search.index import ArticleIndex
from tools.embedding import Embedder

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)

Searched = tuple[Sandbox, ArticleIndex]


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "nextplay.db"
    migrations.upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def database(template: Path, tmp_path: Path) -> Iterator[Database]:
    shutil.copy(template, tmp_path / "nextplay.db")
    opened = Database(f"sqlite:///{tmp_path / 'nextplay.db'}")
    yield opened
    opened.close()


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

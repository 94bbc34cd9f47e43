"""An index that is damaged: noticed, said, and made anew."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Connection, text
from structlog.testing import capture_logs

from integrations.db.database import Database
from integrations.embedding import OnThisMachine
from integrations.sandbox import search
from integrations.sandbox.sandbox import Sandbox
from integrations.search import full_text, keeping
from integrations.search.index import AT_ONCE, ArticleIndex
from tests.databases import ON_SQLITE
from tests.integration.search.conftest import NOW, Searched
from tests.integration.search.library import ARTICLES, LOCKED_OUT, Counting, Opens, find, ids, many, put
from tools.ports import SourceError


@pytest.mark.parametrize(
    "damage",
    [
        "DROP TABLE search_words",
        "DELETE FROM search_words",
        "DELETE FROM search_passages WHERE article = 'reset'",
        "DELETE FROM search_state",
        "UPDATE search_state SET value = 0 WHERE name = 'edition'",
    ],
)
async def test_a_damaged_index_is_made_anew(searched: Opens, database: Database, damage: str) -> None:
    said = await _searched_after(damage, searched, database)
    assert damage == "DELETE FROM search_state" or said == ["search index made anew"]


@ON_SQLITE
@pytest.mark.parametrize(
    "damage", ["DROP TABLE search_words_data", "DELETE FROM search_words_data", "UPDATE search_words_data SET block = zeroblob(20)"]
)
async def test_a_full_text_index_that_lost_a_part_is_made_anew(searched: Opens, database: Database, damage: str) -> None:
    assert await _searched_after(damage, searched, database) == ["search index made anew"]


async def _searched_after(damage: str, searched: Opens, database: Database) -> list[str]:
    """Damage an index that has been used: articles are found all the same, by whoever opens it and whoever had it open. What the log says."""
    sandbox, _ = searched(None)
    await put(sandbox, *ARTICLES)
    await ids(sandbox, "password")
    await database.write_core(lambda connection: connection.execute(text(damage)))
    with capture_logs() as said:
        again, _ = searched(None)
        assert await ids(again, "forgotten password") == ["reset"]
        assert await ids(sandbox, "forgotten password") == ["reset"]
    return [str(one["event"]) for one in said]


@ON_SQLITE
@pytest.mark.parametrize(
    "damage",
    [
        *(f"DROP TABLE search_words_{part}" for part in full_text.MADE_OF),
        "DELETE FROM search_words",
        "DELETE FROM search_words_config",
        "UPDATE search_words_data SET block = zeroblob(20)",
    ],
)
async def test_whoever_opens_it_later_makes_a_damaged_index_anew(searched: Opens, database: Database, url: str, damage: str) -> None:
    """SQLite opens a full-text index when a connection first asks for it, and drops none that it could not open."""
    sandbox, _ = searched(None)
    await put(sandbox, *ARTICLES)
    await ids(sandbox, "password")
    await database.write_core(lambda connection: connection.execute(text(damage)))
    database.close()
    later = Database(url)
    try:
        again = Sandbox(later, lambda: NOW, index=ArticleIndex(later, search.ARTICLES, None))
        assert await ids(again, "forgotten password") == ["reset"]
    finally:
        later.close()


async def test_an_article_is_taken_in_also_while_the_index_is_damaged(searched: Opens, database: Database) -> None:
    sandbox, _ = searched(None)
    await put(sandbox, *ARTICLES)
    await ids(sandbox, "password")
    await database.write_core(lambda connection: connection.execute(text("DROP TABLE search_words")))
    await put(sandbox, {"id": "new", "title": "Rotate keys", "body": "Open Admin."})
    assert await ids(sandbox, "rotate keys") == ["new"]


OVERWRITTEN = {
    "zeros": bytes(768),
    "no numbers": np.full(384, np.nan, np.float16).tobytes(),
    "endless": np.full(384, np.inf, np.float16).tobytes(),
    "too long": np.full(384, 0.5, np.float16).tobytes(),
    "short": b"\x00",
    "of another model": np.full(4, 0.5, np.float16).tobytes(),
    "empty": b"",
}


async def _overwrite(database: Database, vector: bytes, where: str = "seq = 1") -> None:
    await database.write_core(lambda connection: connection.execute(text(f"UPDATE search_vectors SET vector = :new WHERE {where}"), {"new": vector}))


def _anew(said: Sequence[Any]) -> list[tuple[str, int]]:
    return [(one["event"].partition(":")[0], one["vectors"]) for one in said]


@pytest.mark.parametrize("vector", OVERWRITTEN.values(), ids=OVERWRITTEN.keys())
async def test_a_damaged_vector_is_no_article_lost_and_is_made_anew(
    by_meaning: Searched, database: Database, searched: Opens, vector: bytes
) -> None:  # fmt: skip
    sandbox, index = by_meaning
    await put(sandbox, *ARTICLES)
    await index.settle()
    await _overwrite(database, vector)
    again, other = searched(model := Counting(OnThisMachine.model))
    with capture_logs() as said:
        found = await find(again, "change address on invoices, forgotten password")
        assert await find(again, "forgotten password") != []
    assert _anew(said) == [("stored vectors were damaged, or not of this model", 1)]
    assert all("in meaning" in one.why for one in found if one.id in ("reset", "invoice"))
    assert len([one for one in model.texts if one.startswith(("Reset", "Change", "TS-"))]) == 1
    assert await other.progress() == (3, 3)
    assert {one.id: one.strength for one in found} == {
        one.id: one.strength for one in await find(searched(OnThisMachine())[0], "change address on invoices, forgotten password")
    }


@pytest.mark.parametrize("vector", OVERWRITTEN.values(), ids=OVERWRITTEN.keys())
async def test_damaged_vectors_are_made_anew_also_when_nobody_searches(
    by_meaning: Searched, database: Database, searched: Opens, vector: bytes
) -> None:  # fmt: skip
    sandbox, index = by_meaning
    await put(sandbox, *ARTICLES)
    await index.settle()
    await _overwrite(database, vector)
    _, later = searched(Counting(OnThisMachine.model))
    with capture_logs() as said:
        assert (await later.settle(), await later.settle()) == (1, 0)
    assert _anew(said) == [("stored vectors were damaged, or not of this model", 1)]


async def test_vectors_that_are_all_damaged_are_all_made_anew(by_meaning: Searched, database: Database, searched: Opens) -> None:
    sandbox, index = by_meaning
    await put(sandbox, *many(AT_ONCE + 1), *ARTICLES)
    await index.settle()
    await _overwrite(database, bytes(8), "seq > 0")
    again, other = searched(OnThisMachine())
    with capture_logs() as said:
        assert "have no vector yet" in (await find(again, "reset gadget 7"))[0].why
        assert await other.settle() == AT_ONCE + 4
    assert _anew(said) == [("stored vectors were damaged, or not of this model", AT_ONCE + 4)]
    assert "in meaning" in (await find(again, "reset gadget 7"))[0].why


@pytest.mark.parametrize("damage", ["DROP TABLE search_{}", "ALTER TABLE search_{} RENAME COLUMN {} TO lost"])
@pytest.mark.parametrize(("table", "column"), [("passages", "shelf"), ("shelves", "stored"), ("vectors", "digest"), ("state", "value")])
async def test_a_table_that_is_lost_is_made_anew_with_all_that_was_in_it(
    by_meaning: Searched, searched: Opens, database: Database, damage: str, table: str, column: str
) -> None:
    sandbox, index = by_meaning
    await put(sandbox, *ARTICLES)
    before = await find(sandbox, LOCKED_OUT)
    await database.write_core(lambda connection: connection.execute(text(damage.format(table, column))))
    await put(sandbox, {"id": "export", "title": "TS-3005: too many rows"})
    with capture_logs() as said:
        later, _ = searched(OnThisMachine())
        for again in (later, sandbox):
            assert [(one.id, one.passage, one.strength) for one in await find(again, LOCKED_OUT, language=None)][:1] == [
                (one.id, one.passage, one.strength) for one in before
            ][:1]
            assert (await find(again, "TS-3005"))[0].title == "TS-3005: too many rows"
    assert "search index made anew" in [one["event"] for one in said]
    assert (await index.settle(), await index.size(), await index.progress()) == (0, 3, (3, 3))


async def test_whatever_is_asked_of_a_damaged_index_first_it_is_made_anew(searched: Opens, database: Database) -> None:
    sandbox, _ = searched(OnThisMachine())
    await put(sandbox, *ARTICLES)
    asks: list[Callable[[ArticleIndex], Awaitable[object]]] = [
        ArticleIndex.size, ArticleIndex.settle, ArticleIndex.progress, ArticleIndex.shelves, lambda index: index.opened([1], lambda _: None),
    ]  # fmt: skip
    for ask in asks:
        _, index = searched(OnThisMachine())
        await index.ensure()
        await database.write_core(lambda connection: connection.execute(text("DROP TABLE search_passages")))
        with capture_logs() as said:
            await ask(index)
        assert ([one["event"] for one in said], await ids(sandbox, "forgotten password")) == (["search index made anew"], ["reset"])


async def test_an_index_that_cannot_be_made_anew_says_what_to_do(searched: Opens, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    sandbox, _ = searched(None)
    await put(sandbox, *ARTICLES)
    await database.write_core(lambda connection: connection.execute(text("DROP TABLE search_passages")))

    def full(connection: Connection) -> None:
        connection.execute(text("SELECT disk_is_full"))

    monkeypatch.setattr(keeping, "mend_tables", full)
    with pytest.raises(SourceError, match=r"index is damaged and could not be made anew \(.*disk_is_full.*then run: nextplay article --index"):
        await find(sandbox, "forgotten password")
    monkeypatch.undo()
    assert await ids(sandbox, "forgotten password") == ["reset"]

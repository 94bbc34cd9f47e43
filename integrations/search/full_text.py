"""The full-text index over passages, in the words of either database: FTS5 in SQLite, a `tsvector` in PostgreSQL.

PostgreSQL has no BM25. There a passage's score is, over the words of the question, how rare each is times how often the passage says it:

    score = 2 * sum of ln(1 + passages / passages with the word) * ts_rank(word)

where `ts_rank` counts a word of the text half, saturates with repetition, and divides by the logarithm of the length. Words are cut to their stems
here, so that no language has to be named.
"""

import math
from collections import Counter
from collections.abc import Collection, Sequence
from typing import Any, Protocol

from sqlalchemy import Connection, text
from sqlalchemy.exc import DatabaseError

from integrations.db.driver import NONE, is_locked, is_sqlite, rows, write
from integrations.search.words import stem, tokens

INDEX = "search_words"
MADE_OF = {
    "data": "id INTEGER PRIMARY KEY, block", "idx": "segid, term, pgno, PRIMARY KEY (segid, term)", "content": "id INTEGER PRIMARY KEY, c0, c1, c2",
    "docsize": "id INTEGER PRIMARY KEY, sz", "config": "k PRIMARY KEY, v",
}  # fmt: skip
"""The tables that SQLite keeps a full-text index in, with their columns."""

_EMPTY = ("REPLACE INTO search_words_config VALUES ('version', 4)", "REPLACE INTO search_words_data VALUES (1, x''), (10, zeroblob(7))")
"""What an empty one has in them: what SQLite asks for before it drops one."""

MOST_WORDS = 60
"""PostgreSQL scores each word by itself: of more, the rarest."""

LONGEST_WORD, LAST_POSITION = 200, 16_383
"""What a `tsvector` holds."""

Row = tuple[int, str, str, str]
"""Number, title, topics and text of a passage."""


class FullText(Protocol):
    """An index of passages by their words. Words are single ones, as `integrations.search.words.tokens` gives them."""

    def make(self, connection: Connection) -> None:
        """Make it, empty; whatever was there before is gone."""
        ...

    def add(self, connection: Connection, passages: Sequence[Row]) -> None: ...

    def count(self, connection: Connection, word: str) -> int:
        """In how many passages a word is."""
        ...

    def best(self, connection: Connection, words: Sequence[str], shelves: Collection[int], at_most: int) -> list[Any]:
        """The passages on these shelves that hold any of the words, best first: article, number, score, title, topics, text."""
        ...

    def finds(self, connection: Connection, word: str, number: int) -> bool:
        """Whether a word leads to a passage."""
        ...


class Fts5:
    """In SQLite. A word that is said twice counts twice."""

    def make(self, connection: Connection) -> None:
        self._drop(connection)
        connection.execute(text(f"CREATE VIRTUAL TABLE IF NOT EXISTS {INDEX} USING fts5(title, topics, text, tokenize = 'porter unicode61')"))

    def add(self, connection: Connection, passages: Sequence[Row]) -> None:
        write(connection, f"INSERT INTO {INDEX} (rowid, title, topics, text) VALUES (?, ?, ?, ?)", passages)

    def count(self, connection: Connection, word: str) -> int:
        return int(rows(connection, f"SELECT count(*) FROM {INDEX} WHERE {INDEX} MATCH ?", _either([word]))[0][0])

    def best(self, connection: Connection, words: Sequence[str], shelves: Collection[int], at_most: int) -> list[Any]:
        statement = f"""
            SELECT p.article, p.seq, -bm25({INDEX}, 2.0, 2.0, 1.0) AS score, {INDEX}.title, {INDEX}.topics, {INDEX}.text
            FROM {INDEX} CROSS JOIN search_passages AS p ON p.seq = {INDEX}.rowid
            WHERE {INDEX} MATCH ? AND p.shelf IN ({_listed(shelves)})
            ORDER BY score DESC, p.seq LIMIT ?
        """
        return rows(connection, statement, _either(words), at_most)

    def finds(self, connection: Connection, word: str, number: int) -> bool:
        return bool(rows(connection, f"SELECT 1 FROM {INDEX} WHERE {INDEX} MATCH ? AND rowid = ?", _either([word]), number))

    def _drop(self, connection: Connection) -> None:
        """Also where SQLite cannot open it any more because a part of it is gone."""
        parts = rows(connection, "SELECT name FROM sqlite_master WHERE type = 'table' AND name LIKE 'search\\_words\\_%' ESCAPE '\\'")
        try:
            connection.execute(text(f"DROP TABLE IF EXISTS {INDEX}"))
        except DatabaseError as error:
            if is_locked(error):
                raise
            for part, columns in MADE_OF.items():
                if f"{INDEX}_{part}" not in {name for (name,) in parts}:
                    connection.execute(text(f"CREATE TABLE {INDEX}_{part} ({columns})"))
            for statement in _EMPTY:
                connection.execute(text(statement))
            connection.execute(text(f"DROP TABLE {INDEX}"))


class TsVector:
    """In PostgreSQL."""

    def make(self, connection: Connection) -> None:
        connection.execute(text(f"DROP TABLE IF EXISTS {INDEX}"))
        for statement in MAKE_ON_A_SERVER:
            connection.execute(text(statement))

    def add(self, connection: Connection, passages: Sequence[Row]) -> None:
        vectors = [(*passage, _vector(passage)) for passage in passages]
        write(connection, f"INSERT INTO {INDEX} (rowid, title, topics, text, words) VALUES (?, ?, ?, ?, CAST(? AS tsvector))", vectors)

    def count(self, connection: Connection, word: str) -> int:
        return int(rows(connection, f"SELECT count(*) FROM {INDEX} WHERE words @@ CAST(? AS tsquery)", _lexeme(word))[0][0])

    def best(self, connection: Connection, words: Sequence[str], shelves: Collection[int], at_most: int) -> list[Any]:
        said, every = Counter(map(_lexeme, words)), self._size(connection)
        weights = {one: many * math.log1p(every / max(self._held(connection, one), 1)) for one, many in said.items()}
        told = sorted(weights, key=lambda one: (-weights[one] / said[one], one))[:MOST_WORDS]
        score = " + ".join("? * ts_rank('{0.5, 0.5, 1, 1}', w.words, CAST(? AS tsquery), 1)" for _ in told)
        statement = f"""
            SELECT p.article, p.seq, 2 * ({score}) AS score, w.title, w.topics, w.text
            FROM {INDEX} AS w JOIN search_passages AS p ON p.seq = w.rowid
            WHERE w.words @@ CAST(? AS tsquery) AND p.shelf IN ({_listed(shelves)})
            ORDER BY score DESC, p.seq LIMIT ?
        """
        scored = [part for one in told for part in (weights[one], one)]
        return [tuple(row) for row in rows(connection, statement, *scored, " | ".join(told), at_most)]

    def finds(self, connection: Connection, word: str, number: int) -> bool:
        return bool(rows(connection, f"SELECT 1 FROM {INDEX} WHERE words @@ CAST(? AS tsquery) AND rowid = ?", _lexeme(word), number))

    def _held(self, connection: Connection, lexeme: str) -> int:
        return int(rows(connection, f"SELECT count(*) FROM {INDEX} WHERE words @@ CAST(? AS tsquery)", lexeme)[0][0])

    def _size(self, connection: Connection) -> int:
        return int(rows(connection, f"SELECT count(*) FROM {INDEX}")[0][0])


MAKE_ON_A_SERVER = (
    f"CREATE TABLE {INDEX} (rowid BIGINT PRIMARY KEY, title TEXT NOT NULL, topics TEXT NOT NULL, text TEXT NOT NULL, words TSVECTOR NOT NULL)",
    f"CREATE INDEX ix_{INDEX}_words ON {INDEX} USING gin (words)",
)
_FTS5, _TSVECTOR = Fts5(), TsVector()


def full_text(connection: Connection) -> FullText:
    """The one of the database at hand."""
    return _FTS5 if is_sqlite(connection) else _TSVECTOR


def _either(words: Sequence[str]) -> str:
    """Any of the words. In quotes they are plain: no text can become an operator of the query language."""
    return " OR ".join(f'"{word}"' for word in words)


def _listed(numbers: Collection[int]) -> str:
    return ", ".join(str(int(one)) for one in numbers) or NONE


def _lexeme(word: str) -> str:
    """In quotes, likewise; as `tokens` gives words, none holds a quote but the apostrophe, which is doubled."""
    cut = stem(word)[:LONGEST_WORD].replace("\\", "\\\\").replace("'", "''")
    return f"'{cut}'"


def _vector(passage: Row) -> str:
    _, title, topics, said = passage
    words = [(word, "A") for word in (*tokens(title), *tokens(topics))] + [(word, "D") for word in tokens(said)]
    return " ".join(f"{_lexeme(word)}:{min(place, LAST_POSITION)}{weight}" for place, (word, weight) in enumerate(words, 1))

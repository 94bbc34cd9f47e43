"""The words that decisions are searched by: FTS5 over their heads in SQLite, a `tsvector` beside them in PostgreSQL.

Both find the beginnings of words, without accents, in the order of time; and words of the account alone where that is asked for.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, FromClause, String, column, literal, table, text
from sqlalchemy.dialects.postgresql import TSQUERY, TSVECTOR
from sqlalchemy.types import Integer

from integrations.db.driver import is_sqlite

WORDS = "decision_words"
MAKE_WORDS = (
    f"CREATE VIRTUAL TABLE {WORDS} USING fts5(title, account, account_name, subject_id, subject, content = 'decision_heads', "
    "content_rowid = 'place', prefix = '2 3', tokenize = \"unicode61 remove_diacritics 2 tokenchars '_'\")"
)
"""The words stand in the heads alone; their places are the rows' numbers, so that what is found comes in the order of time."""

MAKE_ON_A_SERVER = (
    f"CREATE TABLE {WORDS} (rowid BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)",
    f"CREATE INDEX ix_{WORDS}_words ON {WORDS} USING gin (words)",
)
MOST_WORDS, MOST_KEPT, LONGEST_WORD = 8, 2_000, 200
_ACCOUNT, _OTHER = ("account", "account_name"), ("title", "subject_id", "subject")
_ADD = text(
    f"INSERT INTO {WORDS} (rowid, title, account, account_name, subject_id, subject) "
    "VALUES (:place, :title, :account, :account_name, :subject_id, :subject)"
)
_ADD_ON_A_SERVER = text(f"INSERT INTO {WORDS} (rowid, words) VALUES (:place, CAST(:words AS tsvector))")
_FORGET, _FORGET_ON_A_SERVER = text(f"INSERT INTO {WORDS} ({WORDS}) VALUES ('delete-all')"), text(f"DELETE FROM {WORDS}")
_INDEX = table(WORDS, column("rowid", Integer), column(WORDS, String))
_ON_A_SERVER = table(WORDS, column("rowid", Integer), column("words", TSVECTOR))


Searched = tuple[FromClause, ColumnElement[int], ColumnElement[bool]]


def add_words(connection: Connection, place: int, head: Mapping[str, Any]) -> None:
    """Index the words of a decision's head."""
    if is_sqlite(connection):
        connection.execute(_ADD, {**head, "place": place})
    else:
        connection.execute(_ADD_ON_A_SERVER, {"place": place, "words": _vector(head)})


def forget_words(connection: Connection) -> None:
    """Empty the index."""
    connection.execute(_FORGET if is_sqlite(connection) else _FORGET_ON_A_SERVER)


def searched(connection: Connection, said: str, account: str) -> Searched | None:
    """Where decisions with all of the words are found: the index, its places, and the condition. None without any word.

    `account`: words that must stand in the account's name or id.
    """
    anywhere, of_account = _words(said), _words(account)
    if not anywhere and not of_account:
        return None
    if is_sqlite(connection):
        parts = [_beginnings(anywhere), f"{{account account_name}} : ({_beginnings(of_account)})" if of_account else ""]
        return _INDEX, _INDEX.c.rowid, _INDEX.c[WORDS].op("MATCH", is_comparison=True)(" AND ".join(filter(None, parts)))
    wanted = [*(f"'{_folded(word)}':*" for word in anywhere), *(f"'{_folded(word)}':*A" for word in of_account)]
    query = literal(" & ".join(wanted), String).cast(TSQUERY)
    return _ON_A_SERVER, _ON_A_SERVER.c.rowid, _ON_A_SERVER.c.words.op("@@", is_comparison=True)(query)


def _words(said: str) -> list[str]:
    return re.findall(r"\w+", said)[:MOST_WORDS]


def _beginnings(words: Sequence[str]) -> str:
    """Every word as the beginning of one; in quotes, so that nothing of it is taken for the index's own language."""
    return " AND ".join(f'"{word}"{"*" if len(word) > 1 else ""}' for word in words)


def _folded(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.casefold())
    return "".join(one for one in plain if not unicodedata.combining(one))[:LONGEST_WORD]


def _vector(head: Mapping[str, Any]) -> str:
    words = [(word, weight) for names, weight in ((_ACCOUNT, "A"), (_OTHER, "D")) for name in names for word in re.findall(r"\w+", head[name] or "")]
    return " ".join(f"'{_folded(word)}':{place}{weight}" for place, (word, weight) in enumerate(words[:MOST_KEPT], 1))

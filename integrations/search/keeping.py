"""The index of articles in the database: their passages, a full-text index over these, and vectors by model.

It can be made anew from the articles at any time. Functions here work inside a caller's transaction; whoever changes an article changes
its passages with it, so that what is withdrawn is gone at once. Vectors are kept by the text they are of: they are made later.
"""

import secrets
from collections.abc import Callable, Iterable
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, insert, select, text, update
from sqlalchemy.exc import DatabaseError

from integrations.db.driver import in_transaction, is_locked, rows, savepoint, write
from integrations.db.search_rows import PASSAGES, SHELVES, STATE, VECTORS, mend_tables
from integrations.db.statements import insert_for
from integrations.search.full_text import INDEX, full_text
from integrations.search.passages import EDITION, Article, digest, said, split
from integrations.search.shelves import Shelf
from integrations.search.words import tokens

NEW = "it was never made"
DAMAGED = -1
"""The edition of an index that could not take in a change."""
HIGHEST = 2**31
"""Above what a column of whole numbers holds in either database."""
_FORGET = text(f"DELETE FROM {INDEX} WHERE rowid IN (SELECT seq FROM search_passages WHERE article = :article)")
_PASSAGE = "INSERT INTO search_passages (article, number, shelf, section, text, digest) VALUES (?, ?, ?, ?, ?, ?)"


_STANDING = """
    SELECT coalesce((SELECT max(seq) FROM search_passages), 0), coalesce((SELECT max(seq) FROM search_vectors), 0),
      coalesce((SELECT value FROM search_state WHERE name = 'removed'), 0), (SELECT value FROM search_state WHERE name = 'edition'),
      coalesce((SELECT value FROM search_state WHERE name = 'made'), 0)
"""


class Standing(NamedTuple):
    """How far the index has come: what of it is newer than somebody knows. `removed` counts passages that went, ever; `whole` is false where the
    index has to be made anew, and `made` is another number each time that it was: what passages were called before says nothing then.
    """

    passage: int
    vector: int
    removed: int
    whole: bool = True
    made: int = 0


def keep(connection: Connection, article: Article) -> None:
    """Index an article as it is now. Where the index is damaged, that is left to whoever searches next: an article is taken in all the same."""
    _or_anew(connection, lambda: _keep(connection, article))


def forget(connection: Connection, article_id: str) -> None:
    """Take an article out of the index."""
    _or_anew(connection, lambda: _forget(connection, article_id))


def _or_anew(connection: Connection, work: Callable[[], None]) -> None:
    try:
        with savepoint(connection):
            work()
    except DatabaseError as error:
        if is_locked(error) or not in_transaction(connection):
            raise
        mend_tables(connection)
        connection.execute(delete(STATE).where(STATE.c.name == "edition"))
        connection.execute(insert(STATE).values(name="edition", value=DAMAGED))


def _keep(connection: Connection, article: Article) -> None:
    _forget(connection, article.id)
    _add(connection, article)


def _add(connection: Connection, article: Article) -> None:
    passages = split(article)
    shelf, topics = _shelf(connection, Shelf.of(article)), " ".join(topic.replace("_", " ") for topic in article.topics)
    names = [digest(said(article, passage)) for passage in passages]
    rows_of = [(article.id, number, shelf, *passage, name) for number, (passage, name) in enumerate(zip(passages, names, strict=True))]
    write(connection, _PASSAGE, rows_of)
    last = rows(connection, "SELECT max(seq) FROM search_passages")[0][0]
    words = [(last - len(passages) + 1 + place, article.title, topics, f"{one.section} {one.text}") for place, one in enumerate(passages)]
    full_text(connection).add(connection, words)


def rebuild(connection: Connection, articles: Iterable[Article]) -> int:
    """Make the index anew, its tables too where they are not as they must be; returns how many articles are in it. Vectors of texts that are still
    there stay.
    """
    mend_tables(connection)
    full_text(connection).make(connection)
    removed = standing(connection).removed + connection.execute(delete(PASSAGES)).rowcount
    connection.execute(delete(SHELVES))
    connection.execute(delete(STATE))
    state = {"removed": removed, "edition": int(EDITION), "made": secrets.randbelow(HIGHEST)}
    connection.execute(insert(STATE), [{"name": name, "value": value} for name, value in state.items()])
    count = 0
    for article in articles:
        _add(connection, article)
        count += 1
    return count


def clear(connection: Connection) -> None:
    """Empty it, with its vectors."""
    rebuild(connection, ())
    connection.execute(delete(VECTORS))


def wrong(connection: Connection, articles: int) -> str:
    """What keeps it from holding that many articles, split as they are split today; empty where nothing does."""
    edition = connection.execute(select(STATE.c.value).where(STATE.c.name == "edition")).scalar()
    if edition is None:
        return NEW
    if edition == DAMAGED:
        return "it was damaged when an article changed"
    held = size(connection)
    if edition != int(EDITION):
        return "articles are split otherwise than before"
    if held != articles:
        return f"it held {held} of {articles} articles"
    return "" if _finds_its_own(connection) else "it was damaged: it does not find its own words"


def _finds_its_own(connection: Connection) -> bool:
    """Whether a word of the newest passage is found in it: a full-text index can be empty without an error."""
    newest = rows(connection, f"SELECT rowid, title, text FROM {INDEX} ORDER BY rowid DESC LIMIT 1")
    if not newest:
        return not rows(connection, "SELECT 1 FROM search_passages LIMIT 1")
    word = next((word for _, *texts in newest for one in texts for word in tokens(one)), None)
    return word is None or full_text(connection).finds(connection, word, newest[0][0])


def size(connection: Connection) -> int:
    """How many articles it holds."""
    return int(connection.execute(select(func.count(func.distinct(PASSAGES.c.article)))).scalar_one())


def standing(connection: Connection) -> Standing:
    """How far the index has come."""
    passage, vector, removed, edition, made = rows(connection, _STANDING)[0]
    return Standing(passage, vector, removed, edition == int(EDITION), made)


def shelves(connection: Connection) -> dict[int, Shelf]:
    """All shelves, by their number."""
    return {number: Shelf.read(stored) for number, stored in rows(connection, "SELECT id, stored FROM search_shelves")}


def _shelf(connection: Connection, shelf: Shelf) -> int:
    wanted = select(SHELVES.c.id).where(SHELVES.c.stored == shelf.stored)
    known = connection.execute(wanted).scalar()
    if known is None:
        connection.execute(insert_for(connection, SHELVES).values(stored=shelf.stored).on_conflict_do_nothing())
        known = connection.execute(wanted).scalar_one()
    return int(known)


def _forget(connection: Connection, article_id: str) -> None:
    connection.execute(_FORGET, {"article": article_id})
    gone = connection.execute(delete(PASSAGES).where(PASSAGES.c.article == article_id)).rowcount
    if gone:
        connection.execute(update(STATE).where(STATE.c.name == "removed").values(value=STATE.c.value + gone))

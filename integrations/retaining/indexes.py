"""Full-text indexes, made anew from what they are of: an index goes on holding words whose text has changed beneath it."""

from sqlalchemy import Connection, select, text

from integrations.db.decision_words import WORDS, add_words, forget_words
from integrations.db.driver import is_sqlite
from integrations.db.head_rows import HEADS


def make_words_anew(connection: Connection) -> None:
    """That of decisions. Articles are nobody's words; their index follows their text by itself."""
    forget_words(connection)
    for head in connection.execute(select(HEADS)).mappings().all():
        add_words(connection, head["place"], dict(head))
    if is_sqlite(connection):
        connection.execute(text(f"INSERT INTO {WORDS} ({WORDS}) VALUES ('optimize')"))

"""The tables of the search index. All of it can be made anew from the articles; the full-text index over passages is `search_words`."""

from sqlalchemy import Connection, Index, LargeBinary, Text, UniqueConstraint, inspect
from sqlmodel import Field

from integrations.db.tables import Row

NUMBER_BYTES = 2
"""Of a number of a vector: half precision."""


class SearchShelfRow(Row, table=True):
    """Who may be shown the articles that stand on it, as JSON."""

    __tablename__ = "search_shelves"
    id: int | None = Field(default=None, primary_key=True)
    stored: str = Field(sa_type=Text, unique=True)


class SearchPassageRow(Row, table=True):
    """A piece of an article. `seq` is never used again, so that whoever knows the index up to one can read what came later."""

    __tablename__ = "search_passages"
    __table_args__ = (Index(None, "article"), Index(None, "digest"), {"sqlite_autoincrement": True})
    seq: int | None = Field(default=None, primary_key=True)
    article: str
    number: int
    shelf: int
    section: str = Field(sa_type=Text)
    text: str = Field(sa_type=Text)
    digest: str


class SearchVectorRow(Row, table=True):
    """What a model says a text means: half-precision numbers, of length 1 together. `digest` names the text."""

    __tablename__ = "search_vectors"
    __table_args__ = (UniqueConstraint("model", "digest"), {"sqlite_autoincrement": True})
    seq: int | None = Field(default=None, primary_key=True)
    model: str
    digest: str
    vector: bytes = Field(sa_type=LargeBinary)


class SearchStateRow(Row, table=True):
    """`edition`: how articles were split; `removed`: how many passages went, ever; `made`: which making of the index it is."""

    __tablename__ = "search_state"
    name: str = Field(primary_key=True)
    value: int


SHELVES, PASSAGES, VECTORS, STATE = (Row.metadata.tables[f"search_{name}"] for name in ("shelves", "passages", "vectors", "state"))


def mend_tables(connection: Connection) -> None:
    """Make the tables that are missing, and anew those that lack a column: nothing is in them that could not be made again."""
    there = inspect(connection)
    known = {*there.get_table_names()}
    for table in (SHELVES, PASSAGES, VECTORS, STATE):
        if table.name not in known:
            table.create(connection)
        elif not {*table.columns.keys()} <= {column["name"] for column in there.get_columns(table.name)}:
            table.drop(connection)
            table.create(connection)

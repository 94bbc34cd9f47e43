"""Looking into JSON that is stored as text, in the words of either database.

PostgreSQL reads it as `json`, not as `jsonb`: that leaves alone what it cannot hold, such as a NUL that somebody wrote in a ticket.
"""

from typing import Any

from sqlalchemy import ColumnElement, Connection, String, Text, bindparam, literal_column, select
from sqlalchemy.sql.selectable import ScalarSelect, TableValuedAlias

from integrations.db.driver import is_sqlite
from integrations.db.spelled import Spelled


class _Elements(Spelled[str]):
    name = "elements"
    type = Text()
    inherit_cache = True
    in_sqlite, on_a_server = "json_each({0})", "json_array_elements_text(CAST({0} AS json))"


class _Member(Spelled[str]):
    type = Text()
    inherit_cache = True
    in_sqlite, on_a_server = "json_extract({0}, '$.' || {1})", "(CAST({0} AS json) ->> {1})"


def elements(document: ColumnElement[Any]) -> TableValuedAlias:
    """The texts of a JSON list as rows, each a `value`."""
    return _Elements(document).table_valued("value")


def listed(name: str) -> ScalarSelect[str]:
    """The texts of a JSON list that a statement is given under a name: for `IN`, however many there are."""
    return select(elements(bindparam(name, type_=Text)).c.value).scalar_subquery()


def member(document: ColumnElement[Any], name: str) -> ColumnElement[str]:
    """A text of a JSON object, by one of our own names."""
    return _Member(document, literal_column(f"'{name}'", String))


def spelled_member(connection: Connection, document: str, name: str) -> str:
    """The same as SQL text, of a column. Numbers and truth values are themselves in SQLite, text in PostgreSQL."""
    return f"json_extract({document}, '$.{name}')" if is_sqlite(connection) else f"(CAST({document} AS json) ->> '{name}')"

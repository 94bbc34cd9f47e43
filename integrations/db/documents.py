"""Looking into JSON that is stored as text, in the words of either database.

PostgreSQL reads it as `json`, not as `jsonb`: that leaves alone what it cannot hold, such as a NUL that somebody wrote in a ticket.
"""

from typing import Any

from sqlalchemy import ColumnElement, Connection, String, Text, bindparam, literal_column, select
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.selectable import ScalarSelect, TableValuedAlias

from integrations.db.driver import is_sqlite


class _Elements(FunctionElement[str]):
    name = "elements"
    type = Text()
    inherit_cache = True


class _Member(FunctionElement[str]):
    name = "member"
    type = Text()
    inherit_cache = True


@compiles(_Elements)
def _elements(element: _Elements, compiler: SQLCompiler, **more: Any) -> str:
    return f"json_each({compiler.process(element.clauses, **more)})"


@compiles(_Elements, "postgresql")
def _elements_on_a_server(element: _Elements, compiler: SQLCompiler, **more: Any) -> str:
    return f"json_array_elements_text(CAST({compiler.process(element.clauses, **more)} AS json))"


@compiles(_Member)
def _member(element: _Member, compiler: SQLCompiler, **more: Any) -> str:
    document, name = (compiler.process(clause, **more) for clause in element.clauses)
    return f"json_extract({document}, '$.' || {name})"


@compiles(_Member, "postgresql")
def _member_on_a_server(element: _Member, compiler: SQLCompiler, **more: Any) -> str:
    document, name = (compiler.process(clause, **more) for clause in element.clauses)
    return f"(CAST({document} AS json) ->> {name})"


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

"""What the two databases say in different words, and SQLAlchemy in neither."""

from typing import Any, ClassVar, TypeVar

from sqlalchemy import ColumnElement, Float, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

T = TypeVar("T")


class Spelled(FunctionElement[T]):
    """An expression with a text for either database, in which {0}, {1} stand for what it is of."""

    inherit_cache = True
    in_sqlite: ClassVar[str]
    on_a_server: ClassVar[str]


@compiles(Spelled)
def _spell(element: Spelled[Any], compiler: SQLCompiler, **more: Any) -> str:
    return element.in_sqlite.format(*(compiler.process(clause, **more) for clause in element.clauses))


@compiles(Spelled, "postgresql")
def _spell_on_a_server(element: Spelled[Any], compiler: SQLCompiler, **more: Any) -> str:
    return element.on_a_server.format(*(compiler.process(clause, **more) for clause in element.clauses))


class _Seconds(Spelled[float]):
    inherit_cache = True
    type = Float()
    in_sqlite, on_a_server = "86400 * (julianday({1}) - julianday({0}))", "CAST(extract(epoch FROM {1} - {0}) AS double precision)"


class _Walked(Spelled[str]):
    inherit_cache = True
    type = Text()
    in_sqlite, on_a_server = "+{0}", "{0}"


def seconds_between(begin: ColumnElement[Any], end: ColumnElement[Any]) -> ColumnElement[float]:
    """How long it is from one moment to another."""
    return _Seconds(begin, end)


def walked(column: ColumnElement[str]) -> ColumnElement[str]:
    """The column of a table that SQLite is to walk through, and not to look up: with a plus it uses no index of it. PostgreSQL decides for itself."""
    return _Walked(column)

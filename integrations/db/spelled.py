"""What the two databases say in different words, and SQLAlchemy in neither: spans of time, and lists within a group."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Float, Text
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement


class _Day(FunctionElement[str]):
    type = Text()
    inherit_cache = True


class _Seconds(FunctionElement[float]):
    type = Float()
    inherit_cache = True


class _Each(FunctionElement[str]):
    type = Text()
    inherit_cache = True


class _Walked(FunctionElement[str]):
    type = Text()
    inherit_cache = True


def _of(element: FunctionElement[Any], compiler: SQLCompiler, **more: Any) -> list[str]:
    return [compiler.process(clause, **more) for clause in element.clauses]


@compiles(_Day)
def _day(element: _Day, compiler: SQLCompiler, **more: Any) -> str:
    return f"date({_of(element, compiler, **more)[0]})"


@compiles(_Day, "postgresql")
def _day_on_a_server(element: _Day, compiler: SQLCompiler, **more: Any) -> str:
    return f"to_char({_of(element, compiler, **more)[0]}, 'YYYY-MM-DD')"


@compiles(_Seconds)
def _seconds(element: _Seconds, compiler: SQLCompiler, **more: Any) -> str:
    begin, end = _of(element, compiler, **more)
    return f"86400 * (julianday({end}) - julianday({begin}))"


@compiles(_Seconds, "postgresql")
def _seconds_on_a_server(element: _Seconds, compiler: SQLCompiler, **more: Any) -> str:
    begin, end = _of(element, compiler, **more)
    return f"CAST(extract(epoch FROM {end} - {begin}) AS double precision)"


@compiles(_Each)
def _each(element: _Each, compiler: SQLCompiler, **more: Any) -> str:
    return f"group_concat(DISTINCT {_of(element, compiler, **more)[0]})"


@compiles(_Each, "postgresql")
def _each_on_a_server(element: _Each, compiler: SQLCompiler, **more: Any) -> str:
    return f"string_agg(DISTINCT {_of(element, compiler, **more)[0]}, ',')"


@compiles(_Walked)
def _walked(element: _Walked, compiler: SQLCompiler, **more: Any) -> str:
    return f"+{_of(element, compiler, **more)[0]}"


@compiles(_Walked, "postgresql")
def _walked_on_a_server(element: _Walked, compiler: SQLCompiler, **more: Any) -> str:
    return _of(element, compiler, **more)[0]


def day_of(moment: ColumnElement[datetime]) -> ColumnElement[str]:
    """The day of a moment in UTC, as 2026-11-10."""
    return _Day(moment)


def seconds_between(begin: ColumnElement[Any], end: ColumnElement[Any]) -> ColumnElement[float]:
    """How long it is from one moment to another."""
    return _Seconds(begin, end)


def each_once(what: ColumnElement[str]) -> ColumnElement[str]:
    """The different texts of a group, with commas between."""
    return _Each(what)


def walked(column: ColumnElement[str]) -> ColumnElement[str]:
    """The column of a table that SQLite is to walk through, and not to look up: with a plus it uses no index of it. PostgreSQL decides for itself."""
    return _Walked(column)

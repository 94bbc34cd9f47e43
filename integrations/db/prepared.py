"""Reading statements that every decision runs several times: spelled once, and run by the driver where it is SQLite."""

from typing import Any

from sqlalchemy import Connection, Select
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect

from integrations.db.driver import is_sqlite, rows

_DIALECT = sqlite_dialect()


class Prepared:
    """A select with named parameters. SQLAlchemy spells it and says how its types are stored; to run it there, too, costs three times as much.

    That is so of SQLite. With a network between, SQLAlchemy's share is small.
    """

    def __init__(self, statement: Select[Any]) -> None:
        self._select = statement
        spelled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
        columns = statement.selected_columns.values()
        self._statement = str(spelled)
        self._fixed = {name: value for name, value in spelled.params.items() if value is not None}
        self._given = [(name, _stored(spelled.binds[name]) if name in spelled.binds else None) for name in spelled.positiontup or ()]
        self._read = [(column.name, column.type.dialect_impl(_DIALECT).result_processor(_DIALECT, None)) for column in columns]

    def rows(self, connection: Connection, **given: Any) -> list[dict[str, Any]]:
        """What it finds, by the names of its columns."""
        if not is_sqlite(connection):
            return [dict(row) for row in connection.execute(self._select, given).mappings()]
        values = self._fixed | given
        found = rows(connection, self._statement, *(values[name] if store is None else store(values[name]) for name, store in self._given))
        return [{name: value if read is None else read(value) for (name, read), value in zip(self._read, row, strict=True)} for row in found]


def _stored(parameter: Any) -> Any:
    return parameter.type.dialect_impl(_DIALECT).bind_processor(_DIALECT)

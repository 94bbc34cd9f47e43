"""The database's own guards, lifted for the length of one transaction: only to take a person's words out of what is final."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

from integrations.db.driver import is_sqlite
from integrations.db.triggers import GUARDS, TRIGGERS

FINAL = tuple(guard for guard in GUARDS if guard.name in ("actions_final", "approvals_final"))
"""Those that keep what has ended as it is. Those that ask for an approval, and that of the audit log, are never lifted."""


@contextmanager
def final_rows_open(connection: Connection) -> Iterator[None]:
    """Within a transaction that writes: nobody else sees the guards gone, and if it fails they never were."""
    for guard in FINAL:
        connection.execute(text(f"DROP TRIGGER {guard.name}" if is_sqlite(connection) else f"ALTER TABLE {guard.table} DISABLE TRIGGER {guard.name}"))
    yield
    for guard in FINAL:
        connection.execute(text(TRIGGERS[guard.name] if is_sqlite(connection) else f"ALTER TABLE {guard.table} ENABLE TRIGGER {guard.name}"))

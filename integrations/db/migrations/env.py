"""Run by Alembic for every command; the connection, already in a transaction, comes from the caller."""

from alembic import context

from integrations.db.all_rows import Row
from integrations.db.migrations.scope import OPTIONS

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=Row.metadata,
    render_as_batch=True,
    transactional_ddl=True,  # SQLite can, and with our own BEGIN a migration that fails leaves nothing behind
    **OPTIONS,
)
with context.begin_transaction():
    context.run_migrations()

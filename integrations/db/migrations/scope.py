"""How our schema is compared with a database."""

from typing import Any

VIRTUAL = ("sandbox_search", "search_words", "decision_words")
"""Full-text tables, and prefixes of the shadow tables that SQLite keeps for them; SQLAlchemy cannot describe them, and PostgreSQL's are our own."""


def ours(name: str | None, kind: str, parents: Any) -> bool:  # noqa: ARG001  the signature that Alembic calls
    """Whether a name in the database takes part in the comparison."""
    return not (kind == "table" and name is not None and name.startswith(VIRTUAL))


OPTIONS: dict[str, Any] = {"compare_type": True, "compare_server_default": True, "include_name": ours}

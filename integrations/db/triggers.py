"""Rules that the database itself keeps, below the Python code, in the words of either database.

A migration that changes a guard brings its own copy of the text, and this list follows it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

FINAL_ASK = "'approved', 'edited', 'rejected', 'expired', 'superseded', 'blocked', 'void'"

NOT_APPROVED = "the action needs an approval of exactly this content"
ASK_FINAL = "an answered ask cannot change"
ACTION_FINAL = "a finished action cannot change"
AUDIT_APPEND_ONLY = "the audit log is append-only"

# No ask at all, or one in the latest round that does not approve exactly the action's content. NULL counts as different.
UNAPPROVED = """(
    NOT EXISTS (SELECT 1 FROM approvals AS ask WHERE ask.decision_id = NEW.decision_id)
    OR EXISTS (
      SELECT 1 FROM approvals AS ask
      WHERE ask.decision_id = NEW.decision_id
        AND ask.round = (SELECT max(latest.round) FROM approvals AS latest WHERE latest.decision_id = NEW.decision_id)
        AND (ask.state NOT IN ('approved', 'edited') OR ask.digest IS NOT NEW.digest)
    )
  )"""

STARTS = "NEW.state = 'started' AND OLD.state <> 'started'"

UNSEALED = " OR ".join(f"NEW.{column} IS NOT OLD.{column}" for column in ("seq", "at", "kind", "who", "ref", "commitment", "hash"))


@dataclass(frozen=True, slots=True)
class Guard:
    """A change that the database refuses: `what` happens to the rows of a table, under a condition in SQLite's words, and what is said then."""

    name: str
    what: str
    table: str
    condition: str
    says: str


GUARDS = (
    Guard("actions_start_approved", "UPDATE", "actions", f"{STARTS} AND (NEW.needs_approval OR OLD.needs_approval) AND {UNAPPROVED}", NOT_APPROVED),
    Guard("actions_insert_approved", "INSERT", "actions", f"NEW.state = 'started' AND NEW.needs_approval AND {UNAPPROVED}", NOT_APPROVED),
    Guard("actions_final", "UPDATE", "actions", "OLD.state IN ('done', 'failed')", ACTION_FINAL),
    Guard("approvals_final", "UPDATE", "approvals", f"OLD.state IN ({FINAL_ASK})", ASK_FINAL),
    Guard("audit_no_update", "UPDATE", "audit", f"{UNSEALED} OR NEW.salt IS NOT NULL OR NEW.data <> '{{\"erased\":true}}'", AUDIT_APPEND_ONLY),
    Guard("audit_no_delete", "DELETE", "audit", "true", AUDIT_APPEND_ONLY),
)
_NO_TRUNCATING = ("actions", "approvals", "audit")
"""PostgreSQL empties a table without asking anybody about its rows."""


def _in_sqlite(guard: Guard) -> str:
    when = f"BEFORE {guard.what} ON {guard.table}"
    return f"CREATE TRIGGER {guard.name} {when}\n  WHEN {guard.condition}\nBEGIN\n  SELECT RAISE(ABORT, '{guard.says}');\nEND"


def _body(guard: Guard) -> str:
    """What its function does in PostgreSQL, where a trigger's condition may not look into tables."""
    condition = guard.condition.replace("IS NOT NULL", "IS DISTINCT FROM NULL").replace("IS NOT", "IS DISTINCT FROM")
    result = "OLD" if guard.what == "DELETE" else "NEW"
    refuse = f"RAISE EXCEPTION '{guard.says}' USING ERRCODE = 'integrity_constraint_violation';"
    return f"BEGIN\n  IF {condition} THEN\n    {refuse}\n  END IF;\n  RETURN {result};\nEND"


def _on_a_server(guard: Guard) -> Sequence[str]:
    return (
        f"CREATE FUNCTION {guard.name}() RETURNS trigger LANGUAGE plpgsql AS $guard${_body(guard)}$guard$",
        f"CREATE TRIGGER {guard.name} BEFORE {guard.what} ON {guard.table} FOR EACH ROW EXECUTE FUNCTION {guard.name}()",
    )


def _keep_whole(table: str) -> str:
    return f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION no_truncate()"


_TRUNCATED = "BEGIN\n  RAISE EXCEPTION 'this table is never emptied' USING ERRCODE = 'integrity_constraint_violation';\nEND"
TRIGGERS = {guard.name: _in_sqlite(guard) for guard in GUARDS}
"""Every trigger of SQLite by name."""

FUNCTIONS = {**{guard.name: _body(guard) for guard in GUARDS}, "no_truncate": _TRUNCATED}
"""What every trigger of PostgreSQL does, by the name of its function."""

ON_A_SERVER = frozenset({*TRIGGERS, *(f"{table}_no_truncate" for table in _NO_TRUNCATING)})
"""The names of PostgreSQL's triggers."""


def guards(dialect: str) -> Sequence[str]:
    """The statements that make all of them."""
    if dialect == "sqlite":
        return list(TRIGGERS.values())
    each = [statement for guard in GUARDS for statement in _on_a_server(guard)]
    whole = f"CREATE FUNCTION no_truncate() RETURNS trigger LANGUAGE plpgsql AS $guard${_TRUNCATED}$guard$"
    return [*each, whole, *map(_keep_whole, _NO_TRUNCATING)]


def forget_guards(dialect: str) -> Sequence[str]:
    """The statements that drop what is left of them when their tables are gone."""
    return [] if dialect == "sqlite" else [f"DROP FUNCTION {name}()" for name in FUNCTIONS]

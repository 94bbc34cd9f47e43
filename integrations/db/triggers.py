"""Rules that the database itself keeps, below the Python code, in SQLite's words.

A migration that changes a trigger brings its own copy of the text, and this list follows it.
"""

FINAL_ASK = "'approved', 'edited', 'rejected', 'expired', 'superseded', 'blocked', 'void'"

NOT_APPROVED = "the action needs an approval of exactly this content"
ASK_FINAL = "an answered ask cannot change"
ACTION_FINAL = "a finished action cannot change"
AUDIT_APPEND_ONLY = "the audit log is append-only"

# No ask at all, or one in the latest round that does not approve exactly the action's content. `IS NOT` counts NULL
# as different.
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


def _trigger(name: str, when: str, condition: str, says: str) -> str:
    return f"CREATE TRIGGER {name} {when}\n  WHEN {condition}\nBEGIN\n  SELECT RAISE(ABORT, '{says}');\nEND"


TRIGGERS = {
    name: _trigger(name, when, condition, says)
    for name, when, condition, says in (
        (
            "actions_start_approved",
            "BEFORE UPDATE ON actions",
            f"{STARTS} AND (NEW.needs_approval OR OLD.needs_approval) AND {UNAPPROVED}",
            NOT_APPROVED,
        ),
        (
            "actions_insert_approved",
            "BEFORE INSERT ON actions",
            f"NEW.state = 'started' AND NEW.needs_approval AND {UNAPPROVED}",
            NOT_APPROVED,
        ),
        (
            "actions_final",
            "BEFORE UPDATE ON actions",
            "OLD.state IN ('done', 'failed')",
            ACTION_FINAL,
        ),
        (
            "approvals_final",
            "BEFORE UPDATE ON approvals",
            f"OLD.state IN ({FINAL_ASK})",
            ASK_FINAL,
        ),
        (
            "audit_no_update",
            "BEFORE UPDATE ON audit",
            f"{UNSEALED} OR NEW.salt IS NOT NULL OR NEW.data <> '{{\"erased\":true}}'",
            AUDIT_APPEND_ONLY,
        ),
        (
            "audit_no_delete",
            "BEFORE DELETE ON audit",
            "true",
            AUDIT_APPEND_ONLY,
        ),
    )
}
"""Every trigger by name."""

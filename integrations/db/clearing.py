"""Starting over: forget everything that was decided, but not that it was forgotten."""

from datetime import datetime

from sqlalchemy import Connection, delete

from agent.ports import AuditEntry
from integrations.db.decision_words import forget_words
from integrations.db.part import StorePart
from integrations.db.tables import Row

FORGOTTEN = (
    *("reviews", "watches", "outcomes", "labels", "actions", "approvals", "stops", "edits", "decision_rules", "decision_heads", "decisions"),
    *("runs", "inbox", "quarantine", "alarm_answers", "messages", "blocks", "holds", "mode_caps", "model_trainings", "model_reigns", "models"),
    *("triage_trainings", "triage_reigns", "triage_models", "playbook_trials"),
)
"""Emptied, children first. Audit, tokens and playbooks stay, with what was published over them."""


class Clearing(StorePart):
    """For sandboxes only: a deployment with real customers is never cleared."""

    async def clear(self, at: datetime, by: str) -> None:
        """Delete every event, run, decision and what belongs to them; the audit log says that it was done."""

        def work(connection: Connection) -> None:
            for name in FORGOTTEN:
                connection.execute(delete(Row.metadata.tables[name]))
            forget_words(connection)
            self.chain.append(connection, [AuditEntry("cleared", by, "sandbox", {})], at)

        await self._write(work)

"""What a storm came to, by the deployment's database file and the vendor's own log; and every promise that was broken."""

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from integrations.sandbox.doubles.journal import Entry

Row = dict[str, Any]
TABLES = ("inbox", "runs", "decisions", "approvals", "actions", "audit")
MARKER = re.compile(r"\bnp-[0-9a-f]{24}\b")
ENDED, FINAL = ("closed", "parked"), ("done", "unknown", "failed")
WRITES = {"done": (1,), "unknown": (0, 1), "failed": (0,)}
"""How often the effect of a ledger entry may stand in the vendor's log."""


@dataclass(frozen=True)
class Witness:
    """Rows by table, and how many entries of the vendor's log bear each marker."""

    rows: dict[str, list[Row]]
    writes: Counter[str]
    unmarked: int

    @classmethod
    def of(cls, database: Path, log: Sequence[Entry]) -> "Witness":
        """Read it."""
        with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True)) as connection:
            connection.row_factory = sqlite3.Row
            rows = {name: [dict(row) for row in connection.execute(f"SELECT * FROM {name}")] for name in TABLES}
        marked = [{*MARKER.findall(str(entry.content))} for entry in log]
        return cls(rows, Counter(marker for found in marked for marker in found), sum(not found for found in marked))

    def approved(self, *states: str) -> list[Row]:
        """Ledger entries that people approved, in these states."""
        return [row for row in self.rows["actions"] if row["needs_approval"] and row["state"] in states]

    @property
    def reconciled(self) -> int:
        """Effects of which for a while nobody knew what had become of them, and that were found or done after that."""
        doubted = {row["ref"] for row in self.rows["audit"] if row["kind"] == "action.unknown"}
        return sum(row["key"] in doubted and row["state"] == "done" for row in self.rows["actions"])

    def violations(self) -> list[str]:
        """Every broken promise, in a sentence each."""
        checks = (self._lost, self._unfinished, self._not_once, self._unapproved, self._unexplained)
        return [sentence for check in checks for sentence in check()]

    def _lost(self) -> Iterator[str]:
        runs = {row["id"]: row["state"] for row in self.rows["runs"]}
        for row in self.rows["inbox"]:
            if runs.get(row["run_id"]) not in ENDED:
                yield f"the run of {row['event_id']} ended as {runs.get(row['run_id'])}"

    def _unfinished(self) -> Iterator[str]:
        parked = {row["decision_id"] for row in self.rows["runs"] if row["state"] == "parked"}
        for row in self.rows["actions"]:
            if row["state"] not in FINAL and row["decision_id"] not in parked:
                yield f"{row['key']} is {row['state']}: {row['error']}"
            if row["state"] == "unknown" and row["decision_id"] not in parked:
                yield f"{row['key']} is unknown, and nobody is told"
        for row in self.rows["approvals"]:
            if row["state"] in ("open", "snoozed"):
                yield f"{row['id']} waits for an answer"

    def _not_once(self) -> Iterator[str]:
        ledger = {row["key"]: row for row in self.rows["actions"]}
        for key, row in ledger.items():
            if row["state"] in WRITES and self.writes[key] not in WRITES[row["state"]]:
                yield f"{key} ({row['kind']}) is {row['state']}, and stands {self.writes[key]} times in the vendor's log"
        for key in self.writes.keys() - ledger.keys():
            yield f"{key} stands in the vendor's log, and not in the ledger"
        shown = Counter((row["kind"], row["target"]) for row in ledger.values() if row["customer_visible"] and row["state"] != "failed")
        for (kind, target), times in shown.items():
            if times > 1:
                yield f"{target} gets {times} times {kind}"

    def _unapproved(self) -> Iterator[str]:
        for row in self.approved("done", "unknown"):
            asks = [ask for ask in self.rows["approvals"] if ask["decision_id"] == row["decision_id"]]
            last = [ask for ask in asks if ask["round"] == max(one["round"] for one in asks)]
            if not last or any(ask["state"] != "approved" or ask["digest"] != row["digest"] or not _may(ask) for ask in last):
                yield f"{row['key']} happened without an approval of its content"

    def _unexplained(self) -> Iterator[str]:
        acted = {row["decision_id"] for row in self.rows["actions"]}
        for row in self.rows["decisions"]:
            if row["id"] not in acted and not json.loads(row["reasons"]):
                yield f"{row['id']} did nothing ({row['route']}), and says not why"
        for row in self.rows["actions"]:
            if row["state"] == "failed" and not row["error"]:
                yield f"{row['key']} failed, and says not why"


def _may(ask: Row) -> bool:
    return ask["answered_by"] in json.loads(ask["allowed"])

"""An independent witness: it reads the database and the outside world's notes, and uses none of our code for it.

`outcome` says what a story came to, in words that must not depend on how often it was interrupted. `violations` lists
every promise that was broken.
"""

import hashlib
import hmac
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from tests.chaos.fleet.evidence import said
from tests.chaos.slack_log import Row, in_slack, versions_of, words_of

TABLES = (
    "inbox", "quarantine", "runs", "decisions", "approvals", "actions", "messages", "audit", "audit_head",
    "sandbox_effects", "sandbox_messages", "slack_posts", "slack_clicks",
)  # fmt: skip
OPEN = ("open", "snoozed")
APPROVED = ("approved", "edited")
ENDED = ("closed", "parked")
ENDS = ("approve", "edit", "reject")
"""Answers that end an ask."""


class Sealed(Protocol):
    """Rows by table, and the key that seals the audit log."""

    @property
    def rows(self) -> Mapping[str, list[Row]]: ...
    @property
    def key(self) -> bytes: ...


@dataclass(frozen=True)
class Evidence:
    """Everything that is known of one deployment in the end: rows by table, notes in their order, and the audit log's key."""

    rows: dict[str, list[Row]]
    notes: list[Row]
    key: bytes = field(repr=False)
    slack: list[Row] = field(default_factory=list, repr=False)
    """The entries of the workspace's own log, where Slack was beside it."""

    @classmethod
    def of(cls, url: str, key: Path, notes: Path, slack: Path) -> "Evidence":
        """Read it from the database at an address, and from the files."""
        rows = {name: said(url, f"SELECT * FROM {name}") for name in TABLES}
        return cls(rows, list(map(json.loads, notes.read_text().splitlines())), bytes.fromhex(key.read_text().strip()), in_slack(slack))

    def said(self, kind: str) -> list[Row]:
        """Notes of a kind."""
        return [note for note in self.notes if note["kind"] == kind]


def outcome(evidence: Evidence) -> dict[str, list[Any]]:
    """What it came to: effects, asks, steps, runs, and what people were told. Without times and counts of attempts."""
    rows = evidence.rows
    return {
        "effects": [_effect(row) for row in rows["sandbox_effects"]],
        "runs": sorted((row["id"], row["state"]) for row in rows["runs"]),
        "decisions": sorted((row["id"], row["route"], row["digest"]) for row in rows["decisions"]),
        "asks": sorted((row["id"], row["state"], row["answered_by"]) for row in rows["approvals"]),
        "actions": sorted((row["key"], row["state"]) for row in rows["actions"]),
        "told": sorted((row["id"], row["kind"], row["to"]) for row in rows["sandbox_messages"]),
    }


def violations(evidence: Evidence) -> list[str]:
    """Every broken promise, in a sentence each."""
    checks = (_lost, _unfinished, _untold)
    return [*violations_so_far(evidence), *(sentence for check in checks for sentence in check(evidence))]


def violations_so_far(evidence: Evidence) -> list[str]:
    """The same, where not everything need have come to an end."""
    checks = (_twice, _unapproved, _unclicked, broken_chain, unaudited)
    return [sentence for check in checks for sentence in check(evidence)]


def _effect(row: Row) -> tuple[str, str, str]:
    return row["kind"], row["target"], row["payload"]


def _lost(evidence: Evidence) -> Iterator[str]:
    """Every event that was acknowledged is there, recognised each time, and its run has come to an end."""
    runs = {row["id"]: row for row in evidence.rows["runs"]}
    inbox = {(row["source"], row["event_id"]): row["run_id"] for row in evidence.rows["inbox"]}
    for note in evidence.said("acknowledged"):
        if (note["source"], note["id"]) not in inbox:
            yield f"the event {note['id']} was acknowledged and is lost"
    for (_, event), run in inbox.items():
        if run not in runs or runs[run]["state"] not in ENDED:
            yield f"the run of {event} ended as {runs.get(run, {}).get('state')}"
    for row in evidence.rows["quarantine"]:
        yield f"the event {row['event_id']} was delivered again and taken for another: {row['why']}"


def _twice(evidence: Evidence) -> Iterator[str]:
    """No effect twice, by its marker or by what it does; and nobody was asked to repeat what had happened."""
    effects = evidence.rows["sandbox_effects"]
    for counted in (Counter(row["marker"] for row in effects), Counter(map(_effect, effects))):
        for what, count in counted.items():
            if count > 1:
                yield f"{count} times: {what}"
    for note in evidence.said("call"):
        if note["already"]:
            yield f"the effect {note['marker']} had happened and was called for again"


def _unapproved(evidence: Evidence) -> Iterator[str]:
    """What needed an approval happened after all asks of the latest round had approved exactly this, as it was shown."""
    for effect, action in _done(evidence):
        if not action["needs_approval"]:
            if action["customer_visible"] and _route(evidence, action) != "act":
                yield f"{action['key']} reached the customer, but nothing was to be done without an approval"
            continue
        asks = _last_round(evidence, action["decision_id"])
        if not asks or any(a["state"] not in APPROVED or a["digest"] != action["digest"] for a in asks):
            yield f"{action['key']} happened without an approval of its content"
        if any(ask["at"] > effect["at"] for ask in asks):
            yield f"{action['key']} happened before it was approved"
        if action["customer_visible"] and not all(_was_shown(evidence, ask, effect) for ask in asks):
            yield f"{action['key']} says what its approver was not shown"


def _was_shown(evidence: Evidence, ask: Row, effect: Row) -> bool:
    cards = [m["body"] for m in evidence.rows["sandbox_messages"] if json.loads(m["data"]).get("approval") == ask["id"]]
    cards += [words_of(card) for card in versions_of(evidence.slack, ask["id"])]
    said = _squeezed(json.loads(effect["payload"])["body"])
    own = [
        note["content"]["body"]
        for note in evidence.said("clicked")
        if note.get("content") and (note["approval"], note["who"]) == (ask["id"], ask["answered_by"])
    ]
    return any(said in _squeezed(body) for body in cards) or (ask["state"] == "edited" and said in map(_squeezed, own))


def _squeezed(text: str) -> str:
    """Without white space: in Slack the paragraphs of a text are parts of a card."""
    return "".join(text.split())


def _unfinished(evidence: Evidence) -> Iterator[str]:
    """Asks and steps have come to an end, and the ledger agrees with the target; what is unknown has parked its run."""
    happened = {row["marker"] for row in evidence.rows["sandbox_effects"]}
    states = {row["decision_id"]: row["state"] for row in evidence.rows["runs"]}
    yield from (f"the ask {row['id']} is still {row['state']}" for row in evidence.rows["approvals"] if row["state"] in OPEN)
    for row in evidence.rows["actions"]:
        parked = states[row["decision_id"]] == "parked"
        if row["state"] == "unknown" and not parked:
            yield f"{row['key']} is unknown, and its run goes on"
        elif row["state"] in ("planned", "started") and not parked:
            yield f"{row['key']} is still {row['state']}"
        elif row["state"] in ("done", "failed") and (row["state"] == "done") != (row["key"] in happened):
            yield f"{row['key']} is {row['state']}, which is not what the target says"
    for stray in happened - {row["key"] for row in evidence.rows["actions"]}:
        yield f"the effect {stray} is in no ledger"


def _untold(evidence: Evidence) -> Iterator[str]:
    """Every message was delivered; an unknown effect was told, once."""
    posted = {row["id"].rpartition(":")[0] for row in evidence.rows["slack_posts"]}
    delivered = posted | {row["id"] for row in evidence.rows["sandbox_messages"]}
    for row in evidence.rows["messages"]:
        if row["id"] not in delivered or row["delivered_at"] is None:
            yield f"the message {row['id']} was not delivered"
    alarms = Counter(m["decision_id"] for m in evidence.rows["messages"] if m["kind"] == "alarm")
    for action in evidence.rows["actions"]:
        if action["state"] == "unknown" and alarms[action["decision_id"]] != 1:
            yield f"{alarms[action['decision_id']]} alarms tell of the unknown effect {action['key']}"


def _unclicked(evidence: Evidence) -> Iterator[str]:
    """Every answer that was confirmed counts, and none counts that nobody gave to that very ask."""
    asks = {row["id"]: row for row in evidence.rows["approvals"]}
    clicks = {(note["approval"], note["who"]) for note in evidence.said("clicked")}
    for note in evidence.said("answered"):
        if note["answer"] not in ENDS:
            continue
        if note["clicked"] != note["approval"]:
            yield f"a click on {note['clicked']} counted for {note['approval']}"
        if asks[note["approval"]]["answered_by"] != note["who"]:
            yield f"the answer of {note['who']} to {note['approval']} was confirmed and is lost"
    for ask in asks.values():
        if ask["state"] in APPROVED and (ask["id"], ask["answered_by"]) not in clicks:
            yield f"{ask['id']} counts as approved by {ask['answered_by']}, who never answered it"


def broken_chain(evidence: Sealed) -> Iterator[str]:
    """The audit log is whole: every entry sealed with the one before it, and the head with the last."""
    last, seq = "0" * 64, 0
    for row in sorted(evidence.rows["audit"], key=lambda row: int(row["seq"])):
        seq += 1
        sealed = hmac.digest(row["salt"], row["data"].encode(), "sha256").hex()
        link = [last, seq, _utc(row["at"]), row["kind"], row["who"], row["ref"], sealed]
        if (row["seq"], row["commitment"], row["hash"]) != (seq, sealed, _mac(evidence.key, link)):
            yield f"the audit log is broken at entry {row['seq']}"
            return
        last = row["hash"]
    for head in evidence.rows["audit_head"]:
        if (head["seq"], head["hash"], head["seal"]) != (seq, last, _mac(evidence.key, ["head", seq, last])):
            yield "the audit log does not end where its head says"


def unaudited(evidence: Sealed) -> Iterator[str]:
    """Every effect has one entry that says it was done, and no such entry is without its effect."""
    told = Counter(row["ref"] for row in evidence.rows["audit"] if row["kind"] == "action.done")
    done = Counter(row["key"] for row in evidence.rows["actions"] if row["state"] == "done")
    for key in told.keys() | done.keys():
        if told[key] != done[key]:
            yield f"{key} was done {done[key]} times, and the audit log says {told[key]} times"


def _done(evidence: Evidence) -> Iterator[tuple[Row, Row]]:
    actions = {row["key"]: row for row in evidence.rows["actions"]}
    for effect in evidence.rows["sandbox_effects"]:
        if effect["marker"] in actions:
            yield effect, actions[effect["marker"]]


def _last_round(evidence: Evidence, decision: str) -> list[Row]:
    asks = [row for row in evidence.rows["approvals"] if row["decision_id"] == decision]
    latest = max((row["round"] for row in asks), default=0)
    return [row for row in asks if row["round"] == latest]


def _route(evidence: Evidence, action: Row) -> str:
    return next(str(row["route"]) for row in evidence.rows["decisions"] if row["id"] == action["decision_id"])


def _utc(at: str | None) -> str | None:
    return None if at is None else datetime.fromisoformat(at).replace(tzinfo=UTC).isoformat()


def _mac(key: bytes, parts: list[Any]) -> str:
    said = json.dumps(parts, ensure_ascii=False, separators=(",", ":")).encode()
    return hmac.new(key, said, hashlib.sha256).hexdigest()

"""The checker sees every promise that is broken, and says nothing of one that is kept."""

import hashlib
import hmac
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.chaos.fleet.checker import violations
from tests.chaos.fleet.evidence import Evidence
from tests.chaos.fleet.lines import Row

KEY, SALT = b"k" * 32, b"s" * 16
MARKER = f"np-{'0' * 24}"
BODY, OTHER = '{"id": "e1"}', '{"id": "e1", "other": true}'
AT, LATER = "2026-11-10 10:00:00.000000", "2026-11-10 10:00:05.000000"


def mac(parts: list[Any]) -> str:
    return hmac.new(KEY, json.dumps(parts, separators=(",", ":")).encode(), hashlib.sha256).hexdigest()


def audit() -> tuple[list[Row], list[Row]]:
    """A chain of one entry, that says that the effect was done, and its head."""
    sealed = hmac.digest(SALT, b"{}", "sha256").hex()
    link = mac(["0" * 64, 1, "2026-11-10T10:00:05+00:00", "action.done", "nextplay", MARKER, sealed])
    entry = {
        "seq": 1, "at": LATER, "kind": "action.done", "who": "nextplay", "ref": MARKER, "data": "{}", "salt": SALT, "commitment": sealed,
        "hash": link,
    }  # fmt: skip
    return [entry], [{"id": 1, "seq": 1, "hash": link, "seal": mac(["head", 1, link])}]


def sound() -> Evidence:
    """One event, delivered twice and once with another body; decided, asked, approved and done."""
    entries, head = audit()
    ask = {
        "id": "a1", "decision_id": "d1", "round": 1, "digest": "x", "state": "approved", "answered_by": "ann", "allowed": '["ann"]', "at": AT,
    }  # fmt: skip
    action = {
        "key": MARKER, "decision_id": "d1", "kind": "reply", "target": "t1", "state": "done", "needs_approval": 1, "digest": "x",
        "customer_visible": 1, "error": None,
    }  # fmt: skip
    rows: dict[str, list[Row]] = {
        "inbox": [{"source": "desk", "event_id": "e1", "run_id": "r1", "raw": BODY.encode()}],
        "quarantine": [{"source": "desk", "event_id": "e1", "raw": OTHER.encode()}],
        "runs": [{"id": "r1", "state": "closed", "decision_id": "d1"}], "decisions": [{"id": "d1", "run_id": "r1"}],
        "approvals": [ask], "actions": [action], "messages": [{"id": "m1", "delivered_at": AT}], "audit": entries, "audit_head": head,
    }  # fmt: skip
    acknowledged = [{"source": "desk", "event": "e1", "body": body} for body in (BODY, BODY, OTHER)]
    answered = [{"ask": "a1", "digest": "x", "who": "ann", "said": "approve", "won": True}]
    effect = {"at": LATER.replace(" ", "T"), "name": "ticket.updated", "target": "t1", "content": {"metadata": MARKER}}
    ended = {"a1": {"id": "a1", "state": "approved", "answered_by": "ann", "digest": "x"}}
    return Evidence(rows, acknowledged, answered, [effect], KEY, ended)


def test_what_is_kept_is_not_complained_of() -> None:
    assert violations(sound()) == []


Breaks = Callable[[Evidence], Evidence]


def changed(table: str, **fields: Any) -> Breaks:
    """The first row of a table says something else."""

    def make(evidence: Evidence) -> Evidence:
        first, *others = evidence.rows[table]
        return replace(evidence, rows={**evidence.rows, table: [{**first, **fields}, *others]})

    return make


def without(table: str) -> Breaks:
    """The first row of a table is lost."""
    return lambda evidence: replace(evidence, rows={**evidence.rows, table: evidence.rows[table][1:]})


def twice(table: str) -> Breaks:
    """The first row of a table is there twice."""
    return lambda evidence: replace(evidence, rows={**evidence.rows, table: [evidence.rows[table][0], *evidence.rows[table]]})


BROKEN: dict[str, tuple[Breaks, str]] = {
    "an event is lost": (without("inbox"), "was acknowledged and is lost"),
    "a run is lost": (without("runs"), "has 0 runs"),
    "a run goes on for ever": (changed("runs", state="acting"), "ended as acting"),
    "a run died": (changed("runs", state="dead"), "ended as dead"),
    "an event is decided twice": (twice("decisions"), "was decided 2 times"),
    "an event is kept otherwise": (changed("inbox", raw=b"{}"), "is kept otherwise than it was sent"),
    "another body is not set aside": (without("quarantine"), "was set aside 0 times"),
    "another body is set aside twice": (twice("quarantine"), "was set aside 2 times"),
    "something is set aside that nobody sent": (changed("quarantine", raw=b"{}"), "was set aside"),
    "a step was begun and not ended": (changed("actions", state="started"), "is still started"),
    "a step never began": (changed("actions", state="planned"), "is still planned"),
    "an unknown effect parks nothing": (changed("actions", state="unknown"), "nobody is told"),
    "an ask stays open": (changed("approvals", state="open"), "is still open"),
    "nobody is told": (changed("messages", delivered_at=None), "was not delivered"),
    "an effect happens twice": (lambda e: replace(e, effects=e.effects * 2), "was done 2 times"),
    "an effect never happened": (lambda e: replace(e, effects=[]), "is done, and was done 0 times"),
    "an effect is in no ledger": (without("actions"), "is in no ledger"),
    "an effect bears no marker": (lambda e: replace(e, effects=[*e.effects, {**e.effects[0], "content": {}}]), "carries no marker"),
    "a customer gets the same twice": (
        lambda e: replace(e, rows={**e.rows, "actions": [*e.rows["actions"], {**e.rows["actions"][0], "key": f"np-{'1' * 24}"}]}),
        "got 2 times reply",
    ),
    "it was not approved": (changed("approvals", state="rejected"), "without an approval of its content"),
    "something else was approved": (changed("approvals", digest="y"), "without an approval of its content"),
    "who approved may not": (changed("approvals", allowed='["ben"]'), "who may not"),
    "it was approved later": (changed("approvals", at="2026-11-10 10:00:09.000000"), "before it was approved"),
    "nobody said so": (lambda e: replace(e, answered=[{**e.answered[0], "who": "ben", "won": False}]), "who never said so"),
    "an answer is taken back": (changed("approvals", answered_by="ben", allowed='["ann", "ben"]'), "was told that approve counts"),
    "two answers count": (lambda e: replace(e, answered=e.answered * 2), "2 answers"),
    "an ask that had ended is changed": (lambda e: replace(e, ended_asks={"a1": {"state": "expired"}}), "a1 was"),
    "an audit entry is changed": (changed("audit", data='{"x":1}'), "the audit log is broken at entry 1"),
    "an audit entry is taken away": (without("audit"), "does not end where its head says"),
    "an effect is not in the audit log": (lambda e: replace(e, rows={**e.rows, "audit": [], "audit_head": []}), "and the audit log says 0 times"),
}  # fmt: skip


@pytest.mark.parametrize("what", BROKEN)
def test_what_is_broken_is_seen(what: str) -> None:
    breaks, said = BROKEN[what]
    assert any(said in sentence for sentence in violations(breaks(sound())))

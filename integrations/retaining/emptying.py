"""Empties a decision of everybody's words: what was decided, by which rules, and who approved it stays."""

import zlib
from collections.abc import Mapping
from typing import Any

from pydantic_core import from_json, to_json
from sqlalchemy import Connection, select, update

from integrations.db.head_rows import HEADS
from integrations.db.packing import pack_evidence
from integrations.db.slack_rows import POSTS
from integrations.db.tables import ACTIONS, APPROVALS, DECISIONS, EDITS, INBOX, MESSAGES, OUTCOMES, REVIEWS, RUNS, STOPS, WATCHES
from integrations.retaining.scrubbing import ERASED

OF_DECISION: Mapping[str, str] = {
    DECISIONS.name: "id", WATCHES.name: "decision",
    **{table.name: "decision_id" for table in (EDITS, APPROVALS, ACTIONS, MESSAGES, OUTCOMES, REVIEWS, STOPS, HEADS, POSTS)},
}  # fmt: skip
"""The column by which a row belongs to a decision."""

NOTHING = pack_evidence(None)
_OF_PROPOSAL = ("content", "params")
_LONG = 60
"""Words of a fact that are longer are somebody's sentence, not a word of ours."""


def empty_decision(connection: Connection, decision: str) -> None:
    """Within a transaction that writes, with the guards of what is final lifted."""
    row = connection.execute(select(DECISIONS.c.body, DECISIONS.c.run_id).where(DECISIONS.c.id == decision)).one()
    connection.execute(update(DECISIONS).where(DECISIONS.c.id == decision).values(body=_emptied(row.body), evidence=NOTHING))
    for edit in connection.execute(select(EDITS.c.id, EDITS.c.proposal).where(EDITS.c.decision_id == decision)).all():
        connection.execute(update(EDITS).where(EDITS.c.id == edit.id).values(proposal=_proposal(edit.proposal)))
    of = {"decision_id": decision}
    for table, empty in (
        (ACTIONS, {"payload": {}, "result": {}, "error": None}), (APPROVALS, {"note": None, "difference": []}), (REVIEWS, {"note": ""}),
        (MESSAGES, {"title": ERASED, "body": ERASED, "data": {}}), (STOPS, {"text": ERASED}), (HEADS, {"subject": None}), (POSTS, {"payload": {}}),
    ):  # fmt: skip
        connection.execute(update(table).where(table.c.decision_id == of["decision_id"]).values(**empty))
    connection.execute(update(RUNS).where(RUNS.c.id == row.run_id).values(error=None))
    event = connection.execute(select(INBOX.c.event).where(INBOX.c.run_id == row.run_id)).scalar_one()
    connection.execute(update(INBOX).where(INBOX.c.run_id == row.run_id).values(event={**event, "data": {}}, raw=b""))


def _emptied(body: bytes) -> bytes:
    stored = from_json(zlib.decompress(body))
    decision = stored.get("decision", stored)
    decision["facts"] = [{**fact, "value": _short(fact.get("value"))} for fact in decision["facts"]]
    if decision.get("proposal"):
        decision["proposal"] = _proposal(decision["proposal"])
    for candidate in decision["candidates"]:
        candidate["params"] = _texts(candidate.get("params"))
    return zlib.compress(to_json(stored), 1)


def _proposal(proposal: Mapping[str, Any]) -> dict[str, Any]:
    return {**proposal, **{name: _texts(proposal.get(name)) for name in _OF_PROPOSAL}}


def _texts(value: Any) -> Any:
    """The same shape with every text erased."""
    if isinstance(value, dict):
        return {name: _texts(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_texts(part) for part in value]
    return ERASED if isinstance(value, str) else value


def _short(value: Any) -> Any:
    return ERASED if isinstance(value, str) and len(value) > _LONG else _texts(value) if isinstance(value, dict | list) else value

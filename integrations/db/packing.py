"""Decisions and their evidence as rows hold them: JSON, compressed, and nothing in it twice.

What rules say of many candidates alike is written once, and each candidate names it by its number. The facts of the evidence are those of
the decision, so they stand there alone. In front stands what was foretold of the choice: to learn from a record is to read its first bytes.
"""

import zlib
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from pydantic import TypeAdapter, ValidationError
from pydantic_core import from_json

from agent.domain.decision import SCHEMA_VERSION, Decision, RuleRecord
from agent.domain.evidence import Evidence
from agent.domain.precedent import Forecast, forecast_of
from agent.domain.upgrades import UnknownShape, upgrade
from agent.errors import NextplayError

JOINED = {"approvals", "actions", "outcome"}
"""Parts of the record that live in tables of their own, because they go on changing."""

_ELSEWHERE: dict[str, Any] = {**dict.fromkeys(JOINED, True), "candidates": {"__all__": {"rules"}}}


class Damaged(NextplayError):
    """A stored record cannot be read."""

    def __init__(self, why: str) -> None:
        super().__init__(
            f"A stored record is damaged and cannot be read: {why}.",
            "See how much was changed with `nextplay audit verify`, and restore the last backup that it finds in order.",
        )


@dataclass(frozen=True, slots=True)
class _Packed:
    """A decision, what rules said in it, and which of that was said of each candidate. `forecast`: None where nothing was chosen."""

    forecast: Forecast | None
    decision: Decision
    rules: list[RuleRecord]
    said: list[list[int]]


_PACKED, _EVIDENCE = TypeAdapter(_Packed), TypeAdapter[Evidence | None](Evidence | None)
_RULES = TypeAdapter(list[RuleRecord])


def pack(decision: Decision, evidence: Evidence | None = None) -> bytes:
    """The decision without what lives elsewhere. Rules that candidates share as one object are written once. `evidence`: what it was made from."""
    rules = {id(rule): rule for candidate in decision.candidates for rule in candidate.rules}
    numbers = {key: number for number, key in enumerate(rules)}
    said = [[numbers[id(rule)] for rule in candidate.rules] for candidate in decision.candidates]
    forecast = forecast_of(decision, decision.chosen, evidence) if decision.chosen else None
    return _squeeze(_PACKED.dump_json(_Packed(forecast, decision, list(rules.values()), said), exclude={"decision": _ELSEWHERE}))


@lru_cache(maxsize=64)
def unpack(packed: bytes) -> Decision:
    """The decision again, in the shape of today: nobody changes it. Raises Damaged, and UnknownShape for a record of a newer release.

    What was said of many candidates is checked once, and they share it again. A drive reads its own record a few times, and it never changes.
    """
    stored = _document(packed)
    shared = "said" in stored and stored["decision"].get("schema_version") == SCHEMA_VERSION
    try:
        return _sharing(stored) if shared else Decision.model_validate(upgrade(_spread_out(stored)))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise Damaged(f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    except (IndexError, KeyError, TypeError, ValueError) as error:
        if isinstance(error, UnknownShape):
            raise
        raise Damaged(f"its parts do not fit together: {error}") from None


def _sharing(stored: dict[str, Any]) -> Decision:
    rules = _RULES.validate_python(stored["rules"])
    decision = Decision.model_validate({**stored["decision"], "candidates": [{**one, "rules": []} for one in stored["decision"]["candidates"]]})
    for candidate, numbers in zip(decision.candidates, stored["said"], strict=True):
        candidate.rules = [rules[number] for number in numbers]
    return decision


def pack_evidence(evidence: Evidence | None) -> bytes:
    """The evidence without its facts."""
    return _squeeze(_EVIDENCE.dump_json(evidence, exclude={"facts"}))


def unpack_evidence(packed: bytes, decision: bytes) -> dict[str, Any] | None:
    """The evidence with the facts of its packed decision; None when there was nothing to decide."""
    evidence = None if is_nothing(packed) else _document(packed)
    return {"facts": _facts(decision), **evidence} if evidence else None


def is_nothing(packed: bytes) -> bool:
    """Whether no evidence is there."""
    return packed == _NOTHING


def _spread_out(stored: dict[str, Any]) -> dict[str, Any]:
    """The record with its rules at every candidate."""
    if "said" not in stored:  # written before rules were shared
        return stored
    decision: dict[str, Any] = stored["decision"]
    for candidate, numbers in zip(decision["candidates"], stored["said"], strict=True):
        candidate["rules"] = [stored["rules"][number] for number in numbers]
    return decision


def _facts(decision: bytes) -> Any:
    stored = _document(decision)
    return stored.get("decision", stored)["facts"]


def _squeeze(data: bytes) -> bytes:
    """Compress a document; the fastest level already takes JSON to a fraction."""
    return zlib.compress(data, 1)


_NOTHING = _squeeze(b"null")
"""The evidence of an event that was only recorded."""


def _document(packed: bytes) -> dict[str, Any]:
    try:
        document = from_json(zlib.decompress(packed))
    except (zlib.error, ValueError, TypeError) as error:
        raise Damaged(str(error)) from error
    if not isinstance(document, dict):
        raise Damaged("it is no document")
    return document

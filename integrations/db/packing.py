"""Decisions and their evidence as rows hold them: JSON, compressed, and nothing in it twice.

What rules say of many candidates alike is written once, and each candidate names it by its number. The facts of the evidence are those of
the decision, so they stand there alone.
"""

import zlib
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import from_json

from agent.domain.decision import Decision, RuleRecord
from agent.domain.evidence import Evidence
from agent.domain.upgrades import upgrade

JOINED = {"approvals", "actions", "outcome"}
"""Parts of the record that live in tables of their own, because they go on changing."""

_ELSEWHERE: dict[str, Any] = {**dict.fromkeys(JOINED, True), "candidates": {"__all__": {"rules"}}}


@dataclass(frozen=True, slots=True)
class _Packed:
    """A decision, what rules said in it, and which of that was said of each candidate."""

    decision: Decision
    rules: list[RuleRecord]
    said: list[list[int]]


_PACKED, _EVIDENCE = TypeAdapter(_Packed), TypeAdapter[Evidence | None](Evidence | None)


def pack(decision: Decision) -> bytes:
    """The decision without what lives elsewhere. Rules that candidates share as one object are written once."""
    rules = {id(rule): rule for candidate in decision.candidates for rule in candidate.rules}
    numbers = {key: number for number, key in enumerate(rules)}
    said = [[numbers[id(rule)] for rule in candidate.rules] for candidate in decision.candidates]
    return _squeeze(_PACKED.dump_json(_Packed(decision, list(rules.values()), said), exclude={"decision": _ELSEWHERE}))


def unpack(packed: bytes) -> Decision:
    """The decision again, in the shape of today."""
    return Decision.model_validate(upgrade(_whole(packed)))


def pack_evidence(evidence: Evidence | None) -> bytes:
    """The evidence without its facts."""
    return _squeeze(_EVIDENCE.dump_json(evidence, exclude={"facts"}))


def unpack_evidence(packed: bytes, decision: bytes) -> dict[str, Any] | None:
    """The evidence with the facts of its packed decision; None when there was nothing to decide."""
    evidence: dict[str, Any] | None = from_json(_unsqueeze(packed))
    return {"facts": _whole(decision)["facts"], **evidence} if evidence else None


def _whole(packed: bytes) -> dict[str, Any]:
    stored: dict[str, Any] = from_json(_unsqueeze(packed))
    if "said" not in stored:  # written before rules were shared
        return stored
    decision: dict[str, Any] = stored["decision"]
    for candidate, numbers in zip(decision["candidates"], stored["said"], strict=True):
        candidate["rules"] = [stored["rules"][number] for number in numbers]
    return decision


def _squeeze(data: bytes) -> bytes:
    """Compress a document; the fastest level already takes JSON to a fraction."""
    return zlib.compress(data, 1)


def _unsqueeze(data: bytes) -> bytes:
    """The document again."""
    return zlib.decompress(data)

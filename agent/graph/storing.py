"""Evidence as stored JSON, and back: replay decides from exactly what the decision was made from."""

from typing import Any

from pydantic import TypeAdapter

from agent.domain.evidence import Evidence

_EVIDENCE = TypeAdapter(Evidence)


def evidence_to_json(evidence: Evidence) -> dict[str, Any]:
    """Plain JSON. Times are ISO 8601 in UTC."""
    dumped: dict[str, Any] = _EVIDENCE.dump_python(evidence, mode="json")
    return dumped


def evidence_from_json(stored: dict[str, Any]) -> Evidence:
    """The evidence as it was. Raises ValidationError for a shape that this version does not know."""
    return _EVIDENCE.validate_python(stored)

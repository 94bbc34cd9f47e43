"""Evidence from stored JSON: replay decides from exactly what the decision was made from."""

from typing import Any

from pydantic import TypeAdapter

from agent.domain.evidence import Evidence

_EVIDENCE = TypeAdapter(Evidence)


def evidence_from_json(stored: dict[str, Any]) -> Evidence:
    """The evidence as it was; of the first edition if it names none. Raises ValidationError for a shape that this version does not know."""
    return _EVIDENCE.validate_python({"edition": 1, **stored})

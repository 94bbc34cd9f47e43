"""What a record says that lists and figures need, without the rest of it: a glimpse costs a third of opening it."""

import zlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from agent.domain.decision import MONEY, SCHEMA_VERSION, Decision
from integrations.db.packing import Damaged, unpack


@dataclass(slots=True)
class _Rule:
    id: str
    effect: str
    matched: bool


@dataclass(slots=True)
class _Score:
    priority: float | None
    terms: dict[str, Any]

    @property
    def unit(self) -> str:
        return self.terms.get("unit") or MONEY


@dataclass(slots=True)
class _Candidate:
    id: str
    play: str
    title: str
    verdict: str
    score: _Score | None
    rules: list[_Rule] = field(default_factory=list)


@dataclass(slots=True)
class _Subject:
    account: str | None
    kind: str
    id: str


@dataclass(slots=True)
class _Fact:
    name: str
    value: Any
    of: str | None = None


@dataclass(slots=True)
class _Reason:
    code: str


@dataclass(slots=True)
class _Sensitive:
    value: bool


@dataclass(slots=True)
class _Confidence:
    value: float | None


@dataclass(slots=True)
class _Proposal:
    content: dict[str, str]


@dataclass(slots=True)
class Glimpse:
    """Parts of a decision, under the names that they have there."""

    id: str
    schema_version: int
    created_at: datetime
    surface: str
    route: str
    playbook_version: str
    model_version: str
    subject: _Subject
    facts: list[_Fact]
    candidates: list[_Candidate]
    choice: str | None
    sensitive: _Sensitive
    confidence: _Confidence
    reasons: list[_Reason]
    proposal: _Proposal | None

    @property
    def chosen(self) -> _Candidate | None:
        """The candidate that was chosen, if any."""
        return next((one for one in self.candidates if one.id == self.choice), None)


@dataclass(slots=True)
class _Packed:
    decision: Glimpse
    rules: list[_Rule]
    said: list[list[int]]


_PACKED = TypeAdapter(_Packed)


def glimpse(packed: bytes) -> Glimpse | Decision:
    """A glimpse of a record; the whole of one that an earlier release wrote. Raises Damaged, and UnknownShape for one of a newer release."""
    try:
        stored = _PACKED.validate_json(zlib.decompress(packed))
    except zlib.error as error:
        raise Damaged(str(error)) from error
    except ValidationError:
        return unpack(packed)  # which reads older shapes, and says what is wrong
    if stored.decision.schema_version != SCHEMA_VERSION or len(stored.said) != len(stored.decision.candidates):
        return unpack(packed)
    for candidate, numbers in zip(stored.decision.candidates, stored.said, strict=True):
        candidate.rules = [stored.rules[number] for number in numbers]
    return stored.decision

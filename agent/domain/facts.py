"""Facts: named values with their provenance and age. A fact that is not known is *missing*, never zero."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Literal

from pydantic import ConfigDict


class Status(StrEnum):
    """Whether a fact may be relied on."""

    FRESH = "fresh"
    STALE = "stale"
    MISSING = "missing"


FactType = Literal["text", "number", "flag", "time", "list"]


@dataclass(frozen=True, slots=True)
class FactSpec:
    """What a fact name means.

    `max_age` bounds how old a value may be; `ages_from` says from when it is counted: `as_of` for measurements (usage,
    health, exchange rates), `read_at` for records that stay true until somebody changes them.
    """

    name: str
    type: FactType
    source: str
    about: str
    max_age: timedelta = timedelta(minutes=15)
    ages_from: Literal["as_of", "read_at"] = "read_at"
    unit: str = ""

    @property
    def root(self) -> str:
        """The part before the dot: `account`, `contact`, `ticket`, …"""
        return self.name.partition(".")[0]

    @property
    def field(self) -> str:
        """The part after the dot."""
        return self.name.partition(".")[2]


@dataclass(frozen=True, slots=True)
class Fact:
    """One value, where it came from, when we read it and since when the source says it is true.

    `of` names the contact, group or other entity where a fact exists once per entity; it is None for facts about the
    subject.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")  # as part of the decision record, whose shape must not drift unseen
    name: str
    value: Any
    source: str
    read_at: datetime | None
    as_of: datetime | None
    status: Status
    of: str | None = None

    @property
    def known(self) -> bool:
        """Fresh, so rules may use it. A fresh None means: the source says that there is none."""
        return self.status is Status.FRESH

    @property
    def why_missing(self) -> str:
        """Why it is missing, as far as whoever looked for it says."""
        return self.source.partition(" (")[2].removesuffix(")") if self.status is Status.MISSING else ""


def judge_age(spec: FactSpec, *, read_at: datetime, as_of: datetime | None, at: datetime) -> Status:
    """Return FRESH or STALE for a value at the moment `at`. A measurement without a date cannot be trusted: STALE."""
    since = read_at if spec.ages_from == "read_at" else as_of
    if since is None or at - since > spec.max_age:
        return Status.STALE
    return Status.FRESH


@dataclass(frozen=True, slots=True)
class FactView:
    """Facts arranged for rules: `{root: {field: value}}`. Unknown ones are left out: to read one is an error, not 0."""

    roots: Mapping[str, dict[str, Any]]
    by_entity: Mapping[tuple[str, str], dict[str, Any]]

    @classmethod
    def of(cls, facts: Iterable[Fact]) -> "FactView":
        """Arrange the known facts. Numbers become floats, because CEL does not mix whole and decimal numbers."""
        roots: dict[str, dict[str, Any]] = {}
        by_entity: dict[tuple[str, str], dict[str, Any]] = {}
        for fact in facts:
            if fact.status is not Status.FRESH:
                continue
            root, _, name = fact.name.partition(".")
            target = roots.setdefault(root, {}) if fact.of is None else by_entity.setdefault((root, fact.of), {})
            target[name] = as_rule_value(fact.value)
        return cls(roots, by_entity)

    def entity(self, root: str, entity_id: str | None) -> dict[str, Any]:
        """The known facts of one contact, group or material; empty when there is none."""
        return self.by_entity.get((root, entity_id), {}) if entity_id else {}


def as_rule_value(value: Any) -> Any:
    """Turn a stored value into what a rule sees: whole numbers become decimals, everything else stays."""
    if isinstance(value, bool) or not isinstance(value, int):
        return value
    return float(value)


def moment_of(value: Any) -> datetime | None:
    """The value of a time fact as an aware moment, also after it was stored as text; None for anything else."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=UTC)

"""What was known: those facts that mattered, and all of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from agent.domain.facts import Fact
from agent.domain.weighing import true_since
from integrations.reports import Tone
from integrations.telling import words
from integrations.telling.case import Case
from integrations.telling.mattering import age_of, mattered, written
from integrations.telling.wording import SOURCES, labelled

_DOUBTS: dict[str, tuple[str, Tone]] = {"stale": ("stale", "warn"), "missing": ("missing", "bad")}


@dataclass(frozen=True, slots=True)
class FactRow:
    """A fact as people read it, beside the name by which rules know it. `doubt` is why it may not be relied on, with its tone."""

    label: str
    name: str
    value: str
    source: str
    age: str
    since: datetime | None
    doubt: tuple[str, Tone] | None


def that_mattered(case: Case) -> list[FactRow]:
    """The facts that shaped the decision, the unreliable ones first."""
    return _rows(case, mattered(case))


def every(case: Case) -> list[FactRow]:
    """All of them: those that mattered first, then by name."""
    first = mattered(case)
    keys = {(fact.name, fact.of) for fact in first}
    rest = sorted((fact for fact in case.decision.facts if (fact.name, fact.of) not in keys), key=lambda fact: (fact.name, fact.of or ""))
    return _rows(case, [*first, *rest])


def _rows(case: Case, facts: Iterable[Fact]) -> list[FactRow]:
    return [_row(case, fact) for fact in facts]


def _row(case: Case, fact: Fact) -> FactRow:
    label, value = labelled(fact.name, case.spelled(written(fact)), case.currency)
    of = f" ({case.named(fact.name.partition('.')[0], fact.of)})" if fact.of else ""
    said = "not known" if fact.status == "missing" else words.clean(value)
    return FactRow(
        words.one_line(f"{label}{of}"), fact.name, said, SOURCES.get(fact.source, fact.source),
        age_of(fact, case.decision.created_at), true_since(fact), _DOUBTS.get(fact.status),
    )  # fmt: skip

"""A decision as the story tells it: who is who, and which of its parts the words speak of."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from agent.domain import weighing
from agent.domain.decision import CandidateRecord, Decision, RuleRecord
from agent.domain.facts import Fact, Status
from agent.domain.plays import DO_NOTHING
from integrations.telling import words


@dataclass(frozen=True)
class Case:
    """One decision, and the moment from which its story is told. Its money is in `currency`, where that is to be said."""

    decision: Decision
    now: datetime
    currency: str = ""

    @cached_property
    def chosen(self) -> CandidateRecord | None:
        """The candidate that was chosen, if any."""
        return next((c for c in self.decision.candidates if c.id == self.decision.choice), None)

    @cached_property
    def considered(self) -> list[CandidateRecord]:
        """Every candidate that would do something."""
        return [c for c in self.decision.candidates if c.play != DO_NOTHING]

    @cached_property
    def _facts(self) -> weighing.Known:
        return weighing.known(self.decision)

    def fact(self, name: str, candidate: CandidateRecord | None) -> Fact | None:
        """The fact of this name as the candidate's rules read it; None for one that is worked out from others."""
        return weighing.fact_of(self._facts, name, candidate)

    def unknown(self, name: str) -> str:
        """Why a fact is not known that a source was asked for; empty where it is known, or nobody asked."""
        fact = self._facts.get((name, None))
        return (fact.source.partition(" (")[2].removesuffix(")") or fact.source) if fact and fact.status is Status.MISSING else ""

    def named(self, kind: str, id_: str | None) -> str:
        """The name that a fact gives to a contact, group, asset or article; its id when none does."""
        known = [self._facts[key].value for key in ((f"{kind}.name", id_), (f"{kind}.title", id_)) if key in self._facts]
        return str(next((name for name in known if name), id_ or ""))

    @cached_property
    def _names(self) -> dict[str, str]:
        """What the facts call whatever has an id: contacts, groups, assets, articles."""
        found = ((of, name, fact.value) for (name, of), fact in self._facts.items() if of and name.endswith((".name", ".title")))
        return {of: str(value) for of, _, value in found if value}

    def spelled(self, value: str) -> str:
        """A value as it is, or the name of what it is the id of."""
        return self._names.get(value, value)

    def whom(self, candidate: CandidateRecord) -> str:
        """Whom or what the candidate is for: the recipient, the group, or nobody outside."""
        if candidate.recipient:
            return self.named("contact", candidate.recipient)
        if candidate.target:
            return self.named("group", candidate.target)
        return "customer" if candidate.reach == "customer" else "internal"

    def material(self, candidate: CandidateRecord) -> str:
        """The title of the content that the candidate carries; empty when it carries none."""
        if not candidate.material:
            return ""
        named = {self.named(kind, candidate.material) for kind in ("asset", "article")} - {candidate.material}
        return min(named, default=candidate.material)

    def account_name(self) -> str:
        """The account's name; empty when it is not known."""
        fact = self._facts.get(("account.name", None))
        return str(fact.value) if fact and fact.value else ""

    def account(self) -> str:
        """The account's name and id."""
        return " · ".join(part for part in (self.account_name(), self.decision.subject.account or "") if part) or "no account"


def values_of(rule: RuleRecord) -> Iterator[tuple[str, str]]:
    """The facts that made the rule take hold, with the values that it read."""
    for clause in rule.clauses:
        if clause.result != "false":
            for name, value in clause.values.items():
                yield name, "not known" if value is None and clause.result == "missing" else words.value(value)

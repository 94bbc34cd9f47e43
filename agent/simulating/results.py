"""What a simulation found: every decision that changes, why, what became of it, and what cannot be known."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

Kind = Literal["newly_forbidden", "newly_allowed", "other_choice", "other_route", "other_terms"]

KINDS: dict[Kind, str] = {
    "newly_forbidden": "the draft forbids what was chosen",
    "newly_allowed": "the draft chooses what was forbidden",
    "other_choice": "another choice, and both allowed both times",
    "other_route": "the same choice, done in another way: asks instead of acts, or the like",
    "other_terms": "the same choice and way, with other approvers, another moment or other words",
}
"""Each decision that changes is of one kind: the first that fits."""

ASSUMPTIONS = (
    "The same events would have come in, and the source systems would have said the same, but for contacts by Nextplay itself.",
    "An ask is answered as the decision's original ask was: approved, rejected or left open at the same moment.",
    "Where nobody was asked originally, an ask is approved at once.",
    "What is decided to be done is done at its moment, and delivered.",
    "Later decisions of the account family lose the contacts, rejections and waiting proposals that would not have been, and gain those that would.",
    "Replies of customers, and what an earlier step changed on a ticket, a task or a deal, stay as they were.",
    "A proposal that a newer one replaced stays replaced; one that a new choice replaces would not have been carried out.",
    "The number of answered cases, the model of each decision, blocks and people stay as they were.",
    "What happened before the span that is simulated stays as it was.",
)
"""What a simulation takes for granted; every report says so."""


@dataclass(frozen=True, slots=True)
class Side:
    """A decision as it was, or as it would have been. `until`: the moment of what waits; `roles`: who must approve, where it asks."""

    choice: str | None
    play: str | None
    title: str | None
    route: str
    until: datetime | None = None
    roles: tuple[str, ...] = ()
    expected: float | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """What the rules said of one candidate, and what they say; None where it was no candidate."""

    candidate: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Cause:
    """What made the difference: a rule, or a setting of a play or surface; `history`: that earlier decisions would have been others."""

    kind: Literal["rule", "play", "surface", "history", "playbook"]
    id: str
    says: str


@dataclass(frozen=True, slots=True)
class Became:
    """What became of the decision as it was. `value` counts where it was the last contact before the outcome."""

    approved: bool = False
    rejected: bool = False
    delivered: bool = False
    converted: bool = False
    friction: tuple[str, ...] = ()
    value: float | None = None
    metric: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """One decision that changes. `known`: what would have been done is what was done, so its outcome was observed."""

    id: str
    at: datetime
    surface: str
    account: str | None
    subject_kind: str
    subject_id: str
    kind: Kind
    before: Side
    after: Side
    judged: tuple[Judged, ...]
    causes: tuple[Cause, ...]
    became: Became
    known: bool
    knock_on: bool = False
    """It changes only because earlier decisions do."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many changes there are, and what became of those decisions as they were."""

    changes: int = 0
    approved: int = 0
    rejected: int = 0
    delivered: int = 0
    converted: int = 0
    friction: int = 0
    unknown: int = 0
    knock_on: int = 0

    @classmethod
    def of(cls, changes: Sequence[Change]) -> "Tally":
        """Count."""
        became = [one.became for one in changes]
        return cls(
            changes=len(changes), approved=sum(b.approved for b in became), rejected=sum(b.rejected for b in became),
            delivered=sum(b.delivered for b in became), converted=sum(b.converted for b in became), friction=sum(bool(b.friction) for b in became),
            unknown=sum(not one.known for one in changes), knock_on=sum(one.knock_on for one in changes),
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Simulation:
    """The whole of it. `decided` counts by surface what was decided again; `recorded` what started no work; `lost` names what cannot be."""

    draft: str
    since: datetime
    until: datetime
    surface: str | None
    decided: Mapping[str, int]
    recorded: int
    lost: tuple[str, ...]
    changes: tuple[Change, ...]
    playbooks: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = field(default=ASSUMPTIONS)

    @property
    def decisions(self) -> int:
        """How many were decided again."""
        return sum(self.decided.values())

    @property
    def total(self) -> Tally:
        """Over all changes."""
        return Tally.of(self.changes)

    def by_kind(self) -> dict[Kind, Tally]:
        """For each kind of change."""
        return {kind: Tally.of([one for one in self.changes if one.kind == kind]) for kind in KINDS}

    def by_surface(self) -> dict[str, dict[Kind, int]]:
        """How many changes of each kind there are on each surface that decided anything."""
        found = {surface: Counter(one.kind for one in self.changes if one.surface == surface) for surface in sorted(self.decided)}
        return {surface: {kind: counted[kind] for kind in KINDS} for surface, counted in found.items()}

    def by_cause(self) -> dict[tuple[str, str], Tally]:
        """For each rule or setting that made a difference, the most frequent first. A change with several causes counts for each."""
        named: dict[tuple[str, str], list[Change]] = {}
        for change in self.changes:
            for key in dict.fromkeys((cause.kind, cause.id if cause.kind != "history" else "") for cause in change.causes):
                named.setdefault(key, []).append(change)
        return {key: Tally.of(found) for key, found in sorted(named.items(), key=lambda item: (-len(item[1]), item[0]))}

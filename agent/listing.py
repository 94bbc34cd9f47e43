"""What lists ask of the store, and what it gives them: pages of decisions that somebody looks for, and of asks that wait."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol

from agent.domain.decision import Decision
from agent.domain.records import Approval, ApprovalState, Reviewed


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which decisions are looked for: all that is said must fit, and what is empty says nothing.

    `text`: words, or beginnings of some, in the title, the subject, the account. `account`: its id, or words of its name. `rule`: one that took
    hold. `label`: why a reviewer or an approver found it bad. Decided from `since` on and before `until`.
    """

    text: str = ""
    account: str = ""
    decision: str = ""
    surface: str = ""
    play: str = ""
    rule: str = ""
    route: str = ""
    result: str = ""
    label: str = ""
    model: str = ""
    playbook: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Fared:
    """What became of a decision, without opening it. `said`: labels of reviewers, and those that approvers gave as the reason of their no."""

    id: str
    play: str | None
    route: str
    delivered: bool
    result: str | None
    friction: tuple[str, ...]
    said: tuple[Reviewed, ...] = ()


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer of a person to an ask, for figures about teams."""

    needed_role: str
    answered_by: str
    state: str
    created_at: datetime
    at: datetime | None


@dataclass(frozen=True, slots=True)
class FoundDecision:
    """A line of a list of decisions. `place` is where it stands in the order of time, the same for ever; what is not read yet is None."""

    place: int
    id: str
    created_at: datetime
    surface: str
    account: str | None
    account_name: str | None
    subject_kind: str
    subject_id: str
    subject: str | None
    play: str | None
    title: str | None
    route: str
    result: str | None
    playbook_version: str | None
    model_version: str | None
    reasons: tuple[str, ...]
    state: str


@dataclass(frozen=True, slots=True)
class FoundDecisions:
    """A page, newest first, with whether there are newer and older ones. `count`: how many fit altogether, where it was counted."""

    decisions: Sequence[FoundDecision]
    newer: bool
    older: bool
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Queued:
    """Which asks are looked at. `mine`: those for which an answer of the person with this address would count now."""

    mine: str = ""
    surface: str = ""
    role: str = ""
    account: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class AskPage:
    """A page of asks by id, with whether some stand before and after it, and how many there are. `start`: the number of the first.

    `lost`: the ask from which on the page was to begin is none, so that it is the first page.
    """

    asks: Sequence[str]
    before: bool
    after: bool
    count: int
    start: int
    surfaces: Sequence[str]
    roles: Sequence[str]
    lost: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """An ask with its decision as it is now, and every ask of that."""

    ask: Approval
    decision: Decision
    asks: Sequence[Approval]


class WaitingAsk(NamedTuple):
    """What of an ask says who may answer it; see `Approval`. `late`: its time is over, also where that is not noted yet."""

    round: int
    state: ApprovalState
    needed_role: str
    asked: Sequence[str]
    allowed: Sequence[str]
    requester: str | None
    answered_by: str | None
    passed_on_by: str | None
    late: bool


@dataclass(frozen=True, slots=True)
class Waiting:
    """Decisions that wait alike, so that the same people may answer: every ask of one, and by relation to the case the id of the colleague who stands
    in it. `ids`: of each of these decisions those of its asks, in that order.
    """

    surface: str
    relations: Mapping[str, str]
    asks: Sequence[WaitingAsk]
    ids: Sequence[Sequence[str]]


@dataclass(frozen=True, slots=True)
class Likeness:
    """What asks that are answered together have in common."""

    play: str
    surface: str
    verdict: str


@dataclass(frozen=True, slots=True)
class Alike:
    """So many asks that have it in common."""

    likeness: Likeness
    title: str
    count: int


class Lists(Protocol):
    """The part of the store that lists read."""

    async def find(self, wanted: Wanted, *, before: int | None, after: int | None, at_most: int) -> FoundDecisions:
        """A page of the decisions that fit, newest first: the newest, or those next to a place (older than `before`, newer than `after`)."""
        ...

    async def unread_heads(self) -> int:
        """How many decisions cannot be found yet by what stands in their records alone: rules, versions, words."""
        ...

    async def playbook_versions(self) -> list[str]:
        """The playbooks that were in force, the latest first."""
        ...

    async def queue(
        self, queued: Queued, *, at: datetime, soon: datetime, after: str | None, before: str | None, at_most: int,
        among: Sequence[str] | None = None,
    ) -> AskPage:  # fmt: skip
        """A page of the asks that wait and end after `at`: required ones first, then those that end before `soon`, then the others by priority.

        Of those `among` these ids alone, where they are named.
        """
        ...

    async def standing(self, at: datetime, *, of: Sequence[str] | None = None) -> Sequence[Waiting]:
        """Every decision of which an ask waits, with what says who may answer it, at that moment; or, of these, those that do.

        Without decisions whose only ask has ended by then, whether or not that is noted.
        """
        ...

    async def asked(self, ask_ids: Sequence[str]) -> list[Asked]:
        """Asks, each with its decision and every ask of that, in this order; without those that there are not."""
        ...

    async def alike(self, among: Sequence[str], *, plays: Sequence[str]) -> list[Alike]:
        """Groups of open asks of these plays, `among` these ids, that are neither sensitive nor edited; two at least, the largest first."""
        ...

    async def asks_alike(self, likeness: Likeness, among: Sequence[str], *, plays: Sequence[str], at_most: int | None = None) -> list[str]:
        """The ids of the asks of a group that are `among` these, the first to end first."""
        ...

"""What is kept of a run besides its decision: the run itself, asks, ledger entries, messages, holds, tokens."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from agent.domain.event import Event
from agent.domain.plays import Mode

RunState = Literal["new", "held", "asking", "waiting", "acting", "parked", "closed", "dead"]
"""new: not decided · held: part of a bulk change (`error` names the hold) · asking: a person must answer · waiting: until `wake_at` ·
acting: steps are running · parked: an effect is unknown, a person must look · closed · dead: failed too often, visible in the dead letters."""

ApprovalState = Literal["open", "snoozed", "approved", "edited", "rejected", "expired", "superseded", "blocked", "void"]
APPROVED: tuple[ApprovalState, ...] = ("approved", "edited")
ActionState = Literal["planned", "started", "done", "failed", "unknown"]


IN_HAND = "in_hand"
"""What an action's result says of an effect that a colleague still has to pass on."""

DATA_TASK = "data_task"
"""The kind of a ledger entry that is no step of a play: the CRM task that a rejection for wrong facts opens."""

WAITS_FOR = "waits for "
"""How the `error` of a run begins that a silent source keeps from going on: `waits for SOURCE since MOMENT: WHY`."""

NOT_YET = "is not done yet: "
"""How the `error` of a run begins whose effect surely did not happen, and that goes on by itself: `is not done yet: WHY`."""


@dataclass(frozen=True, slots=True)
class Run:
    """One trip of one event through the machine. `entry` is the node at which the next `drive` goes on."""

    id: str
    lane: str
    event: Event
    surface: str | None
    state: RunState
    created_at: datetime
    decision_id: str | None = None
    entry: str = "gather"
    wake_at: datetime | None = None
    attempts: int = 0
    error: str | None = None

    @property
    def goes_on(self) -> bool:
        """Whether something was decided about it, and nothing has kept it from going on: people have answered, say, or may undo it no more."""
        return self.state != "new" and self.decision_id is not None and self.error is None

    @property
    def turn(self) -> tuple[datetime, datetime, str]:
        """What runs of one lane go by: the order in which things happened, then that in which they were heard of."""
        return self.event.occurred_at, self.created_at, self.id

    @property
    def waits(self) -> bool:
        """Whether a silent source keeps it from going on."""
        return self.error is not None and self.error.startswith(WAITS_FOR)


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a silent source holds up: how many runs, and since when the first of them waits."""

    source: str
    runs: int
    since: datetime


class AskOf(Protocol):
    """What of an ask says who may answer it; see `Approval`."""

    @property
    def round(self) -> int: ...
    @property
    def state(self) -> ApprovalState: ...
    @property
    def needed_role(self) -> str: ...
    @property
    def asked(self) -> Sequence[str]: ...
    @property
    def allowed(self) -> Sequence[str]: ...
    @property
    def requester(self) -> str | None: ...
    @property
    def answered_by(self) -> str | None: ...
    @property
    def passed_on_by(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Approval:
    """One ask of one role. All asks of the current `round` must be approved before anything runs.

    `note` is what the person wrote who answered; `routing` says why these people are asked, where that is not plain; `ended` why nobody need
    answer any more. `passed_on_by` are those who said that it is not theirs, the first first, the last of them at `passed_on_at`.
    """

    id: str
    decision_id: str
    round: int
    digest: str
    state: ApprovalState
    needed_role: str
    asked: tuple[str, ...]
    allowed: tuple[str, ...]
    requester: str | None
    created_at: datetime
    expires_at: datetime
    remind_at: datetime | None = None
    delegate_at: datetime | None = None
    snoozed_until: datetime | None = None
    answered_by: str | None = None
    answer: str | None = None
    reason: str | None = None
    note: str | None = None
    at: datetime | None = None
    difference: tuple[str, ...] = ()
    routing: str | None = None
    ended: str | None = None
    passed_on_by: str | None = None
    passed_on_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """The ledger entry of one step on an outside system. `key` is unique for ever and is also the marker that the effect carries."""

    key: str
    decision_id: str
    step: int
    kind: str
    target: str
    payload: dict[str, Any]
    state: ActionState
    needs_approval: bool
    digest: str
    customer_visible: bool
    account: str | None
    at: datetime
    not_before: datetime | None = None
    error: str | None = None
    result: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Message:
    """Something to tell a colleague, kept until it is delivered: a card, a reminder, a notice, an alarm, what came of it."""

    id: str
    kind: Literal["ask", "reminder", "difference", "notice", "alarm", "done", "outcome"]
    to: tuple[str, ...]
    title: str
    body: str
    decision_id: str | None
    at: datetime
    data: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something that operators were told because nobody else would mend it, and who has taken it on since."""

    message: Message
    answered_by: str | None = None
    answered_at: datetime | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Machinery:
    """How the machine fares: what only a person can settle, what waits, and since when the first that is due was not driven."""

    dead: Sequence[Run]
    unknown: Sequence[Action]
    holds: "Sequence[Hold]"
    alarms: Sequence[Alarm]
    waiting: Sequence[Waiting]
    quarantined: int
    undelivered: int
    due: int
    due_since: datetime | None


@dataclass(frozen=True, slots=True)
class Hold:
    """A bulk change that is held back: one hold, one notice, any number of events."""

    id: str
    source: str
    actor: str
    why: str
    since: datetime
    events: int
    decision_id: str | None = None
    released_at: datetime | None = None
    released_by: str | None = None


ReviewLabel = Literal["good", "irrelevant", "unavailable", "low_margin", "repetitive", "insensitive", "poorly_timed", "impossible"]
"""`good`, or why it was bad: one of `agent.domain.decision.BAD_LABELS`."""


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What one person said of one decision afterwards. It counts once, however often they say it; the last word stands."""

    decision_id: str
    by: str
    label: ReviewLabel
    note: str
    at: datetime

    @property
    def endorsed(self) -> bool:
        """Whether they found it good."""
        return self.label == "good"


def verdicts(said: Iterable[Reviewed]) -> dict[str, bool]:
    """Whether reviewers endorse each decision that they labelled: one bad label is enough for a no."""
    found: dict[str, bool] = {}
    for one in said:
        found[one.decision_id] = found.get(one.decision_id, True) and one.endorsed
    return found


CapKind = Literal["guardrail", "unproven"]
"""guardrail: friction broke its limit · unproven: the playbook raised the surface to `auto`, and nothing has shown yet that it may."""


@dataclass(frozen=True, slots=True)
class Cap:
    """A mode that a surface is held at, whatever the playbook says, until somebody lifts it."""

    id: str
    surface: str
    kind: CapKind
    mode: Mode
    why: str
    playbook_version: str
    since: datetime
    guardrail: str | None = None
    lifted_at: datetime | None = None
    lifted_by: str | None = None
    lifted_why: str | None = None

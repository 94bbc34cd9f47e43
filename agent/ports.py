"""What the service and the graph need of the store: every method is one transaction, and says so by its name.

The store is the truth. A method that changes something either commits all of it or nothing, and is durable when it returns.
"""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any, Literal, Protocol

from agent.domain.asked_then import Beginnings
from agent.domain.decision import Decision
from agent.domain.event import Event
from agent.domain.evidence import Block, Evidence, OpenProposal, Past
from agent.domain.facts import Fact
from agent.domain.lift import Trial
from agent.domain.metrics import Fate, Hit, Struck
from agent.domain.modes import Friction
from agent.domain.outcome import Change, Watch, Watched
from agent.domain.precedent import Precedent
from agent.domain.records import Action, Alarm, Approval, Cap, CapKind, Hold, Message, Reviewed, Run, Waiting
from agent.domain.reliability import Foretold
from agent.listing import Answered, Fared, Lists
from agent.playbook.drafts import Draft, DraftState, DraftTrial, PlaybookReign, Publication


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event as it came in: normalised, with the raw bytes and their hash for the inbox."""

    event: Event
    raw: bytes
    sha256: str


Accepted = Literal["new", "duplicate", "conflict"]


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the audit log: who did what to what, and when (by default: when the change it goes with happened)."""

    kind: str
    who: str
    ref: str
    data: dict[str, Any]
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class DecisionRow:
    """A line of the decision list."""

    id: str
    run_id: str
    created_at: datetime
    surface: str
    account: str | None
    subject_kind: str
    subject_id: str
    route: str
    play: str | None
    title: str | None
    reasons: tuple[str, ...]
    state: str


@dataclass(frozen=True, slots=True)
class OpenAsk:
    """An ask that is open or snoozed, with what of its decision says whether the playbook still has it done: the surface, the play, the trigger."""

    ask: Approval
    surface: str
    play: str
    trigger: str


@dataclass(frozen=True, slots=True)
class Scope:
    """Which watches: those of some decisions; those due before a moment; or those about a subject, its account or a contact."""

    subject: tuple[str, str] = ("", "")
    account: str | None = None
    recipient: str | None = None
    since: datetime | None = None
    decisions: tuple[str, ...] = ()
    due: datetime | None = None
    at_most: int = 10_000


@dataclass(frozen=True, slots=True)
class History:
    """Our own past, as decisions read it. `labels` counts answered cases by play kind."""

    past: list[Past]
    open_proposals: list[OpenProposal]
    blocks: list[Block]
    labels: dict[str, int]
    caps: list[Cap] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Kept:
    """A decision with what became of it, and what it was made from: None for an event that was only recorded, or where that is gone."""

    decision: Decision
    evidence: Evidence | None

    @property
    def lost(self) -> bool:
        """Something was decided, and nobody can tell any more from what."""
        return self.evidence is None and bool(self.decision.candidates)


@dataclass(frozen=True, slots=True)
class Pace:
    """Day by day (UTC) how many were `decided asked delivered converted`; and by surface in what time half of the answered asks were answered."""

    days: Mapping[date, Mapping[str, int]]
    answered_in: Mapping[str, timedelta]


@dataclass(frozen=True, slots=True)
class Tally:
    """A time with its decisions: how they fared, those together that fared alike; how quickly; and what was foretold, beside what came."""

    fates: Sequence[Fate]
    pace: Pace
    foretold: Foretold


class Option(Protocol):
    """A candidate as a record names it."""

    @property
    def id(self) -> str: ...
    @property
    def play(self) -> str: ...
    @property
    def channel(self) -> str: ...
    @property
    def recipient(self) -> str | None: ...
    @property
    def material(self) -> str | None: ...
    @property
    def target(self) -> str | None: ...
    @property
    def params(self) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Outline:
    """What rules look at: the evidence, and the candidates of the record with the choice among them."""

    evidence: Evidence
    options: Sequence[Option]
    choice: str | None


class Sealed(Protocol):
    """A decision as the store holds it. It is opened only as far as somebody looks: most of a long history need not be opened at all.

    Can be sent to another process. Everything raises Damaged or UnknownShape like the store's own readings.
    """

    @property
    def id(self) -> str: ...
    @property
    def created_at(self) -> datetime: ...
    @property
    def surface(self) -> str: ...
    @property
    def account(self) -> str | None: ...
    @property
    def play(self) -> str | None:
        """The play that was chosen, if any."""
        ...

    @property
    def playbook_version(self) -> str: ...
    @property
    def state(self) -> Literal["decided", "recorded", "lost"]:
        """recorded: its event started no work, so nothing was decided · lost: what it was decided from is gone."""
        ...

    def bare(self) -> Evidence:
        """Its evidence without the facts and without the colleagues, who are most of it: with the account family and its past."""
        ...

    def facts(self) -> Sequence[Fact]: ...
    def outline(self) -> Outline: ...
    def evidence(self) -> Evidence: ...
    def recorded(self) -> Decision:
        """As it was first written."""
        ...

    def decision(self) -> Decision:
        """With what became of it."""
        ...


@dataclass(frozen=True, slots=True)
class ModelVersion:
    """What is kept of a training beside the parameters: on how many outcomes and labels, until when, by whom, and how well it does.

    `loss_before` is the log loss (nats) of the plays' priors alone, `loss_after` that of the model on outcomes that it was not fitted to; None
    without outcomes. The report has both by kind of play, and the reliability of the calibrations.
    """

    version: str
    made_at: datetime
    made_by: str
    trained_until: datetime
    cases: int
    labels: int
    loss_before: float | None
    loss_after: float | None
    report: dict[str, Any]


Line = Literal["score", "triage"]
"""What a model is for: to score candidates, or to tell what a ticket is about."""


@dataclass(frozen=True, slots=True)
class Training:
    """A day on which the clock trained: how much there was to learn from, how much was waited for, and the model that came of it."""

    day: date
    at: datetime
    seen: int
    waiting: int
    version: str


@dataclass(frozen=True, slots=True)
class Reign:
    """A time in which a model was in force. While a `pinned` one is, training makes new models but does not put them in force."""

    version: str
    since: datetime
    until: datetime | None
    by: str
    why: str
    pinned: bool


class Store(Lists, Protocol):
    """The system of record."""

    # --- inbox and runs
    async def accept(self, arrivals: Sequence[tuple[Arrival, Run]], at: datetime) -> list[Accepted]:
        """Insert each event and its run once. Same id and hash: duplicate. Same id, other hash: quarantined as a conflict."""
        ...

    async def heard(self, source: str, event_ids: Collection[str]) -> Collection[str]:
        """Those of a source's events that were accepted before."""
        ...

    async def quarantine(self, source: str, event_id: str, raw: bytes, why: str, at: datetime) -> None: ...
    async def how_many_quarantined(self) -> int: ...
    async def run(self, run_id: str) -> Run | None: ...
    async def run_of_event(self, source: str, event_id: str) -> Run | None: ...
    async def asked_then(self, decision_id: str) -> Beginnings | None:
        """What is kept of how a decision's asks began; None for one that there is not."""
        ...

    async def raw_event(self, run_id: str) -> bytes | None:
        """The bytes in which a run's event came in."""
        ...

    async def due_runs(self, at: datetime) -> list[Run]:
        """Runs that `drive` may move: new or acting ones, asking ones with all answers in, waiting ones; each from its `wake_at` on; oldest first."""
        ...

    async def move_run(self, run_id: str, *, state: str, entry: str = "", wake_at: datetime | None = None, error: str | None = None) -> None: ...
    async def failed_attempt(self, run_id: str, error: str, *, at_most: int, retry_at: datetime) -> Run:
        """Count a failure; the run rests until `retry_at`, or becomes `dead` when it has failed `at_most` times."""
        ...

    async def waits_for(self, run_id: str, source: str, why: str, at: datetime, *, until: datetime | None = None) -> None:
        """Note on a run that it waits for a silent source; the first note stands. Nothing is counted; moving on takes it away.

        `until`: when it is tried again, where the source has said so.
        """
        ...

    async def not_yet(self, run_id: str, why: str) -> None:
        """Note on a run why its effect is not done yet. Nothing is counted; moving on takes it away."""
        ...

    async def waiting_runs(self) -> list[Waiting]:
        """What each silent source holds up."""
        ...

    async def latest_events(self, types: Sequence[str], *, at_most: int) -> list[Run]:
        """The newest events of these types with their runs, newest first."""
        ...

    async def recent_events(self, *, source: str, subject: tuple[str, str], since: datetime, until: datetime) -> list[Run]: ...
    async def moments_around(self, moment: datetime, *, source: str, actor: str, within: timedelta, at_most: int) -> list[datetime]:
        """When an actor's events happened: those nearest to the moment, at most so many until then and so many after it."""
        ...

    # --- decisions
    async def record(
        self,
        decision: Decision,
        evidence: Evidence | None,
        *,
        state: str,
        entry: str,
        wake_at: datetime | None,
        approvals: Sequence[Approval],
        actions: Sequence[Action],
        messages: Sequence[Message],
        supersede: Sequence[str],
        audit: Sequence[AuditEntry],
        watch: Watch | None = None,
    ) -> None:
        """Write decision, evidence (whose facts are the decision's), asks, planned actions, messages, audit and what it waits for, move the run
        on, and close superseded asks: one transaction.
        """
        ...

    async def recorded(self, decision_id: str) -> Decision | None:
        """The record as it was first written: without what people edited, asked, stopped or did afterwards."""
        ...

    async def decision(self, decision_id: str) -> Decision | None:
        """The record with its asks, actions and outcome as they are now."""
        ...

    async def whole(self, ids: Sequence[str]) -> dict[str, Decision]:
        """The same of several, by id."""
        ...

    async def evidence(self, decision_id: str) -> dict[str, Any] | None:
        """What it was made from, as plain JSON; None for an event that was only recorded."""
        ...

    async def decisions(
        self, *, limit: int, surface: str | None = None, account: str | None = None, route: str | None = None
    ) -> list[DecisionRow]: ...

    def kept(self, *, since: datetime, until: datetime, surface: str | None = None) -> AsyncIterator[Kept]:
        """Every decision made from `since` on and before `until`, oldest first, each as `decision` gives it: read in batches."""
        ...

    def sealed(self, *, since: datetime, until: datetime, accounts: Sequence[str] | None = None, surface: str | None = None) -> AsyncIterator[Sealed]:
        """The same decisions, unopened; of some accounts, or of a surface, alone where they are named."""
        ...

    def precedents(self, *, since: datetime, until: datetime) -> AsyncIterator[Precedent]:
        """Of the same decisions those that a model may learn from: what came of them was observed, or somebody answered or labelled them."""
        ...

    async def versions(self, *, since: datetime, until: datetime) -> Mapping[str, int]:
        """How many of these decisions each version of the playbook made."""
        ...

    async def how_many(self, *, since: datetime, until: datetime, surface: str) -> int:
        """How many of these decisions are a surface's."""
        ...

    # --- models
    async def models(self, line: Line = "score") -> list[ModelVersion]:
        """Every model that was made, newest first."""
        ...

    async def model_parameters(self, version: str, line: Line = "score") -> str | None:
        """The parameters of a model as they are stored; None when there is no such model."""
        ...

    async def reigns(self, line: Line = "score") -> list[Reign]:
        """Which models were in force, newest first; the first has no end. None at all: the priors always were."""
        ...

    async def training_due(self, day: date) -> bool:
        """Whether the day's training has not been done, and something has come since the last one, or was waited for then, that may teach."""
        ...

    async def last_training(self, line: Line) -> Training | None:
        """The newest training of the clock's; None before the first."""
        ...

    async def note_training(self, training: Training, line: Line) -> None:
        """Note that a day's training was tried, unless the day's is noted: nobody tries again on the day."""
        ...

    async def keep_training(
        self, made: ModelVersion, parameters: str, *, day: date | None, waiting: int, why: str | None, line: Line = "score", seen: int | None = None
    ) -> bool:  # fmt: skip
        """Keep a model unless it is kept already, and note the day's training with how much it still waits for: one transaction.

        `seen`: how much there was to learn from; of models that score the store itself counts it.
        A new model is put in force for the reason `why`, unless a pinned one is in force. Returns whether it was new.
        """
        ...

    async def put_model_in_force(self, version: str, *, by: str, why: str, at: datetime, pinned: bool, line: Line = "score") -> bool:
        """End the reign of the model in force and begin that of another. False, and nothing changes, when it is in force so already."""
        ...

    # --- asks
    async def approvals(self, decision_id: str) -> list[Approval]: ...
    async def approval(self, approval_id: str) -> Approval | None: ...
    async def open_asks(self) -> list[OpenAsk]:
        """Those that wait for an answer, the first to expire first."""
        ...

    async def answered_by(self, email: str, *, at_most: int) -> list[Approval]: ...
    async def answer(
        self, approval: Approval, *, proposal: dict[str, Any] | None, audit: AuditEntry, actions: Sequence[Action] = ()
    ) -> tuple[bool, Approval]:
        """Compare and set: write the answered `approval` if the stored one is still open or snoozed, and plan what follows from it.

        Returns whether this answer won, and the row as it now is.
        """
        ...

    async def ask_again(
        self, decision_id: str, approvals: Sequence[Approval], messages: Sequence[Message], proposal: dict[str, Any], audit: AuditEntry
    ) -> None:
        """Void the decision's earlier asks and planned actions, and open a new round."""
        ...

    async def change_ask(self, approval_id: str, changes: dict[str, Any], messages: Sequence[Message], audit: AuditEntry) -> bool:
        """Remind, delegate, expire or re-open an ask that is still open or snoozed. False when it was not."""
        ...

    # --- ledger
    async def plan_actions(self, actions: Sequence[Action]) -> None: ...
    async def actions(self, decision_id: str) -> list[Action]: ...
    async def looks_first(self, at: datetime) -> bool:
        """Whether the target is asked before an effect that was never begun here: this may be a restored copy."""
        ...

    async def start_action(self, key: str, at: datetime) -> bool:
        """planned -> started, unless blocked or not approved (the database refuses). False when it was not planned any more."""
        ...

    async def finish_action(self, key: str, *, state: str, at: datetime, error: str | None = None, result: dict[str, Any] | None = None) -> None: ...
    async def stop(
        self, decision_id: str, *, code: str, text: str, reconsider_until: datetime | None, audit: AuditEntry, at: datetime | None = None
    ) -> None:
        """Add the coded reason to the decision, void its open asks, and remember until when it may be reconsidered once."""
        ...

    async def to_reconsider(self, at: datetime) -> list[str]:
        """Decisions that were stopped after approval, may still be reconsidered at `at`, and have not been."""
        ...

    async def reconsidered(self, decision_id: str) -> None: ...

    async def undo(self, decision_id: str, *, by: str, at: datetime, steps: Sequence[Action] = ()) -> int:
        """Cancel the decision's planned actions and close its run, unless one has started; how many were cancelled.

        `steps` are what will be planned once the engine sees that nobody need answer any more: they are cancelled too.
        """
        ...

    async def held_runs(self, hold_id: str) -> list[Run]:
        """The runs that an open hold holds back, oldest first. Raises NotFound for no such hold or one already released."""
        ...

    async def release_hold(self, hold_id: str, *, held: Sequence[str], instead: Sequence[tuple[Arrival, Run]], by: str, at: datetime) -> bool:
        """Mark a hold released, close the held runs and accept what is decided instead of them: one transaction.

        False, and nothing changes, when other runs than `held` are held back by now. Raises NotFound like `held_runs`.
        """
        ...

    async def cancel_actions(self, decision_id: str, why: str, at: datetime) -> int: ...
    async def effects_on(self, target: str, since: datetime) -> list[Action]: ...

    # --- history that decisions read
    async def history(self, accounts: Sequence[str], *, since: datetime, at: datetime) -> "History":
        """What earlier recommendations to these accounts became, what waits for an answer, and the blocks in force, in one read."""
        ...

    # --- operators
    async def blocks(self, at: datetime) -> list[Block]: ...
    async def block(self, block: Block, at: datetime) -> int:
        """Record the block and stop every pending ask and unsent effect it covers; returns how many were stopped."""
        ...

    async def unblock(self, target: str, ref: str, *, by: str, why: str, at: datetime) -> bool: ...
    async def hold(self, hold: Hold, *, run_id: str, recall_at: datetime | None = None) -> Hold:
        """Open the hold, or have the run join the one that is open already: it is then held back, and counted.

        With `recall_at`, the time it is, what the actor changed around then and nobody has answered yet joins a hold that opens.
        """
        ...

    async def holds(self) -> list[Hold]: ...
    async def unknown_actions(self) -> list[Action]: ...
    async def resolve_action(self, key: str, *, done: bool, by: str, why: str, at: datetime) -> Action:
        """Write what a person says of an unknown effect, and have its run go on. Raises NotFound, and Refused when it is not unknown."""
        ...

    async def dead_runs(self) -> list[Run]: ...
    async def discard_run(self, run_id: str, *, by: str, why: str, at: datetime) -> Run:
        """Close a dead run for good; what it had planned is not done. Raises NotFound, and Refused when it is not dead."""
        ...

    async def alarms(self, *, at_most: int) -> list[Alarm]:
        """Alarms, those first that nobody has taken on, the newest first."""
        ...

    async def answer_alarm(self, message_id: str, *, by: str, note: str, at: datetime) -> Alarm:
        """Take an alarm on. Raises NotFound; of two who do so the first stands."""
        ...

    async def inbox(self, *, at_most: int, before: tuple[datetime, str] | None = None, source: str | None = None) -> list[Run]:
        """Events as they came, the newest first, with where their runs stand; `before`: older than one received then, with that run."""
        ...

    async def retry_run(self, run_id: str, *, by: str, why: str, at: datetime) -> Run:
        """Have a dead run go on from where it was. Raises NotFound, and Refused when it is not dead."""
        ...

    async def messages(self, *, undelivered: bool) -> list[Message]: ...
    async def add_messages(self, messages: Sequence[Message]) -> None: ...
    async def delivered(self, message_id: str, at: datetime) -> None: ...
    async def note(self, entry: AuditEntry, at: datetime) -> None:
        """Keep what somebody said; nothing else changes."""
        ...

    # --- outcomes
    async def observe(self, decision_id: str, outcome: dict[str, Any], audit: AuditEntry) -> None: ...
    async def watched(self, scope: Scope) -> list[Watched]:
        """What the decisions in the scope wait for, with what is known of each. Deliveries open windows by themselves, with the ledger's entry."""
        ...

    async def revise(self, scope: Scope, step: Callable[[Sequence[Watched]], Sequence[tuple[Change, AuditEntry | None]]]) -> list[Change]:
        """Read what is in the scope, have `step` (pure) say what changes, and write that: one transaction, so that nobody is overwritten."""
        ...

    async def decision_of_action(self, key: str) -> str | None:
        """The decision that planned an effect."""
        ...

    # --- modes that surfaces are held at
    async def caps(self) -> list[Cap]:
        """Those in force."""
        ...

    async def cap(self, cap: Cap) -> bool:
        """Put it in force, in the place of an earlier one of its kind on the surface; False when one at that mode stands there."""
        ...

    async def lift_cap(self, surface: str, kind: CapKind, *, by: str, why: str, at: datetime) -> bool:
        """End what holds the surface; False when nothing of that kind does."""
        ...

    async def launch_passed(self, surface: str, playbook_version: str, *, at: datetime, by: str = "nextplay") -> bool:
        """A launch check passed under the playbook in force: a raise to `auto` is no longer unproven. Whether one was held back."""
        ...

    async def friction(self, surface: str, guardrail: str, *, since: datetime, until: datetime) -> Friction:
        """What was delivered in that time, and how much of it met with the guardrail; since the surface's last demotion or lifting at most."""
        ...

    # --- changes of the playbook
    async def add_draft(self, draft: Draft, audit: AuditEntry) -> Draft:
        """Keep a new draft; the store gives it its id."""
        ...

    async def draft(self, draft_id: int) -> Draft | None: ...
    async def drafts(self, *, states: Sequence[DraftState], limit: int) -> list[Draft]:
        """The newest drafts in these states, newest first."""
        ...

    async def write_draft(self, draft: Draft, audit: AuditEntry) -> bool:
        """Compare and set: write it where the stored one is one revision behind and still live. Else False, and nothing changes."""
        ...

    async def publish(self, publication: Publication, draft: Draft | None, audit: AuditEntry) -> Publication | None:
        """Put a set of changes in force, next after `seq - 1`, and write the draft that it came from: one transaction.

        None, and nothing changes, where another was published meanwhile or the draft was written to.
        """
        ...

    async def publication(self, seq: int) -> Publication | None: ...
    async def publications(self, *, limit: int) -> list[Publication]:
        """The newest, newest first."""
        ...

    async def playbook_reigns(self, *, limit: int, version: str | None = None) -> list[PlaybookReign]:
        """Which versions came into force, newest first; of one version alone where it is named."""
        ...

    async def keep_trial(self, trial: DraftTrial) -> None:
        """Keep what a revision of a draft would have done, in the place of an earlier finding."""
        ...

    async def trial(self, draft_id: int) -> DraftTrial | None:
        """The newest that was found out about a draft."""
        ...

    # --- reviews
    async def review(self, said: Reviewed) -> bool:
        """Write a person's word on a decision in the place of their earlier one. False where they said just that already. Raises NotFound."""
        ...

    async def reviews(self) -> list[Reviewed]:
        """Every label, oldest first."""
        ...

    async def reviews_of(self, decision_id: str) -> list[Reviewed]:
        """The labels of one decision, oldest first."""
        ...

    # --- metrics
    async def fared(self, *, since: datetime, until: datetime, surface: str | None = None) -> list[Fared]:
        """What became of each decision made in that time, oldest first, with what reviewers say of it. Events that started no work are none."""
        ...

    async def answers(self, *, since: datetime, until: datetime, surface: str | None = None) -> list[Answered]:
        """What people answered to the asks of these decisions."""
        ...

    async def tally(self, *, since: datetime, until: datetime, surface: str | None = None) -> Tally:
        """How the decisions of a time fared, how quickly, and what was foretold of them beside what came by `until`."""
        ...

    async def trials(self, surface: str, *, since: datetime, until: datetime) -> list[Trial]:
        """Decisions that the holdout could have held back, whose window had ended by `until`."""
        ...

    async def struck(self, *, since: datetime, until: datetime, surface: str | None = None) -> dict[str, Struck]:
        """What each rule struck out."""
        ...

    async def hits(self, *, since: datetime, until: datetime) -> dict[str, Hit]:
        """What each rule did."""
        ...

"""What becomes of a decision: what it waits for, and how its outcome changes when news comes, in time, late, twice or against earlier news.

`docs/outcomes.md` has the same as a table. An outcome has four parts that do not exclude each other: exposure (did it reach anybody), result
(did what was hoped for come about), guardrails (friction), attribution.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal

from agent.domain.decision import Decision, OutcomeRecord
from agent.domain.meanings import FINAL, OPPOSITES, Meaning, goes_forward
from agent.domain.plays import Play, StepKind

Arm = Literal["treated", "held_out", "shadow"]
Exposed = Literal["visible", "task", "any"]

FRICTION: dict[str, timedelta] = {"support_load": timedelta(days=7), "opted_out": timedelta(days=30), "complaint": timedelta(days=30)}
"""How long after delivery friction still counts against a decision, where it is not `USUAL_FRICTION`."""
USUAL_FRICTION = timedelta(days=14)
CONCESSIONS = ("discount_pct", "refund")
BOUNCES_WITHIN = timedelta(days=7)
"""A message that was not delivered comes back within days; later ones are about another."""

_ACCOUNT_WIDE = ("account.", "deal.created")
"""Awaited events that concern the whole account, whatever their subject is."""


@dataclass(frozen=True, slots=True)
class Watch:
    """What one decision waits for, fixed by the playbook that decided. Kept from the decision on, also for what is shown to nobody.

    `event` is None for a play without an outcome. The window opens at delivery (`opened_at`); until then `due_at` counts from the decision.
    `met_at` is when the awaited event first happened after the decision, delivered or not: what the two arms of a holdout are compared by.
    `in_trial`: the holdout could have held it back. `worth`: minutes that the play states for a success, None where it is about money.
    """

    decision: str
    surface: str
    play: str
    arm: Arm
    in_trial: bool
    account: str | None
    family: str | None
    subject_kind: str
    subject_id: str
    recipient: str | None
    event: str | None
    window: timedelta
    on_silence: str
    exposed_by: Exposed
    worth: float | None
    stage: str | None
    decided_at: datetime
    due_at: datetime
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    met_at: datetime | None = None

    @property
    def from_then(self) -> datetime:
        """The moment from which the awaited event counts for the result."""
        return self.opened_at or self.decided_at

    def counts(self, at: datetime) -> bool:
        """Whether something that happened at `at` is within the window; its last moment included."""
        return self.from_then <= at <= self.due_at


@dataclass(frozen=True, slots=True)
class Watched:
    """A watch with what is known so far, and whether anything of the decision was done."""

    watch: Watch
    known: OutcomeRecord | None = None
    begun: bool = False

    @property
    def credited(self) -> bool:
        """Whether a success can be put down to it: it reached somebody, and no person has undone it."""
        return self.exposure == "delivered" and not (self.known is not None and "overridden" in self.known.guardrails)

    @property
    def exposure(self) -> str:
        """Whether it reached anybody, as far as is known now."""
        if self.known is not None and self.known.exposure == "bounced":
            return "bounced"
        if self.watch.opened_at is not None:
            return "delivered"
        return "not_exposed" if self.begun or self.watch.arm != "treated" else "not_taken"


@dataclass(frozen=True, slots=True)
class News:
    """One thing that happened: the awaited event (`met`), its opposite (`failed`), an advance taken back (`undone`), or a `bounced` message."""

    kind: Literal["met", "failed", "undone", "bounced"]
    metric: str
    at: datetime
    amount: float | None = None
    attribution: Literal["primary", "assist"] | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of a watch and its record. `late`: it happened after the window, and is only noted."""

    watch: Watch
    outcome: OutcomeRecord | None
    late: bool = False


def watch_for(decision: Decision, play: Play, *, family: Sequence[str], in_trial: bool) -> Watch:
    """What a decision for this play waits for, from the moment it was made."""
    outcome, score = play.outcome, decision.chosen.score if decision.chosen else None
    window = outcome.window if outcome else play.window
    stage = next((fact.value for fact in decision.facts if fact.name == "deal.stage"), None)
    subject = decision.subject
    return Watch(
        decision=decision.id, surface=decision.surface, play=play.id, arm=_arm(decision), in_trial=in_trial, account=subject.account,
        family=min(family, default=subject.account), subject_kind=subject.kind, subject_id=subject.id,
        recipient=decision.proposal.recipient if decision.proposal else None, event=outcome.event if outcome else None, window=window,
        on_silence=outcome.on_silence if outcome else "ignored", exposed_by=exposed_by(play),
        worth=score.value if score and play.unit == "minutes" else None, stage=stage if isinstance(stage, str) else None,
        decided_at=decision.created_at, due_at=decision.created_at + window,
    )  # fmt: skip


def _arm(decision: Decision) -> Arm:
    if decision.mode in ("off", "shadow"):
        return "shadow"
    return "held_out" if decision.route == "holdout" else "treated"


def exposed_by(play: Play) -> Exposed:
    """Which of a play's effects reach whom it is for: what the customer sees; a task only when a colleague has completed it; else any."""
    if play.customer_visible:
        return "visible"
    kinds = {step.do for step in play.steps}
    return "task" if StepKind.TASK in kinds and kinds <= {StepKind.TASK, StepKind.NOTE, StepKind.TAGS} else "any"


def gives_away(params: Mapping[str, Any]) -> bool:
    """Whether parameters of a play give the customer a discount or a refund."""
    return any(float(params.get(name) or 0) > 0 for name in CONCESSIONS)


def exposes(watch: Watch, kind: str, *, customer_visible: bool) -> bool:
    """Whether an effect of this kind, once done, is the delivery."""
    match watch.exposed_by:
        case "visible":
            return customer_visible
        case "task":
            return False
        case "any":
            return kind not in (StepKind.NOTE, StepKind.TAGS)


def delivered(watch: Watch, at: datetime) -> Watch:
    """The watch with its window open since the delivery, the first one. Where it had been closed for want of one, it is open again."""
    if watch.opened_at is not None:
        return watch
    return replace(watch, opened_at=at, due_at=at + watch.window, closed_at=None)


# --- which decisions an event is about ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Happened:
    """An event as outcomes are told by it. `decision`: the one that it says it is about, where it says so."""

    meaning: Meaning
    kind: str
    subject: str
    account: str | None
    at: datetime
    amount: float | None = None
    requester: str | None = None
    decision: str | None = None


def about(watch: Watch, what: Happened) -> bool:
    """Whether an event can be the outcome of a decision: the one it names, else the same subject where both have one of its kind, else account."""
    if what.decision is not None:
        return watch.decision == what.decision
    wide = bool(watch.event) and str(watch.event).startswith(_ACCOUNT_WIDE)
    if watch.subject_kind == what.kind and not wide:
        return watch.subject_id == what.subject
    return watch.account is not None and watch.account == what.account


def news_of(watched: Sequence[Watched], what: Happened) -> list[tuple[Watched, News]]:
    """What an event tells of each of these decisions. Of those that it is a success of, the last delivered before it is the primary one."""
    met = [one for one in watched if _is_met(one.watch, what)]
    credited = [one for one in met if one.credited and one.watch.counts(what.at)]
    primary = max(credited, key=lambda one: (one.watch.from_then, one.watch.decision), default=None)
    found = [(one, _met(one, what, primary if one in credited else None)) for one in met]
    found.extend((one, other) for one in watched if one not in met and (other := _contrary(one.watch, what)) is not None)
    theirs = (one for one in watched if what.kind == "contact" and one.watch.recipient == what.subject)
    if what.meaning.bounced and (last := _last_reached(theirs, what.at, BOUNCES_WITHIN)):
        found.append((last, News("bounced", "email.bounced", what.at)))
    return found


def _is_met(watch: Watch, what: Happened) -> bool:
    if watch.event is None or watch.event not in what.meaning.names or not about(watch, what):
        return False
    return watch.event != "deal.advanced" or goes_forward(what.meaning.stage, watch.stage)


def _met(one: Watched, what: Happened, primary: Watched | None) -> News:
    first = primary is one
    attribution: Literal["primary", "assist"] | None = None if primary is None else "primary" if first else "assist"
    amount = (what.amount if one.watch.worth is None else one.watch.worth) if first else None
    return News("met", str(one.watch.event), what.at, amount, attribution)


def _contrary(watch: Watch, what: Happened) -> News | None:
    if watch.event is None or not about(watch, what):
        return None
    against = OPPOSITES.get(watch.event, frozenset()) & what.meaning.names
    if against:
        return News("failed", min(against), what.at)
    back = watch.event == "deal.advanced" and "deal.advanced" in what.meaning.names
    return News("undone", "deal.stage_changed", what.at) if back else None


def rubbed(watched: Iterable[Watched], what: Happened, name: str, *, watching: Collection[str] = ()) -> Watched | None:
    """The decision that friction is counted against: the last that was delivered before it to that contact, on that ticket or subject.

    `watching`: the surfaces that list the guardrail; where that is not plain friction (`support_load`), only they count it.
    """
    within = FRICTION.get(name, USUAL_FRICTION)
    if what.decision is not None:
        return _last_reached((one for one in watched if one.watch.decision == what.decision), what.at, within)
    if name == "support_load":
        theirs = [one for one in watched if one.watch.surface in watching and one.watch.subject_kind != "ticket"]
        return _last_reached((one for one in theirs if one.watch.recipient == what.requester), what.at, within)
    if what.kind == "contact":
        return _last_reached((one for one in watched if one.watch.recipient == what.subject), what.at, within)
    return _last_reached((one for one in watched if (one.watch.subject_kind, one.watch.subject_id) == (what.kind, what.subject)), what.at, within)


def _last_reached(fitting: Iterable[Watched], at: datetime, within: timedelta) -> Watched | None:
    reached = [
        one for one in fitting if one.exposure == "delivered" and one.watch.opened_at and one.watch.opened_at <= at <= one.watch.opened_at + within
    ]
    return max(reached, key=lambda one: (one.watch.from_then, one.watch.decision), default=None)


# --- how an outcome changes ---------------------------------------------------------------------------------------------


def changes_of(watched: Sequence[Watched], what: Happened) -> list[Change]:
    """What an event changes, decision by decision. Amounts count once: a second one on the same subject is not kept."""
    changes = [change for one, news in news_of(watched, what) if (change := hear(one, _once(watched, one, news))) is not None]
    return [*changes, *_promoted(watched, changes)]


def hear(one: Watched, news: News) -> Change | None:
    """What one piece of news changes; None when it changes nothing. See the table in `docs/outcomes.md`."""
    watch = _marked(one.watch, news)
    if news.at < watch.from_then:
        return Change(watch, None) if watch != one.watch else None
    if news.kind == "bounced":
        return _bounce(one, news)
    if not watch.counts(news.at):
        return Change(watch, None, late=_is_news(one, news))
    outcome = _heard(one, news)
    return Change(watch, outcome) if outcome is not None or watch != one.watch else None


def close(one: Watched) -> Change:
    """The window is over. What was not heard of by then is silence, and means what the play says; of what reached nobody it means nothing."""
    watch = replace(one.watch, closed_at=one.watch.due_at)
    if one.known is not None and (one.known.result is not None or one.exposure == "bounced"):
        return Change(watch, None)
    return Change(watch, _silent(one))


def with_guardrail(one: Watched, name: str, at: datetime) -> OutcomeRecord | None:
    """The record with a guardrail more; None when it is there already."""
    known = one.known or _blank(one)
    if name in known.guardrails:
        return None
    return known.model_copy(update={"guardrails": [*known.guardrails, name], "at": known.at or at})


def _blank(one: Watched) -> OutcomeRecord:
    return OutcomeRecord(exposure=one.exposure, result=None, metric=None, value=None, at=None, guardrails=[], attribution=None)


def _with(one: Watched, **known: Any) -> OutcomeRecord:
    return (one.known or _blank(one)).model_copy(update={"exposure": one.exposure, **known})


def _marked(watch: Watch, news: News) -> Watch:
    """With the first moment at which the awaited event happened since the decision, whether or not anything reached anybody."""
    if news.kind != "met" or news.at < watch.decided_at or (watch.met_at is not None and watch.met_at <= news.at):
        return watch
    return replace(watch, met_at=news.at)


def _heard(one: Watched, news: News) -> OutcomeRecord | None:
    if one.exposure in ("not_taken", "bounced"):
        return None
    match news.kind:
        case "met":
            return _met_now(one, news)
        case "failed":
            return _failed_now(one, news)
        case _:
            return _undone_now(one, news)


def _met_now(one: Watched, news: News) -> OutcomeRecord | None:
    known = one.known
    if known is not None and known.result == "converted":
        gains = known.value is None and news.amount is not None and news.attribution == "primary" == known.attribution
        return known.model_copy(update={"value": news.amount}) if gains else None
    told_lost = known is not None and known.result == "lost" and known.metric is not None
    if known is not None and told_lost and (known.metric in FINAL or (known.at is not None and news.at < known.at)):
        return None
    credited = one.credited
    return _with(
        one, result="converted", metric=news.metric, at=news.at, value=news.amount if credited else None,
        attribution=news.attribution if credited else None,
    )  # fmt: skip


def _failed_now(one: Watched, news: News) -> OutcomeRecord | None:
    known = one.known
    if known is not None and known.metric is not None and (known.result == "lost" or (known.at is not None and news.at < known.at)):
        return None
    return _with(one, result="lost", metric=news.metric, at=news.at, value=None, attribution=None)


def _undone_now(one: Watched, news: News) -> OutcomeRecord | None:
    known = one.known
    if known is None or known.result != "converted" or (known.at is not None and news.at < known.at):
        return None
    if one.watch.closed_at is not None:
        return _silent(one)
    return _with(one, result=None, metric=None, at=news.at, value=None, attribution=None)


def _silent(one: Watched) -> OutcomeRecord:
    """Silence. Nothing is assumed of what reached nobody; what nobody approved or did has no result at all."""
    result: str | None = one.watch.on_silence
    if one.exposure == "not_taken" or one.watch.event is None:
        result = None
    elif one.exposure == "not_exposed" and result == "assumed":
        result = "ignored"
    value = one.watch.worth if result == "assumed" else None
    return _with(one, result=result, metric=None, at=one.watch.due_at, value=value, attribution=None)


def _bounce(one: Watched, news: News) -> Change | None:
    """It never arrived: whatever came about was not by it, and the wait is over."""
    if one.exposure != "delivered":
        return None
    outcome = _with(one, result=None, metric=None, at=news.at, value=None, attribution=None).model_copy(update={"exposure": "bounced"})
    return Change(one.watch, outcome)


def _is_news(one: Watched, news: News) -> bool:
    """Whether something that came too late would have changed the result: only that is worth a note."""
    in_time = replace(one, watch=replace(one.watch, due_at=max(one.watch.due_at, news.at)))
    return _heard(in_time, news) is not None


def _once(watched: Sequence[Watched], one: Watched, news: News) -> News:
    """Without its amount where another decision on the same subject carries one. Minutes are each decision's own."""
    if news.amount is None or one.watch.worth is not None:
        return news
    subject = (one.watch.subject_kind, one.watch.subject_id)
    for other in watched:
        same = other.watch.decision != one.watch.decision and (other.watch.subject_kind, other.watch.subject_id) == subject
        if same and other.watch.worth is None and other.known is not None and other.known.value is not None:
            return replace(news, amount=None)
    return news


def _promoted(watched: Sequence[Watched], changes: Sequence[Change]) -> list[Change]:
    """When what carried a success turns out to have bounced, the last of those that assisted carries it."""
    touched = {change.watch.decision: change for change in changes}
    found = []
    for one in watched:
        change = touched.get(one.watch.decision)
        lost = one.known if change and change.outcome and change.outcome.exposure == "bounced" else None
        if lost is None or lost.attribution != "primary":
            continue
        helped = [o for o in watched if o.known and o.known.attribution == "assist" and o.known.at == lost.at and o.watch.decision not in touched]
        heir = max(helped, key=lambda o: (o.watch.from_then, o.watch.decision), default=None)
        if heir is not None and heir.known is not None:
            value = lost.value if heir.watch.worth is None else heir.watch.worth
            found.append(Change(heir.watch, heir.known.model_copy(update={"attribution": "primary", "value": value})))
    return found

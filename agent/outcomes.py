"""What became of recommendations: later events are matched to decisions by subject, play and window; what stays silent is closed by a sweep."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from agent.domain.event import Event
from agent.domain.meanings import MONEY, Meaning, meaning_of
from agent.domain.outcome import Change, Happened, Watched, changes_of, close, delivered, rubbed, with_guardrail
from agent.domain.playbook import Playbook
from agent.domain.records import APPROVED, IN_HAND, Action
from agent.graph import cards
from agent.identity import Standing
from agent.ports import AuditEntry, Scope, Store
from tools.money import convert
from tools.ports import Crm

LOOK_BACK = timedelta(days=400)
OVERRIDE_WINDOW = timedelta(days=7)
AT_ONCE = 500
"""So many windows are closed in one transaction: the others need not wait for all of them."""

DECISION = "decision"
"""In the data of an event: the id of the decision that it is an outcome of."""

_OVERRIDES = {"ticket.group_changed": ("assign_group", "group"), "ticket.priority_changed": ("set_priority", "priority")}

Told = tuple[Change, AuditEntry | None]


@dataclass(frozen=True, slots=True)
class Observing:
    """What outcomes are told by: the store, the CRM for rates, and the policy in force."""

    store: Store
    crm: Crm
    playbook: Playbook
    at: datetime


async def observe(by: Observing, standing: Standing) -> None:
    """Note what an event says of earlier decisions; told twice, it changes nothing the second time."""
    meaning = meaning_of(standing.event, standing.record)
    if meaning.task is not None:
        await _completed(by, standing, meaning.task)
    if meaning:
        await _told(by, standing, meaning)
    if standing.event.type in _OVERRIDES:
        await _overridden(by, standing)


async def sweep(store: Store, at: datetime) -> int:
    """Close the windows that are over: silence becomes what the play says. How many were closed; a second pass closes nothing more."""

    def step(watched: Sequence[Watched]) -> list[Told]:
        return [(change, _closed(change, at)) for change in map(close, watched)]

    count, closed = 0, AT_ONCE
    while closed == AT_ONCE:
        closed = len(await store.revise(Scope(due=at, at_most=AT_ONCE), step))
        count += closed
    return count


def _closed(change: Change, at: datetime) -> AuditEntry | None:
    outcome = change.outcome
    said = {"exposure": outcome.exposure, "result": outcome.result, "silent_until": change.watch.due_at} if outcome else {}
    return AuditEntry("outcome", "nextplay", change.watch.decision, said, at) if outcome else None


async def _told(by: Observing, standing: Standing, meaning: Meaning) -> None:
    """Results and friction that an event tells of."""
    event = standing.event
    requester = standing.record.get("requester") if event.type == "ticket.created" else None
    recipient = event.subject_id if event.subject_kind == "contact" else requester
    scope = Scope((event.subject_kind, event.subject_id), event.account, recipient, event.occurred_at - LOOK_BACK)
    named = named_by(event)
    if named is not None:
        scope = Scope(decisions=(named,))
    watched = await by.store.watched(scope)
    if not watched:
        return
    what = Happened(
        meaning, event.subject_kind, event.subject_id, event.account, event.occurred_at, await _amount(by, standing, meaning),
        requester=requester, decision=named,
    )  # fmt: skip
    watching = {name: _watching(by.playbook, name) for name in meaning.guardrails}

    def step(now: Sequence[Watched]) -> list[Told]:
        return _with_entries(now, changes_of(now, what), what, watching, standing, by.at)

    if step(watched):
        before = {one.watch.decision: one for one in watched}
        for change in await by.store.revise(scope, step):
            if _is_success(change, before.get(change.watch.decision)):
                await _tell(by, change)


def named_by(event: Event) -> str | None:
    """The decision that an event says it is about, as a target can that keeps our ids."""
    named = event.data.get(DECISION)
    return str(named) if named else None


def _with_entries(
    now: Sequence[Watched], changes: Sequence[Change], what: Happened, watching: dict[str, frozenset[str]], standing: Standing, at: datetime
) -> list[Told]:
    """The changes with what the audit log says of each, and friction on top of them."""
    event = standing.event
    told: list[Told] = []
    for change in changes:
        outcome, said = change.outcome, {"event": event.id, "type": event.type}
        kind = "outcome.late" if change.late else "outcome"
        result = {"metric": outcome.metric, "result": outcome.result, "exposure": outcome.exposure} if outcome else {}
        told.append((change, AuditEntry(kind, event.source, change.watch.decision, {**said, **result}, at) if outcome or change.late else None))
    after = {change.watch.decision: change for change in changes}
    for name in sorted(what.meaning.guardrails):
        against = rubbed(now, what, name, watching=watching[name])
        if against is None:
            continue
        latest = _after(against, after.get(against.watch.decision))
        if (outcome := with_guardrail(latest, name, what.at)) is not None:
            entry = AuditEntry(name, event.actor or event.source, against.watch.decision, {"event": event.id, "type": event.type}, at)
            told.append((Change(latest.watch, outcome), entry))
    return told


def _after(one: Watched, change: Change | None) -> Watched:
    return one if change is None else replace(one, watch=change.watch, known=change.outcome or one.known)


def _watching(playbook: Playbook, guardrail: str) -> frozenset[str]:
    return frozenset(surface.id for surface in playbook.surfaces.values() if guardrail in surface.outcome.names)


async def _amount(by: Observing, standing: Standing, meaning: Meaning) -> float | None:
    """What was earned, in the reporting currency at today's rate; None where nothing was, or nobody can say."""
    if not meaning.names & MONEY:
        return None
    money: Any = standing.record.get("amount") or standing.record.get("value")
    return (await convert(by.crm, money, by.at, by.playbook.reporting_currency)).value


def _is_success(change: Change, before: Watched | None) -> bool:
    was = before.known.result if before is not None and before.known is not None else None
    return change.outcome is not None and change.outcome.result == "converted" != was and change.outcome.attribution == "primary"


async def _tell(by: Observing, change: Change) -> None:
    """Tell those who approved it, each once: what their answers lead to is how they learn to give them."""
    decision_id, outcome = change.watch.decision, change.outcome
    decision = await by.store.decision(decision_id)
    asks = [ask for ask in await by.store.approvals(decision_id) if ask.state in APPROVED and ask.answered_by]
    last = max((ask.round for ask in asks), default=0)
    if decision is not None and asks and outcome is not None and outcome.metric is not None and outcome.at is not None:
        metric, happened = outcome.metric, outcome.at
        notices = [cards.outcome_notice(decision, ask, metric, happened, by.at) for ask in asks if ask.round == last]
        await by.store.add_messages(notices)


async def _completed(by: Observing, standing: Standing, marker: str) -> None:
    """A colleague has done the task that a decision opened, or passed on what they had in hand: only now has it reached anybody."""
    decision = await by.store.decision_of_action(marker)
    if decision is None:
        return
    happened = standing.event.occurred_at
    handed = any(action.key == marker and IN_HAND in action.result for action in await by.store.actions(decision))

    def step(now: Sequence[Watched]) -> list[Told]:
        return [_delivered(one, happened, standing) for one in now if (handed or one.watch.exposed_by == "task") and one.watch.opened_at is None]

    await by.store.revise(Scope(decisions=(decision,)), step)


def _delivered(one: Watched, at: datetime, standing: Standing) -> Told:
    watch, known = delivered(one.watch, at), one.known
    outcome = known.model_copy(update={"exposure": "delivered", "result": None, "metric": None}) if known else None
    event = standing.event
    return Change(watch, outcome), AuditEntry("task.completed", event.actor or event.source, watch.decision, {"event": event.id}, at)


async def _overridden(by: Observing, standing: Standing) -> None:
    event, since = standing.event, standing.event.occurred_at - OVERRIDE_WINDOW
    done = await by.store.effects_on(event.subject_id, since)
    if undone := overridden_by(standing, done, since):
        outcome = {"guardrails": ["overridden"], "at": event.occurred_at}
        await by.store.observe(undone, outcome, AuditEntry("overridden", event.actor or event.source, undone, {"event": event.id}, by.at))


def overridden_by(standing: Standing, actions: Iterable[Action], since: datetime) -> str | None:
    """The decision whose effect a person has just changed to something else."""
    event = standing.event
    kind, field = _OVERRIDES.get(event.type, ("", ""))
    ours = [a for a in actions if a.kind == kind and a.state == "done" and since <= a.at <= event.occurred_at]
    if not ours:
        return None
    last = max(ours, key=lambda a: a.at)
    return last.decision_id if standing.says(field) != last.payload.get(field) else None

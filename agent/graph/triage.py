"""Which events start no customer-visible work: echoes of our own effects, bulk changes, flapping, late news, unknown subjects.

Such an event is recorded with its reason and nothing else happens. An operator can release a bulk hold.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from agent.domain.decision import Reason, reason
from agent.domain.event import FOREIGN_IDS, OWN_SOURCES, Event
from agent.domain.plays import STEP_TITLES
from agent.domain.records import Action, Hold, Run
from agent.graph.context import Context
from agent.graph.ledger import effect_of
from agent.identity import Standing
from tools.subject import REQUEST

BULK_SOURCES = frozenset({
    "IMPORT", "MIGRATION", "CRM_UI_BULK_ACTION", "BATCH_UPDATE", "EMAIL_INBOX_IMPORT",  # HubSpot's
    "IMPORTER", "BULK", "BULK_EDIT", "API_BATCH", "DATA_LOADER",
})  # fmt: skip
"""How sources mark a change that was made for many records at once."""

_ECHOES: dict[str, tuple[str, str]] = {
    "ticket.group_changed": ("assign_group", "group"),
    "ticket.assigned": ("assign_group", "group"),
    "ticket.priority_changed": ("set_priority", "priority"),
    "ticket.comment_added": ("ticket_comment", "body"),
    "task.created": ("crm_task", "title"),
    "note.created": ("crm_note", "text"),
    "email.sent": ("send_content", "body"),
}
"""Event type → the kind of effect that causes it, and the field whose value tells ours from somebody else's."""

_TOLD_LATE = timedelta(minutes=5)
"""An event that carries our value is its echo, also where its source dates it before our clock."""

_CLOCKS_DIFFER = timedelta(seconds=5)
"""One that carries no value must be younger than what we did; so much the clocks may differ."""


@dataclass(frozen=True, slots=True)
class Triage:
    """Why the event is only recorded (empty: go on), and a bulk hold or a later run that it calls for."""

    reasons: tuple[Reason, ...] = ()
    hold: Hold | None = None
    settle: Event | None = None
    settle_at: datetime | None = None


async def triage(ctx: Context) -> Triage:
    """Ask the questions in order; the first that applies settles it."""
    event, standing = ctx.standing.event, ctx.standing
    if event.source in OWN_SOURCES:
        return _identity(standing) or Triage()
    if found := await _echo(ctx, standing) or await _bulk(ctx, event) or _identity(standing):
        return found
    others = await _of_subject(ctx)
    return _outdated(ctx, event, standing.version, others) or _flapping(ctx, event, others) or Triage()


def _identity(standing: Standing) -> Triage | None:
    event = standing.event
    if standing.deleted:
        return Triage((reason("identity_unresolved", f"the {event.subject_kind} {event.subject_id} was deleted at its source"),))
    if standing.known or standing.unheard:
        return None
    return Triage((reason("identity_unresolved", _unknown(standing)),))


def _unknown(standing: Standing) -> str:
    """Why nobody can say whom an event is about."""
    subject = f"the {standing.event.subject_kind} {standing.event.subject_id}"
    if standing.unusable:
        return f"{subject} cannot be used as it is; nextplay systems faults says what mends it"
    if standing.claimed:
        return f"the event names the account {standing.claimed}, which nobody knows, for {subject}"
    if not standing.record:
        return f"{subject} of {standing.event.source} is not there: it is gone or never was, or nobody linked it"
    return f"no account is known for {subject} of {standing.event.source}"


async def _echo(ctx: Context, standing: Standing) -> Triage | None:
    """Matched to the ledger: the marker we wrote, or the same value on the same target shortly after we set it."""
    event = standing.event
    if event.type not in _ECHOES and not _of_anything(event) and "marker" not in event.data:
        return None
    since = event.occurred_at - ctx.limits.echo_window
    for action in await ctx.store.effects_on(event.subject_id, since):
        if is_echo(standing, action):
            return Triage((reason("own_effect", f"this is what we did ourselves: {STEP_TITLES[action.kind]} ({action.key})"),))
    return None


def is_echo(standing: Standing, action: Action) -> bool:
    """Whether an event tells of what our own action did to its subject.

    Sources often say only that something changed. Then the subject's record tells what it is now; the event cannot be older than what it echoes.
    """
    event = standing.event
    if event.data.get("marker") == action.key:
        return True
    if _of_anything(event):
        told = {name: value for name, value in event.data.items() if name in standing.record}
        untouched = standing.as_of is not None and standing.as_of <= action.at and _after(event, action, _CLOCKS_DIFFER)
        return all(_means(event, value, action.payload.get(name)) for name, value in told.items()) if told else untouched
    kind, field = _ECHOES.get(event.type, ("", ""))
    tolerance, set_to = _TOLD_LATE if field in event.data else _CLOCKS_DIFFER, action.payload.get(field)
    return effect_of(action.kind) == kind and set_to is not None and _means(event, standing.says(field), set_to) and _after(event, action, tolerance)


def _means(event: Event, said: Any, ours: Any) -> bool:
    """Whether a value is ours. Another system says its own id of a group, say; our id of it is made of whose it is, what it is, and that one."""
    whose, _, rest = str(ours).partition("-")
    return said == ours or (whose == event.source and event.source in FOREIGN_IDS and rest.partition("-")[2] == said)


def _of_anything(event: Event) -> bool:
    """It says that the subject changed, and not necessarily what."""
    return event.type == f"{event.subject_kind}.updated"


def _after(event: Event, action: Action, tolerance: timedelta) -> bool:
    return action.at <= event.occurred_at + tolerance


async def _bulk(ctx: Context, event: Event) -> Triage | None:
    """An import or migration, or more changes by one actor within a minute than a person makes."""
    if is_marked(event):
        return _held(event, f"the source marks it as {event.change_source}")
    if not event.actor:
        return None
    allowed = ctx.limits.bulk_per_minute
    around = await ctx.store.moments_around(
        event.occurred_at, source=event.source, actor=event.actor, within=timedelta(minutes=1), at_most=allowed + 1
    )
    if busiest_minute(around, event.occurred_at) <= allowed:
        return None
    return _held(event, f"{event.actor} made more than {allowed} changes within a minute")


def is_marked(event: Event) -> bool:
    """The source itself says that it is one of many changes."""
    return event.change_source.upper() in BULK_SOURCES


def busiest_minute(moments: Sequence[datetime], around: datetime) -> int:
    """The most events in any half-open minute that holds `around`."""
    times, minute = sorted(moments), timedelta(minutes=1)
    starts = times[bisect_right(times, around - minute) : bisect_right(times, around)]
    return max((bisect_left(times, start + minute) - bisect_left(times, start) for start in starts), default=0)


def _held(event: Event, why: str) -> Triage:
    hold = Hold(
        id=f"hold_{event.source}_{event.actor or 'unknown'}_{event.occurred_at:%Y%m%d}", source=event.source, actor=event.actor or "",
        why=why, since=event.occurred_at, events=1,
    )  # fmt: skip
    return Triage((reason("bulk_hold", f"held as part of a bulk change: {why}"),), hold=hold)


def _outdated(ctx: Context, event: Event, version: int | None, others: Sequence[Run]) -> Triage | None:
    """Newer news of the same kind is there: it came before this (this is late), or with it or after it (this was replaced)."""
    newer = [run for run in others if run.event.type == event.type and _newer(run.event, event)]
    if any(run.created_at < ctx.run.created_at for run in newer):
        return Triage((reason("late_event", "newer news of the same kind had already arrived"),))
    if newer:
        return Triage((reason("superseded"),))
    if event.version is not None and version is not None and event.version < version:
        return Triage((reason("late_event", f"version {event.version} is older than version {version}, which is already known"),))
    return None


def _newer(one: Event, other: Event) -> bool:
    if one.version is not None and other.version is not None:
        return one.version > other.version
    return one.occurred_at > other.occurred_at


def _flapping(ctx: Context, event: Event, others: Sequence[Run]) -> Triage | None:
    """A second change of the same kind within the debounce time waits, and is decided once, on the state then current."""
    if event.type.startswith(REQUEST):  # who asks twice wants two answers
        return None
    earlier = [
        run for run in others
        if run.event.type == event.type and run.event.source not in OWN_SOURCES
        and (run.event.occurred_at, run.id) < (event.occurred_at, ctx.run.id)
    ]  # fmt: skip
    if not earlier:
        return None
    first = min(earlier, key=lambda run: run.event.occurred_at)
    settle_at = first.event.occurred_at + ctx.limits.debounce
    settle = replace(event, source="clock", id=f"settled:{event.subject_kind}:{event.subject_id}:{first.event.id}", occurred_at=settle_at)
    text = f"one of several changes within {ctx.limits.debounce.seconds} s; decided once at {settle_at:%Y-%m-%d %H:%M} UTC on the state then current"
    return Triage((reason("superseded", text),), settle=settle, settle_at=settle_at)


async def _of_subject(ctx: Context) -> list[Run]:
    """Other events of the same subject, which its source names by its own id: from the debounce time before this one until now."""
    said = ctx.run.event
    since, until = said.occurred_at - ctx.limits.debounce, max(said.occurred_at, ctx.clock())
    found = await ctx.store.recent_events(source=said.source, subject=(said.subject_kind, said.subject_id), since=since, until=until)
    return [run for run in found if run.id != ctx.run.id]

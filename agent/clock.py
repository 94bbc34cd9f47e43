"""Time as a source of events: renewal windows, notice deadlines, SLAs at risk, silence.

Ids derive from subject and date, so that each happens once.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from datetime import UTC, datetime, time, timedelta
from functools import partial

from agent.domain.event import Event
from agent.domain.playbook import Playbook
from tools.lifecycle import notice_deadline
from tools.once import Sources
from tools.ports import Due, Snapshot, SourceError
from tools.reading import moment

WINDOW_RULE = "renewal-window"
"""The rule that says by its `params.days` how long before the notice deadline a renewal begins to matter: to the rules and to the clock."""

RENEWAL_WINDOW = timedelta(days=90)
"""The same, where a playbook has no such rule."""

NOTICE_NEAR = timedelta(days=14)
"""How long before the notice deadline it becomes pressing."""

LONG_NOTICE = timedelta(days=90)
"""A notice period that nobody noted may be as long as this: early enough, the decision says that it is missing."""

SLA_NEAR = timedelta(minutes=60)
SILENCE = timedelta(days=7)


async def clock_events(sources: Sources, playbook: Playbook, at: datetime) -> AsyncIterator[list[Event]]:
    """What is due at `at` and starts something, in parts, whether or not it was seen before: the inbox knows.

    A silent source yields nothing this time.
    """
    tellers = (_from_contracts(sources, renewal_window(playbook), at), _from_tickets(sources, at), _from_deals(sources, at))
    for told in tellers:
        try:
            async for part in told:
                yield [event for event in part if playbook.surface_of(event.type)]
        except SourceError:
            continue


def renewal_window(playbook: Playbook) -> timedelta:
    """How long before the notice deadline the clock tells of a renewal: the policy is the one place that says it."""
    rule = playbook.rules.get(WINDOW_RULE)
    days = rule.params.get("days") if rule else None
    return timedelta(days=days) if isinstance(days, int | float) else RENEWAL_WINDOW


async def _from_contracts(sources: Sources, window: timedelta, at: datetime) -> AsyncIterator[list[Event]]:
    today = datetime.combine(at.astimezone(UTC), time(), UTC)  # the day itself still counts
    async for part in _parts(partial(sources.crm.due, "contract", at + window + LONG_NOTICE, since=today)):
        yield [event for due in part for event in _of_contract(due.record, window, at)]


def _of_contract(contract: Snapshot, window: timedelta, at: datetime) -> Iterator[Event]:
    deadline, end = notice_deadline(contract.data), moment(contract.data, "end")
    if deadline is not None:
        left = max(deadline - at, timedelta()) if deadline.date() == at.date() else deadline - at
        if timedelta() <= left <= window:
            what = "contract.notice_deadline" if left <= NOTICE_NEAR else "contract.renewal_window"  # one matter, told once: by what presses
            yield _event(what, "contract", contract, f"{deadline:%Y-%m-%d}", at)
    elif end is not None and end >= at:
        yield _event("contract.renewal_window", "contract", contract, f"unknown:{end:%Y-%m-%d}", at)


async def _from_tickets(sources: Sources, at: datetime) -> AsyncIterator[list[Event]]:
    async for part in _parts(partial(sources.helpdesk.due, at + SLA_NEAR, since=at)):
        yield [_event("ticket.sla_at_risk", "ticket", due.record, f"{due.at:%Y-%m-%dT%H:%M}", at) for due in part]


async def _from_deals(sources: Sources, at: datetime) -> AsyncIterator[list[Event]]:
    async for part in _parts(partial(sources.crm.due, "deal", at - SILENCE)):
        yield [_event("deal.silent", "deal", due.record, f"{due.at:%Y-%m-%d}", at) for due in part]


async def _parts(read: Callable[..., Awaitable[Sequence[Due]]]) -> AsyncIterator[Sequence[Due]]:
    """All of them, a part at a time."""
    part = await read()
    while part:
        yield part
        part = await read(after=part[-1])


def _event(type_: str, kind: str, record: Snapshot, when: str, at: datetime) -> Event:
    return Event(
        source="clock", id=f"{type_}:{record.id}:{when}", type=type_, occurred_at=at, received_at=at, subject_kind=kind, subject_id=record.id,
        account=record.data.get("account"), version=None, data={},
    )  # fmt: skip

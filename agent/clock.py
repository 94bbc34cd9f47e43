"""Time as a source of events: renewal windows, notice deadlines, SLAs at risk, silence.

Ids derive from subject and date, so that each happens once.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

from agent.domain.event import Event
from agent.domain.playbook import Playbook
from tools.lifecycle import notice_deadline
from tools.once import Sources
from tools.ports import Snapshot, SourceError
from tools.tickets import OPEN, status_of

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
_OPEN_DEALS = frozenset({"discovery", "qualified", "evaluation", "proposal", "negotiation", "contract_sent"})


async def clock_events(sources: Sources, playbook: Playbook, at: datetime) -> list[Event]:
    """Every clock event that is due at `at`, whether or not it was seen before: the inbox knows. A silent source yields nothing this time."""
    found: list[Event] = []
    for told in (_from_contracts(sources, renewal_window(playbook), at), _from_tickets(sources, at), _from_deals(sources, at)):
        try:
            found += [event async for event in told]
        except SourceError:
            continue
    return found


def renewal_window(playbook: Playbook) -> timedelta:
    """How long before the notice deadline the clock tells of a renewal: the policy is the one place that says it."""
    rule = playbook.rules.get(WINDOW_RULE)
    days = rule.params.get("days") if rule else None
    return timedelta(days=days) if isinstance(days, int | float) else RENEWAL_WINDOW


async def _from_contracts(sources: Sources, window: timedelta, at: datetime) -> AsyncIterator[Event]:
    for contract in await sources.crm.contracts():
        if (contract.data.get("status") or "active") != "active":
            continue
        deadline, end = notice_deadline(contract.data), _moment(contract.data.get("end"))
        if deadline is not None:
            left = max(deadline - at, timedelta()) if deadline.date() == at.date() else deadline - at  # the day itself still counts
            if timedelta() <= left <= window:
                what = "contract.notice_deadline" if left <= NOTICE_NEAR else "contract.renewal_window"  # one matter, told once: by what presses
                yield _event(what, "contract", contract, f"{deadline:%Y-%m-%d}", at)
        elif end is not None and timedelta() <= end - at <= window + LONG_NOTICE:
            yield _event("contract.renewal_window", "contract", contract, f"unknown:{end:%Y-%m-%d}", at)


async def _from_tickets(sources: Sources, at: datetime) -> AsyncIterator[Event]:
    for ticket in await sources.helpdesk.tickets():
        due = _moment(ticket.data.get("sla_due_at"))
        if due is not None and status_of(ticket.data) in OPEN and timedelta() <= due - at <= SLA_NEAR:
            yield _event("ticket.sla_at_risk", "ticket", ticket, f"{due:%Y-%m-%dT%H:%M}", at)


async def _from_deals(sources: Sources, at: datetime) -> AsyncIterator[Event]:
    for deal in await sources.crm.deals():
        last = _moment(deal.data.get("last_activity_at")) or _moment(deal.data.get("stage_entered_at"))
        if last is not None and deal.data.get("stage") in _OPEN_DEALS and at - last >= SILENCE:
            yield _event("deal.silent", "deal", deal, f"{last:%Y-%m-%d}", at)


def _event(type_: str, kind: str, record: Snapshot, when: str, at: datetime) -> Event:
    return Event(
        source="clock", id=f"{type_}:{record.id}:{when}", type=type_, occurred_at=at, received_at=at, subject_kind=kind, subject_id=record.id,
        account=record.data.get("account"), version=None, data={},
    )  # fmt: skip


def _moment(value: Any) -> datetime | None:
    """A stored time or date as an aware moment."""
    if not isinstance(value, str) or not value:
        return None
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)

"""Reads the history of contacts with a customer, whoever had them."""

import asyncio
from collections.abc import Iterable, Sequence, Set
from datetime import datetime, timedelta

from agent.domain.evidence import Person, Touch
from tools.ports import Crm, Directory, Snapshot
from tools.reading import Reading, days_since, moment
from tools.result import ToolResult, missing, reads, uncounted

REACHED = frozenset({"sent", "replied"})
"""What reached the customer; bounced mail did not, and scheduled or pending mail has not yet."""

_THREAD_LIFE = timedelta(days=5)


@reads("account.days_since_contact", "account.days_since_reply", "account.open_commercial_threads")
async def contact_history(crm: Crm, directory: Directory, account_id: str, at: datetime) -> ToolResult:
    """When the account was last contacted and last answered, and which commercial conversations are open.

    The touches of the whole family are in `extras`; the facts are about this account. A fresh None means: it never
    happened. Where some contacts are on record and cannot be read, nobody knows it: missing. Nor is it known when
    somebody last answered where the record of a person cannot be read.
    """
    family, contacts, people = await asyncio.gather(crm.family(account_id), crm.contacts(account_id), directory.people(at))
    history = await crm.touches(family.ids or [account_id])
    touches, lost = tuple(history.touches), history.lost
    own = [touch for touch in touches if touch.account == account_id and touch.at <= at]
    contacted = max((t.at for t in own if t.direction == "out" and t.status in REACHED), default=None)
    replied = max(_replies(own, contacts, at), default=None)
    values = {
        "account.days_since_contact": None if contacted is None else days_since(contacted, at),
        "account.open_commercial_threads": len(open_commercial_threads(own, names_of(people), at)),
    }
    answers = {"account.days_since_reply": None if replied is None else days_since(replied, at)}
    if lost:
        why = f"{lost} more on record cannot be read: nextplay systems faults"
        return ToolResult("ok", tuple(missing(name, why) for name in (*values, *answers)), {"touches": touches})
    reading = Reading(at, read_at=history.read_at)
    facts = (*reading.facts(values), *(uncounted(answers, contacts.lost, "contacts") or reading.facts(answers)))
    return ToolResult("ok", facts, {"touches": touches})


def _replies(touches: Iterable[Touch], contacts: Iterable[Snapshot], at: datetime) -> list[datetime]:
    """Every moment at which somebody there answered. A touch marked as replied says no more than that it was after it
    was sent.
    """
    answered = [t.at for t in touches if t.direction == "in" or t.status == "replied"]
    noted = [moment(contact.data, "last_reply_at") for contact in contacts]
    return [*answered, *(then for then in noted if then is not None and then <= at)]


def names_of(people: Iterable[Person]) -> frozenset[str]:
    """What a touch may call its sender to say that it was a colleague: id, address or name."""
    return frozenset(name.casefold() for person in people for name in (person.id, person.email, person.name))


def open_commercial_threads(touches: Sequence[Touch], colleagues: Set[str], at: datetime) -> set[tuple[str, str]]:
    """Conversations (contact, sender) that a colleague began in the last five days to sell, and that await an answer.

    A newsletter or a sequence awaits none: such a touch only takes its slot of the contact caps. One whose purpose nobody
    noted counts as commercial: better to hold back once too often than to talk over a colleague.
    """
    answers = [t for t in touches if t.direction == "in"]
    return {
        (touch.contact, touch.sender)
        for touch in touches
        if touch.direction == "out" and touch.status == "sent" and touch.purpose != "service" and not touch.ours
        if touch.sender.strip().casefold() in colleagues
        if at - _THREAD_LIFE < touch.at <= at
        if not any(answer.contact == touch.contact and answer.at > touch.at for answer in answers)
    }

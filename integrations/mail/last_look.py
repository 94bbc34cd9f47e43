"""The last look before a message is mailed: whether it still may be, to whom it was approved for, and in whose name it is."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from agent.domain.evidence import Person
from tools.consent import STOPS, marketing_consent
from tools.freshness import not_read_before
from tools.once import Sources
from tools.ports import Command, EffectOvertaken, EffectRefused, Snapshot


async def looked_at(command: Command, sources: Sources, at: datetime) -> Person:
    """In whose name it may be mailed, by what the sources say at this moment and not before.

    Raises EffectRefused where it may not be, EffectOvertaken where it has to be judged again, and SourceError where nobody says.
    """
    look = _Look(command, sources.once(), at)
    with not_read_before(at):
        contact, owner, _ = await asyncio.gather(look.contact(), look.owner(), look.premise())
    _may_be_mailed(contact, command.payload, at)
    return owner


class _Look:
    """What is read for one message."""

    def __init__(self, command: Command, sources: Sources, at: datetime) -> None:
        self._command, self._payload, self._sources, self._at = command, command.payload, sources, at
        self._about, self._account = str(self._payload.get("about") or ""), str(self._payload.get("account") or "")

    async def contact(self) -> Snapshot:
        """Whom it is for. A list need not tell who was deleted since, so that is asked of them alone."""
        crm, target = self._sources.crm, self._command.target
        known, there = await crm.known("contact", target), await crm.contacts(self._account)
        contact = next((one for one in there if one.id == target), None)
        if known == "unusable" or target in there.lost:
            raise EffectRefused(f"'{target}' cannot be read as it is now: nextplay systems faults says what mends it")
        if contact is None or known != "here":
            raise EffectRefused(f"'{target}' is nobody at the account any more")
        return contact

    async def premise(self) -> None:
        """What it was judged on."""
        premise = self._command.premise
        if premise is None:
            return
        deal = await self._sources.crm.deal(premise.deal)
        if deal is None:
            raise EffectOvertaken("the deal is gone by now")
        premise.require(deal.data.get("stage"))

    async def owner(self) -> Person:
        """In whose name it is: theirs who signed it, while it is theirs to send."""
        sender = self._payload.get("sender")
        if not sender:
            raise EffectRefused("nobody who owns it is here, so nobody's name is under it: give it an owner who is")
        people, owners = await asyncio.gather(self._sources.directory.people(self._at), self._owners())
        owner = next((person for person in people if person.id == sender), None)
        if owner is None or not owner.active:
            raise EffectRefused(f"it is signed by '{sender}', who is no colleague any more: it has to be approved again")
        if sender not in owners:
            raise EffectRefused(f"it is signed by {owner.name}, whose it is no longer: it has to be approved again")
        return owner

    async def _owners(self) -> set[object]:
        """Whose it is: the deal's or ticket's that it is about, and the company's."""
        crm, helpdesk = self._sources.crm, self._sources.helpdesk
        deal, ticket, company = await asyncio.gather(crm.deal(self._about), helpdesk.ticket(self._about), crm.account(self._account))
        named = ((deal, "owner"), (ticket, "assignee"), (company, "owner"))
        return {record.data.get(field) for record, field in named if record is not None}


def _may_be_mailed(contact: Snapshot, payload: Mapping[str, Any], at: datetime) -> None:
    """Raises EffectOvertaken where the contact has another address by now, and EffectRefused where they may not be written to."""
    if str(contact.data.get("email") or "").lower() != str(payload.get("to") or "").lower():
        raise EffectOvertaken("the contact has another e-mail address by now")
    for flag, says in STOPS.items():
        if contact.data.get(flag):
            raise EffectRefused(f"the contact {says}")
    if payload.get("purpose") != "marketing":
        return
    told = contact.data.get("consents", ())
    if told is None:
        raise EffectRefused("whether the contact agreed to marketing cannot be read: nextplay systems faults says what mends it")
    consent = marketing_consent(told, at)
    if consent is not None and consent.get("status") == "withdrawn":
        raise EffectRefused("the contact has withdrawn the consent to marketing")

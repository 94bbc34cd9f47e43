"""Mails what was decided to be mailed: once, to whom it was approved for, and only as long as that person may be written to.

A mail cannot be looked up. What was handed over without an answer is parked for a person (`nextplay effects list`), and never sent again on a guess.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Literal

from agent.domain.evidence import Person
from agent.domain.plays import StepKind
from integrations.mail.letters import Letter, NotALetter, Stationery, letter
from integrations.mail.rests import Rests
from integrations.mail.smtp import Lost, NotTaken, Refused, Server, hand_over
from tools.consent import STOPS, marketing_consent
from tools.once import Sources
from tools.ports import Command, EffectPostponed, EffectRefused, EffectUnknown, Receipt, Snapshot, SourceError

MAIL = "mail"


class MailEffects:
    """Implements the `Effects` port for messages that are mailed. `sources` are asked once more right before each."""

    def __init__(
        self, server: Server, stationery: Stationery, sources: Sources, clock: Callable[[], datetime], *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._server, self._stationery, self._sources, self._clock = server, stationery, sources, clock
        self._rests = Rests(monotonic)

    async def execute(self, command: Command) -> Receipt:
        """Mail it once. Raises EffectRefused, EffectUnknown, and EffectPostponed where it surely was not sent and may be later."""
        if (why := self._rests.why(command.marker, MAIL)) is not None:
            raise EffectPostponed(MAIL, why)
        try:
            written = await self._written(command)
        except SourceError as error:
            raise EffectPostponed(error.source, error.what) from error
        return await self._sent(command.marker, written)

    async def _sent(self, marker: str, written: Letter) -> Receipt:
        try:
            await hand_over(self._server, written)
        except NotTaken as error:
            self._rests.begin(marker if error.of_letter else MAIL, str(error))
            raise EffectPostponed(MAIL, str(error)) from error
        except Refused as error:
            raise EffectRefused(str(error)) from error
        except Lost as error:
            raise EffectUnknown(f"{error}: it was handed over, and whether it was sent on only the server's log says ({written.id})") from error
        self._rests.end(marker, MAIL)
        return Receipt(written.id, self._clock())

    async def look_up(self, _command: Command) -> Receipt | Literal["absent", "unknowable"]:
        """Nobody can be asked whether a mail was sent."""
        return "unknowable"

    async def _written(self, command: Command) -> Letter:
        """The letter as it may be sent this moment. Raises EffectRefused where it may not be, or not any more."""
        payload = command.payload
        if command.kind != StepKind.SEND or payload.get("channel") != "email":
            raise EffectRefused(f"only a message by e-mail is mailed, and no '{command.kind}' by {payload.get('channel') or 'no channel'}")
        contact, owner = await asyncio.gather(self._contact(command), self._owner(payload))
        _may_be_mailed(contact, payload, self._clock())
        try:
            return letter(command.marker, payload, owner, self._stationery, self._clock())
        except NotALetter as error:
            raise EffectRefused(f"it was not mailed: {error}") from error

    async def _contact(self, command: Command) -> Snapshot:
        there = await self._sources.crm.contacts(str(command.payload.get("account") or ""))
        contact = next((one for one in there if one.id == command.target), None)
        if contact is None:
            raise EffectRefused(f"'{command.target}' is nobody at the account any more")
        return contact

    async def _owner(self, payload: Mapping[str, Any]) -> Person:
        """In whose name it is: theirs who signed it, while it is theirs to send."""
        sender = payload.get("sender")
        if not sender:
            raise EffectRefused("nobody who owns it is here, so nobody's name is under it: give it an owner who is")
        at, about = self._clock(), str(payload.get("about") or "")
        people, owners = await asyncio.gather(self._sources.directory.people(at), self._owners(about, str(payload.get("account") or "")))
        owner = next((person for person in people if person.id == sender), None)
        if owner is None or not owner.active:
            raise EffectRefused(f"it is signed by '{sender}', who is no colleague any more: it has to be approved again")
        if sender not in owners:
            raise EffectRefused(f"it is signed by {owner.name}, whose it is no longer: it has to be approved again")
        return owner

    async def _owners(self, about: str, account: str) -> set[object]:
        """Whose it is: the deal's or ticket's that it is about, and the company's."""
        crm, helpdesk = self._sources.crm, self._sources.helpdesk
        deal, ticket, company = await asyncio.gather(crm.deal(about), helpdesk.ticket(about), crm.account(account))
        named = ((deal, "owner"), (ticket, "assignee"), (company, "owner"))
        return {record.data.get(field) for record, field in named if record is not None}


def _may_be_mailed(contact: Snapshot, payload: Mapping[str, Any], at: datetime) -> None:
    """Raises EffectRefused where the contact is another by now, or may not be written to."""
    if str(contact.data.get("email") or "").lower() != str(payload.get("to") or "").lower():
        raise EffectRefused("the contact has another e-mail address by now: it has to be approved again")
    for flag, says in STOPS.items():
        if contact.data.get(flag):
            raise EffectRefused(f"the contact {says}")
    consent = marketing_consent(contact.data.get("consents") or (), at)
    if payload.get("purpose") == "marketing" and consent is not None and consent.get("status") == "withdrawn":
        raise EffectRefused("the contact has withdrawn the consent to marketing")

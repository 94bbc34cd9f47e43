"""Tickets with everything that belongs to them, read and put into our words."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import pairwise

from integrations.vendors.connector import Fault, Read
from integrations.vendors.errors import Gone
from integrations.vendors.zendesk import mapping
from integrations.vendors.zendesk.answers import Comment, Ticket, User
from integrations.vendors.zendesk.audience import customer
from integrations.vendors.zendesk.fields import Fields
from integrations.vendors.zendesk.known import Known
from integrations.vendors.zendesk.mapping import MERGED, Author, Parties
from integrations.vendors.zendesk.matching import Matching, language
from integrations.vendors.zendesk.reader import Found, Reader
from integrations.vendors.zendesk.telling import own, version


class Tickets:
    """Reads them. Raises a VendorError where Zendesk does not answer."""

    def __init__(self, reader: Reader, known: Known, fields: Fields) -> None:
        self._reader, self._known, self._fields = reader, known, fields

    async def one(self, ticket_id: str) -> Read:
        """One ticket. One that is deleted is gone; one that was merged is gone into the other where its audits name that."""
        try:
            found = await self._reader.ticket(ticket_id)
        except Gone:
            return Read(gone={own("tickets", ticket_id): None})
        return await self.read(found)

    async def named(self, ids: Sequence[str]) -> Read:
        """Up to 100 of them. One that does not come although nothing says that it was deleted cannot be seen by us."""
        found = await self._reader.tickets(ids)
        come = {ticket.id for ticket in found.tickets} | {fault.external_id for fault in found.faults}
        why = "Zendesk names it and does not show it. Let the role of the OAuth client's owner see all tickets"
        unseen = [Fault("tickets", one, why) for one in ids if one not in come]
        return await self.read(found) + Read(faults=unseen)

    async def of_organization(self, organization_id: str, since: datetime) -> Read:
        """The tickets of a company that nothing of is held yet, or that changed; no comment of any other is read again.

        They come in the order of their last change. Where a hundred of them are held as they are, or are older than `since`, so are all that follow.
        """
        account, read = await self._known.linked("account", organization_id), Read()
        async for found in self._reader.of_organization(organization_id):
            held = [ticket for ticket in found.tickets if await self._known.ticket(ticket.id) == (version(ticket.updated_at), account)]
            news = [ticket for ticket in found.tickets if ticket not in held and ticket.updated_at >= since]
            read += await self.read(replace(found, tickets=news))
            if not news and _in_order(found.tickets):
                break
        return read

    async def read(self, found: Found) -> Read:
        """Tickets that came, with their comments."""
        matching = Matching(self._known, self._fields)
        read = Read(faults=found.faults)
        for ticket in found.tickets:
            read += await self._told(ticket, found, matching)
        return Read(tuple(matching.told.values()), tuple(matching.faults)) + read

    async def _told(self, ticket: Ticket, found: Found, matching: Matching) -> Read:
        if MERGED in ticket.tags and (into := await self._survivor(ticket.id)) is not None:
            return Read(gone={own("tickets", ticket.id): own("tickets", into)})
        try:
            conversation, writers = await self._reader.conversation(ticket, self._fields.newest_comments)
        except Gone:
            return Read(gone={own("tickets", ticket.id): None})
        users = found.users | writers
        parties = await self._parties(ticket, conversation.comments, users, found, matching)
        told, faults = mapping.ticket(ticket, conversation, parties, self._fields, reopens=found.reopens.get(ticket.id, 0))
        return Read((told,) if told else (), tuple(faults))

    async def _parties(
        self, ticket: Ticket, comments: Sequence[Comment], users: dict[str, User], found: Found, matching: Matching
    ) -> Parties:  # fmt: skip
        requester = users.get(ticket.requester_id or "")
        account = await matching.of_ticket(ticket, found.organizations, requester)
        contact = await matching.contact(requester, account) if requester else None
        assignee = await matching.person(ticket.assignee_id, users.get(ticket.assignee_id)) if ticket.assignee_id else None
        authors = {comment.id: await self._author(comment, users, ticket, contact, matching) for comment in comments}
        plan, region = customer(found.organizations.get(ticket.organization_id or ""), self._fields)
        return Parties(account, contact, assignee, authors, language(requester.locale) if requester else None, plan, region)

    async def _author(
        self, comment: Comment, users: dict[str, User], ticket: Ticket, contact: str | None, matching: Matching
    ) -> Author:  # fmt: skip
        """With our id for who wrote, where there is one."""
        said = mapping.author(comment, users, ticket.requester_id)
        user = users.get(comment.author_id or "")
        if comment.author_id is not None and comment.author_id == ticket.requester_id:
            return Author(said.by, contact or said.name)
        return Author(said.by, await matching.person(user.id, user)) if user is not None and user.works_here else said

    async def _survivor(self, ticket_id: str) -> str | None:
        """The ticket that another was merged into, where an audit says so."""
        try:
            audits = await self._reader.audits(ticket_id)
        except Gone:
            return None
        merges = [audit.via.source for audit in audits if audit.via.source.get("rel") == "merge"]
        into = [to["ticket_id"] for source in merges if isinstance(to := source.get("to"), dict) and to.get("ticket_id")]
        return str(into[-1]) if into else None


def _in_order(tickets: Sequence[Ticket]) -> bool:
    """Whether the last change of each is not before that of the next."""
    return all(one.updated_at >= following.updated_at for one, following in pairwise(tickets))

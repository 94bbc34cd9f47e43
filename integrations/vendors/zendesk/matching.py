"""Whose something is: which account a company is, which contact or colleague a person. What is not clear is not matched."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from integrations.vendors.connector import Fault, Told
from integrations.vendors.zendesk.answers import Organization, Ticket, User
from integrations.vendors.zendesk.fields import Fields
from integrations.vendors.zendesk.known import Known
from integrations.vendors.zendesk.telling import link, own, told
from integrations.vendors.zendesk.zones import zone_of

FREE_MAIL = frozenset({
    "126.com", "163.com", "aol.com", "free.fr", "freenet.de", "gmail.com", "gmx.at", "gmx.ch", "gmx.de", "gmx.net", "googlemail.com", "hey.com",
    "hotmail.co.uk", "hotmail.com", "hotmail.de", "hotmail.fr", "hushmail.com", "icloud.com", "inbox.lv", "laposte.net", "libero.it", "live.com",
    "mac.com", "mail.com", "mail.ru", "me.com", "msn.com", "naver.com", "orange.fr", "outlook.com", "outlook.de", "posteo.de", "proton.me",
    "protonmail.com", "qq.com", "rediffmail.com", "seznam.cz", "t-online.de", "tutanota.com", "uol.com.br", "virgilio.it", "web.de", "wp.pl",
    "yahoo.co.jp", "yahoo.co.uk", "yahoo.com", "yahoo.de", "yahoo.fr", "yandex.com", "yandex.ru", "ymail.com", "zoho.com",
})  # fmt: skip
"""Where anybody can have an address: it says nothing of a company."""


@dataclass(frozen=True, slots=True)
class Match:
    """One of ours. `by`: how it was found out; None where a link says so already."""

    id: str
    by: Literal["explicit", "domain"] | None = None


@dataclass
class Matching:
    """Finds out with one look at each thing. `told`: what it came to know on the way, to be told before what points at it."""

    known: Known
    fields: Fields
    told: dict[str, Told] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    _accounts: dict[str, str | None] = field(default_factory=dict)
    _contacts: dict[str, str | None] = field(default_factory=dict)
    _people: dict[str, str] = field(default_factory=dict)

    async def account(self, organization: Organization) -> str | None:
        """The account that a company is: by a link, by its external id, or by its domains where they mean one account only."""
        if organization.id not in self._accounts:
            self._accounts[organization.id] = await self._matched(organization)
        return self._accounts[organization.id]

    async def _matched(self, organization: Organization) -> str | None:
        if (linked := await self.known.linked("account", organization.id)) is not None:
            return linked
        if organization.external_id and (named := await self.known.account(organization.external_id)) is not None:
            return self._link("account", organization.id, Match(named, "explicit"), organization.updated_at)
        found = await self._with_domains(organization.domain_names)
        if len(found) == 1:
            return self._link("account", organization.id, Match(found.pop(), "domain"), organization.updated_at)
        why = (
            f"its domains belong to several accounts ({', '.join(sorted(found))})"
            if found
            else "no account has its external id or one of its domains"
        )
        mend = "Set its external id in Zendesk to the account's id, or link it by hand"
        self.faults.append(Fault("links", organization.id, f"the organisation matches no one account: {why}. {mend}"))
        return None

    async def _with_domains(self, domains: Iterable[str]) -> set[str]:
        telling = [domain.lower() for domain in domains if domain.lower() not in FREE_MAIL | self.fields.no_domains]
        return {account for domain in telling for account in await self.known.with_domain(domain)}

    async def linked_account(self, organization_id: str | None) -> str | None:
        """The account that a company is linked to already."""
        return None if organization_id is None else await self.known.linked("account", organization_id)

    async def of_ticket(self, ticket: Ticket, organizations: Mapping[str, Organization], requester: User | None) -> str | None:
        """The account of a ticket: that of its company, or where it names none, of its requester's address."""
        if ticket.organization_id is not None:
            organization = organizations.get(ticket.organization_id)
            return await (self.account(organization) if organization else self.linked_account(ticket.organization_id))
        return None if requester is None else await self._of_address(requester)

    async def _of_address(self, user: User) -> str | None:
        found = await self._with_domains([(user.email or "").rpartition("@")[2]])
        return found.pop() if len(found) == 1 else None

    async def contact(self, user: User, account: str | None = None) -> str | None:
        """The contact that a customer's person is: by a link or the address, or else a new one of the account. None for agents, for who is gone,
        and for who cannot be told from others.
        """
        if user.works_here or not user.active:
            return None
        if user.id not in self._contacts:
            self._contacts[user.id] = await self._contact(user, account)
        return self._contacts[user.id]

    async def _contact(self, user: User, account: str | None) -> str | None:
        linked = await self.known.linked("contact", user.id)
        if linked is not None and linked != own("contacts", user.id):
            return linked
        same = list(await self.known.with_address("contact", user.email)) if user.email else []
        others = [one for one in same if one != own("contacts", user.id)]
        if len(others) == 1:
            return self._link("contact", user.id, Match(others[0], "explicit"), user.updated_at)
        if others:
            why = f"several contacts have its address ({', '.join(sorted(others))}). Merge them in the CRM, or link one by hand"
            self.faults.append(Fault("links", user.id, f"nobody knows which contact it is: {why}"))
            return None
        account = await self.linked_account(user.organization_id) or account or await self._of_address(user)
        return self._new(user, account) if account else None

    def _new(self, user: User, account: str) -> str:
        fields = {
            "account": account, "name": user.name or user.email or f"Zendesk user {user.id}", "email": user.email, "language": language(user.locale),
            "timezone": zone_of(user.iana_time_zone or user.time_zone or ""), "do_not_contact": True if user.suspended else None,
        }  # fmt: skip
        made = told("contacts", user.id, fields, user.updated_at)
        self.told[made.id] = made
        return made.id

    async def person(self, user_id: str, user: User | None) -> str:
        """The colleague that an agent is: by a link, by the address, or else under Zendesk's own id."""
        if user_id not in self._people:
            linked = await self.known.linked("person", user_id)
            same = [] if linked or user is None or not user.email else list(await self.known.with_address("person", user.email))
            self._people[user_id] = linked or (same[0] if len(same) == 1 else own("people", user_id))
        return self._people[user_id]

    async def colleague(self, email: str | None) -> str | None:
        """The colleague of an address; None where there is not exactly one."""
        same = list(await self.known.with_address("person", email)) if email else []
        return same[0] if len(same) == 1 else None

    def _link(self, kind: str, external_id: str, match: Match, at: datetime) -> str:
        made = link(kind, external_id, match.id, match.by or "explicit", at)
        self.told[made.id] = made
        return match.id


def language(locale: str | None) -> str | None:
    """`en-GB` is English."""
    return locale.partition("-")[0].lower() if locale else None

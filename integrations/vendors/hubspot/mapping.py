"""HubSpot's objects in our words. Whatever cannot be said in them is a fault with a sentence for whoever mends it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from integrations.sandbox.entries import Role
from integrations.vendors.connector import Key, Read, own_id
from integrations.vendors.hubspot.client import Link, Owner, Status, Thing
from integrations.vendors.hubspot.dialect import VENDOR
from integrations.vendors.hubspot.drafts import Draft
from integrations.vendors.hubspot.fields import Fields
from integrations.vendors.hubspot.text import zone

PRIMARY = "Primary"
"""The label of the one company, of several, to which something belongs."""
KEYS: Mapping[str, Key] = {"companies": "accounts", "contacts": "contacts", "deals": "deals", "tickets": "tickets"}
_CONSENTS = {"SUBSCRIBED": "granted", "UNSUBSCRIBED": "withdrawn", "NOT_SPECIFIED": "pending"}
_STRICTEST = ("withdrawn", "granted", "pending")
_MAILS = {"SENT": "sent", "SENDING": "scheduled", "SCHEDULED": "scheduled", "BOUNCED": "bounced"}
_MEETINGS = {"SCHEDULED": "scheduled", "COMPLETED": "sent", "RESCHEDULED": "scheduled"}
_NO_TOUCH = frozenset({"FAILED", "CANCELED", "NO_SHOW"})


@dataclass(frozen=True, slots=True)
class Around:
    """What an object is read with: the portal's owners and currency, and what the object is associated with, by type."""

    owners: Mapping[str, Owner]
    currency: str
    links: Mapping[str, Sequence[Link]]


class Words:
    """Ours for one portal, as it is configured."""

    def __init__(self, fields: Fields) -> None:
        self._fields = fields

    def person(self, owner: Owner) -> Read:
        """A colleague. One who was removed from HubSpot is no longer active, and what they owned still says so."""
        draft = Draft("people", owner.id, {}, owner.updated)
        name = " ".join(filter(None, (owner.first, owner.last)))
        draft.own = {"email": owner.email, "name": name or owner.email, "roles": list(self._roles(owner)), "active": not owner.archived}
        if not owner.email:
            draft.breaks("it has no e-mail address, so nobody can be matched: it belongs to a user who was removed")
        return draft.done()

    def account(self, thing: Thing, around: Around) -> Read:
        """A company."""
        draft, fields = Draft.of("accounts", thing), self._fields.company
        parent = draft.text("hs_parent_company_id")
        draft.own = {
            "name": draft.text("name") or draft.text("domain"), "domain": draft.text("domain"),
            "parent": own_id(VENDOR, "accounts", parent) if parent else None,
            "tier": draft.meaning(fields.tier, self._fields.tiers, "tiers"),
            "lifecycle": draft.meaning(fields.lifecycle, self._fields.lifecycles, "lifecycles"),
            "owner": _owner(draft, "hubspot_owner_id", around), "owner_confirmed_at": draft.at(fields.owner_confirmed_at),
            "csm": _owner(draft, fields.csm, around), "industry": draft.text("industry"), "country": _country(draft),
            "timezone": _zone(draft, "timezone"),
            "currency": around.currency, "language": draft.text(fields.language), "arr": draft.money(fields.arr, around.currency),
            "plan": draft.text(fields.plan), "products": _listed(draft, fields.products), "health": draft.number(fields.health),
            "health_as_of": draft.at(fields.health_as_of), "ai_processing": draft.flag(fields.ai_processing),
            "legal_hold": draft.flag(fields.legal_hold), "dispute": draft.flag(fields.dispute), "escalation_open": draft.flag(fields.escalation_open),
        }  # fmt: skip
        if not draft.own["name"]:
            draft.breaks("it has neither a name nor a domain: name it in HubSpot")
        return draft.done() + _merged(thing, "accounts")

    def contract(self, thing: Thing, around: Around) -> Read:
        """What a company's own properties say of its contract. Without a date of renewal there is none."""
        draft, fields = Draft.of("contracts", thing), self._fields.company
        end = draft.at(fields.renewal_date)
        if end is None and not draft.wrong:
            return Read(gone={own_id(VENDOR, "contracts", thing.id): None})
        draft.own = {
            "account": own_id(VENDOR, "accounts", thing.id), "status": "active", "end": end, "notice_days": draft.whole(fields.notice_days),
            "auto_renew": draft.flag(fields.auto_renew), "value": draft.money(fields.arr, around.currency), "seats": draft.whole(fields.seats),
            "plan": draft.text(fields.plan),
        }  # fmt: skip
        return draft.done()

    def contact(self, thing: Thing, around: Around) -> Read:
        """A person at a company. Whoever belongs to none, or to several of which none is the primary one, is nobody's."""
        draft, fields = Draft.of("contacts", thing), self._fields.contact
        name = " ".join(filter(None, (draft.text("firstname"), draft.text("lastname"))))
        draft.own = {
            "account": _company(draft, around), "name": name or draft.text("email"), "first_name": draft.text("firstname"),
            "email": draft.text("email"), "role": draft.meaning(fields.role, self._fields.roles, "roles"), "title": draft.text("jobtitle"),
            "language": _language(draft), "timezone": _zone(draft, "hs_timezone"), "opted_out": draft.flag("hs_email_optout"),
            "do_not_contact": draft.flag(fields.do_not_contact), "left_company": draft.flag(fields.left_company),
            "hard_bounced": True if draft.text("hs_email_hard_bounce_reason_enum") else None,
            "last_reply_at": draft.at("hs_sales_email_last_replied"),
        }  # fmt: skip
        if not draft.own["name"]:
            draft.breaks("it has neither a name nor an e-mail address: name it in HubSpot")
        return draft.done() + _merged(thing, "contacts")

    def consents(self, contact: Thing, statuses: Sequence[Status]) -> Read:
        """What a contact agreed to, for each purpose that has a subscription.

        Of several subscriptions for one purpose the strictest counts, and silence agrees to nothing.
        """
        read = Read()
        as_of = max([contact.updated, *(status.at for status in statuses if status.at)])
        for purpose in sorted({*self._fields.subscriptions.values()}):
            told = [one for one in statuses if self._fields.subscriptions.get(one.subscription) == purpose]
            by = {_CONSENTS.get(one.status, "pending"): one for one in told}
            status = next((word for word in _STRICTEST if word in by), "pending")
            at = by[status].at if status in by else None
            draft = Draft("consents", f"{contact.id}-{purpose}", {}, as_of)
            draft.own = {
                "contact": own_id(VENDOR, "contacts", contact.id), "purpose": purpose, "channel": "email", "status": status,
                "basis": by[status].basis if status in by else None, "at": at.isoformat() if at else None,
            }  # fmt: skip
            read += draft.done()
        return read

    def deal(self, thing: Thing, around: Around) -> Read:
        """A deal. One without a company, or in a stage that has no meaning, is none."""
        draft, fields = Draft.of("deals", thing), self._fields.deal
        pipeline, stage = draft.text("pipeline"), draft.text("dealstage")
        contacts = around.links.get("contacts", ())
        draft.own = {
            "account": _company(draft, around), "name": draft.text("dealname"), "kind": self._kind(draft, pipeline),
            "owner": _owner(draft, "hubspot_owner_id", around), "stage": self._fields.stage(pipeline, stage),
            "stage_entered_at": draft.at("hs_v2_date_entered_current_stage"), "amount": draft.money("amount", _currency(draft, around)),
            "close_date": draft.at("closedate"), "interest": draft.text(fields.interest), "competitor": draft.text(fields.competitor),
            "objection": draft.text(fields.objection), "requested_discount_pct": draft.number(fields.requested_discount_pct),
            "discount_requested_by": _owner(draft, fields.discount_requested_by, around),
            "contacts": [own_id(VENDOR, "contacts", link.id) for link in contacts] or None,
            "primary_contact": self._primary_contact(contacts), "last_activity_at": draft.at("notes_last_updated"),
        }  # fmt: skip
        if draft.own["stage"] is None:
            draft.breaks(f"stage '{stage}' of pipeline '{pipeline}' is not listed under `stages`: say there which of our stages it is")
        return draft.done() + _merged(thing, "deals")

    def ticket(self, thing: Thing, around: Around) -> Read:
        """A ticket of HubSpot's own helpdesk. Somebody who wrote for several contacts asks for none of them."""
        draft, fields = Draft.of("tickets", thing), self._fields.ticket
        pipeline, stage = draft.text("hs_pipeline"), draft.text("hs_pipeline_stage")
        contacts = around.links.get("contacts", ())
        status = self._fields.statuses.get(pipeline or "", {}).get(stage or "")
        draft.own = {
            "account": _company(draft, around, needed=False), "requester": own_id(VENDOR, "contacts", contacts[0].id) if len(contacts) == 1 else None,
            "subject": draft.text("subject"), "body": draft.text("content"), "status": status,
            "type": draft.meaning("hs_ticket_category", self._fields.ticket_types, "ticket_types"),
            "priority": draft.meaning("hs_ticket_priority", self._fields.priorities, "priorities"),
            "assignee": _owner(draft, "hubspot_owner_id", around), "product": draft.text(fields.product), "language": draft.text(fields.language),
            "channel": (draft.text("source_type") or "").lower() or None, "created_at": thing.created.isoformat(),
            "updated_at": thing.updated.isoformat(), "sla_due_at": draft.at(fields.sla_due_at),
        }  # fmt: skip
        if status is None:
            draft.breaks(f"stage '{stage}' of pipeline '{pipeline}' is not listed under `statuses`: say there which of our statuses it is")
        if not draft.own["subject"]:
            draft.breaks("it has no subject: give it one in HubSpot")
        return draft.done() + _merged(thing, "tickets")

    def touches(self, type_: str, thing: Thing, around: Around) -> Read:
        """An e-mail or a meeting: one touch for each contact who took part. What was never sent, or does not happen after all, is none."""
        read = Read()
        values = thing.properties
        inbound = values.get("hs_email_direction") == "INCOMING_EMAIL"
        meeting = type_ == "meetings"
        said = (values.get("hs_meeting_outcome") or "COMPLETED") if meeting else (values.get("hs_email_status") or "SENT")
        statuses = _MEETINGS if meeting else _MAILS
        for link in around.links.get("contacts", ()):
            contact = own_id(VENDOR, "contacts", link.id)
            draft = Draft("touches", f"{type_}-{thing.id}-{link.id}", values, thing.updated)
            if said in _NO_TOUCH or values.get("hs_email_direction") == "DRAFT_EMAIL":
                read += Read(gone={own_id(VENDOR, "touches", draft.external_id): None})
                continue
            draft.own = {
                "contact": contact, "account": _company(draft, around, needed=False),
                "at": draft.at("hs_meeting_start_time" if meeting and values.get("hs_meeting_start_time") else "hs_timestamp"),
                "channel": "meeting" if meeting else "email", "direction": "in" if inbound else "out", "status": statuses.get(said),
                "sender": _sender(draft, contact, around, inbound=inbound),
            }  # fmt: skip
            if said not in statuses:
                draft.breaks("nobody knows whether it was sent or took place: it has an outcome that is not HubSpot's own. Give it one that is")
            read += draft.done()
        return read

    def _roles(self, owner: Owner) -> Sequence[Role]:
        by_name = self._fields.people.get((owner.email or "").lower())
        if by_name is not None:
            return by_name
        teams = [role for team in owner.teams for role in self._fields.team_roles.get(str(team.get("name")), ())]
        return tuple(dict.fromkeys(teams)) or self._fields.owner_roles

    def _kind(self, draft: Draft, pipeline: str | None) -> str | None:
        kind = self._fields.pipeline_kinds.get(pipeline or "")
        return kind or draft.meaning("dealtype", self._fields.kinds, "kinds")

    def _primary_contact(self, contacts: Sequence[Link]) -> str | None:
        """The labelled one; without labels the only one. Of several nobody is guessed."""
        label = self._fields.deal.primary_label
        named = [link for link in contacts if label and link.labelled(label)] or list(contacts)
        return own_id(VENDOR, "contacts", named[0].id) if len(named) == 1 else None


def gone(key: Key, external_id: str) -> Read:
    """It was deleted; a company's contract with it."""
    ids = {own_id(VENDOR, key, external_id): None}
    return Read(gone={**ids, own_id(VENDOR, "contracts", external_id): None} if key == "accounts" else ids)


def merged(key: Key, old: str, survivor: str) -> Read:
    """It was merged into another."""
    return Read(gone={own_id(VENDOR, key, old): own_id(VENDOR, key, survivor)})


def _merged(thing: Thing, key: Key) -> Read:
    """Everything that was ever merged into it."""
    read = Read()
    for old in filter(str.isdecimal, (thing.properties.get("hs_merged_object_ids") or "").split(";")):
        read += merged(key, old, thing.id) if old != thing.id else Read()
    return read


def _owner(draft: Draft, prop: str | None, around: Around) -> str | None:
    owner = draft.text(prop)
    if owner is None or (owner in around.owners and around.owners[owner].email):
        return None if owner is None else own_id(VENDOR, "people", owner)
    draft.fault(f"{prop} is {owner if owner.isdecimal() else 'not an id'}, which is nobody of HubSpot's owners: give it to somebody else")
    return None


def _company(draft: Draft, around: Around, *, needed: bool = True) -> str | None:
    """The primary company, or the only one."""
    companies = list(around.links.get("companies", ()))
    named = [link for link in companies if link.labelled(PRIMARY)] or companies
    if len(named) == 1:
        return own_id(VENDOR, "accounts", named[0].id)
    if needed:
        several = "belongs to several companies, and none of them is the primary one: make one of them primary"
        draft.breaks(several if companies else "belongs to no company: associate it with one in HubSpot")
    return None


def _currency(draft: Draft, around: Around) -> str:
    return draft.text("deal_currency_code") or around.currency


def _country(draft: Draft) -> str | None:
    """Two letters. A name that somebody typed is not taken for one."""
    code = draft.text("hs_country_code") or draft.text("country") or ""
    return code.upper() if len(code) == 2 and code.isalpha() and code.isascii() else None


def _zone(draft: Draft, prop: str) -> str | None:
    text = draft.text(prop)
    found = zone(text) if text else None
    if text and not found:
        draft.fault(f"{prop} is not a time zone: write one like Europe/Berlin")
        return None
    return found


def _language(draft: Draft) -> str | None:
    """`de` of `de-at`."""
    return (draft.text("hs_language") or "").replace("_", "-").partition("-")[0].lower() or None


def _listed(draft: Draft, prop: str | None) -> list[str] | None:
    """Several values in one."""
    text = draft.text(prop)
    return None if text is None else [one.strip() for one in text.split(";") if one.strip()]


def _sender(draft: Draft, contact: str, around: Around, *, inbound: bool) -> str:
    if inbound:
        return contact
    owner = draft.text("hubspot_owner_id")
    known = owner is not None and owner in around.owners
    return own_id(VENDOR, "people", owner) if owner and known else draft.text("hs_email_from_email") or "hubspot"

"""A portal with our own world in it: records as fixtures write them, put into HubSpot's words by somebody who knows only HubSpot."""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from integrations.sandbox.doubles.hubspot import schema
from integrations.sandbox.doubles.hubspot.portal import Owner, Portal, moment
from integrations.sandbox.entries import Entry
from integrations.sandbox.fixtures import Item
from integrations.sandbox.models import ENTRIES

STAGES = {
    "discovery": "appointmentscheduled", "qualified": "qualifiedtobuy", "evaluation": "presentationscheduled", "proposal": "1103",
    "negotiation": "decisionmakerboughtin", "contract_sent": "contractsent", "won": "closedwon", "lost": "closedlost",
}  # fmt: skip
"""Stages of the pipeline `default`. 1103 is one that its admin added, as most do: whoever connects has to name it."""
MARKETING, SERVICE = 101, 102
"""Its two kinds of subscriptions."""

_KINDS = {"new": "newbusiness", "expansion": "existingbusiness", "renewal": "renewal"}
_LIFECYCLE = {"prospect": "opportunity", "onboarding": "onboarding", "customer": "customer", "churned": "churned"}
_ROLES = {
    "champion": "CHAMPION", "economic_buyer": "BUDGET_HOLDER", "technical_buyer": "TECHNICAL_BUYER", "executive": "EXECUTIVE_SPONSOR",
    "user": "END_USER", "legal": "LEGAL_AND_COMPLIANCE", "billing": "BILLING", "admin": "ADMIN",
}  # fmt: skip
_PRIORITIES = {"p1": "URGENT", "p2": "HIGH", "p3": "MEDIUM", "p4": "LOW"}
_STATUSES = {"new": "1", "pending": "2", "open": "3", "solved": "4", "closed": "4"}
_CONSENTS = {"granted": "SUBSCRIBED", "withdrawn": "UNSUBSCRIBED", "pending": "NOT_SPECIFIED"}
_MAILS = {"bounced": "BOUNCED", "scheduled": "SCHEDULED", "pending": "SCHEDULED"}


def fill(portal: Portal, items: Iterable[Item], at: datetime) -> dict[str, str]:
    """Put a fixture's people, accounts, contracts, contacts, consents, deals, tickets and touches in; `at`: the moment that its times count from.

    Returns HubSpot's id of each of our ids.
    """
    read = [(item.key, ENTRIES[item.key].model_validate(item.fields, context={"at": at})) for item in items]
    filling = _Filling(portal, at)
    portal.stages["deals"]["default"] = [*STAGES.values()]
    for key, put in filling.ways.items():
        for entry in (entry for name, entry in read if name == key and not entry.deleted):
            put(entry)
    return filling.ids


class _Filling:
    def __init__(self, portal: Portal, at: datetime) -> None:
        self._portal, self._at = portal, at
        self.ids: dict[str, str] = {}
        self._emails: dict[str, str] = {}
        self._companies: dict[str, str] = {}
        self.ways: dict[str, Callable[[Any], None]] = {
            "people": self._person, "accounts": self._account, "contracts": self._contract, "contacts": self._contact, "consents": self._consent,
            "deals": self._deal, "tickets": self._ticket, "touches": self._touch,
        }  # fmt: skip

    def _person(self, one: Any) -> None:
        first, _, last = one.name.partition(" ")
        owner = Owner(str(7001 + len(self._portal.owners)), one.email, first, last, archived=not one.active, teams=tuple(one.roles))
        self._portal.owners[owner.id] = owner
        self.ids[one.id] = owner.id

    def _account(self, one: Any) -> None:
        owned = {"csm": self.ids.get(one.csm or ""), "products": ";".join(one.products or ()) or None, "arr": one.arr and one.arr.amount}
        custom = {**_own(one, "tier health health_as_of plan language owner_confirmed_at ai_processing legal_hold dispute escalation_open"), **owned}
        properties = {
            "name": one.name, "domain": one.domain, "industry": one.industry, "hs_country_code": one.country, "timezone": one.timezone,
            "lifecyclestage": _LIFECYCLE.get(one.lifecycle or ""), "hubspot_owner_id": self.ids.get(one.owner or ""),
            "hs_parent_company_id": self.ids.get(one.parent or ""), **{f"nextplay_{name}": value for name, value in custom.items()},
        }  # fmt: skip
        self._create("companies", one, properties, {})

    def _contract(self, one: Any) -> None:
        company = self.ids[one.account]
        if one.status not in (None, "active") or one.end is None:
            return
        custom = {"renewal_date": one.end, **_own(one, "notice_days auto_renew seats plan"), "arr": one.value and one.value.amount}
        thing = self._portal.things["companies"][company]
        thing.properties.update(_texts({f"nextplay_{name}": value for name, value in custom.items()}))

    def _contact(self, one: Any) -> None:
        first = one.first_name or one.name.partition(" ")[0]
        properties = {
            "firstname": first, "lastname": one.name.removeprefix(first).strip(), "email": one.email, "jobtitle": one.title,
            "hs_language": one.language, "hs_timezone": (one.timezone or "").lower().replace("/", "_slash_") or None,
            "hs_buying_role": _ROLES.get(one.role or ""), "hs_email_optout": one.opted_out,
            "hs_email_hard_bounce_reason_enum": "UNKNOWN_USER" if one.hard_bounced else None, "hs_sales_email_last_replied": one.last_reply_at,
            **{f"nextplay_{name}": value for name, value in _own(one, "do_not_contact left_company").items()},
        }  # fmt: skip
        self._emails[one.id], self._companies[one.id] = one.email or "", one.account
        self._create("contacts", one, properties, {"companies": [one.account]})

    def _consent(self, one: Any) -> None:
        email = self._emails.get(one.contact)
        if not email or one.channel != "email":
            return
        status = {
            "channel": "EMAIL", "subscriberIdString": email, "subscriptionId": MARKETING if one.purpose == "marketing" else SERVICE,
            "status": _CONSENTS[one.status], "source": "FORM", "legalBasis": one.basis, "timestamp": moment(one.at) if one.at else None,
        }  # fmt: skip
        self._portal.statuses.setdefault(email, []).append(status)

    def _deal(self, one: Any) -> None:
        properties = {
            "dealname": one.name, "dealtype": _KINDS.get(one.kind or ""), "pipeline": "default", "dealstage": STAGES[one.stage],
            "amount": one.amount and one.amount.amount, "deal_currency_code": one.amount and one.amount.currency, "closedate": one.close_date,
            "hs_v2_date_entered_current_stage": one.stage_entered_at, "notes_last_updated": one.last_activity_at,
            "hubspot_owner_id": self.ids.get(one.owner or ""),
            "nextplay_discount_requested_by": self.ids.get(one.discount_requested_by or ""),
            **{f"nextplay_{name}": value for name, value in _own(one, "interest competitor objection requested_discount_pct").items()},
        }  # fmt: skip
        self._create("deals", one, properties, {"companies": [one.account], "contacts": one.contacts or []}, one.updated_at)
        if one.primary_contact:
            numbers = (schema.UNLABELLED["deals", "contacts"], schema.LABELLED["deals", "contacts"]["Decision maker"])
            self._portal.link("deals", self.ids[one.id], "contacts", self.ids[one.primary_contact], *numbers)

    def _ticket(self, one: Any) -> None:
        properties = {
            "subject": one.subject, "content": one.body, "hs_pipeline": "0", "hs_pipeline_stage": _STATUSES[one.status or "new"],
            "hs_ticket_priority": _PRIORITIES.get(one.priority or ""), "hubspot_owner_id": self.ids.get(one.assignee or ""),
            **{f"nextplay_{name}": value for name, value in _own(one, "product language sla_due_at").items()},
        }  # fmt: skip
        account = one.account or self._companies.get(one.requester or "")
        links = {"companies": [account] if account else [], "contacts": [one.requester] if one.requester else []}
        self._create("tickets", one, properties, links, one.updated_at, one.created_at)

    def _touch(self, one: Any) -> None:
        if one.channel not in (None, "email", "meeting"):
            return
        links = {"contacts": [one.contact], "companies": [one.account or self._companies[one.contact]]}
        owner = self.ids.get(one.sender)
        if one.channel == "meeting":
            properties = {"hs_meeting_title": "Meeting", "hs_meeting_start_time": one.at, "hs_meeting_outcome": "COMPLETED"}
            self._create("meetings", one, {"hs_timestamp": one.at, "hubspot_owner_id": owner, **properties}, links, one.at)
            return
        properties = {
            "hs_timestamp": one.at, "hs_email_direction": "INCOMING_EMAIL" if one.direction == "in" else "EMAIL",
            "hs_email_status": _MAILS.get(one.status or "", "SENT"), "hubspot_owner_id": owner,
            "hs_email_from_email": None if owner else one.sender, "hs_email_subject": one.purpose,
        }  # fmt: skip
        self._create("emails", one, properties, links, one.at)

    def _create(
        self, type_: str, one: Any, properties: dict[str, Any], links: dict[str, list[str]], at: datetime | None = None,
        created: datetime | None = None,
    ) -> None:  # fmt: skip
        thing = self._portal.create(type_, _texts(properties), {}, at=min(at or self._at, self._at), created=created or min(at or self._at, self._at))
        self.ids[one.own_id()] = thing.id
        for to, others in links.items():
            for other in others:
                unlabelled = self._portal.type_ids[type_, to]
                self._portal.link(type_, thing.id, to, self.ids[other], *filter(None, (unlabelled, schema.PRIMARY.get((type_, to)))))


def _own(one: Entry, names: str) -> dict[str, Any]:
    return {name: getattr(one, name) for name in names.split()}


def _texts(properties: dict[str, Any]) -> dict[str, str | None]:
    """Everything is text in HubSpot."""
    return {name: _text(value) for name, value in properties.items() if value is not None}


def _text(value: Any) -> str:
    match value:
        case bool():
            return str(value).lower()
        case datetime():
            return moment(value)
        case float() if value.is_integer():
            return str(int(value))
    return str(value)

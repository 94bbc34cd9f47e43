"""Which property of a portal is which field of ours, and what its values mean. All of it can be said otherwise: no two portals are alike.

A property that is None is not asked for. A value that is not listed is a fault that somebody is told of: never a guess.
"""

from collections.abc import Mapping
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from integrations.sandbox.entries import Role
from integrations.sandbox.models import AccountEntry, ContactEntry, DealEntry, TicketEntry

Property = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")] | None
Stage = Literal["discovery", "qualified", "evaluation", "proposal", "negotiation", "contract_sent", "won", "lost"]
Kind = Literal["new", "expansion", "renewal"]
Status = Literal["new", "open", "pending", "solved", "closed"]
Purpose = Literal["marketing", "service"]


def _words(model: type[BaseModel], field: str) -> frozenset[str]:
    """The values that a field of ours may have."""
    return frozenset(word for part in get_args(model.model_fields[field].annotation) for word in get_args(part))


def _of(model: type[BaseModel], field: str) -> AfterValidator:
    """Meanings that are words of ours. None: the value says nothing."""
    words = _words(model, field)

    def check(meanings: dict[str, str | None]) -> dict[str, str | None]:
        if wrong := {value for value in meanings.values() if value is not None} - words:
            raise ValueError(f"{', '.join(sorted(wrong))}: use {', '.join(sorted(words))}, or null for a value that says nothing")
        return meanings

    return AfterValidator(check)


Meanings = dict[str, str | None]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True)  # ids of stages look like numbers


class CompanyFields(_Part):
    """Properties of companies. Those named `nextplay_…` have to be added to the portal, or renamed here to what it has."""

    tier: Property = "nextplay_tier"
    lifecycle: Property = "lifecyclestage"
    health: Property = "nextplay_health"
    health_as_of: Property = "nextplay_health_as_of"
    arr: Property = "nextplay_arr"
    renewal_date: Property = "nextplay_renewal_date"
    notice_days: Property = "nextplay_notice_days"
    auto_renew: Property = "nextplay_auto_renew"
    seats: Property = "nextplay_seats"
    plan: Property = "nextplay_plan"
    products: Property = "nextplay_products"
    csm: Property = "nextplay_csm"
    owner_confirmed_at: Property = "nextplay_owner_confirmed_at"
    language: Property = "nextplay_language"
    ai_processing: Property = "nextplay_ai_processing"
    legal_hold: Property = "nextplay_legal_hold"
    dispute: Property = "nextplay_dispute"
    escalation_open: Property = "nextplay_escalation_open"


class ContactFields(_Part):
    """Properties of contacts."""

    role: Property = "hs_buying_role"
    do_not_contact: Property = "nextplay_do_not_contact"
    left_company: Property = "nextplay_left_company"


class DealFields(_Part):
    """Properties of deals. `primary_label`: the label of the association with the contact who matters most, where contacts are labelled."""

    interest: Property = "nextplay_interest"
    competitor: Property = "nextplay_competitor"
    objection: Property = "nextplay_objection"
    requested_discount_pct: Property = "nextplay_requested_discount_pct"
    discount_requested_by: Property = "nextplay_discount_requested_by"
    primary_label: str | None = None


class TicketFields(_Part):
    """Properties of tickets."""

    product: Property = "nextplay_product"
    language: Property = "nextplay_language"
    sla_due_at: Property = "nextplay_sla_due_at"


class Fields(_Part):
    """The whole configuration. `stages` and `statuses` are by pipeline; `subscriptions` are the ids of subscription types, and what each is for."""

    company: CompanyFields = CompanyFields()
    contact: ContactFields = ContactFields()
    deal: DealFields = DealFields()
    ticket: TicketFields = TicketFields()

    tiers: Annotated[Meanings, _of(AccountEntry, "tier")] = {name: name for name in ("strategic", "enterprise", "mid_market", "smb")}
    lifecycles: Annotated[Meanings, _of(AccountEntry, "lifecycle")] = {
        **dict.fromkeys(("subscriber", "lead", "marketingqualifiedlead", "salesqualifiedlead", "opportunity"), "prospect"),
        **dict.fromkeys(("customer", "evangelist"), "customer"), "onboarding": "onboarding", "churned": "churned", "other": None,
    }  # fmt: skip
    roles: Annotated[Meanings, _of(ContactEntry, "role")] = {
        "CHAMPION": "champion", "BUDGET_HOLDER": "economic_buyer", "DECISION_MAKER": "economic_buyer", "TECHNICAL_BUYER": "technical_buyer",
        "EXECUTIVE_SPONSOR": "executive", "END_USER": "user", "LEGAL_AND_COMPLIANCE": "legal", "BILLING": "billing", "ADMIN": "admin",
        "BLOCKER": None, "INFLUENCER": None, "OTHER": None,
    }  # fmt: skip
    kinds: Annotated[Meanings, _of(DealEntry, "kind")] = {"newbusiness": "new", "existingbusiness": "expansion", "renewal": "renewal"}
    pipeline_kinds: dict[str, Kind] = {}
    """For pipelines whose deals are all of one kind, whatever their type says."""
    stages: dict[str, dict[str, Stage]] = {
        "default": {
            "appointmentscheduled": "discovery", "qualifiedtobuy": "qualified", "presentationscheduled": "evaluation",
            "decisionmakerboughtin": "negotiation", "contractsent": "contract_sent", "closedwon": "won", "closedlost": "lost",
        }
    }  # fmt: skip
    statuses: dict[str, dict[str, Status]] = {"0": {"1": "new", "2": "pending", "3": "open", "4": "closed"}}
    priorities: Annotated[Meanings, _of(TicketEntry, "priority")] = {"URGENT": "p1", "HIGH": "p2", "MEDIUM": "p3", "LOW": "p4"}
    ticket_types: Annotated[Meanings, _of(TicketEntry, "type")] = {
        "PRODUCT_ISSUE": "problem", "BILLING_ISSUE": None, "FEATURE_REQUEST": "request", "GENERAL_INQUIRY": "question",
    }  # fmt: skip
    subscriptions: dict[int, Purpose] = {}

    owner_roles: tuple[Role, ...] = ("sales_rep",)
    """What an owner is, of whom nothing else is said here."""
    team_roles: dict[str, tuple[Role, ...]] = {}
    people: dict[str, tuple[Role, ...]] = {}
    """Roles by e-mail address; whoever stands here has no others."""

    def properties(self, type_: str) -> frozenset[str]:
        """What is asked of each type of object."""
        own: Mapping[str, _Part] = {"companies": self.company, "contacts": self.contact, "deals": self.deal, "tickets": self.ticket}
        part = own.get(type_)
        named = part.model_dump(exclude={"primary_label"}) if part else {}
        return frozenset({*_STANDARD[type_].split(), *(name for name in named.values() if name)})

    def stage(self, pipeline: str | None, stage: str | None) -> Stage | None:
        """Ours, of a deal."""
        return self.stages.get(pipeline or "", {}).get(stage or "")


_ALWAYS = "hubspot_owner_id hs_merged_object_ids"
_STANDARD = {
    "companies": f"name domain industry country hs_country_code timezone hs_parent_company_id {_ALWAYS}",
    "contacts": "firstname lastname email jobtitle hs_language hs_timezone hs_email_optout hs_email_hard_bounce_reason_enum "
    f"hs_sales_email_last_replied {_ALWAYS}",
    "deals": "dealname dealtype dealstage pipeline amount deal_currency_code closedate hs_v2_date_entered_current_stage "
    f"notes_last_updated {_ALWAYS}",
    "tickets": f"subject content hs_pipeline hs_pipeline_stage hs_ticket_priority hs_ticket_category source_type createdate {_ALWAYS}",
    "emails": "hs_timestamp hs_email_direction hs_email_status hs_email_from_email hubspot_owner_id",
    "meetings": "hs_timestamp hs_meeting_start_time hs_meeting_outcome hubspot_owner_id",
}

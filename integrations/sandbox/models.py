"""The fixture format: one model for each key. `docs/sandbox.md` describes it for people; unknown fields are refused."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from integrations.sandbox.entries import (
    AccountId,
    CalendarId,
    ClockTime,
    ContactId,
    Count,
    Entry,
    GroupId,
    Money,
    Part,
    Percent,
    PersonId,
    Ref,
    Role,
    Share,
    Zone,
)
from integrations.sandbox.moments import Day, Moment


class PersonEntry(Entry):
    id: str
    email: str
    name: str
    roles: list[Role]
    manager: PersonId = None
    delegate: PersonId = None
    timezone: Zone | None = None
    calendar: CalendarId = None
    active: bool = True


class TeamEntry(Entry):
    id: str
    email: str
    name: str
    members: Annotated[list[str], Ref("people")]


class AbsenceEntry(Entry):
    id: str | None = None
    person: Annotated[str, Ref("people")]
    from_: Moment = Field(alias="from")
    until: Moment
    delegate: PersonId = None
    reason: str | None = None

    def own_id(self) -> str:
        """Named, or by person and beginning."""
        return self.id or f"{self.person}:{self.from_.isoformat()}"


class Holiday(Part):
    date: Day
    name: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _plain(cls, data: Any) -> Any:
        return data if isinstance(data, dict) else {"date": data}


class CalendarEntry(Entry):
    id: str
    timezone: Zone
    hours: dict[Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"], tuple[ClockTime, ClockTime]]
    holidays: list[Holiday] | None = None

    @model_validator(mode="after")
    def _opens_before_it_closes(self) -> "CalendarEntry":
        for day, (opens, closes) in self.hours.items():
            if opens >= closes:
                raise ValueError(f"{day} opens at {opens} and closes at {closes}: opening must come first")
        return self


class Onboarding(Part):
    started_at: Moment | None = None
    due_at: Moment | None = None
    done: Count | None = None
    total: Count | None = None


class AccountEntry(Entry):
    id: str
    name: str
    domain: str | None = None
    parent: AccountId = None
    tier: Literal["strategic", "enterprise", "mid_market", "smb"] | None = None
    lifecycle: Literal["prospect", "onboarding", "customer", "churned"] | None = None
    owner: PersonId = None
    owner_confirmed_at: Moment | None = None
    csm: PersonId = None
    industry: str | None = None
    country: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] | None = None
    timezone: Zone | None = None
    calendar: CalendarId = None
    currency: str | None = None
    language: str | None = None
    arr: Money | None = None
    plan: str | None = None
    products: list[str] | None = None
    health: Percent | None = None
    health_as_of: Moment | None = None
    ai_processing: bool | None = None
    legal_hold: bool | None = None
    dispute: bool | None = None
    escalation_open: bool | None = None
    onboarding: Onboarding | None = None


class LinkEntry(Entry):
    source: str
    external_id: str
    kind: Literal["account", "contact", "person", "deal", "contract", "ticket"]
    id: str
    matched_by: Literal["explicit", "domain", "hand"] | None = None

    def own_id(self) -> str:
        """By the other system's id: one of theirs means one of ours."""
        return f"{self.source}:{self.kind}:{self.external_id}"


class ContactEntry(Entry):
    id: str
    account: Annotated[str, Ref("accounts")]
    name: str
    first_name: str | None = None
    email: str | None = None
    role: Literal["champion", "economic_buyer", "technical_buyer", "executive", "admin", "user", "billing", "legal"] | None = None
    title: str | None = None
    language: str | None = None
    timezone: Zone | None = None
    opted_out: bool | None = None
    do_not_contact: bool | None = None
    hard_bounced: bool | None = None
    left_company: bool | None = None
    last_reply_at: Moment | None = None


class ConsentEntry(Entry):
    id: str | None = None
    contact: Annotated[str, Ref("contacts")]
    purpose: Literal["marketing", "service"]
    channel: Literal["email", "phone", "in_app"]
    status: Literal["granted", "withdrawn", "pending"]
    basis: str | None = None
    at: Moment | None = None

    def own_id(self) -> str:
        """Named, or one for each contact, purpose and channel."""
        return self.id or f"{self.contact}:{self.purpose}:{self.channel}"


class ContractEntry(Entry):
    id: str
    account: Annotated[str, Ref("accounts")]
    plan: str | None = None
    status: Literal["active", "ended", "renewed"] | None = None
    start: Moment | None = None
    end: Moment | None = None
    notice_days: Count | None = None
    auto_renew: bool | None = None
    value: Money | None = None
    seats: Count | None = None
    support_tier: str | None = None
    entitlements: list[str] | None = None


class DealEntry(Entry):
    id: str
    account: Annotated[str, Ref("accounts")]
    name: str | None = None
    kind: Literal["new", "expansion", "renewal"] | None = None
    owner: PersonId = None
    stage: Literal["discovery", "qualified", "evaluation", "proposal", "negotiation", "contract_sent", "won", "lost"]
    stage_entered_at: Moment | None = None
    amount: Money | None = None
    close_date: Moment | None = None
    interest: str | None = None
    primary_contact: ContactId = None
    contacts: Annotated[list[str] | None, Ref("contacts")] = None
    competitor: str | None = None
    objection: str | None = None
    requested_discount_pct: Percent | None = None
    discount_requested_by: PersonId = None
    last_activity_at: Moment | None = None
    version: Count | None = None
    updated_at: Moment | None = None


class TicketMessage(Part):
    at: Moment
    by: Literal["customer", "agent"]
    author: str | None = None
    public: bool = True
    body: str
    headers: dict[str, str] | None = None


class TicketEntry(Entry):
    id: str
    account: AccountId = None
    requester: ContactId = None
    subject: str
    body: str | None = None
    type: Literal["question", "problem", "incident", "bug", "refund", "request"] | None = None
    priority: Literal["p1", "p2", "p3", "p4"] | None = None
    status: Literal["new", "open", "pending", "solved", "closed"] | None = None
    group: GroupId = None
    assignee: PersonId = None
    product: str | None = None
    language: str | None = None
    channel: str | None = None
    tags: list[str] | None = None
    created_at: Moment | None = None
    updated_at: Moment | None = None
    version: Count | None = None
    sla_due_at: Moment | None = None
    incident: str | None = None
    refund: Money | None = None
    reopened: bool | None = None
    headers: dict[str, str] | None = None
    messages: list[TicketMessage] | None = None
    customer_plan: str | None = None
    customer_region: str | None = None


class GroupEntry(Entry):
    id: str
    name: str
    area: Literal["support", "engineering", "billing", "security", "success"] | None = None
    tier: Annotated[int, Field(ge=1, le=3)] | None = None
    products: list[str] | None = None
    calendar: CalendarId = None
    on_call: PersonId = None
    lead: PersonId = None
    reachable: bool | None = None


class TouchEntry(Entry):
    id: str | None = None
    contact: Annotated[str, Ref("contacts")]
    account: AccountId = None
    at: Moment
    channel: str | None = None
    purpose: str | None = None
    sender: str
    status: Literal["sent", "scheduled", "pending", "replied", "bounced"] | None = None
    content: str | None = None
    direction: Literal["out", "in"] | None = None

    def own_id(self) -> str:
        """Named, or by whom, when and how."""
        return self.id or f"{self.contact}:{self.at.isoformat()}:{self.channel}:{self.direction}:{self.sender}"


class ArticleEntry(Entry):
    id: str
    title: str
    body: str
    visibility: Literal["public", "internal"]
    product: str | None = None
    plans: list[str] | None = None
    regions: list[str] | None = None
    locale: str | None = None
    topics: list[str] | None = None
    url: str | None = None
    updated_at: Moment | None = None
    withdrawn: bool | None = None


AssetKind = Literal[
    "case_study",
    "one_pager",
    "guide",
    "video",
    "calculator",
    "security_pack",
    "comparison",
    "webinar",
    "checklist",
    "template",
]


class AssetEntry(Entry):
    id: str
    title: str
    kind: AssetKind
    topics: list[str]
    stages: list[str]
    language: str | None = None
    url: str
    summary: str
    body: str | None = None
    updated_at: Moment | None = None
    withdrawn: bool | None = None


class RateEntry(Entry):
    id: str | None = None
    from_: str = Field(alias="from")
    to: str
    rate: Annotated[float, Field(gt=0)]
    date: Moment

    def own_id(self) -> str:
        """Named, or by currencies and date, so that a new rate joins the old ones."""
        return self.id or f"{self.from_}:{self.to}:{self.date.isoformat()}"


class UsageEntry(Entry):
    id_field: ClassVar[str] = "account"
    account: Annotated[str, Ref("accounts")]
    as_of: Moment
    active_users: Count | None = None
    seats: Count | None = None
    change_30d: Annotated[float, Field(ge=-1)] | None = None
    adoption: Share | None = None
    last_login_at: Moment | None = None


class FaultEntry(Entry):
    id_field: ClassVar[str] = "source"
    source: Literal["crm", "helpdesk", "usage", "articles", "assets", "touches", "directory", "effects"]
    mode: Literal["ok", "down", "slow", "unknowable"]

    @model_validator(mode="after")
    def _fits(self) -> "FaultEntry":
        if self.mode == "unknowable" and self.source != "effects":
            raise ValueError("only 'effects' can be unknowable: for a source that is read write ok, down or slow")
        return self


ENTRIES: dict[str, type[Entry]] = {
    "people": PersonEntry,
    "teams": TeamEntry,
    "absences": AbsenceEntry,
    "calendars": CalendarEntry,
    "accounts": AccountEntry,
    "links": LinkEntry,
    "contacts": ContactEntry,
    "consents": ConsentEntry,
    "contracts": ContractEntry,
    "deals": DealEntry,
    "tickets": TicketEntry,
    "groups": GroupEntry,
    "touches": TouchEntry,
    "articles": ArticleEntry,
    "assets": AssetEntry,
    "rates": RateEntry,
    "usage": UsageEntry,
    "faults": FaultEntry,
}
"""The model of each key of a fixture."""

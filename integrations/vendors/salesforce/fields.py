"""Which of an org's fields and words mean what: the configuration of the mapping. The defaults are the words of a new org and the names of
docs/salesforce.md.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from integrations.sandbox.entries import Role as ColleagueRole

Name = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,79}$")]
"""A field's API name."""

Stage = Literal["discovery", "qualified", "evaluation", "proposal", "negotiation", "contract_sent", "won", "lost"]
Kind = Literal["new", "expansion", "renewal"]
Tier = Literal["strategic", "enterprise", "mid_market", "smb"]
Lifecycle = Literal["prospect", "onboarding", "customer", "churned"]
Role = Literal["champion", "economic_buyer", "technical_buyer", "executive", "admin", "user", "billing", "legal"]
Status = Literal["active", "ended", "renewed"]


class Fields(BaseModel):
    """A name that is None is not read. One that the org has not, or hides from the integration user, is left out, and `nextplay doctor` says so;
    whoever may not be written to is no such thing: where that cannot be read, nothing of the record is.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    """The currency of all amounts in an org with only one. None: each record names its own, or its amounts are left out."""
    without: tuple[Literal["contracts", "touches"], ...] = ()
    """What is not kept in this org, and is not to be read from it."""
    key: Name = "Nextplay_Key__c"
    """Of tasks: the key of our effect, best a unique external id."""

    owner_roles: tuple[ColleagueRole, ...] = ("sales_rep",)
    """What a user is, of whom nothing else is said here."""
    title_roles: dict[str, tuple[ColleagueRole, ...]] = {}
    """By the user's title."""
    people: dict[str, tuple[ColleagueRole, ...]] = {}
    """By e-mail address, in lower case; it counts before the title."""

    tier: Name | None = "Tier__c"
    health: Name | None = "Health_Score__c"
    """0 to 100."""
    health_as_of: Name | None = "Health_As_Of__c"
    arr: Name | None = "ARR__c"
    csm: Name | None = "CSM__c"
    """A lookup to users."""
    country: Name | None = "BillingCountryCode"
    """Two letters."""
    dispute: Name | None = None
    legal_hold: Name | None = None
    escalation_open: Name | None = None

    contact_role: Name | None = "Buying_Role__c"
    contact_language: Name | None = None
    do_not_contact: Name | None = None
    left_company: Name | None = None
    marketing_consent: Name | None = None
    """A checkbox: ticked means granted, else nothing is known."""

    interest: Name | None = "Interest__c"
    competitor: Name | None = "Competitor__c"
    requested_discount_pct: Name | None = None

    notice_days: Name | None = "Notice_Days__c"
    auto_renew: Name | None = "Auto_Renew__c"
    contract_value: Name | None = "Annual_Value__c"
    seats: Name | None = "Seats__c"
    plan: Name | None = "Plan__c"

    stages: dict[str, Stage] = {
        "Prospecting": "discovery", "Qualification": "qualified", "Needs Analysis": "qualified", "Value Proposition": "evaluation",
        "Id. Decision Makers": "evaluation", "Perception Analysis": "evaluation", "Proposal/Price Quote": "proposal",
        "Negotiation/Review": "negotiation", "Contract Sent": "contract_sent", "Closed Won": "won", "Closed Lost": "lost",
    }  # fmt: skip
    """Names of stages. What is not here is won or lost if the org says so of the stage, and else cannot be read."""
    kinds: dict[str, Kind] = {
        "New Business": "new", "New Customer": "new", "Existing Business": "expansion", "Expansion": "expansion",
        "Existing Customer - Upgrade": "expansion", "Renewal": "renewal",
    }  # fmt: skip
    tiers: dict[str, Tier] = {"Strategic": "strategic", "Enterprise": "enterprise", "Mid-Market": "mid_market", "SMB": "smb"}
    lifecycles: dict[str, Lifecycle] = {
        "Prospect": "prospect", "Onboarding": "onboarding", "Customer": "customer", "Customer - Direct": "customer",
        "Customer - Channel": "customer", "Former Customer": "churned",
    }  # fmt: skip
    """Words of an account's Type; of any other nothing is said."""
    contact_roles: dict[str, Role] = {
        "Champion": "champion", "Economic Buyer": "economic_buyer", "Decision Maker": "economic_buyer", "Technical Buyer": "technical_buyer",
        "Executive Sponsor": "executive", "Administrator": "admin", "User": "user", "Billing": "billing", "Legal": "legal",
    }  # fmt: skip
    contract_statuses: dict[str, Status | None] = {
        "Activated": "active", "Expired": "ended", "Terminated": "ended", "Renewed": "renewed", "Draft": None, "In Approval Process": None
    }  # fmt: skip
    """None: it is no contract yet."""

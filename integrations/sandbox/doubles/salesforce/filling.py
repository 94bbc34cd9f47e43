"""Fills an org with a world of fixtures: what our records would be in Salesforce. What Salesforce does not keep is left out."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from integrations.sandbox.doubles.salesforce.org import Org, written
from integrations.sandbox.fixtures import Item
from integrations.sandbox.moments import resolve

STAGES = {
    "discovery": "Prospecting", "qualified": "Qualification", "evaluation": "Id. Decision Makers", "proposal": "Proposal/Price Quote",
    "negotiation": "Negotiation/Review", "contract_sent": "Contract Sent", "won": "Closed Won", "lost": "Closed Lost",
}  # fmt: skip
_TIERS = {"strategic": "Strategic", "enterprise": "Enterprise", "mid_market": "Mid-Market", "smb": "SMB"}
_TYPES = {"prospect": "Prospect", "onboarding": "Onboarding", "customer": "Customer", "churned": "Former Customer"}
_KINDS = {"new": "New Business", "expansion": "Expansion", "renewal": "Renewal"}
_ROLES = {
    "champion": "Champion", "economic_buyer": "Economic Buyer", "technical_buyer": "Technical Buyer", "executive": "Executive Sponsor",
    "admin": "Administrator", "user": "User", "billing": "Billing", "legal": "Legal",
}  # fmt: skip
_STATUSES = {"active": "Activated", "ended": "Expired", "renewed": "Renewed"}


def stages(org: Org) -> None:
    """The stages that opportunities go through."""
    for number, name in enumerate(STAGES.values()):
        closed = name.startswith("Closed")
        org.add("OpportunityStage", ApiName=name, MasterLabel=name, IsActive=True, IsClosed=closed, IsWon=name == "Closed Won", SortOrder=number)


def fill(org: Org, items: Iterable[Item], at: datetime) -> dict[str, str]:
    """Put the records of a fixture that is applied at a moment into the org; which of our ids became which of its."""
    stages(org)
    return _Filling(org, at).all(list(items))


class _Filling:
    def __init__(self, org: Org, at: datetime) -> None:
        self._org, self._at = org, at
        self._ids: dict[str, str] = {}

    def all(self, items: list[Item]) -> dict[str, str]:
        steps = {
            "people": self._person, "accounts": self._account, "contacts": self._contact, "consents": self._consent, "contracts": self._contract,
            "deals": self._deal, "touches": self._touch, "rates": self._rate,
        }  # fmt: skip
        for key, put in steps.items():
            for item in items:
                if item.key == key:
                    put(item.fields)
        for item in items:
            if item.key == "accounts" and item.fields.get("parent"):
                self._org.edit(self._ids[item.fields["id"]], ParentId=self._ids[item.fields["parent"]])
        self._org.changed.clear()
        return self._ids

    def _put(self, own: str | None, name: str, **values: Any) -> str:
        record_id = self._org.add(name, **{field: value for field, value in values.items() if value is not None})
        if own:
            self._ids[own] = record_id
        return record_id

    def _at_day(self, value: Any) -> str | None:
        return None if value is None else resolve(value, self._at).date().isoformat()

    def _at_moment(self, value: Any) -> str | None:
        return None if value is None else written(resolve(value, self._at))

    def _person(self, one: Mapping[str, Any]) -> None:
        self._put(
            one["id"], "User", Name=one["name"], Email=one["email"], Username=one["email"], IsActive=one.get("active", True), UserType="Standard",
            TimeZoneSidKey=one.get("timezone"), ManagerId=self._ids.get(one.get("manager") or ""),
        )  # fmt: skip

    def _account(self, one: Mapping[str, Any]) -> None:
        arr = one.get("arr") or {}
        self._put(
            one["id"], "Account", Name=one["name"], Website=one.get("domain") and f"https://www.{one['domain']}",
            OwnerId=self._ids.get(one.get("owner") or ""), CSM__c=self._ids.get(one.get("csm") or ""), Industry=one.get("industry"),
            Type=_TYPES.get(one.get("lifecycle") or ""), BillingCountryCode=one.get("country"), Tier__c=_TIERS.get(one.get("tier") or ""),
            Health_Score__c=one.get("health"), Health_As_Of__c=self._at_moment(one.get("health_as_of")), ARR__c=arr.get("amount"),
            CurrencyIsoCode=arr.get("currency") or one.get("currency"), Dispute__c=one.get("dispute"),
        )  # fmt: skip

    def _contact(self, one: Mapping[str, Any]) -> None:
        self._put(
            one["id"], "Contact", Name=one["name"], FirstName=one.get("first_name"), LastName=one["name"].split()[-1], Email=one.get("email"),
            Title=one.get("title"), AccountId=self._ids[one["account"]], HasOptedOutOfEmail=bool(one.get("opted_out")),
            EmailBouncedDate=self._at_moment("@-1d") if one.get("hard_bounced") else None, Buying_Role__c=_ROLES.get(one.get("role") or ""),
        )  # fmt: skip

    def _contract(self, one: Mapping[str, Any]) -> None:
        value = one.get("value") or {}
        self._put(
            one["id"], "Contract", AccountId=self._ids[one["account"]], Status=_STATUSES.get(one.get("status") or ""), Plan__c=one.get("plan"),
            StartDate=self._at_day(one.get("start")), EndDate=self._at_day(one.get("end")), Notice_Days__c=one.get("notice_days"),
            Auto_Renew__c=one.get("auto_renew"), Annual_Value__c=value.get("amount"), CurrencyIsoCode=value.get("currency"),
            Seats__c=one.get("seats"),
        )  # fmt: skip

    def _deal(self, one: Mapping[str, Any]) -> None:
        amount = one.get("amount") or {}
        deal = self._put(
            one["id"], "Opportunity", Name=one.get("name"), AccountId=self._ids[one["account"]], OwnerId=self._ids.get(one.get("owner") or ""),
            StageName=STAGES[one["stage"]], Amount=amount.get("amount"), CurrencyIsoCode=amount.get("currency"),
            CloseDate=self._at_day(one.get("close_date")), Type=_KINDS.get(one.get("kind") or ""), Interest__c=one.get("interest"),
            LastStageChangeDate=self._at_moment(one.get("stage_entered_at")), LastActivityDate=self._at_day(one.get("last_activity_at")),
            Competitor__c=one.get("competitor"),
        )  # fmt: skip
        for contact in one.get("contacts") or ():
            first = contact == one.get("primary_contact")
            self._put(None, "OpportunityContactRole", OpportunityId=deal, ContactId=self._ids[contact], IsPrimary=first)

    def _consent(self, row: Mapping[str, Any]) -> None:
        """What an org keeps of consents is a tick for marketing."""
        if (row["purpose"], row["channel"], row["status"]) == ("marketing", "email", "granted"):
            self._org.edit(self._ids[row["contact"]], Marketing_Consent__c=True)

    def _touch(self, one: Mapping[str, Any]) -> None:
        """Mail is a task that an e-mail message hangs on; anything else is a call. Campaigns are no colleague's, and no task."""
        sender = self._ids.get(one["sender"])
        if sender is None or one.get("status") not in ("sent", "replied", "bounced", None):
            return
        at, mail = self._at_moment(one["at"]), one.get("channel", "email") == "email"
        task = self._put(
            one.get("id"), "Task", Subject="Email" if mail else "Call", TaskSubtype="Email" if mail else "Call", Status="Completed", OwnerId=sender,
            WhoId=self._ids[one["contact"]], CompletedDateTime=at,
        )  # fmt: skip
        if mail:
            incoming, bounced = one.get("direction") == "in", one.get("status") == "bounced"
            status = "0" if incoming else "2" if one.get("status") == "replied" else "3"
            self._put(None, "EmailMessage", ActivityId=task, Incoming=incoming, IsBounced=bounced, Status=status, MessageDate=at)

    def _rate(self, one: Mapping[str, Any]) -> None:
        """Salesforce keeps how much of a currency one unit of the corporate one, which is EUR here, is worth."""
        if one["to"] == "EUR":
            self._put(None, "DatedConversionRate", IsoCode=one["from"], ConversionRate=1 / one["rate"], StartDate=self._at_day(one["date"]))

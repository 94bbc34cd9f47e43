"""Which fields of which object each key is read from: those without which nothing can be read, and those that are read where they are."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from integrations.vendors.connector import Key
from integrations.vendors.salesforce import soql
from integrations.vendors.salesforce.fields import Fields

_ALWAYS = ("Id", "SystemModstamp")


@dataclass(frozen=True, slots=True)
class Columns:
    """`which`: conditions that all records of the key meet; `account`: the field that says whose they are."""

    object: str
    needed: tuple[str, ...]
    read: tuple[str, ...]
    which: tuple[str, ...] = ()
    account: str | None = None
    binned: bool = True
    """Whether the object has a bin, and says what is in it."""

    def asked(self, there: Collection[str]) -> tuple[str, ...]:
        """The fields to ask for, of those that are there."""
        own = ("IsDeleted",) if self.binned else ()
        return (*_ALWAYS, *(one for one in dict.fromkeys((*own, *self.needed, *self.read)) if one in there))

    def missing(self, there: Collection[str]) -> tuple[str, ...]:
        """Those that are not there, or hidden."""
        return tuple(one for one in dict.fromkeys((*self.needed, *self.read)) if one not in there)


def columns_of(fields: Fields) -> Mapping[Key, Columns]:
    """By key, in an order in which nothing comes before what it points at."""
    flags = _named(fields.dispute, fields.legal_hold, fields.escalation_open)
    shut = _named(fields.do_not_contact, fields.left_company)
    every: dict[Key, Columns] = {
        "people": Columns(
            "User", ("Name", "Email", "IsActive"), ("TimeZoneSidKey", "ManagerId", "Title"), (soql.equals("UserType", "Standard"),), binned=False
        ),
        "accounts": Columns(
            "Account", ("Name", *flags),
            ("Website", "ParentId", "OwnerId", "Industry", "Type", "CurrencyIsoCode", "MasterRecordId",
             *_named(fields.tier, fields.health, fields.health_as_of, fields.arr, fields.csm, fields.country)),
        ),
        "contacts": Columns(
            "Contact", ("Name", "AccountId", "HasOptedOutOfEmail", *shut),
            ("FirstName", "Email", "Title", "EmailBouncedDate", "MasterRecordId",
             *_named(fields.contact_role, fields.contact_language, fields.marketing_consent)),
            account="AccountId",
        ),
        "deals": Columns(
            "Opportunity", ("AccountId", "StageName"),
            ("Name", "OwnerId", "Type", "IsClosed", "IsWon", "LastStageChangeDate", "LastActivityDate", "Amount", "CurrencyIsoCode", "CloseDate",
             *_named(fields.interest, fields.competitor, fields.requested_discount_pct)),
            account="AccountId",
        ),
        "contracts": Columns(
            "Contract", ("AccountId", "Status"),
            ("StartDate", "EndDate", "CurrencyIsoCode",
             *_named(fields.notice_days, fields.auto_renew, fields.contract_value, fields.seats, fields.plan)),
            account="AccountId",
        ),
        "touches": Columns(
            "Task", ("WhoId", "OwnerId", "TaskSubtype"), ("AccountId", "CompletedDateTime", "ActivityDate"),
            (soql.among("TaskSubtype", ("Email", "ListEmail", "Call")), soql.equals("IsClosed", True), soql.differs("WhoId", None)),
            account="AccountId",
        ),
    }  # fmt: skip
    return {key: columns for key, columns in every.items() if key not in fields.without}


def _named(*names: str | None) -> tuple[str, ...]:
    return tuple(one for one in names if one is not None)

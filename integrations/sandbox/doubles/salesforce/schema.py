"""What the org's objects have: their fields with their types, and the ids that they give."""

from dataclasses import dataclass
from typing import Literal

Type = Literal["id", "string", "email", "textarea", "richtext", "boolean", "double", "currency", "date", "datetime", "reference", "picklist", "list"]


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `length` is that of texts; long texts (`textarea`, `richtext`) cannot be filtered by."""

    type: Type
    length: int = 255
    unique: bool = False
    external: bool = False
    values: tuple[str, ...] = ()
    """The words of a restricted picklist."""

    @property
    def filterable(self) -> bool:
        return self.type not in ("textarea", "richtext", "list")


PREFIXES = {
    "Organization": "00D", "Account": "001", "Contact": "003", "User": "005", "Opportunity": "006", "Contract": "800", "Task": "00T",
    "EmailMessage": "02s", "OpportunityContactRole": "00K", "OpportunityStage": "01J", "DatedConversionRate": "04w", "Case": "500",
}  # fmt: skip

_TEXT, _LONG, _YES_NO, _NUMBER, _MONEY = Field("string"), Field("textarea", 32_000), Field("boolean"), Field("double"), Field("currency")
_DAY, _MOMENT, _POINTS, _WORD = Field("date"), Field("datetime"), Field("reference"), Field("picklist")
_EVERY = {"Id": Field("id"), "CreatedDate": _MOMENT, "LastModifiedDate": _MOMENT, "SystemModstamp": _MOMENT}
_KEPT = {**_EVERY, "IsDeleted": _YES_NO}
_CURRENCY = {"CurrencyIsoCode": _WORD}

STATUSES = ("Not Started", "In Progress", "Completed", "Waiting on someone else", "Deferred")
PRIORITIES = ("High", "Normal", "Low")

SCHEMA: dict[str, dict[str, Field]] = {
    "Account": _KEPT | _CURRENCY | {
        "Name": _TEXT, "Website": _TEXT, "ParentId": _POINTS, "OwnerId": _POINTS, "Industry": _WORD, "Type": _WORD, "BillingCountry": _TEXT,
        "BillingCountryCode": _WORD, "MasterRecordId": _POINTS, "Description": _LONG, "Tier__c": _WORD, "Health_Score__c": _NUMBER,
        "Health_As_Of__c": _MOMENT, "ARR__c": _MONEY, "CSM__c": _POINTS, "Dispute__c": _YES_NO,
    },
    "Contact": _KEPT | {
        "Name": _TEXT, "FirstName": _TEXT, "LastName": _TEXT, "Email": Field("email"), "Title": _TEXT, "AccountId": _POINTS, "OwnerId": _POINTS,
        "HasOptedOutOfEmail": _YES_NO, "EmailBouncedDate": _MOMENT, "MasterRecordId": _POINTS, "Buying_Role__c": _WORD,
        "Marketing_Consent__c": _YES_NO,
    },
    "User": _EVERY | {
        "Name": _TEXT, "Email": Field("email"), "Username": _TEXT, "IsActive": _YES_NO, "UserType": _WORD, "TimeZoneSidKey": _WORD,
        "ManagerId": _POINTS, "Title": _TEXT,
    },
    "Opportunity": _KEPT | _CURRENCY | {
        "Name": _TEXT, "AccountId": _POINTS, "OwnerId": _POINTS, "StageName": _WORD, "Amount": _MONEY, "CloseDate": _DAY, "Type": _WORD,
        "IsClosed": _YES_NO, "IsWon": _YES_NO, "LastStageChangeDate": _MOMENT, "LastActivityDate": _DAY, "Interest__c": Field("richtext", 32_000),
        "Competitor__c": _TEXT,
    },
    "OpportunityContactRole": _KEPT | {"OpportunityId": _POINTS, "ContactId": _POINTS, "IsPrimary": _YES_NO, "Role": _WORD},
    "OpportunityStage": _EVERY | {
        "ApiName": _TEXT, "MasterLabel": _TEXT, "IsActive": _YES_NO, "IsClosed": _YES_NO, "IsWon": _YES_NO, "SortOrder": _NUMBER,
    },
    "Contract": _KEPT | _CURRENCY | {
        "AccountId": _POINTS, "OwnerId": _POINTS, "Status": _WORD, "StartDate": _DAY, "EndDate": _DAY, "ContractNumber": _TEXT,
        "Notice_Days__c": _NUMBER, "Auto_Renew__c": _YES_NO, "Annual_Value__c": _MONEY, "Seats__c": _NUMBER, "Plan__c": _TEXT,
    },
    "Task": _KEPT | {
        "Subject": _TEXT, "Description": _LONG, "Status": Field("picklist", values=STATUSES), "Priority": Field("picklist", values=PRIORITIES),
        "ActivityDate": _DAY, "WhatId": _POINTS, "WhoId": _POINTS, "OwnerId": _POINTS, "AccountId": _POINTS, "TaskSubtype": _WORD,
        "IsClosed": _YES_NO, "CompletedDateTime": _MOMENT, "Nextplay_Key__c": Field("string", 64, unique=True, external=True),
    },
    "EmailMessage": _KEPT | {
        "ActivityId": _POINTS, "RelatedToId": _POINTS, "Subject": _TEXT, "HtmlBody": Field("richtext", 131_072), "Incoming": _YES_NO,
        "IsBounced": _YES_NO, "Status": _WORD, "MessageDate": _MOMENT, "FromAddress": _TEXT, "ToAddress": _TEXT,
    },
    "DatedConversionRate": _EVERY | {"IsoCode": _WORD, "ConversionRate": _NUMBER, "StartDate": _DAY},
    "Case": _KEPT | {"AccountId": _POINTS, "ContactId": _POINTS, "OwnerId": _POINTS, "Subject": _TEXT, "Status": _WORD, "Priority": _WORD},
}  # fmt: skip

READ_ONLY = frozenset({*_KEPT, "AccountId", "IsClosed", "IsWon", "LastStageChangeDate", "LastActivityDate", "CompletedDateTime", "MasterRecordId"})
"""What the org works out by itself; an account is given to everything but a task."""

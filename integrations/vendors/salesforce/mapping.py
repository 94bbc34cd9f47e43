"""Rows of Salesforce's as records of ours: each is told, gone, or a fault with what mends it. Nothing is guessed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from integrations.vendors.connector import Fault, Key, Read, Told, own_id
from integrations.vendors.salesforce.endpoints import VENDOR
from integrations.vendors.salesforce.fields import Fields
from integrations.vendors.salesforce.text import plain

Row = Mapping[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MARKETING = ("marketing", "email")


class Unreadable(Exception):
    """A row that cannot be put into our words. The text says why, and what mends it."""


@dataclass(frozen=True, slots=True)
class Beside:
    """What belongs to a row and stands in others: a deal's contact roles by its id, an e-mail by its task's."""

    roles: Mapping[str, Sequence[Row]] = field(default_factory=dict)
    emails: Mapping[str, Row] = field(default_factory=dict)


@dataclass
class _Found:
    """What a row says, as it is read; `amiss` are parts that had to be left out."""

    row: Row
    fields: Fields
    beside: Beside
    said: dict[str, Any] = field(default_factory=dict)
    amiss: list[str] = field(default_factory=list)

    def needed(self, name: str) -> Any:
        """A field without which nothing can be said. Raises Unreadable where it was not to be seen."""
        if name not in self.row:
            raise Unreadable(f"its {name} is hidden from the integration user, or not there. Give that user read access to the field")
        return self.row[name]

    def get(self, name: str | None) -> Any:
        """A field that may be missing, hidden or empty."""
        return None if name is None else self.row.get(name)

    def text(self, name: str | None) -> str | None:
        """A text without markup."""
        value = self.get(name)
        return (plain(value) or None) if isinstance(value, str) else None

    def number(self, name: str | None) -> float | None:
        value = self.get(name)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    def flag(self, name: str | None) -> bool | None:
        """A checkbox of which something hangs on it."""
        return None if name is None else bool(self.needed(name))

    def person(self, name: str | None) -> str | None:
        """A lookup that leads to a user; queues are nobody."""
        value = self.get(name)
        return own_id(VENDOR, "people", value) if isinstance(value, str) and value.startswith("005") else None

    def word(self, name: str | None, words: Mapping[str, str], called: str, known_as: str) -> str | None:
        """Our word for one of a picklist's. One that nobody mapped is left out, and said."""
        value = self.get(name)
        if not isinstance(value, str) or not value or value in words:
            return words.get(value) if isinstance(value, str) else None
        self.amiss.append(f"its {called} '{plain(value)[:80]}' means nothing here and was left out. Add it to {known_as} of the fields")
        return None

    def money(self, name: str | None) -> dict[str, Any] | None:
        """An amount in the record's own currency, or the only one that the org has. Without a currency it is no amount."""
        amount = self.number(name)
        if amount is None:
            return None
        if amount < 0:
            self.amiss.append(f"its {name} is negative and was left out. Correct it in Salesforce")
            return None
        currency = self.get("CurrencyIsoCode") or self.fields.currency
        if currency is None:
            self.amiss.append(f"its {name} has no currency and was left out. Set currency of the fields to the one that the org has")
            return None
        return {"amount": amount, "currency": currency}

    def say(self, **values: Any) -> None:
        """Keep what is there."""
        self.said.update({name: value for name, value in values.items() if value is not None})


def read(key: Key, row: Row, fields: Fields, beside: Beside = Beside()) -> Read:
    """One row."""
    external = str(row["Id"])
    own = own_id(VENDOR, key, external)
    if row.get("IsDeleted"):
        survivor = row.get("MasterRecordId")
        return Read(gone={own: own_id(VENDOR, key, survivor) if survivor else None})
    found = _Found(row, fields, beside)
    try:
        is_one = _READ[key](found)
    except Unreadable as error:
        return Read(faults=[Fault(key, external, str(error), _whose(row), moment(row["SystemModstamp"]))])
    if not is_one:
        return Read(gone={own: None})
    as_of = moment(row["SystemModstamp"])
    told = Told(key, own, found.said, as_of, version_of(as_of), None if key == "touches" else external)
    return Read([told, *_consent(key, told, found)], [Fault(key, external, one) for one in found.amiss])


def _whose(row: Row) -> str | None:
    """The account, or else the contact, that a row names."""
    account, who = row.get("AccountId"), str(row.get("WhoId"))
    return own_id(VENDOR, "accounts", account) if account else own_id(VENDOR, "contacts", who) if who.startswith("003") else None


def version_of(moment: datetime) -> int:
    """The version of what was changed then: its millisecond."""
    return (moment - _EPOCH) // timedelta(milliseconds=1)


def moment(text: str) -> datetime:
    """A moment as the API writes it."""
    return datetime.fromisoformat(text).astimezone(UTC)


def _person(found: _Found) -> bool:
    address, fields = found.needed("Email"), found.fields
    if not address:
        raise Unreadable("it has no e-mail address, by which colleagues are known. Give the user one")
    roles = fields.people.get(str(address).lower()) or fields.title_roles.get(found.get("Title") or "") or fields.owner_roles
    found.say(
        name=plain(str(found.needed("Name"))), email=str(address), roles=list(roles), active=bool(found.needed("IsActive")),
        manager=found.person("ManagerId"), timezone=_zone(found.get("TimeZoneSidKey")),
    )  # fmt: skip
    return True


def _account(found: _Found) -> bool:
    fields, parent, country = found.fields, found.get("ParentId"), found.get(found.fields.country)
    found.say(
        name=plain(str(found.needed("Name"))), domain=_domain(found.get("Website")), owner=found.person("OwnerId"), csm=found.person(fields.csm),
        parent=own_id(VENDOR, "accounts", parent) if parent else None, industry=found.text("Industry"),
        tier=found.word(fields.tier, fields.tiers, "tier", "tiers"), lifecycle=fields.lifecycles.get(found.get("Type") or ""),
        country=country.upper() if isinstance(country, str) and len(country) == 2 and country.isascii() and country.isalpha() else None,
        currency=found.get("CurrencyIsoCode") or fields.currency, arr=found.money(fields.arr), dispute=found.flag(fields.dispute),
        legal_hold=found.flag(fields.legal_hold), escalation_open=found.flag(fields.escalation_open),
    )  # fmt: skip
    health, as_of = found.number(fields.health), found.get(fields.health_as_of)
    if health is not None and not 0 <= health <= 100:
        found.amiss.append("its health is not between 0 and 100 and was left out. Correct it, or the mapping of this field")
    elif health is not None:
        found.say(health=health, health_as_of=moment(as_of) if as_of else None)
    return True


def _contact(found: _Found) -> bool:
    account, fields = found.needed("AccountId"), found.fields
    if not account:
        raise Unreadable("it belongs to no account. Give it one in Salesforce")
    found.say(
        account=own_id(VENDOR, "accounts", account), name=plain(str(found.needed("Name"))), first_name=found.text("FirstName"),
        email=found.get("Email"), title=found.text("Title"), language=found.text(fields.contact_language),
        role=found.word(fields.contact_role, fields.contact_roles, "role", "contact_roles"), opted_out=bool(found.needed("HasOptedOutOfEmail")),
        do_not_contact=found.flag(fields.do_not_contact), left_company=found.flag(fields.left_company),
        hard_bounced=bool(found.row["EmailBouncedDate"]) if "EmailBouncedDate" in found.row else None,
    )  # fmt: skip
    return True


def _consent(key: Key, told: Told, found: _Found) -> list[Told]:
    """Consent to marketing by e-mail, where a checkbox keeps it: a tick is one, and its absence takes it back."""
    name = found.fields.marketing_consent
    if key != "contacts" or name is None or name not in found.row:
        return []
    purpose, channel = _MARKETING
    said = {"contact": told.id, "purpose": purpose, "channel": channel, "status": "granted", "basis": f"{name} in Salesforce"}
    ticked = bool(found.row[name])
    return [Told("consents", f"{told.id}:{purpose}:{channel}", said, told.as_of, told.version, deleted=not ticked)]


def _contract(found: _Found) -> bool:
    account, fields, status = found.needed("AccountId"), found.fields, found.needed("Status")
    if not account:
        raise Unreadable("it belongs to no account. Give it one in Salesforce")
    if status in fields.contract_statuses and fields.contract_statuses[status] is None:
        return False
    statuses = {name: ours for name, ours in fields.contract_statuses.items() if ours is not None}
    notice, seats = found.number(fields.notice_days), found.number(fields.seats)
    found.say(
        account=own_id(VENDOR, "accounts", account), status=found.word("Status", statuses, "status", "contract_statuses"),
        start=_day(found.get("StartDate")), end=_day(found.get("EndDate")), notice_days=None if notice is None else int(notice),
        auto_renew=None if found.get(fields.auto_renew) is None else bool(found.get(fields.auto_renew)), value=found.money(fields.contract_value),
        seats=None if seats is None else int(seats), plan=found.text(fields.plan),
    )  # fmt: skip
    return True


def _deal(found: _Found) -> bool:
    account, fields, entered = found.needed("AccountId"), found.fields, found.get("LastStageChangeDate")
    if not account:
        raise Unreadable("it belongs to no account. Give the opportunity one in Salesforce")
    roles = found.beside.roles.get(str(found.row["Id"]), ())
    contacts = [own_id(VENDOR, "contacts", role["ContactId"]) for role in roles if role.get("ContactId")]
    first = next((own_id(VENDOR, "contacts", role["ContactId"]) for role in roles if role.get("IsPrimary") and role.get("ContactId")), None)
    active = found.get("LastActivityDate")
    found.say(
        account=own_id(VENDOR, "accounts", account), name=found.text("Name"), kind=fields.kinds.get(found.get("Type") or ""),
        owner=found.person("OwnerId"), stage=_stage(found), stage_entered_at=moment(entered) if entered else None, amount=found.money("Amount"),
        close_date=_day(found.get("CloseDate")), interest=found.text(fields.interest), competitor=found.text(fields.competitor),
        requested_discount_pct=found.number(fields.requested_discount_pct), primary_contact=first, contacts=list(dict.fromkeys(contacts)) or None,
        last_activity_at=_day(active) if active else None,
    )  # fmt: skip
    return True


def _stage(found: _Found) -> str:
    name, stage = found.needed("StageName"), stage_of(found.row, found.fields)
    if stage is None:
        raise Unreadable(f"its stage '{plain(str(name))[:80]}' means nothing here. Add it to stages of the fields")
    return stage


def stage_of(opportunity: Row, fields: Fields) -> str | None:
    """Our word for its stage; None where it means nothing here."""
    named, won = fields.stages.get(str(opportunity.get("StageName"))), opportunity.get("IsWon")
    if named or won:
        return named or "won"
    return "lost" if opportunity.get("IsClosed") and won is False else None


def _touch(found: _Found) -> bool:
    """What a colleague sent, or a call; who wrote it and what became of it, an e-mail message says."""
    who, sender = str(found.needed("WhoId")), found.person("OwnerId")
    at = found.get("CompletedDateTime") or found.get("ActivityDate")
    if not who.startswith("003"):
        return False
    if sender is None or at is None:
        raise Unreadable("it has no colleague as its owner, or says not when it was. Complete the task in Salesforce")
    account, call, email = found.get("AccountId"), found.needed("TaskSubtype") == "Call", found.beside.emails.get(str(found.row["Id"]))
    found.say(
        contact=own_id(VENDOR, "contacts", who), account=own_id(VENDOR, "accounts", account) if account else None,
        channel="phone" if call else "email", at=moment(email["MessageDate"]) if email and email.get("MessageDate") else _at(at), sender=sender,
        **_mail(email),
    )  # fmt: skip
    return True


def _mail(email: Row | None) -> dict[str, str]:
    """Without the message it is not known which way it went; that it was sent is what a completed task says."""
    if email is None:
        return {"status": "sent"}
    status = "bounced" if email.get("IsBounced") else "replied" if str(email.get("Status")) == "2" and not email.get("Incoming") else "sent"
    return {"status": status, "direction": "in" if email.get("Incoming") else "out"}


_READ: Mapping[Key, Callable[[_Found], bool]] = {
    "people": _person, "accounts": _account, "contacts": _contact, "contracts": _contract, "deals": _deal, "touches": _touch
}  # fmt: skip
"""Each fills in what a row says, and tells whether it is such a record at all."""


def _day(text: str | None) -> datetime | None:
    return None if not text else datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)


def _at(text: str) -> datetime:
    found = _day(text) if len(text) == 10 else moment(text)
    assert found is not None, "there is a text"  # noqa: S101
    return found


def _zone(name: Any) -> str | None:
    try:
        return ZoneInfo(name).key if isinstance(name, str) and name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _domain(website: Any) -> str | None:
    """The domain of a company's address. What is none is left out."""
    if not isinstance(website, str) or not website.strip():
        return None
    text = website.strip() if "//" in website else f"//{website.strip()}"
    try:
        host = (urlsplit(text).hostname or "").removeprefix("www.")
    except ValueError:
        return None
    return host if "." in host else None

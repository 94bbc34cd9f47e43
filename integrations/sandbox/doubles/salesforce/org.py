"""The org: its records, what happens to them by themselves, and what it refuses."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import Any

from integrations.sandbox.doubles.journal import Journal
from integrations.sandbox.doubles.salesforce.schema import PREFIXES, READ_ONLY, SCHEMA, STATUSES, Field

Row = dict[str, Any]
_SUFFIX = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"


class Refused(Exception):
    """What Salesforce answers instead of doing it: a status, and a list of one error."""

    def __init__(self, status: int, code: str, message: str, *fields: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.fields = status, code, message, fields

    def body(self) -> list[dict[str, Any]]:
        """The error as it is written in an answer."""
        return [{"errorCode": self.code, "message": self.message, "fields": list(self.fields)}]


@dataclass(frozen=True, slots=True)
class Rule:
    """A validation rule of an administrator's: which records it refuses, and what it says then."""

    object: str
    message: str
    refuses: Callable[[Mapping[str, Any]], bool]


@dataclass
class Org:
    """`clock` is the org's time of day. What is in `hidden` (object and field) the integration's user may not see; `locked` are records that
    somebody else is writing to, each for so many more tries."""

    clock: Callable[[], datetime]
    journal: Journal = field(default_factory=Journal)
    multi_currency: bool = True
    tables: dict[str, dict[str, Row]] = field(default_factory=lambda: {name: {} for name in SCHEMA})
    fields: dict[str, dict[str, Field]] = field(default_factory=lambda: {name: dict(fields) for name, fields in SCHEMA.items()})
    hidden: set[tuple[str, str]] = field(default_factory=set)
    rules: list[Rule] = field(default_factory=list)
    locked: dict[str, int] = field(default_factory=dict)
    changed: list[tuple[str, str, str]] = field(default_factory=list)
    """Object, id and field (or `created`) of what people changed, for a flow to tell."""
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def id(self) -> str:
        """The org's own id."""
        return _whole("00DHs0000000001")

    def key_is(self, *, external: bool = False, unique: bool = False, there: bool = True) -> None:
        """How `Nextplay_Key__c` of tasks was made, if it was."""
        if there:
            self.fields["Task"]["Nextplay_Key__c"] = replace(SCHEMA["Task"]["Nextplay_Key__c"], external=external, unique=unique)
        else:
            self.fields["Task"].pop("Nextplay_Key__c", None)

    def visible(self, name: str) -> dict[str, Field]:
        """The fields of an object that the integration's user sees. Raises Refused for an object that is not there."""
        if name not in self.fields:
            raise Refused(400, "INVALID_TYPE", f"sObject type '{name}' is not supported.")
        alone = set() if self.multi_currency else {"CurrencyIsoCode"}
        return {one: kind for one, kind in self.fields[name].items() if (name, one) not in self.hidden and one not in alone}

    # what people do, unseen by the API -----------------------------------------------------------------------------

    def add(self, name: str, /, **values: Any) -> str:
        """A record that somebody made; its id."""
        row = self._row(name, values)
        self.changed.append((name, row["Id"], "created"))
        return str(row["Id"])

    def edit(self, record_id: str, /, **values: Any) -> None:
        """Somebody changed a record."""
        name, row = self.find(record_id)
        row.update(values, SystemModstamp=self._now(), LastModifiedDate=self._now())
        self._work_out(name, row, {*values})
        self.changed += [(name, row["Id"], one) for one in values]

    def delete(self, record_id: str, *, merged_into: str | None = None) -> None:
        """Somebody put a record into the bin, or merged it into another."""
        self.edit(record_id, IsDeleted=True, **({"MasterRecordId": merged_into} if merged_into else {}))

    def find(self, record_id: str) -> tuple[str, Row]:
        """A record and its object. Raises KeyError."""
        name = next(name for name, prefix in PREFIXES.items() if prefix == record_id[:3])
        return name, self.tables[name][_whole(record_id[:15])]

    # what the API does ---------------------------------------------------------------------------------------------

    def create(self, name: str, values: Mapping[str, Any]) -> Row:
        """Insert, as an API user. Raises Refused."""
        self._check(name, values, None)
        row = self._row(name, values)
        self.journal.add(self.clock(), f"create {name}", row["Id"], dict(values))
        return row

    def update(self, name: str, row: Row, values: Mapping[str, Any]) -> None:
        """Change a record, as an API user. Raises Refused."""
        self._check(name, values, row)
        row.update(values, SystemModstamp=self._now(), LastModifiedDate=self._now())
        self._work_out(name, row, {*values})
        self.journal.add(self.clock(), f"update {name}", row["Id"], dict(values))

    def living(self, name: str, record_id: str) -> Row:
        """A record that is not deleted. Raises Refused."""
        row = self.tables[name].get(_whole(record_id[:15]) if len(record_id) in (15, 18) else "")
        if row is None:
            raise Refused(404, "NOT_FOUND", "The requested resource does not exist")
        if row.get("IsDeleted"):
            raise Refused(404, "ENTITY_IS_DELETED", "entity is deleted")
        return row

    def _check(self, name: str, values: Mapping[str, Any], before: Row | None) -> None:
        visible = self.visible(name)
        for one, value in values.items():
            self._check_field(name, visible, one, value)
        self._check_points(values)
        after = {**(before or {}), **values}
        for one, kind in visible.items():
            same = [
                row for row in self.tables[name].values() if kind.unique and values.get(one) and row.get(one) == values[one] and row is not before
            ]
            if same:
                raise Refused(400, "DUPLICATE_VALUE", f"duplicate value found: {one} duplicates value on record with id: {same[0]['Id'][:15]}")
        for rule in self.rules:
            if rule.object == name and rule.refuses(after):
                raise Refused(400, "FIELD_CUSTOM_VALIDATION_EXCEPTION", rule.message)

    def _check_field(self, name: str, visible: Mapping[str, Field], one: str, value: Any) -> None:
        kind = visible.get(one)
        if kind is None:
            raise Refused(400, "INVALID_FIELD", f"No such column '{one}' on sobject of type {name}")
        if one in READ_ONLY and not (one == "AccountId" and name != "Task"):
            raise Refused(400, "INVALID_FIELD_FOR_INSERT_UPDATE", f"Unable to create/update fields: {one}. Please check the security settings.", one)
        if isinstance(value, str) and kind.type in ("string", "textarea", "richtext") and len(value) > kind.length:
            raise Refused(400, "STRING_TOO_LONG", f"{one}: data value too large: (max length={kind.length})", one)
        if kind.values and value not in kind.values:
            raise Refused(400, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST", f"{one}: bad value for restricted picklist field: {value}", one)

    def _check_points(self, values: Mapping[str, Any]) -> None:
        for one in ("WhatId", "WhoId", "OwnerId"):
            if values.get(one) is None:
                continue
            try:
                name, row = self.find(str(values[one]))
            except (KeyError, StopIteration):
                raise Refused(400, "INVALID_CROSS_REFERENCE_KEY", "invalid cross reference id", one) from None
            if row.get("IsDeleted"):
                raise Refused(400, "ENTITY_IS_DELETED", "entity is deleted", one)
            if name == "User" and not row.get("IsActive"):
                raise Refused(400, "INACTIVE_OWNER_OR_USER", "operation performed with inactive user", one)
            if self.locked.get(row["Id"], 0) > 0:
                self.locked[row["Id"]] -= 1
                raise Refused(400, "UNABLE_TO_LOCK_ROW", "unable to obtain exclusive access to this record")

    def _row(self, name: str, values: Mapping[str, Any]) -> Row:
        now, record_id = self._now(), _whole(f"{PREFIXES[name]}Hs{next(self._numbers):010d}")
        made = {"Id": record_id, "CreatedDate": now, "LastModifiedDate": now, "SystemModstamp": now}
        row: Row = dict.fromkeys(self.fields[name]) | made | ({"IsDeleted": False} if "IsDeleted" in self.fields[name] else {}) | dict(values)
        row |= {one: False for one, kind in self.fields[name].items() if kind.type == "boolean" and row.get(one) is None}
        self._work_out(name, row, {*values})
        self.tables[name][record_id] = row
        return row

    def _work_out(self, name: str, row: Row, changed: set[str]) -> None:
        """What the org fills in by itself."""
        if name == "Task":
            row["Status"] = row.get("Status") or STATUSES[0]
            row["IsClosed"] = row["Status"] == "Completed"
            row["CompletedDateTime"] = (row.get("CompletedDateTime") or self._now()) if row["IsClosed"] else None
            row["AccountId"] = self._account_of(row.get("WhatId")) or self._account_of(row.get("WhoId"))
        if name == "Opportunity" and "StageName" in changed:
            stage = next((one for one in self.tables["OpportunityStage"].values() if one["ApiName"] == row.get("StageName")), {})
            row["IsClosed"], row["IsWon"] = bool(stage.get("IsClosed")), bool(stage.get("IsWon"))
            row["LastStageChangeDate"] = row["LastStageChangeDate"] if "LastStageChangeDate" in changed else self._now()

    def _account_of(self, record_id: str | None) -> str | None:
        if not record_id:
            return None
        try:
            name, row = self.find(record_id)
        except (KeyError, StopIteration):
            return None
        return row["Id"] if name == "Account" else row.get("AccountId")

    def _now(self) -> str:
        return written(self.clock())


def written(at: datetime) -> str:
    """A moment as the API writes it: to the second, although there is room for more."""
    return at.strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _whole(fifteen: str) -> str:
    """An id with its last three characters, which say which of the fifteen are upper case."""
    parts = (fifteen[0:5], fifteen[5:10], fifteen[10:15])
    return fifteen[:15] + "".join(_SUFFIX[sum(2**place for place, one in enumerate(part) if one.isascii() and one.isupper())] for part in parts)

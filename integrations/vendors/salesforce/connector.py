"""Reads a Salesforce org: pages by what changed last, one record with what belongs to it, and what belongs to a company."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import reduce
from operator import add
from typing import TypeVar

from integrations.vendors.connector import LATELY, Check, Completion, Key, Page, Read
from integrations.vendors.errors import Denied, Gone, Rejected
from integrations.vendors.salesforce import checking, soql
from integrations.vendors.salesforce.asking import Asking, Row
from integrations.vendors.salesforce.columns import Columns, columns_of
from integrations.vendors.salesforce.completions import completions
from integrations.vendors.salesforce.effects import SalesforceEffects
from integrations.vendors.salesforce.endpoints import VENDOR
from integrations.vendors.salesforce.fields import Fields
from integrations.vendors.salesforce.ids import whole_id
from integrations.vendors.salesforce.mapping import Beside, moment, read

PAGE = 200
"""Records of a page: as many as their ids go into one question."""
PART = 1000
"""Records of a company that are asked for at a time."""
TOUCHES = timedelta(days=400)
"""How far back mail and calls are read: as far as outcomes look."""
_ORDER = ("SystemModstamp", "Id")

T = TypeVar("T")


class Salesforce:
    """Implements `Connector`. `clock` is the time of day."""

    vendor = VENDOR

    def __init__(self, asking: Asking, fields: Fields, effects: SalesforceEffects, clock: Callable[[], datetime]) -> None:
        self._asking, self._fields, self._clock = asking, fields, clock
        self._columns = columns_of(fields)
        self.effects = effects

    @property
    def keys(self) -> Sequence[Key]:
        """People and companies first, then what belongs to them."""
        return tuple(self._columns)

    async def one(self, key: Key, external_id: str) -> Read:
        """One record, read afresh, with the one that it was merged into. Raises Gone for what is not there and not in the bin either."""
        record = whole_id(external_id)
        if record is None or key not in self._columns:
            raise Gone(VENDOR, f"it has no {key} '{external_id[:40]}'")
        near = _BESIDE[key]([record]) if key in _BESIDE and await self._asking.looks(_OBJECTS[key]) else None

        async def ask() -> list[list[Row]]:
            columns = self._columns[key]
            question = await self._question(columns, [*columns.which, soql.equals("Id", record)], 1)
            return [await self._asking.rows(question)] if near is None else await self._asking.together(question, near)

        rows, *beside = await self._as_it_looks(ask)
        if not rows:
            raise Gone(VENDOR, f"it has no {key} '{record}'")
        found = read(key, rows[0], self._fields, _beside(key, beside[0] if beside else []))
        survivor = rows[0].get("MasterRecordId") if rows[0].get("IsDeleted") else None
        return found + await self.one(key, survivor) if survivor else found

    async def of_account(self, key: Key, account_external_id: str) -> Read:
        """All of a company's that are not in the bin; of mail and calls those of late."""
        record, columns = whole_id(account_external_id), self._columns.get(key)
        if record is None or columns is None or columns.account is None:
            return Read()
        conditions = [*columns.which, soql.equals(columns.account, record), soql.equals("IsDeleted", False)]
        if key == "touches":
            conditions.append(soql.not_before("SystemModstamp", self._clock() - LATELY))
        rows: list[Row] = []
        while part := await self._rows(key, [*conditions, *([soql.after(_place_of(rows[-1]))] if rows else [])], at_most=PART):
            rows += part
            if len(part) < PART:
                break
        return await self._read(key, rows)

    async def page(self, key: Key, cursor: str | None, since: datetime | None) -> Page:
        """The next part in the order of changes. What is in the bin is told only of what changed: nobody knew of it before."""
        columns, place = self._columns[key], _place(cursor)
        conditions = [*columns.which]
        if since is not None:
            conditions.append(soql.not_before("SystemModstamp", since))
        elif columns.binned:
            conditions.append(soql.equals("IsDeleted", False))
        if key == "touches":
            conditions.append(soql.not_before("SystemModstamp", self._clock() - TOUCHES))
        rows = await self._rows(key, [*conditions, *([soql.after(place)] if place else [])], at_most=PAGE)
        total = await self._asking.count(soql.count(columns.object, *conditions)) if place is None and since is None else None
        last = json.dumps([rows[-1]["SystemModstamp"], rows[-1]["Id"]]) if len(rows) == PAGE else None
        return Page(await self._read(key, rows), last, total)

    async def completed(self, since: datetime) -> Sequence[Completion]:
        """Which tasks of ours colleagues have done since a moment; none where tasks have no key, for their texts cannot be searched."""
        return await completions(self._asking, self._fields, since)

    async def checks(self) -> Sequence[Check]:
        """What `doctor` says."""
        return await checking.checks(self._asking, self._fields, self._columns)

    async def _rows(self, key: Key, conditions: Sequence[str], *, at_most: int) -> list[Row]:
        """The rows with every field that is there."""

        async def ask() -> list[Row]:
            return await self._asking.rows(await self._question(self._columns[key], conditions, at_most))

        return await self._as_it_looks(ask)

    async def _as_it_looks(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Ask once more where a field went away since it was last looked at."""
        try:
            return await ask()
        except Rejected as error:
            if not self._asking.changed(error):
                raise
            return await ask()

    async def _question(self, columns: Columns, conditions: Sequence[str], at_most: int) -> str:
        there = await self._asking.looks(columns.object)
        if not there:
            mend = f"Give the user Read on {columns.object}, or name what it keeps under without of the fields"
            raise Denied(VENDOR, f"the integration user does not see any {columns.object}. {mend}")
        return soql.select(columns.asked(there), columns.object, *conditions, order=_ORDER, at_most=at_most)

    async def _read(self, key: Key, rows: Sequence[Row]) -> Read:
        near: list[Row] = []
        if key in _BESIDE and rows and await self._asking.looks(_OBJECTS[key]):
            ids = [str(row["Id"]) for row in rows]
            for start in range(0, len(ids), PAGE):
                near += await self._asking.rows(_BESIDE[key](ids[start : start + PAGE]))
        beside = _beside(key, near)
        return reduce(add, (read(key, row, self._fields, beside) for row in rows), Read())


def _beside(key: Key, rows: Sequence[Row]) -> Beside:
    """Other rows by those that they belong to."""
    if key == "touches":
        return Beside(emails={str(row["ActivityId"]): row for row in rows})
    roles: dict[str, list[Row]] = {}
    for row in rows:
        roles.setdefault(str(row["OpportunityId"]), []).append(row)
    return Beside(roles=roles)


_OBJECTS: Mapping[Key, str] = {"deals": "OpportunityContactRole", "touches": "EmailMessage"}


def _roles(deals: Sequence[str]) -> str:
    living = soql.equals("IsDeleted", False)
    return soql.select(
        ("OpportunityId", "ContactId", "IsPrimary"), "OpportunityContactRole", soql.among("OpportunityId", deals), living, order=("Id",)
    )


def _emails(tasks: Sequence[str]) -> str:
    fields = ("ActivityId", "Incoming", "IsBounced", "Status", "MessageDate")
    return soql.select(fields, "EmailMessage", soql.among("ActivityId", tasks), soql.equals("IsDeleted", False))


_BESIDE: Mapping[Key, Callable[[Sequence[str]], str]] = {"deals": _roles, "touches": _emails}


def _place_of(row: Row) -> tuple[datetime, str]:
    """Where it stands in the order of changes."""
    return moment(row["SystemModstamp"]), str(row["Id"])


def _place(cursor: str | None) -> tuple[datetime, str] | None:
    """Where the last part ended. Raises ValueError for what was never one of our cursors."""
    if cursor is None:
        return None
    stamp, record = json.loads(cursor)
    return moment(str(stamp)), str(record)

"""A record of ours while it is put together from one object: what could be read, and what could not."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from integrations.sandbox.models import ENTRIES
from integrations.vendors.connector import Fault, Key, Read, Told, own_id
from integrations.vendors.hubspot.client import Thing
from integrations.vendors.hubspot.dialect import VENDOR
from integrations.vendors.hubspot.text import moment, plain


@dataclass
class Draft:
    """One record on its way. `values` are HubSpot's properties; what is put in stands under our names."""

    key: Key
    external_id: str
    values: Mapping[str, str | None]
    as_of: datetime
    own: dict[str, Any] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    id: str = ""
    broken: bool = False

    @classmethod
    def of(cls, key: Key, thing: Thing) -> "Draft":
        """Of an object of HubSpot's."""
        return cls(key, thing.id, thing.properties, thing.updated)

    def text(self, prop: str | None) -> str | None:
        """Plain text; None where there is nothing."""
        value = self.values.get(prop or "")
        return plain(value) or None if value else None

    def number(self, prop: str | None) -> float | None:
        """A number."""
        value = self.text(prop)
        try:
            return None if value is None else float(value)
        except ValueError:
            self.fault(f"{prop} is not a number: correct it in HubSpot")
            return None

    def whole(self, prop: str | None) -> int | None:
        """A whole number."""
        number = self.number(prop)
        if number is None or number.is_integer():
            return None if number is None else int(number)
        self.fault(f"{prop} is not a whole number: correct it in HubSpot")
        return None

    def flag(self, prop: str | None) -> bool | None:
        """True or false."""
        value = self.text(prop)
        known = {"true": True, "yes": True, "false": False, "no": False}
        if value is None or value.lower() in known:
            return None if value is None else known[value.lower()]
        self.fault(f"{prop} is neither true nor false: make it a checkbox in HubSpot")
        return None

    def at(self, prop: str | None) -> str | None:
        """A moment, as our records write it."""
        value = self.text(prop)
        try:
            return None if value is None else moment(value).isoformat()
        except ValueError:
            self.fault(f"{prop} is not a date: correct it in HubSpot")
            return None

    def meaning(self, prop: str | None, meanings: Mapping[str, Any], where: str) -> Any:
        """What a listed value means; one that is not listed is a fault."""
        value = self.text(prop)
        if value is None or value in meanings:
            return None if value is None else meanings[value]
        self.fault(f"{prop} has the value {_shown(value)}, which is not listed under `{where}`: say there what it means")
        return None

    def money(self, prop: str | None, currency: str) -> dict[str, Any] | None:
        """An amount. One below zero is none."""
        amount = self.number(prop)
        if amount is not None and amount < 0:
            self.fault(f"{prop} is below zero: correct it in HubSpot")
            return None
        return None if amount is None else {"amount": amount, "currency": currency}

    def fault(self, why: str) -> None:
        """Something could not be read, and is nothing; the rest of the record can be."""
        self.wrong.append(why)

    def breaks(self, why: str) -> None:
        """Without this there is no record."""
        self.broken = True
        self.wrong.append(why)

    def done(self) -> Read:
        """The record as far as it is sound, and one fault that says what is not."""
        self.id = self.id or own_id(VENDOR, self.key, self.external_id)
        fields = {name: value for name, value in self.own.items() if value is not None}
        if not self.broken:
            fields = self._sound(fields)
        about = self.own.get("account") or self.own.get("contact")
        faults = [Fault(self.key, self.external_id, f"{self._named()}: {'; '.join(self.wrong)}.", about, self.as_of)] if self.wrong else []
        version = int(self.as_of.timestamp() * 1000)
        told = [] if self.broken else [Told(self.key, self.id, fields, self.as_of, version, self._external())]
        return Read(told, faults)

    def _sound(self, fields: dict[str, Any]) -> dict[str, Any]:
        """What the record's model accepts: a field that it refuses is left out, and where it cannot be, there is no record."""
        model = ENTRIES[self.key]
        bad: dict[str, str] = {}
        try:
            model.model_validate({model.id_field: self.id, **fields}, context={"at": self.as_of})
        except ValidationError as error:
            bad = {str(detail["loc"][0]) if detail["loc"] else "the record": detail["msg"] for detail in error.errors()}
        needed = {info.alias or name for name, info in model.model_fields.items() if info.is_required()} | {"the record"}
        for name, why in bad.items():
            (self.breaks if name in needed else self.fault)(f"{name} is not as it has to be ({why.removeprefix('Value error, ')})")
        return {name: value for name, value in fields.items() if name not in bad}

    def _external(self) -> str | None:
        return None if self.key in ("consents", "touches") else self.external_id

    def _named(self) -> str:
        return f"{self.key.rstrip('s') if self.key != 'people' else 'owner'} {self.external_id}"


def _shown(value: str) -> str:
    """A value of a list, which nobody typed; anything longer is not shown."""
    return f"'{value}'" if len(value) <= 40 else "of another kind"

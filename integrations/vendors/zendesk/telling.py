"""How things of Zendesk's are told: under whose id, and how new."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from integrations.vendors.connector import Key, Told, own_id
from integrations.vendors.zendesk.dialect import VENDOR


def own(key: Key, external_id: str) -> str:
    """Our id for an object of Zendesk's."""
    return own_id(VENDOR, key, external_id)


def external(key: Key, record_id: str) -> str | None:
    """Zendesk's id out of such an id of ours; None for one that is not of its making."""
    beginning = own(key, "")
    return record_id.removeprefix(beginning) if record_id.startswith(beginning) and record_id != beginning else None


def version(at: datetime) -> int:
    """The millisecond of a change. Zendesk tells whole seconds: two changes within one have the same version, and either may come last."""
    return int(at.timestamp() * 1000)


def told(key: Key, external_id: str, fields: Mapping[str, Any], at: datetime, *, linked: bool = True, deleted: bool = False) -> Told:
    """A record under its own id. Fields that say nothing are left out. `linked`: whether others may call it by Zendesk's id."""
    said = {name: value for name, value in fields.items() if value is not None}
    return Told(key, own(key, external_id), said, at, version(at), external_id if linked else None, deleted)


def link(kind: str, external_id: str, to: str, by: str, at: datetime) -> Told:
    """That an object of Zendesk's is one that we have from elsewhere."""
    fields = {"source": VENDOR, "external_id": external_id, "kind": kind, "id": to, "matched_by": by}
    return Told("links", f"{VENDOR}:{kind}:{external_id}", fields, at, version(at), external_id)

"""Asks the database for what could not be put into our words, of whom."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from integrations.db.sandbox_rows import RECORDS
from integrations.db.vendor_rows import FAULTS
from integrations.sandbox.crm import KINDS
from integrations.vendors.connector import Key

KIND_OF = {key: kind for kind, key in KINDS.items()}
"""What one record of a key is called, where links name it."""


def unusable(key: Key, accounts: Sequence[str]) -> Select[str, str | None]:
    """Our ids of what of a kind is these accounts', and whose each is, as `Copy.unusable` tells them. Of what is linked it is the link's."""
    link, kind = RECORDS.alias(), KIND_OF.get(key, key)
    its = and_(link.c.kind == "links", link.c.id == FAULTS.c.vendor + f":{kind}:" + FAULTS.c.external_id, link.c.deleted.is_(False))
    own = func.coalesce(link.c.about, FAULTS.c.vendor + f"-{kind}-" + FAULTS.c.external_id)
    theirs = or_(_about(accounts), own.in_(_held(key, accounts)), own.in_(accounts))
    return select(own, FAULTS.c.about).select_from(FAULTS.outerjoin(link, its)).where(FAULTS.c.key == key, FAULTS.c.whole, theirs)


def lost(key: Key, accounts: Sequence[str], since: datetime) -> Select[int]:
    """How many of a kind are these accounts' or their contacts', of those that changed since a moment, or nobody knows when."""
    lately = or_(FAULTS.c.as_of.is_(None), FAULTS.c.as_of >= since)
    return select(func.count()).select_from(FAULTS).where(FAULTS.c.key == key, FAULTS.c.whole, _about(accounts), lately)


def _held(key: Key, accounts: Sequence[str]) -> Select[str]:
    """Our ids of the records of a kind that are these accounts', as far as we know."""
    return select(RECORDS.c.id).where(RECORDS.c.kind == key, RECORDS.c.about.in_(accounts))


def _about(accounts: Sequence[str]) -> ColumnElement[bool]:
    """Faults of what is these accounts' or their contacts', as its vendor says."""
    return or_(FAULTS.c.about.in_(accounts), FAULTS.c.about.in_(_held("contacts", accounts)))

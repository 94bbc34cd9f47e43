"""When what was read of a vendor is handed out again without asking: the one policy, taken from the ages that the facts made of it may have."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from agent.domain.fact_catalogue import CATALOGUE
from integrations.vendors.connector import Key
from tools.freshness import needed_since

_FACTS: Mapping[Key, tuple[str, ...]] = {
    "accounts": ("account", "family", "owner"), "contacts": ("contact",), "consents": ("contact",), "contracts": ("contract",), "deals": ("deal",),
    "tickets": ("ticket", "family", "account"), "touches": ("account",), "people": ("owner",), "groups": ("group",),
}  # fmt: skip
"""The roots of the facts that are made of each kind of record."""


def allowed_age(key: Key) -> timedelta:
    """How old a reading may be: no older than the youngest that any fact made of it has to be. Measurements age by their own dates.

    Of what no fact is made nothing is handed out again.
    """
    specs = (spec for spec in CATALOGUE.values() if spec.ages_from == "read_at" and spec.root in _FACTS.get(key, ()))
    return min((spec.max_age for spec in specs), default=timedelta())


def is_new_enough(key: Key, read_at: datetime | None, at: datetime) -> bool:
    """Whether a reading may be used at a moment. One from the future, as where the clock was put back, is of no known age."""
    needed = needed_since()
    if read_at is None or (needed is not None and read_at < needed):
        return False
    return timedelta() <= at - read_at <= allowed_age(key)

"""Money in the reporting currency, through a rate that carries its date."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agent.domain.fact_catalogue import CATALOGUE
from agent.domain.facts import Fact, Status, judge_age
from tools.ports import Crm, Snapshot, SourceError
from tools.result import missing

RATE = CATALOGUE["deal.rate"]
"""How old an exchange rate may be is said once, in the catalogue."""


@dataclass(frozen=True, slots=True)
class Converted:
    """An amount in the reporting currency, and the rate behind it. A missing rate makes it missing, a stale one
    stale.
    """

    value: float | None
    rate: float | None
    rate_as_of: datetime | None
    status: Status
    why: str = ""

    def fact(self, name: str, *, at: datetime, as_of: datetime) -> Fact:
        """The amount as a fact."""
        if self.status is Status.MISSING:
            return missing(name, self.why)
        return Fact(name, self.value, CATALOGUE[name].source, at, as_of, self.status)

    def rate_fact(self, *, at: datetime) -> Fact:
        """The rate as a fact."""
        if self.rate is None:
            return missing(RATE.name, self.why)
        return Fact(RATE.name, self.rate, RATE.source, at, self.rate_as_of, self.status)


async def convert(crm: Crm, money: Any, at: datetime, into: str) -> Converted:
    """Convert `{amount, currency}` into the reporting currency; an amount without a currency is in it already.

    Never raises for a source that does not answer: the amount is missing then.
    """
    if not isinstance(money, Mapping) or not isinstance(money.get("amount"), int | float):
        return _unknown("no amount")
    currency = str(money.get("currency") or into)
    amount = float(money["amount"])
    if currency == into:
        return Converted(amount, 1.0, at, Status.FRESH)
    try:
        rate = await crm.rate(currency, into)
    except SourceError as error:
        return _unknown(f"no rate for {currency} to {into}: {error}")
    return _at_rate(amount, rate, at) if rate else _unknown(f"no rate for {currency} to {into}")


async def amount_fact(crm: Crm, name: str, record: Snapshot, key: str, at: datetime, into: str) -> Fact:
    """A money field of a record as a fact in the reporting currency."""
    return (await convert(crm, record.data.get(key), at, into)).fact(name, at=record.read_at or at, as_of=record.as_of)


def _at_rate(amount: float, rate: Snapshot, at: datetime) -> Converted:
    value = rate.data.get("rate")
    if not isinstance(value, int | float):
        return _unknown(f"the rate {rate.id} is no number")
    status = judge_age(RATE, read_at=at, as_of=rate.as_of, at=at)
    return Converted(round(amount * value, 2), float(value), rate.as_of, status)


def _unknown(why: str) -> Converted:
    return Converted(None, None, None, Status.MISSING, why)

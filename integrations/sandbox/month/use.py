"""How the customers of the month use the product, and whether they renew."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from integrations.sandbox.month import cast
from integrations.sandbox.month.cast import Company
from integrations.sandbox.month.dice import Dice
from integrations.sandbox.month.plan import CRM, Happening, Plan, changed, told

HELP_LIFTS = 0.10
"""What help with adoption adds to the change of use: the truth that estimates are to find."""

EVERY = timedelta(days=6)
RENEWS = 0.18
"""Chance a week that a customer renews within the time in which that is talked about."""

DROP = -0.2


@dataclass
class Use:
    """The use of every customer."""

    dice: Dice
    plan: Plan
    helped: dict[str, datetime] = field(default_factory=dict)

    def begin(self, company: Company, at: datetime) -> None:
        """Measure a customer's use from now on."""
        self.plan.at(at + self.dice.hours(2, 140, "measured", company.number), lambda now: self._measured(company, 1, now))
        self.plan.at(at + self.dice.hours(20, 300, "renews", company.number), lambda now: self._renewal(company, 1, now))

    def notice(self, company: Company, at: datetime) -> None:
        """Somebody helped them."""
        self.helped[company.account] = at

    def _measured(self, company: Company, round_: int, at: datetime) -> Iterator[Happening]:
        change = self.dice.between(-0.30, 0.22, "change", company.number, round_) + HELP_LIFTS * (company.account in self.helped)
        data = {"change_30d": round(change, 3)}
        event = told(CRM, "usage.dropped" if change <= DROP else "usage.reported", "account", company.account, at, data=data, n=round_)
        yield Happening(at, (cast.use(company, change, self.dice, at), cast.health(company, change, at)), event)
        self.plan.at(at + EVERY, lambda now: self._measured(company, round_ + 1, now))

    def _renewal(self, company: Company, week: int, at: datetime) -> Iterator[Happening]:
        if self.dice.happens(RENEWS, "renewed", company.number, week) and self.dice.happens(0.3, "early", company.number):
            event = told(CRM, "contract.updated", "contract", company.contract, at, actor=company.owner, data={"status": "renewed"}, n=week)
            yield Happening(at, (changed("contracts", {"id": company.contract, "status": "renewed"}),), event)
            return
        self.plan.at(at + timedelta(days=7), lambda now: self._renewal(company, week + 1, now))

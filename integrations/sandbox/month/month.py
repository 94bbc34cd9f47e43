"""The month as a whole: who takes part, what happens until a moment, and how what we did is taken."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from integrations.sandbox.fixtures import Item
from integrations.sandbox.month import cast
from integrations.sandbox.month.deals import Deals
from integrations.sandbox.month.desk import Desk
from integrations.sandbox.month.dice import Dice
from integrations.sandbox.month.plan import Happening, Plan, changed
from integrations.sandbox.month.reviewers import Reviewers
from integrations.sandbox.month.use import Use
from integrations.sandbox.seed import seed_items

DAYS = 30
SEED = "tessera"


class Month:
    """`days` from `start` on, with so many companies. The same seed gives the same month, as far as the same is done in it."""

    def __init__(self, start: datetime, *, days: int = DAYS, companies: int = cast.COMPANIES, seed: str = SEED) -> None:
        self._dice, self._plan = Dice(seed), Plan()
        self._companies = cast.companies(self._dice, companies)
        self._deals = Deals(self._dice, self._plan)
        self._desk = Desk(self._dice, self._plan, [c for c in self._companies if c.bought], _texts())
        self._use = Use(self._dice, self._plan)
        self.reviewers = Reviewers(self._dice)
        self.start, self.days = start, days

    def records(self) -> list[Item]:
        """What the systems know of these customers when the month begins; plans what they will do."""
        found = cast.records(self._companies, self._dice, self.start)
        for company in self._companies:
            found.append(changed("deals", self._deals.begin(company, 1, self.start)))
            if company.bought:
                self._use.begin(company, self.start)
        for day in range(self.days):
            self._desk.a_day(self.start.replace(hour=0, minute=0) + timedelta(days=day))
        return found

    def until(self, moment: datetime) -> list[Happening]:
        """What has happened by then and was not told yet."""
        return self._plan.until(moment)

    def notice(self, effects: Sequence[Mapping[str, Any]]) -> None:
        """Customers notice what was done to them: entries of the sandbox's own log."""
        by_account = {company.account: company for company in self._companies}
        for effect in effects:
            self._desk.notice(effect)
            company = by_account.get(_account_of(str(effect["target"])))
            if company is not None and effect["kind"] in ("send_content", "crm_task"):
                self._deals.notice(effect, company)
                if effect["kind"] == "send_content" and effect["payload"].get("purpose") == "service":
                    self._use.notice(company, effect["at"])


def _account_of(target: str) -> str:
    """The account of a record of the month, which its id tells."""
    _, _, rest = target.partition("_m")
    return f"acc_m{rest[:3]}" if target.startswith(("con_m", "deal_m", "acc_m", "ctr_m")) else ""


def _texts() -> list[Mapping[str, Any]]:
    """What customers write: the tickets of the seed, but for those that tell of danger or belong to one incident."""
    return [item.fields for item in seed_items() if item.key == "tickets" and item.fields.get("body") and not item.fields.get("incident")]

"""Deals of the month: each is looked at by its buyer every few days, and then moves on, is lost or stays. What we sent makes it a little likelier."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from integrations.sandbox.month.cast import Company, deal, first_stage
from integrations.sandbox.month.dice import Dice
from integrations.sandbox.month.plan import CRM, Happening, Plan, changed, told

STAGES = ("discovery", "qualified", "evaluation", "proposal", "negotiation", "contract_sent", "won")
MOVES, LOST = 0.40, 0.06
"""Chances at each look, with nothing done."""

CONTENT_HELPS, TASK_HELPS = 0.16, 0.05
"""What content of the last fortnight, and a task that the owner had, add to the chance to move on: the truth that estimates are to find."""

HELPS_FOR = timedelta(days=14)
ASKS_FOR_A_DISCOUNT = 0.09
REPLIES, BOOKS, LEAVES, COMPLAINS = 0.16, 0.05, 0.012, 0.004
"""What people do who get a message."""


@dataclass
class Deals:
    """All deals that are open."""

    dice: Dice
    plan: Plan
    sent: dict[str, datetime] = field(default_factory=dict)
    tasked: dict[str, datetime] = field(default_factory=dict)

    def begin(self, company: Company, number: int, at: datetime, stage: str = "") -> dict[str, Any]:
        """A deal begins; returns its record."""
        record = deal(company, number, self.dice, at, stage or first_stage(company, self.dice))
        self.plan.at(at + self._until_looked_at(record["id"], 0), lambda now: self._look(company, number, record, 1, now))
        return record

    def notice(self, effect: Mapping[str, Any], company: Company) -> None:
        """Somebody got content, or the owner a task."""
        (self.sent if effect["kind"] == "send_content" else self.tasked)[company.account] = effect["at"]
        if effect["kind"] == "send_content":
            self._react(str(effect["target"]), str(effect["marker"]), effect["at"])

    def _until_looked_at(self, deal_id: str, look: int) -> timedelta:
        return timedelta(days=2) + self.dice.hours(0, 130, "look", deal_id, look)

    def _look(self, company: Company, number: int, record: dict[str, Any], look: int, at: datetime) -> Iterator[Happening]:
        names = (record["id"], look)
        if self.dice.happens(LOST, "lost", *names):
            yield self._moved(record, "lost", look, at)
        elif self.dice.happens(self._chance(company.account, at), "moves", *names):
            yield self._moved(record, STAGES[STAGES.index(record["stage"]) + 1], look, at)
        elif self.dice.happens(ASKS_FOR_A_DISCOUNT, "discount", *names):
            yield self._asked(company, record, look, at)
        if record["stage"] not in ("won", "lost"):
            self.plan.at(at + self._until_looked_at(record["id"], look), lambda now: self._look(company, number, record, look + 1, now))
        else:
            self.plan.at(at + self.dice.hours(24, 200, "next", *names), lambda now: self._another(company, number + 1, now))

    def _chance(self, account: str, at: datetime) -> float:
        content, task = (account in got and at - got[account] <= HELPS_FOR for got in (self.sent, self.tasked))
        return MOVES + CONTENT_HELPS * content + TASK_HELPS * task

    def _moved(self, record: dict[str, Any], stage: str, look: int, at: datetime) -> Happening:
        record |= {"stage": stage, "stage_entered_at": at.isoformat(), "last_activity_at": at.isoformat()}
        event = told(CRM, "deal.stage_changed", "deal", record["id"], at, actor=record["owner"], data={"stage": stage}, n=look)
        return Happening(at, (changed("deals", dict(record)),), event)

    def _asked(self, company: Company, record: dict[str, Any], look: int, at: datetime) -> Happening:
        percent = self.dice.among((5, 8, 10, 12, 18), "percent", record["id"], look)
        record |= {"requested_discount_pct": percent, "discount_requested_by": company.owner}
        data = {"discount_pct": percent, "requested_by": company.owner}
        event = told(CRM, "deal.discount_requested", "deal", record["id"], at, actor=company.owner, data=data, n=look)
        return Happening(at, (changed("deals", dict(record)),), event)

    def _another(self, company: Company, number: int, at: datetime) -> Iterator[Happening]:
        record = self.begin(company, number, at, "discovery")
        event = told(CRM, "deal.created", "deal", record["id"], at, actor=company.owner, n=number)
        yield Happening(at, (changed("deals", dict(record)),), event)

    def _react(self, contact: str, marker: str, at: datetime) -> None:
        """What the reader of one message does, if anything."""
        reactions = (
            ("email.replied", REPLIES, 60),
            ("meeting.booked", BOOKS, 90),
            ("contact.unsubscribed", LEAVES, 30),
            ("email.complained", COMPLAINS, 30),
        )
        for type_, chance, within in reactions:
            if self.dice.happens(chance, type_, marker):
                self.plan.at(at + self.dice.hours(1, within, type_, marker), lambda now, type_=type_: self._reacted(type_, contact, marker, now))  # type: ignore[misc]  # the default binds this round's type

    def _reacted(self, type_: str, contact: str, marker: str, at: datetime) -> Iterator[Happening]:
        left = {"opted_out": True} if type_ in ("contact.unsubscribed", "email.complained") else {"last_reply_at": at.isoformat()}
        event = told(CRM, type_, "contact", contact, at, n=int(marker[-6:], 16))
        yield Happening(at, (changed("contacts", {"id": contact, **left}),), event)

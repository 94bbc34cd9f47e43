"""The support desk of the month: customers write, wait, are helped or not, and say how it was."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from integrations.sandbox.month.cast import Company
from integrations.sandbox.month.dice import Dice
from integrations.sandbox.month.plan import HELPDESK, Happening, Plan, changed, told

A_DAY = 22
"""Tickets on a working day; a fifth of that on others."""

HELPED, LINKED = 0.50, 0.68
"""Chance that a public answer solves the ticket, without and with an article in it: the truth that estimates are to find."""

BY_HAND = 0.75
"""Chance that a colleague solves within two days what nobody answered."""

REOPENS, RATES, POOR = 0.06, 0.35, 0.12
RISES = 0.04
ASKS_US = 0.10
"""Share of tickets for which an agent asks for an article."""

_PRIORITIES = {"p1": 0.02, "p2": 0.18, "p3": 0.6, "p4": 0.2}
_SLA_HOURS = {"p1": 1, "p2": 8, "p3": 24, "p4": 72}
_AGENTS = ("u_marta", "u_ben", "u_claire", "u_luis")
_GROUPS = {"DE": "grp_support_emea", "US": "grp_support_amer"}


@dataclass
class Desk:
    """All tickets. `texts` are the tickets that customers write again in their own names."""

    dice: Dice
    plan: Plan
    companies: Sequence[Company]
    texts: Sequence[Mapping[str, Any]]
    open: dict[str, dict[str, Any]] = field(default_factory=dict)
    answered: dict[str, int] = field(default_factory=dict)

    def a_day(self, day: datetime) -> None:
        """Plan the tickets of a day."""
        count = A_DAY if day.weekday() < 5 else A_DAY // 5
        for n in range(count):
            moment = day + timedelta(minutes=round(self.dice.between(6 * 60, 20 * 60, "written", day, n)))
            self.plan.at(moment, lambda at, n=n: self._written(f"{day:%m%d}_{n}", at))  # type: ignore[misc]  # the default binds this round's number

    def notice(self, effect: Mapping[str, Any]) -> None:
        """A public answer reached the customer: it may solve the ticket."""
        ticket, at = self.open.get(str(effect["target"])), effect["at"]
        if ticket is None or effect["kind"] != "ticket_comment" or not effect["payload"].get("public"):
            return
        self.answered[ticket["id"]] = round_ = self.answered.get(ticket["id"], 0) + 1
        chance = LINKED if "https://" in str(effect["payload"].get("body")) else HELPED
        if self.dice.happens(chance, "helped", ticket["id"], round_):
            self.plan.at(at + self.dice.hours(0.5, 30, "solved", ticket["id"], round_), lambda now: self._solved(ticket, now))
        else:
            self.plan.at(at + self.dice.hours(1, 40, "again", ticket["id"], round_), lambda now: self._again(ticket, round_, now))

    def _written(self, name: str, at: datetime) -> Iterator[Happening]:
        company, text = self.dice.among(self.companies, "who", name), self.dice.among(self.texts, "text", name)
        priority = self.dice.weighted(_PRIORITIES, "priority", name)
        ticket = {
            **{field: text[field] for field in ("subject", "body", "type", "product", "language", "tags") if field in text},
            "id": f"tic_m{name}", "account": company.account, "requester": company.contact(2), "priority": priority, "status": "new",
            "group": _GROUPS.get(company.place[0], "grp_support_emea"), "assignee": self.dice.among(_AGENTS, "agent", name), "channel": "email",
            "created_at": at.isoformat(), "updated_at": at.isoformat(), "sla_due_at": (at + timedelta(hours=_SLA_HOURS[priority])).isoformat(),
        }  # fmt: skip
        self.open[str(ticket["id"])] = ticket
        yield Happening(at, (changed("tickets", dict(ticket)),), told(HELPDESK, "ticket.created", "ticket", str(ticket["id"]), at))
        self._plan_rest(ticket, name, at)

    def _plan_rest(self, ticket: dict[str, Any], name: str, at: datetime) -> None:
        self.plan.at(at + self.dice.hours(20, 50, "by hand", name), lambda now: self._by_hand(ticket, now))
        if self.dice.happens(RISES, "rises", name):
            self.plan.at(at + self.dice.hours(1, 10, "rises", name), lambda now: self._risen(ticket, now))
        if self.dice.happens(ASKS_US, "asks", name):
            self.plan.at(at + self.dice.hours(0.3, 5, "asks", name), lambda now: self._asked(ticket, now))

    def _by_hand(self, ticket: dict[str, Any], at: datetime) -> Iterator[Happening]:
        """A colleague looks at what is still open."""
        if ticket["id"] in self.open and self.dice.happens(BY_HAND, "by hand", ticket["id"]):
            yield from self._solved(ticket, at)

    def _risen(self, ticket: dict[str, Any], at: datetime) -> Iterator[Happening]:
        if ticket["id"] in self.open:
            event = told(HELPDESK, "ticket.priority_changed", "ticket", ticket["id"], at, actor=ticket["assignee"], data={"priority": "p2"})
            yield self._became(ticket, {"priority": "p2"}, event, at)

    def _asked(self, ticket: dict[str, Any], at: datetime) -> Iterator[Happening]:
        if ticket["id"] in self.open:
            data = {"request": "article"}
            yield Happening(at, (), told(HELPDESK, "request.article", "ticket", ticket["id"], at, actor=ticket["assignee"], data=data))

    def _again(self, ticket: dict[str, Any], round_: int, at: datetime) -> Iterator[Happening]:
        """It did not help: some write again, the others wait for a person."""
        if ticket["id"] in self.open and self.dice.happens(0.6, "writes again", ticket["id"], round_):
            said = "Thank you, but that did not help. It still happens, and my colleagues ask me about it."
            messages = [{"at": at.isoformat(), "by": "customer", "public": True, "body": said}]
            event = told(HELPDESK, "ticket.comment_added", "ticket", ticket["id"], at, data={"by": "customer", "body": said}, n=round_)
            yield self._became(ticket, {"messages": [*(ticket.get("messages") or []), *messages]}, event, at)

    def _solved(self, ticket: dict[str, Any], at: datetime) -> Iterator[Happening]:
        if self.open.pop(ticket["id"], None) is None:
            return
        times = int(bool(ticket.get("reopened")))
        event = told(HELPDESK, "ticket.status_changed", "ticket", ticket["id"], at, actor=ticket["assignee"], data={"status": "solved"}, n=times)
        yield self._became(ticket, {"status": "solved"}, event, at)
        if not times and self.dice.happens(REOPENS, "reopens", ticket["id"]):
            self.plan.at(at + self.dice.hours(4, 60, "reopens", ticket["id"]), lambda now: self._reopened(ticket, now))
        elif self.dice.happens(RATES, "rates", ticket["id"]):
            self.plan.at(at + self.dice.hours(1, 40, "rates", ticket["id"]), lambda now: self._rated(ticket, now))

    def _reopened(self, ticket: dict[str, Any], at: datetime) -> Iterator[Happening]:
        self.open[ticket["id"]] = ticket
        event = told(HELPDESK, "ticket.reopened", "ticket", ticket["id"], at, data={"status": "open"})
        yield self._became(ticket, {"status": "open", "reopened": True}, event, at)
        self.plan.at(at + self.dice.hours(10, 40, "after all", ticket["id"]), lambda now: self._solved(ticket, now))

    def _rated(self, ticket: dict[str, Any], at: datetime) -> Iterator[Happening]:
        score = 2 if self.dice.happens(POOR, "score", ticket["id"]) else 5
        yield Happening(at, (), told(HELPDESK, "ticket.rated", "ticket", ticket["id"], at, data={"score": score, "of": 5}))

    def _became(self, ticket: dict[str, Any], fields: dict[str, Any], event: Any, at: datetime) -> Happening:
        ticket |= fields
        return Happening(at, (changed("tickets", {"id": ticket["id"], **fields, "updated_at": at.isoformat()}),), event)

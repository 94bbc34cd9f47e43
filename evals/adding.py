"""Makes a case of a real decision: what was in its evidence becomes the world, and people in it become other people.

What evidence does not keep is stood in for: a customer's own words by as many words of the article that was found for them, amounts in their own
currency by the same in the reporting currency. The case expects what was decided then; whoever adds it puts in what should have been.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from agent.domain.decision import Decision
from agent.domain.evidence import Calendar, Evidence
from agent.errors import InvalidInput, Refused
from agent.graph.storing import evidence_from_json
from evals.judging import chosen_id
from evals.loading import load_case
from evals.results import write_whole

if TYPE_CHECKING:
    from integrations.bootstrap import Workspace

Row = dict[str, Any]
Facts = Mapping[tuple[str, str], Any]

_SAME = {
    "account": ("tier", "lifecycle", "industry", "plan", "products", "language", "ai_processing", "legal_hold", "dispute", "escalation_open"),
    "deal": ("kind", "stage", "interest", "competitor", "objection", "requested_discount_pct", "discount_requested_by", "owner"),
    "contract": ("plan", "status", "auto_renew", "seats", "support_tier", "entitlements"),
    "ticket": ("type", "priority", "status", "product", "group", "assignee", "language", "tags", "incident", "reopened"),
    "contact": ("role", "title", "language", "timezone", "opted_out", "do_not_contact", "hard_bounced", "left_company"),
}
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,79}")


async def case_file(workspace: "Workspace", decision_id: str, folder: Path, name: str | None) -> Path:
    """Write the case into the suite's folder; returns the file. Raises NotFound, Refused, InvalidInput."""
    decision = await workspace.service.explain(decision_id)
    stored = await workspace.store.evidence(decision.id)
    if stored is None:
        raise Refused(f"Decision {decision.id} was only recorded ({decision.route}).", "It was made from nothing that a case could hold.")
    called = name or f"{decision.surface}-{decision.id[-8:]}".lower().replace("_", "-")
    if not _NAME.fullmatch(called):
        raise InvalidInput(f"'{called}' is no name for a case.", "Use small letters, digits and hyphens.")
    file = folder / f"{called}.yaml"
    if file.exists():
        raise InvalidInput(f"{file} is there already.", "Give another --name.")
    write_whole(file, case_text(decision, evidence_from_json(stored)))
    try:
        load_case(file)
    except InvalidInput:
        file.unlink()
        raise
    return file


def case_text(decision: Decision, evidence: Evidence) -> str:
    """The case as YAML."""
    world = _World(evidence)
    given = world.fixture()
    event: Row = {
        "id": "added-1", "source": "added", "type": evidence.event.type, "occurred_at": evidence.at.isoformat(),
        "subject": {"kind": evidence.event.subject_kind, "id": evidence.event.subject_id}, "data": _said(evidence.event.data),
    }  # fmt: skip
    expected: Row = {"route": decision.route, "allowed": [_chosen(decision)], "reasons": sorted({one.code for one in decision.reasons})}
    whole = {
        "purpose": f"Made from a decision of {decision.surface}: say here what it is about, and why that is right or wrong.",
        "world": "empty", "at": evidence.at.isoformat(), "given": given, "event": event, "expect": expected,
    }  # fmt: skip
    plain = json.loads(world.other_people(json.dumps(whole, default=_written, ensure_ascii=False)))
    return "".join(_lines(key, value) for key, value in plain.items())


class _World:
    """The fixture of one decision."""

    def __init__(self, evidence: Evidence) -> None:
        self._evidence = evidence
        self._facts: Facts = {(fact.name, fact.of or ""): fact for fact in evidence.facts if fact.known}
        self._own: Row = {fact.name: fact for fact in evidence.facts if fact.known}
        self._account = evidence.account or "acc_added"

    def fixture(self) -> dict[str, list[Row]]:
        """Every record that the decision was made from."""
        made = {
            "calendars": self._calendars(), "people": self._people(), "accounts": [self._account_row()], "links": self._links(),
            "contacts": [self._contact(one.id) for one in self._evidence.contacts], "consents": self._consents(), "groups": self._groups(),
            "deals": self._subject("deal", self._deal), "contracts": self._subject("contract", self._contract),
            "tickets": self._subject("ticket", self._ticket), "touches": self._touches(),
            "articles": self._materials("article"), "assets": self._materials("asset"), "usage": self._usage(),
        }  # fmt: skip
        return {key: rows for key, rows in made.items() if rows}

    def other_people(self, text: str) -> str:
        """The text with every name and address of a person, and every company, exchanged for a made-up one."""
        for real, made in sorted(self._names(), key=lambda pair: -len(pair[0])):
            text = re.sub(rf"(?<!\w){re.escape(json.dumps(real, ensure_ascii=False)[1:-1])}(?!\w)", made, text)
        return text

    def _names(self) -> Iterable[tuple[str, str]]:
        for i, person in enumerate(self._evidence.people, 1):
            yield from ((person.name, f"Colleague {i}"), (person.email, f"colleague-{i}@vendor.example"))
        for i, contact in enumerate(self._evidence.contacts, 1):
            pairs = ((contact.name, f"Person {i}"), (contact.first_name, f"Person {i}"), (contact.email, f"person-{i}@customer.example"))
            yield from ((real, made) for real, made in pairs if len(real) > 2)
        if name := self._value("account.name"):
            yield (str(name), "Customer")

    def _value(self, name: str, entity: str | None = None) -> Any:
        fact = self._own.get(name) if entity is None else self._facts.get((name, entity))
        return fact.value if fact else None

    def _same(self, root: str, entity: str | None = None) -> Row:
        return _some({field: self._value(f"{root}.{field}", entity) for field in _SAME[root]})

    def _ago(self, name: str, unit: timedelta = timedelta(days=1)) -> datetime | None:
        value = self._value(name)
        return None if value is None else self._evidence.at - float(value) * unit

    def _account_row(self) -> Row:
        health = self._own.get("account.health")
        needed = {fact.value for (name, _), fact in self._facts.items() if name == "contact.consent_required"}
        told = {
            "owner": self._value("owner.id"),
            "csm": self._evidence.roles.get("account_csm"),
            "owner_confirmed_at": self._ago("owner.confirmed_days"),
            "arr": _money(self._value("account.arr")),
            "health": health.value if health else None,
            "health_as_of": health.as_of if health else None,
            "dispute": self._value("family.dispute"),
            "legal_hold": self._value("family.legal_hold"),
            "escalation_open": self._value("family.escalation_open"),
            "country": {True: "DE", False: "US"}.get(needed.pop()) if len(needed) == 1 else None,
            "calendar": self._hours_of_contacts(),
        }
        return {"id": self._account, "name": "Customer", "currency": "EUR", **self._same("account"), **_some(told)}

    def _hours_of_contacts(self) -> str | None:
        return next((f"cal_{one.id}" for one in self._evidence.contacts if one.id in self._evidence.calendars), None)

    def _calendars(self) -> list[Row]:
        made = [_calendar(f"cal_{name}", one) for name, one in self._evidence.calendars.items()]
        return made + [_calendar(f"cal_{one.id}", one.calendar) for one in self._evidence.people if one.calendar]

    def _people(self) -> list[Row]:
        known = {one.id for one in self._evidence.people}
        return [
            {
                "id": one.id, "email": one.email, "name": one.name, "roles": list(one.roles), "active": one.active,
                **_some({"manager": one.manager if one.manager in known else None, "delegate": one.delegate if one.delegate in known else None,
                         "calendar": f"cal_{one.id}" if one.calendar else None}),
            }
            for one in self._evidence.people
        ]  # fmt: skip

    def _links(self) -> list[Row]:
        known = self._value("family.open_p1_tickets") is not None or self._evidence.event.subject_kind == "ticket"
        return [{"source": "helpdesk", "external_id": "org-added", "kind": "account", "id": self._account}] if known else []

    def _contact(self, name: str) -> Row:
        one = next(contact for contact in self._evidence.contacts if contact.id == name)
        return {
            "id": name,
            "account": self._account,
            "name": one.name,
            "first_name": one.first_name,
            "email": one.email,
            **self._same("contact", name),
        }

    def _consents(self) -> list[Row]:
        said = {one.id: self._value("contact.marketing_consent", one.id) for one in self._evidence.contacts}
        return [
            {"contact": name, "purpose": "marketing", "channel": "email", "status": status, "at": self._evidence.at - timedelta(days=30)}
            for name, status in said.items() if status in ("granted", "withdrawn", "pending")
        ]  # fmt: skip

    def _groups(self) -> list[Row]:
        return [
            {
                "id": one.id, "name": one.name, "area": one.area, "tier": one.tier, "products": list(one.products),
                **_some({"reachable": self._value("group.reachable", one.id), "on_call": one.on_call or None, "lead": one.lead or None,
                         "calendar": f"cal_{one.id}" if one.id in self._evidence.calendars else None}),
            }
            for one in self._evidence.groups
        ]  # fmt: skip

    def _subject(self, kind: str, row: Any) -> list[Row]:
        return [row()] if self._value(f"{kind}.id") is not None or self._evidence.event.subject_kind == kind else []

    def _id_of(self, kind: str) -> str:
        event = self._evidence.event
        return event.subject_id if event.subject_kind == kind else str(self._value(f"{kind}.id"))

    def _deal(self) -> Row:
        close, engaged = self._value("deal.close_in_days"), int(self._value("deal.contacts_engaged") or 0)
        told = {
            "amount": _money(self._value("deal.amount")),
            "stage_entered_at": self._ago("deal.days_in_stage"),
            "last_activity_at": self._ago("deal.days_since_activity"),
            "contacts": [one.id for one in self._evidence.contacts][:engaged] or None,
            "close_date": None if close is None else self._evidence.at + timedelta(days=float(close)),
        }
        return {"id": self._id_of("deal"), "account": self._account, "name": "Deal", **self._same("deal"), **_some(told)}

    def _contract(self) -> Row:
        end, notice = self._value("contract.days_to_end"), self._value("contract.days_to_notice")
        return {
            "id": self._id_of("contract"), "account": self._account, **self._same("contract"),
            **_some({
                "value": _money(self._value("contract.value")), "end": None if end is None else self._evidence.at + timedelta(days=float(end)),
                "notice_days": None if end is None or notice is None else round(float(end) - float(notice)),
            }),
        }  # fmt: skip

    def _ticket(self) -> Row:
        active, refund, sla = self._value("ticket.human_active"), self._value("ticket.refund_amount"), self._value("ticket.minutes_to_sla")
        said = {"at": self._evidence.at - timedelta(minutes=5), "by": "agent", "public": True, "body": "An agent is on it."}
        return {
            "id": self._id_of("ticket"), "account": self._account, "subject": str(self._value("ticket.subject") or "Ticket"), "body": self._words(),
            **self._same("ticket"),
            **_some({
                "requester": self._evidence.requester, "created_at": self._ago("ticket.age_minutes", timedelta(minutes=1)),
                "sla_due_at": None if sla is None else self._evidence.at + timedelta(minutes=float(sla)),
                "refund": _money(refund) if refund else None, "messages": [said] if active else None,
            }),
        }  # fmt: skip

    def _words(self) -> str:
        best = max((one for one in self._evidence.materials if one.kind == "article"), key=lambda one: one.strength, default=None)
        words = (f"{best.title} {best.passage}" if best else "The words of the customer are not kept").split()
        return " ".join([*words[: int(self._value("ticket.words") or 20)], *(self._value("ticket.safety_words") or ())])

    def _touches(self) -> list[Row]:
        known = {one.id for one in self._evidence.contacts}
        return [
            {"contact": one.contact, "account": self._account, "at": one.at, "channel": one.channel, "purpose": one.purpose, "sender": one.sender,
             "status": one.status, "content": one.content, "direction": one.direction}
            for one in self._evidence.touches if one.contact in known
        ]  # fmt: skip

    def _materials(self, kind: str) -> list[Row]:
        made = []
        for one in [found for found in self._evidence.materials if found.kind == kind]:
            row: Row = {"id": one.id, "title": one.title, "url": one.url or f"https://content.example/{one.id}", "topics": list(one.topics)}
            if kind == "article":
                made.append(
                    {
                        **row,
                        "body": one.passage or one.title,
                        "visibility": one.visibility,
                        "locale": one.language,
                        **_some({"product": one.product or None}),
                    }
                )
            else:
                made.append({**row, "kind": one.type, "stages": list(one.stages), "language": one.language, "summary": one.passage or one.title})
        return made

    def _usage(self) -> list[Row]:
        fact = next((one for one in self._evidence.facts if one.name == "usage.change_30d" and one.value is not None), None)
        share = self._value("usage.seat_use")
        if fact is None:
            return []
        seats = {} if share is None else {"seats": 1000, "active_users": round(float(share) * 1000)}
        return [
            {
                "account": self._account,
                "as_of": fact.as_of or self._evidence.at,
                "change_30d": fact.value,
                **seats,
                **_some({"adoption": self._value("usage.adoption")}),
            }
        ]


def _chosen(decision: Decision) -> str:
    """What was chosen; which content goes with it is left open, because it is searched for anew."""
    chosen = decision.chosen
    return chosen_id(decision) if chosen is None or chosen.material is None else chosen.id.partition(f"/{chosen.material}")[0]


def _some(row: Row) -> Row:
    return {name: value for name, value in row.items() if value is not None}


def _money(amount: Any) -> Row | None:
    return None if amount is None else {"amount": round(float(amount), 2), "currency": "EUR"}


def _calendar(name: str, calendar: Calendar) -> Row:
    hours = {_DAYS[day]: [_clock(opens), _clock(closes)] for day, (opens, closes) in sorted(calendar.hours.items())}
    return {"id": name, "timezone": calendar.timezone, "hours": hours, **_some({"holidays": sorted(calendar.holidays) or None})}


def _clock(minutes: int) -> str:
    return "23:59" if minutes >= 24 * 60 else f"{minutes // 60:02}:{minutes % 60:02}"


def _said(data: Mapping[str, Any]) -> Row:
    """The event's data without a person's own words."""
    return {name: value for name, value in data.items() if name not in ("body", "text", "query", "note")}


def _written(value: Any) -> Any:
    if isinstance(value, tuple | frozenset | set):
        return list(value)
    return value.isoformat()


def _lines(key: str, value: Any) -> str:
    if key != "given":
        return f"{key}: {_flow(value)}\n"
    rows = [f"  {name}:\n" + "".join(f"    - {_flow(row)}\n" for row in of) for name, of in value.items()]
    return "given:\n" + "".join(rows)


def _flow(value: Mapping[str, Any] | Sequence[Any] | str) -> str:
    return yaml.safe_dump(value, default_flow_style=True, width=10_000, sort_keys=False, allow_unicode=True).removesuffix("...\n").strip("\n")

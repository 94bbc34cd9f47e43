"""A world out of records of the sandbox's fixture: the same companies, people, tickets and articles, as Zendesk would hold them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from integrations.sandbox.doubles.zendesk import desk
from integrations.sandbox.doubles.zendesk.world import Thing, World, stamp
from integrations.sandbox.fixtures import Item
from integrations.sandbox.helpdesk import HELPDESKS
from integrations.sandbox.models import ENTRIES

PRIORITIES = {"p1": "urgent", "p2": "high", "p3": "normal", "p4": "low"}
TYPES = {"question": "question", "problem": "problem", "incident": "incident", "bug": "problem", "refund": "task", "request": "task"}
ZONES = {
    "Europe/Berlin": "Berlin", "America/New_York": "Eastern Time (US & Canada)", "Asia/Tokyo": "Tokyo", "Etc/UTC": "UTC", "Europe/London": "London",
}  # fmt: skip
"""Zendesk names zones in its own way."""
DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
CUSTOM = {"product": "tagger", "language": "text", "incident": "text", "refund": "decimal"}
"""The custom fields that tickets get, by what they mean."""

Rows = Mapping[str, list[Mapping[str, Any]]]


def rows_of(items: Iterable[Item], at: datetime) -> Rows:
    """The records of a fixture by key, their times resolved."""
    rows: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for item in items:
        entry = ENTRIES[item.key].model_validate(item.fields, context={"at": at})
        rows[item.key].append(entry.model_dump(mode="python", by_alias=True, exclude_unset=True))
    return rows


def fill(world: World, rows: Rows) -> Mapping[str, Mapping[str, int]]:
    """Put records into an empty world; Zendesk's ids by key, then by the record's. `fields` are those of the custom ticket fields by meaning."""
    return _Filling(world, rows).ids


class _Filling:
    def __init__(self, world: World, rows: Rows) -> None:
        self._world, self._rows = world, rows
        self.ids: dict[str, dict[str, int]] = defaultdict(dict)
        world.agent = world.add_agent("Nextplay", "nextplay@desk.example", role="admin")
        self.ids["fields"] = {name: world.add_field(name.capitalize(), kind) for name, kind in CUSTOM.items()}
        for key, add in (
            ("people", self._person), ("calendars", self._schedule), ("accounts", self._organization), ("contacts", self._user),
            ("groups", self._group), ("tickets", self._ticket), ("articles", self._article),
        ):  # fmt: skip
            for row in rows.get(key, ()):
                if (made := add(row)) is not None:
                    self.ids[key][row["id"]] = made

    def _person(self, row: Mapping[str, Any]) -> int | None:
        return self._world.add_agent(row["name"], row["email"], active=row.get("active", True), time_zone="UTC")

    def _schedule(self, row: Mapping[str, Any]) -> int | None:
        zone = row["timezone"]
        opening = [(day * 1440, row["hours"][name]) for day, name in enumerate(DAYS) if name in row["hours"]]
        spans = [(midnight + _minutes(opens), midnight + _minutes(closes)) for midnight, (opens, closes) in opening]
        holidays = tuple((str(one["date"]), str(one["date"])) for one in row.get("holidays") or ())
        return self._world.add_schedule(row["id"], ZONES.get(zone, zone), spans, holidays)

    def _organization(self, row: Mapping[str, Any]) -> int | None:
        """Those that the fixture links to the helpdesk."""
        links = (one for one in self._rows.get("links", ()) if one["source"] in HELPDESKS)
        link = next((one for one in links if (one["id"], one["kind"]) == (row["id"], "account")), None)
        if link is None:
            return None
        explicit = row["id"] if link.get("matched_by") == "explicit" else None
        domains = [row["domain"]] if row.get("domain") else []
        tags = _limits([row["plan"]] if row.get("plan") else (), [row["country"]] if row.get("country") else ())
        return self._world.add_organization(row["name"], external_id=explicit, domain_names=domains, tags=tags)

    def _user(self, row: Mapping[str, Any]) -> int | None:
        organization = self.ids["accounts"].get(row["account"])
        return self._world.add_user(row["name"], row.get("email"), organization_id=organization, locale=row.get("language") or "en")

    def _group(self, row: Mapping[str, Any]) -> int | None:
        members = {row.get("on_call"), row.get("lead")} | {
            one.get("assignee") for one in self._rows.get("tickets", ()) if one.get("group") == row["id"]
        }
        agents = tuple(self.ids["people"][one] for one in sorted(filter(None, members)) if one in self.ids["people"])
        return self._world.add_group(row["name"], agents)

    def _ticket(self, row: Mapping[str, Any]) -> int | None:
        requester = self.ids["contacts"].get(row.get("requester") or "")
        contact = next((one for one in self._rows.get("contacts", ()) if one["id"] == row.get("requester")), {})
        account = row.get("account") or contact.get("account")
        ticket = desk.opened(
            self._world, row["subject"], row.get("body") or row["subject"], requester_id=requester,
            organization_id=self.ids["accounts"].get(account or ""), priority=PRIORITIES.get(row.get("priority") or ""),
            status=row.get("status") or "new", type=TYPES.get(row.get("type") or ""), group_id=self.ids["groups"].get(row.get("group") or ""),
            assignee_id=self.ids["people"].get(row.get("assignee") or ""), tags=list(row.get("tags") or ()), external_id=row["id"],
            via={"channel": row.get("channel") or "web"}, reopens=int(bool(row.get("reopened"))),
            created_at=_at(row, "created_at", self._world), updated_at=_at(row, "updated_at", self._world),
            slas=[_sla(row["sla_due_at"])] if row.get("sla_due_at") else [],
            comments=[self._said(one, requester) for one in row.get("messages") or ()],
        )  # fmt: skip
        self._set(ticket, row)
        return ticket

    def _said(self, message: Mapping[str, Any], requester: int | None) -> tuple[int, str, bool, str]:
        agent = self.ids["people"].get(message.get("author") or "", self._world.agent)
        by = agent if message["by"] == "agent" else requester or self._world.agent
        return by, message["body"], message.get("public", True), stamp(message["at"])

    def _set(self, ticket: int, row: Mapping[str, Any]) -> None:
        refund = row.get("refund")
        values = {**row, "refund": refund["amount"] if refund else None}
        for one in self._world.tickets[ticket]["custom_fields"]:
            name = next(name for name, field in self.ids["fields"].items() if field == one["id"])
            one["value"] = values.get(name)

    def _article(self, row: Mapping[str, Any]) -> int | None:
        if row.get("withdrawn"):
            return None
        segment = None
        if row["visibility"] == "internal":
            segment = self.ids["segments"].setdefault("staff", 9001)
            self._world.add_segment("Agents and managers", "staff", id=segment, built_in=True)
        body = "".join(f"<p>{part}</p>" for part in row["body"].split("\n\n"))
        labels = [*(row.get("topics") or ()), *([row["product"]] if row.get("product") else []), *_limits(row.get("plans"), row.get("regions"))]
        return self._world.add_article(
            row["title"], body, row.get("locale") or "en", user_segment_id=segment, label_names=labels, html_url=row.get("url") or "",
            created_at=_at(row, "updated_at", self._world), updated_at=_at(row, "updated_at", self._world),
        )  # fmt: skip


def _limits(plans: Iterable[str] | None, regions: Iterable[str] | None) -> list[str]:
    """As labels and tags name them. A tag has no blanks and no capitals."""
    said = [*(f"plan:{one}" for one in plans or ()), *(f"region:{one}" for one in regions or ())]
    return [one.lower().replace(" ", "_") for one in said]


def _sla(due: datetime) -> Thing:
    return {"metric": "first_reply_time", "stage": "active", "breach_at": stamp(due), "minutes": 0}


def _at(row: Mapping[str, Any], name: str, world: World) -> str:
    return stamp(row[name]) if row.get(name) else world.now()


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)

"""What there is in this Zendesk: plain objects in Zendesk's own shapes, kept in memory."""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from integrations.sandbox.doubles.journal import Journal
from integrations.sandbox.doubles.zendesk.errors import not_found

Thing = dict[str, Any]


def stamp(moment: datetime) -> str:
    """Zendesk tells whole seconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass
class World:
    """Everything by its id. `clock`: now, with its zone. `agent`: whose token it is, and so who does what is asked."""

    clock: Callable[[], datetime]
    journal: Journal = field(default_factory=Journal)
    agent: int = 1
    tickets: dict[int, Thing] = field(default_factory=dict)
    comments: dict[int, list[Thing]] = field(default_factory=dict)
    audits: dict[int, list[Thing]] = field(default_factory=dict)
    users: dict[int, Thing] = field(default_factory=dict)
    organizations: dict[int, Thing] = field(default_factory=dict)
    groups: dict[int, Thing] = field(default_factory=dict)
    memberships: dict[int, Thing] = field(default_factory=dict)
    schedules: dict[int, Thing] = field(default_factory=dict)
    holidays: dict[int, list[Thing]] = field(default_factory=dict)
    ticket_fields: dict[int, Thing] = field(default_factory=dict)
    custom_statuses: dict[int, Thing] = field(default_factory=dict)
    brands: dict[int, Thing] = field(default_factory=dict)
    ratings: dict[int, Thing] = field(default_factory=dict)
    sections: dict[int, Thing] = field(default_factory=dict)
    segments: dict[int, Thing] = field(default_factory=dict)
    articles: dict[int, Thing] = field(default_factory=dict)
    settings: Thing = field(default_factory=dict)
    listeners: list[Callable[[Thing, Thing], None]] = field(default_factory=list)
    """Hear of every ticket that changed, with the audit."""
    _ids: Iterator[int] = field(default_factory=lambda: itertools.count(100_001))

    def new_id(self) -> int:
        """One that nothing has."""
        return next(self._ids)

    def now(self) -> str:
        """As Zendesk writes it."""
        return stamp(self.clock())

    def ticket(self, ticket_id: int) -> Thing:
        """One that is not deleted. Raises Refusal."""
        found = self.tickets.get(ticket_id)
        if found is None or found["status"] == "deleted":
            raise not_found()
        return found

    def add_agent(self, name: str, email: str, **said: Any) -> int:
        """Somebody who works at the desk."""
        return self.add_user(name, email, **{"role": "agent", **said})

    def add_user(self, name: str, email: str | None, **said: Any) -> int:
        """A person, by default a customer's."""
        return self.add(self.users, {
            "name": name, "email": email, "role": "end-user", "organization_id": None, "active": True, "suspended": False, "locale": "en",
            "time_zone": "London", "external_id": None, "alias": None, "moderator": False, **said,
        })  # fmt: skip

    def add_organization(self, name: str, **said: Any) -> int:
        """A company."""
        return self.add(
            self.organizations,
            {"name": name, "external_id": None, "domain_names": [], "tags": [], "organization_fields": {}, "deleted_at": None, **said},
        )

    def add_group(self, name: str, agents: tuple[int, ...] = (), **said: Any) -> int:
        """A group with its members."""
        group = self.add(self.groups, {"name": name, "deleted": False, "is_public": True, **said})
        for agent in agents:
            self.add(self.memberships, {"user_id": agent, "group_id": group, "default": False})
        return group

    def add_field(self, title: str, kind: str = "text", **said: Any) -> int:
        """A custom ticket field, which every ticket has from then on."""
        field_id = self.add(self.ticket_fields, {"title": title, "type": kind, "active": True, "removable": True, **said})
        for ticket in self.tickets.values():
            ticket["custom_fields"].append({"id": field_id, "value": None})
        return field_id

    def drop_field(self, field_id: int) -> None:
        """An administrator removed it: no ticket has it any more."""
        self.ticket_fields.pop(field_id, None)
        for ticket in self.tickets.values():
            ticket["custom_fields"] = [one for one in ticket["custom_fields"] if one["id"] != field_id]

    def add_schedule(self, name: str, zone: str, intervals: list[tuple[int, int]], holidays: tuple[tuple[str, str], ...] = (), **said: Any) -> int:
        """Opening hours in minutes since Sunday 00:00, and holidays from a day to a day."""
        spans = [{"start_time": start, "end_time": end} for start, end in intervals]
        schedule = self.add(self.schedules, {"name": name, "time_zone": zone, "intervals": spans, **said})
        self.holidays[schedule] = [{"id": self.new_id(), "name": "holiday", "start_date": start, "end_date": end} for start, end in holidays]
        return schedule

    def add_article(self, title: str, body: str, locale: str = "en", **said: Any) -> int:
        """A help article in its first language."""
        article = self.add(self.articles, {
            "title": title, "body": body, "locale": locale, "source_locale": locale, "draft": False, "section_id": None, "user_segment_id": None,
            "label_names": [], "outdated_locales": [], "promoted": False, "author_id": self.agent, **said,
        })  # fmt: skip
        kept = self.articles[article]
        kept.setdefault("html_url", f"https://help.example/hc/{locale}/articles/{article}")
        kept["edited_at"] = kept["updated_at"]
        kept["translations"] = [self._translation(kept, locale, title, body)]
        return article

    def add_segment(self, name: str, user_type: str = "signed_in_users", **said: Any) -> int:
        """Who may read articles: all who are of this type and have what is asked for beside."""
        return self.add(self.segments, {
            "name": name, "user_type": user_type, "built_in": False, "tags": [], "or_tags": [], "organization_ids": [], "group_ids": [],
            "added_user_ids": [], **said,
        })  # fmt: skip

    def translate(self, article_id: int, locale: str, title: str, body: str, *, draft: bool = False) -> None:
        """Write or change it in a language."""
        article = self.articles[article_id]
        article["translations"] = [one for one in article["translations"] if one["locale"] != locale]
        article["translations"].append(self._translation(article, locale, title, body, draft=draft))
        article["updated_at"] = self.now()
        if locale == article["source_locale"]:
            article.update(title=title, body=body, draft=draft)

    def _translation(self, article: Thing, locale: str, title: str, body: str, *, draft: bool = False) -> Thing:
        made = self.now()
        return {
            "id": self.new_id(), "source_id": article["id"], "source_type": "Article", "locale": locale, "title": title, "body": body,
            "draft": draft, "hidden": False, "outdated": False, "created_at": made, "updated_at": article["updated_at"] if not draft else made,
            "html_url": article["html_url"].replace(f"/{article['locale']}/", f"/{locale}/"),
        }  # fmt: skip

    def add(self, among: dict[int, Thing], thing: Thing) -> int:
        """Put a thing among its like; it gets an id and times where it brings none."""
        own = int(thing.pop("id", 0)) or self.new_id()
        made = thing.pop("created_at", None) or self.now()
        among[own] = {"id": own, "created_at": made, "updated_at": thing.pop("updated_at", None) or made, **thing}
        return own

    def touch(self, thing: Thing, **changes: Any) -> None:
        """Something about it is otherwise from now on."""
        thing.update(changes, updated_at=self.now())

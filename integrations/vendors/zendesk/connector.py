"""Reads Zendesk: tickets with their comments, whose they are, who works on them and when, and help articles."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta

from integrations.vendors.connector import Check, Fault, Key, Page, Read, Told, is_number
from integrations.vendors.errors import Denied, Gone
from integrations.vendors.zendesk import endpoints, staff
from integrations.vendors.zendesk.answers import Group, Holiday, Organization, Satisfaction, Schedule, User, listed, parsed, sorted_out
from integrations.vendors.zendesk.articles import Articles
from integrations.vendors.zendesk.checks import checks
from integrations.vendors.zendesk.dialect import VENDOR
from integrations.vendors.zendesk.effects import ZendeskEffects
from integrations.vendors.zendesk.fields import Desk, Fields
from integrations.vendors.zendesk.known import Known
from integrations.vendors.zendesk.matching import Matching
from integrations.vendors.zendesk.reader import Reader
from integrations.vendors.zendesk.telling import own
from integrations.vendors.zendesk.tickets import Tickets

KEYS: tuple[Key, ...] = ("calendars", "people", "groups", "links", "contacts", "tickets", "articles")

TICKETS_A_PAGE = 50
"""Each needs a request of its own, for its comments."""
USERS_A_PAGE, ORGANIZATIONS_A_PAGE = 500, 1000
OVERLAP = timedelta(minutes=2)
"""Exports leave out what changed in the minute before they are asked: the next one begins that much earlier."""

_PageOf = Callable[[str | None, datetime | None], Awaitable[Page]]


class Zendesk:
    """Implements the `Connector` protocol. `now` tells the time of day."""

    vendor = VENDOR
    keys: Sequence[Key] = KEYS

    def __init__(self, reader: Reader, effects: ZendeskEffects, known: Known, fields: Fields, now: Callable[[], datetime]) -> None:
        self._reader, self._known, self._fields, self._now = reader, known, fields, now
        self.effects = effects
        self._tickets, self._articles = Tickets(reader, known, fields), Articles(reader, known, fields)
        self._pages: dict[Key, _PageOf] = {
            "calendars": self._calendars, "people": self._people, "groups": self._groups, "links": self._organizations, "contacts": self._users,
            "tickets": self._changed_tickets, "articles": self._articles.page,
        }  # fmt: skip

    async def one(self, key: Key, external_id: str) -> Read:
        """One object afresh. What is not there is gone; a key that Zendesk does not fill is nothing."""
        gone = Read(gone={own(key, external_id): None})
        if not is_number(external_id.partition("-")[0] if key == "articles" else external_id):
            return gone
        try:
            return await self._one(key, external_id)
        except Gone:
            return gone

    async def _one(self, key: Key, external_id: str) -> Read:
        match key:
            case "tickets":
                return await self._tickets.one(external_id)
            case "articles":
                return await self._articles.one(external_id)
            case "links" | "accounts":
                answer = await self._reader.ask(endpoints.ORGANIZATION, {"id": external_id})
                return await self._linked([parsed(Organization, answer, "organization")])
            case "contacts" | "people":
                answer = await self._reader.ask(endpoints.USER, {"id": external_id})
                return await self._told_users([parsed(User, answer, "user")])
            case "groups" | "calendars":
                read = (await self.page(key, None, None)).read
                return Read(tuple(told for told in read.told if told.id == own(key, external_id)), gone=read.gone)
            case _:
                return Read()

    async def of_account(self, key: Key, account_external_id: str) -> Read:
        """The tickets of one company that we do not hold as they are, or its people."""
        read, parts = Read(), {"id": account_external_id}
        if key == "tickets":
            return await self._tickets.of_organization(account_external_id, self._now() - timedelta(days=self._fields.history_days))
        if key == "contacts":
            async for answer in self._reader.pages(endpoints.USERS_OF, "users", parts):
                users, faults = listed(User, answer, "users", "contacts")
                read += await self._told_users(users) + Read(faults=faults)
        return read

    async def page(self, key: Key, cursor: str | None, since: datetime | None) -> Page:
        """The next part of a key. Users and tickets come from `since` on where it is given; all else comes whole.

        Schedules and the help centre are not part of every plan: where they are shut, and nothing of them was ever read, there is none.
        """
        try:
            return await self._pages[key](cursor, since)
        except (Denied, Gone):
            if key not in ("calendars", "articles") or await self._known.held(key):
                raise
            return Page(Read(), None)

    async def checks(self) -> Sequence[Check]:
        """What `doctor` says of it."""
        return await checks(self._reader, self._fields)

    async def ratings(self, since: datetime) -> Sequence[Satisfaction]:
        """What customers said of solved tickets since a moment: each `good` or `bad`."""
        query = {"score": "received", "start_time": int(since.timestamp())}
        found: list[Satisfaction] = []
        async for answer in self._reader.pages(endpoints.RATINGS, "satisfaction_ratings", None, query):
            found += listed(Satisfaction, answer, "satisfaction_ratings", "tickets")[0]
        return found

    # --- what always comes whole -------------------------------------------------------------------------------------

    async def _calendars(self, _cursor: str | None, _since: datetime | None) -> Page:
        answer = await self._reader.ask(endpoints.SCHEDULES)
        schedules, faults = listed(Schedule, answer, "schedules", "calendars")
        made = [staff.calendar(one, await self._holidays(one.id)) for one in schedules]
        return await self._whole("calendars", made, faults)

    async def _holidays(self, schedule_id: str) -> Sequence[Holiday]:
        return listed(Holiday, await self._reader.ask(endpoints.HOLIDAYS, {"id": schedule_id}), "holidays", "calendars")[0]

    async def _people(self, _cursor: str | None, _since: datetime | None) -> Page:
        made: list[Told | Fault] = []
        async for answer in self._reader.pages(endpoints.AGENTS, "users", None, {"role[]": ["agent", "admin"]}):
            users, faults = listed(User, answer, "users", "people")
            made += [*(staff.person(user, self._fields) for user in users), *faults]
        return await self._whole("people", made, ())

    async def _groups(self, _cursor: str | None, _since: datetime | None) -> Page:
        matching = Matching(self._known, self._fields)
        made: list[Told | Fault] = []
        async for answer in self._reader.pages(endpoints.GROUPS, "groups"):
            groups, faults = listed(Group, answer, "groups", "groups")
            for one in groups:
                desk = self._fields.groups.get(int(one.id), Desk())
                made.append(staff.group(one, desk, await matching.colleague(desk.lead), await matching.colleague(desk.on_call)))
            made += faults
        return await self._whole("groups", made, ())

    async def _whole(self, key: Key, made: Sequence[Told | Fault], faults: Sequence[Fault]) -> Page:
        """All of a kind: what we hold and did not come is gone, unless it is only unreadable."""
        told = [one for one in made if isinstance(one, Told)]
        wrong = [*faults, *(one for one in made if isinstance(one, Fault))]
        there = {one.id for one in told} | {own(key, one.external_id) for one in wrong}
        gone = {one: None for one in await self._known.held(key) if one not in there}
        return Page(Read(told, wrong, gone), None, len(told) + len(wrong))

    # --- what comes as it changed ------------------------------------------------------------------------------------

    async def _organizations(self, cursor: str | None, _since: datetime | None) -> Page:
        """All of them each time: whose one is may change although nothing changed here, when its account comes into the CRM."""
        start = int(cursor) if cursor else 0
        objects, following = await self._reader.changed_since(endpoints.CHANGED_ORGANIZATIONS, "organizations", start, ORGANIZATIONS_A_PAGE)
        organizations, faults = sorted_out(Organization, objects, "links")
        return Page(await self._linked(organizations) + Read(faults=faults), following)

    async def _linked(self, organizations: Sequence[Organization]) -> Read:
        """Which accounts they are."""
        matching = Matching(self._known, self._fields)
        gone = {f"{VENDOR}:account:{one.id}": None for one in organizations if one.deleted_at}
        for one in organizations:
            if not one.deleted_at:
                await matching.account(one)
        return Read(tuple(matching.told.values()), tuple(matching.faults), gone)

    async def _users(self, cursor: str | None, since: datetime | None) -> Page:
        objects, following = await self._reader.changed(endpoints.CHANGED_USERS, "users", cursor, self._start(since), USERS_A_PAGE)
        users, faults = sorted_out(User, objects, "contacts")
        return Page(await self._told_users(users) + Read(faults=faults), following)

    async def _told_users(self, users: Sequence[User]) -> Read:
        """Contacts of customers, and colleagues."""
        matching, read = Matching(self._known, self._fields), Read()
        for user in users:
            if not user.active:
                read += Read(gone={own("contacts", user.id): None, own("people", user.id): None})
            elif user.works_here:
                made = staff.person(user, self._fields)
                read += Read((made,)) if isinstance(made, Told) else Read(faults=(made,))
            else:
                await matching.contact(user)
        return Read(tuple(matching.told.values()), tuple(matching.faults)) + read

    async def _changed_tickets(self, cursor: str | None, since: datetime | None) -> Page:
        """The export says which; they are then read with what belongs to them. Those that were deleted come as such."""
        start = self._start(since or self._now() - timedelta(days=self._fields.history_days))
        objects, following = await self._reader.changed(endpoints.CHANGED_TICKETS, "tickets", cursor, start, TICKETS_A_PAGE)
        known = [one for one in objects if isinstance(one, dict) and one.get("id") is not None]
        gone: dict[str, str | None] = {own("tickets", str(one["id"])): None for one in known if one.get("status") == "deleted"}
        living = list(dict.fromkeys(str(one["id"]) for one in known if one.get("status") != "deleted"))
        return Page(await self._tickets.named(living) + Read(gone=gone), following)

    def _start(self, since: datetime | None) -> int:
        """Seconds since 1970: at least a minute ago, or Zendesk refuses."""
        if since is None:
            return 0
        return int(min(since - OVERLAP, self._now() - OVERLAP).timestamp())

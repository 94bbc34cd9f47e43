"""Who is away by their own Slack status, where the directory knows of no absence. Whatever is not known is taken for being there."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from agent.domain.evidence import Calendar, Person, Team
from agent.service import Nextplay
from integrations.db.slack import Member, SlackStore
from integrations.slack.members import Members, NotAMember
from integrations.slack.web import SlackBusy, SlackRefused, SlackUnsure
from tools.ports import Directory, SourceError

REFRESH = timedelta(minutes=10)
"""How often Slack is asked for a colleague's status."""

BELIEVED = timedelta(minutes=30)
"""A status that was read longer ago says nothing: Slack has been down since."""

REMEMBERED = timedelta(seconds=30)
"""How long what our own table says is kept in memory."""

RESTS = timedelta(seconds=30)
AT_ONCE = 1
"""Colleagues who are looked up in one pass: a large directory takes a while, and Slack's limits are kept."""


class StatusDirectory:
    """A directory that also knows who is away by their Slack status. `now` is the wall clock, by which statuses end."""

    def __init__(self, directory: Directory, store: SlackStore, now: Callable[[], datetime]) -> None:
        self._directory = directory
        self._store = store
        self._now = now
        self._away: tuple[datetime, dict[str, Member]] | None = None

    async def people(self, at: datetime) -> Sequence[Person]:
        """Everybody. An absence that the directory tells of goes before a status."""
        people, away, now = await self._directory.people(at), await self._statuses(), self._now()
        return [_seen(person, away.get(person.email.lower()), at, now) for person in people]

    async def teams(self) -> Sequence[Team]:
        """Every team: it has no status of its own."""
        return await self._directory.teams()

    async def calendar(self, calendar_id: str) -> Calendar | None:
        """One calendar."""
        return await self._directory.calendar(calendar_id)

    async def _statuses(self) -> dict[str, Member]:
        now = self._now()
        if self._away is None or now - self._away[0] > REMEMBERED:
            self._away = now, {member.email: member for member in await self._store.members_away(since=now - BELIEVED)}
        return self._away[1]


def _seen(person: Person, member: Member | None, at: datetime, now: datetime) -> Person:
    if person.away_until is not None or member is None or not member.is_away(now):
        return person
    until = at + (member.away_until - now if member.away_until else timedelta(days=1))
    return replace(person, away_until=until, away_why=f"Slack status “{member.status}”")


class Statuses:
    """Looks colleagues' statuses up, a few at a time. `now` is the wall clock."""

    def __init__(self, service: Nextplay, members: Members, now: Callable[[], datetime]) -> None:
        self._service = service
        self._members = members
        self._now = now
        self._tried: dict[str, datetime] = {}
        self._queue: list[str] = []
        self._next: datetime | None = None

    async def pass_once(self) -> int:
        """Look at those whose turn it is. Never reports movement: nothing waits for it."""
        at = self._now()
        if self._next is not None and at < self._next:
            return 0
        try:
            if not self._queue:
                self._queue = [one.email for one in await self._service.colleagues() if at - self._tried.get(one.email, at - REFRESH) >= REFRESH]
            for email in self._queue[:AT_ONCE]:
                await self._look(email)
                self._tried[email] = at
                self._queue.remove(email)
        except (SlackBusy, SlackUnsure, SourceError):
            self._next = at + RESTS
        else:
            self._next = None if self._queue else at + RESTS
        return 0

    async def _look(self, email: str) -> None:
        try:
            await self._members.look(email)
        except (NotAMember, SlackRefused):
            return

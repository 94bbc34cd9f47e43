"""Who is who: colleagues of the directory as members of the workspace, by address."""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from integrations.db.slack import Member, SlackStore
from integrations.slack.absence import away_of
from integrations.slack.web import SlackRefused, SlackWeb, Tells

KEPT = timedelta(hours=1)
"""How long what Slack told of a member is believed."""


class NotAMember(Exception):
    """Nobody in the workspace has this address, or the account is an outsider's, a guest's, a robot's or closed."""


class NotAdmitted(Exception):
    """This account may do nothing here. The message says why, to its person."""


class Team:
    """The workspace that our token belongs to: asked for once, as soon as Slack answers."""

    def __init__(self, web: SlackWeb) -> None:
        self._web = web
        self._id = ""

    async def id(self) -> str:
        """Its id. Raises what the Web API raises while it is not known."""
        self._id = self._id or str((await self._web.read("auth.test"))["team_id"])
        return self._id

    async def pass_once(self) -> int:
        """Get to know it before anybody clicks."""
        await self.id()
        return 0


class Members:
    """Looks members up, and remembers those of our own workspace for an hour.

    Whoever belongs to another workspace is an outsider, whatever address their profile shows, and is never remembered under it.
    """

    def __init__(self, store: SlackStore, web: SlackWeb, now: Callable[[], datetime], team_id: Callable[[], Awaitable[str]]) -> None:
        self._store = store
        self._web = web
        self._now = now
        self._team_id = team_id

    async def by_email(self, email: str) -> Member:
        """The member with this address. Raises NotAMember, or what the Web API raises."""
        known = await self._ours(await self._store.member(email=email))
        if known is None or self._now() - known.read_at > KEPT:
            known = await self._read(known, "users.lookupByEmail", email=email)
        if known is None or known.kind != "member":
            raise NotAMember(f"{email} is {known.kind if known else 'not'} in the workspace")
        return known

    async def look(self, email: str) -> Member:
        """The member with this address as Slack tells now. Raises as `by_email` does."""
        found = await self._read(await self._ours(await self._store.member(email=email)), "users.lookupByEmail", email=email)
        if found is None or found.kind == "outsider":
            raise NotAMember(f"{email} is not in the workspace")
        return found

    async def by_id(self, user_id: str) -> Member | None:
        """The member behind a click, read anew when the memory is old; None when Slack does not tell an address."""
        known = await self._ours(await self._store.member(user_id=user_id))
        if known is not None and self._now() - known.read_at <= KEPT:
            return known
        return await self._read(known, "users.info", user=user_id)

    async def admitted(self, user_id: str, team_id: str) -> Member:
        """The full member of our workspace who did something, in the workspace that it came from. Raises NotAdmitted, or what the Web API raises."""
        member = await self.by_id(user_id) if team_id == await self._team_id() else None
        if team_id != await self._team_id() or (member is not None and member.kind == "outsider"):
            raise NotAdmitted("This belongs to another workspace: only its own members may use it.")
        if member is None:
            raise NotAdmitted("Nextplay does not know who you are: your Slack account shows it no e-mail address.")
        if member.kind != "member":
            raise NotAdmitted("Guests cannot answer or look into proposals. Ask a colleague who is a full member of the workspace.")
        return member

    async def full(self, user_id: str) -> Member | None:
        """The full member of our workspace behind a Slack id; None for everybody else. Raises what the Web API raises."""
        member = await self.by_id(user_id)
        return member if member is not None and member.kind == "member" else None

    async def direct(self, member: Member) -> str:
        """The channel of our direct messages with a member."""
        if member.dm is not None:
            return member.dm
        opened = await self._web.call("conversations.open", users=member.user_id)
        channel = str(opened["channel"]["id"])
        await self._store.keep_member(replace(member, dm=channel))
        return channel

    async def ids(self, emails: Collection[str]) -> dict[str, str]:
        """Slack ids by address, of those of these people who have been looked up."""
        return {member.email: member.user_id for member in await self._store.members_of(emails) if member.kind == "member"}

    async def _ours(self, known: Member | None) -> Member | None:
        """What is remembered, unless it is of somebody in another workspace."""
        return known if known is not None and known.team_id == await self._team_id() else None

    async def _read(self, known: Member | None, method: Tells, **who: str) -> Member | None:
        try:
            user = (await self._web.read(method, **who))["user"]
        except SlackRefused as error:
            if error.code in ("users_not_found", "user_not_found"):
                return None
            raise
        member = member_of(user, self._now())
        if member is None:
            return None
        if member.team_id != await self._team_id():
            return replace(member, kind="outsider")
        member = replace(member, dm=known.dm if known and known.user_id == member.user_id else None)
        await self._store.keep_member(member)
        return member


def member_of(user: Mapping[str, Any], at: datetime) -> Member | None:
    """A user object as a member; None when it has no address (the app lacks users:read.email, or it is a robot)."""
    profile: Mapping[str, Any] = user.get("profile") or {}
    email = str(profile.get("email") or "").strip().lower()
    if not email:
        return None
    away, until = away_of(profile)
    return Member(
        email=email, user_id=str(user["id"]), team_id=str(user.get("team_id") or ""), kind=_kind(user), read_at=at,
        name=str(profile.get("real_name") or user.get("real_name") or user.get("name") or email), timezone=str(user.get("tz") or "UTC"),
        status=str(profile.get("status_text") or profile.get("status_emoji") or ""), away=away, away_until=until,
    )  # fmt: skip


def _kind(user: Mapping[str, Any]) -> str:
    if user.get("deleted"):
        return "gone"
    if user.get("is_bot"):
        return "bot"
    guest = user.get("is_restricted") or user.get("is_ultra_restricted") or user.get("is_stranger")
    return "guest" if guest else "member"

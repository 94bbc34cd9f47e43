"""Who and what is in the workspace from the start: members, channels and the installed app."""

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal
from zoneinfo import ZoneInfo

from integrations.sandbox.slack.timing import Clock

TEAM = "T0SANDBOX"
CHANNEL_SCOPE = {"public": "channels", "private": "groups", "im": "im", "mpim": "mpim"}
SCOPES = (
    "app_mentions:read", "channels:history", "channels:read", "chat:write", "commands", "groups:history", "groups:read", "im:history", "im:read",
    "im:write", "mpim:read", "reactions:write", "users.profile:read", "users:read", "users:read.email",
)  # fmt: skip
EVENTS = ("app_home_opened", "app_mention", "message.im")


def slack_id(letter: str, name: str) -> str:
    """An id in Slack's form that is the same for the same name, whenever the workspace starts."""
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
    digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    shown = ""
    for _ in range(9):
        number, rest = divmod(number, 36)
        shown += digits[rest]
    return f"{letter}0{shown}"


@dataclass(slots=True)
class Member:
    """Somebody who can be spoken to. `team` differs for a stranger from a connected workspace, whom the app may know from a shared channel."""

    id: str
    name: str
    email: str
    title: str = ""
    timezone: str = "Etc/UTC"
    deleted: bool = False
    guest: Literal["", "multi_channel", "single_channel"] = ""
    team: str = TEAM
    shares_channel: bool = False
    is_bot: bool = False
    presence: Literal["active", "away"] = "active"
    status_text: str = ""
    status_emoji: str = ""
    status_until: int = 0

    @property
    def handle(self) -> str:
        """The name in lower case, as payloads and commands carry it."""
        return self.name.lower().replace(" ", ".")

    def as_slack(self, clock: Clock, *, with_email: bool) -> dict[str, Any]:
        """The user object of the Web API."""
        offset = clock().astimezone(ZoneInfo(self.timezone)).utcoffset()
        shown = {
            "id": self.id, "team_id": self.team, "name": self.handle, "deleted": self.deleted, "real_name": self.name,
            "profile": self.profile(with_email=with_email), "is_bot": self.is_bot, "is_app_user": False, "updated": 0,
        }  # fmt: skip
        if self.deleted:
            return shown
        return shown | {
            "tz": self.timezone, "tz_label": self.timezone, "tz_offset": int(offset.total_seconds()) if offset else 0,
            "is_admin": False, "is_owner": False, "is_restricted": bool(self.guest), "is_ultra_restricted": self.guest == "single_channel",
            "is_stranger": self.team != TEAM and not self.shares_channel,
        }  # fmt: skip

    def profile(self, *, with_email: bool) -> dict[str, Any]:
        """The profile object of the Web API."""
        profile = {
            "title": self.title, "real_name": self.name, "display_name": self.handle, "status_text": self.status_text,
            "status_emoji": self.status_emoji, "status_expiration": self.status_until, "team": self.team,
        }  # fmt: skip
        return profile | ({"email": self.email} if with_email else {})


@dataclass(slots=True)
class Channel:
    """A channel, or direct messages: those of the app are with one member (`user`), those of a group (`mpim`) with several."""

    id: str
    name: str = ""
    kind: Literal["public", "private", "im", "mpim"] = "public"
    members: list[str] = field(default_factory=list)
    user: str = ""
    is_archived: bool = False
    is_ext_shared: bool = False

    def as_slack(self, bot: str) -> dict[str, Any]:
        """The conversation object of the Web API."""
        if self.kind == "im":
            return {"id": self.id, "is_im": True, "user": self.user, "is_archived": False, "is_user_deleted": False, "created": 0}
        return {
            "id": self.id, "name": self.name, "name_normalized": self.name, "is_channel": self.kind == "public", "is_group": self.kind == "private",
            "is_im": False, "is_mpim": self.kind == "mpim", "is_private": self.kind != "public", "is_archived": self.is_archived, "is_general": False,
            "is_member": bot in self.members, "is_shared": self.is_ext_shared, "is_ext_shared": self.is_ext_shared, "is_org_shared": False,
            "num_members": len(self.members), "context_team_id": TEAM, "created": 0,
        }  # fmt: skip


def _token(kind: str) -> str:
    return f"{kind}-{secrets.token_hex(16)}"


@dataclass(slots=True)
class App:
    """The app that is installed, and where its requests go: to `request_url`, or over the socket when that is None."""

    name: str = "App"
    id: str = "A0SANDBOX"
    user: str = "U0SANDBOXBOT"
    bot: str = "B0SANDBOXBOT"
    bot_token: str = field(default_factory=lambda: _token("xoxb"), repr=False)
    app_token: str = field(default_factory=lambda: _token("xapp"), repr=False)
    signing_secret: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    scopes: tuple[str, ...] = SCOPES
    events: tuple[str, ...] = EVENTS
    commands: tuple[str, ...] = ()
    request_url: str | None = None


def channels(names: Iterable[str], members: Iterable[Member], app: App) -> list[Channel]:
    """Public channels with everybody who is in the company, and the app, as members."""
    everybody = [member.id for member in members if not member.deleted and not member.guest and member.team == TEAM]
    return [Channel(slack_id("C", name), name, members=[*everybody, app.user]) for name in names]

"""What people press becomes a row before Slack hears that it arrived, and is carried out afterwards, in order, however often it is tried."""

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from integrations.db.slack import Click, SlackStore

Wake = Callable[[], None]


class Clicks:
    """Writes clicks down. `now` is the wall clock."""

    def __init__(self, store: SlackStore, now: Callable[[], datetime]) -> None:
        self._store = store
        self._now = now
        self.wake: Wake = lambda: None

    async def keep(self, kind: str, body: Mapping[str, Any], said: Mapping[str, Any], *, unique: str = "") -> Click:
        """Keep one click durably. Slack's own id of the interaction makes it unique, so that a delivery repeated is one click."""
        at, user, team = self._now(), user_of(body), team_of(body)
        id_ = unique or str(body.get("trigger_id") or body.get("event_id") or f"{user}:{at.isoformat()}")
        click = Click(
            id=f"{kind}:{hashlib.sha256(id_.encode('utf-8', 'surrogatepass')).hexdigest()[:24]}", kind=kind, team_id=team, user_id=user,
            said={**place_of(body), **said}, received_at=at, next_at=at,
        )  # fmt: skip
        if await self._store.keep_click(click):
            self.wake()
        return click


def user_of(body: Mapping[str, Any]) -> str:
    """The Slack id of who did it, in any of the shapes that Slack sends."""
    user = body.get("user") or body.get("user_id") or (body.get("event") or {}).get("user") or ""
    return str(user.get("id", "") if isinstance(user, Mapping) else user)


def team_of(body: Mapping[str, Any]) -> str:
    """The workspace of who did it: in a shared channel that may be another than ours. An event's envelope names ours whoever wrote."""
    event: Mapping[str, Any] = body.get("event") or {}
    wrote = event.get("user_team") or event.get("source_team") or event.get("team")
    if wrote:
        return str(wrote)
    user, team = body.get("user"), body.get("team")
    own = user.get("team_id") if isinstance(user, Mapping) else None
    said = own or (team.get("id") if isinstance(team, Mapping) else team) or body.get("team_id") or ""
    return str(said)


def place_of(body: Mapping[str, Any]) -> dict[str, str]:
    """Where to answer: the channel, and the message or thread in it; for a command also its own way back (`respond`)."""
    container: Mapping[str, Any] = body.get("container") or {}
    event: Mapping[str, Any] = body.get("event") or {}
    channel = body.get("channel") or body.get("channel_id") or container.get("channel_id") or event.get("channel") or ""
    ts = container.get("message_ts") or (body.get("message") or {}).get("ts") or event.get("ts") or ""
    thread = container.get("thread_ts") or event.get("thread_ts") or ""
    respond = body.get("response_url") or "" if "command" in body else ""
    found = {"channel": channel.get("id", "") if isinstance(channel, Mapping) else channel, "ts": ts, "thread": thread, "respond": respond}
    return {name: str(value) for name, value in found.items() if value}

"""The state of a workspace, and the one way in which it changes: something took effect, was logged, and is told."""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from integrations.sandbox.slack.calls import Refused
from integrations.sandbox.slack.effects import EffectsLog, changes_in
from integrations.sandbox.slack.faults import Faults
from integrations.sandbox.slack.roster import App, Channel, Member, slack_id
from integrations.sandbox.slack.store import Change, Doc, Store
from integrations.sandbox.slack.tickets import Tickets
from integrations.sandbox.slack.timing import Clock, Stamps
from integrations.wall_clock import wall_clock


class Core:
    """Members, channels, the app, and everything that was said. A workspace with the log of an earlier one goes on from
    where that stopped.
    """

    def __init__(
        self, members: Iterable[Member], channels: Iterable[Channel], app: App, *, log: Path | None = None, clock: Clock = wall_clock
    ) -> None:
        self.app = app
        self.clock = clock
        self.members = {member.id: member for member in members}
        self.members.setdefault(app.user, Member(app.user, app.name, "", is_bot=True))
        self.faults = Faults()
        self.tickets = Tickets(clock)
        self.stamps = Stamps(clock)
        self.store = Store()
        self.log = EffectsLog(log)
        self.calls: deque[tuple[str, str]] = deque(maxlen=10_000)
        """The last calls, with what became of each: ok, an error's name, or a fault's."""
        self.complaints: dict[str, dict[str, str]] = {}
        """What a member reads in an open modal, by its id: a complaint by block, or of the whole under an empty name."""
        self.url = ""
        """Where the server answers, once it does."""
        self.ending = False
        """Whether the server is on its way out, and those who watch should go."""
        self._channels = {channel.id: channel for channel in channels}
        self._changed = asyncio.Event()
        for entry in self.log.entries:
            self.store.apply(changes_in(entry))
        for doc in self.store.all("messages"):
            self.stamps.seen(doc["ts"])

    def commit(self, by: str, method: str, arguments: Mapping[str, Any], result: Mapping[str, Any], changes: Sequence[Change]) -> None:
        """Something took effect: log it, then let it be seen. `by` is the app or a member."""
        entry = {"at": self.clock().isoformat(), "by": by, "method": method, "arguments": dict(arguments), "result": dict(result)}
        entry |= {name: result[name] for name in ("channel", "ts") if isinstance(result.get(name), str)}
        self.log.append(entry, changes)
        self.store.apply(changes)
        if changes:
            self.announce()

    def announce(self) -> None:
        """Let those who watch look again."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def changed(self) -> None:
        """Return at the next change."""
        await self._changed.wait()

    def channel(self, name: str) -> Channel:
        """A conversation by its id. Raises Refused."""
        found = self._channels.get(name) or self._direct(self.store.get("channels", name))
        if found is None:
            raise Refused("channel_not_found")
        return found

    def channels(self) -> list[Channel]:
        """All conversations: the channels, then the direct messages."""
        direct = [self._direct(doc) for doc in self.store.all("channels")]
        return [*self._channels.values(), *(channel for channel in direct if channel)]

    def direct(self, user: str) -> tuple[Channel, list[Change]]:
        """The direct messages of the app with a member, and the change that opens them when they are new."""
        return self._opened(slack_id("D", user), [user, self.app.user])

    def between(self, user: str, other: str) -> tuple[Channel, list[Change]]:
        """The direct messages of two members, likewise. Raises Refused."""
        if other == self.app.user:
            return self.direct(user)
        self.member(other)
        first, second = sorted((user, other))
        return self._opened(slack_id("D", f"{first} {second}"), sorted({first, second}))

    def _opened(self, name: str, members: list[str]) -> tuple[Channel, list[Change]]:
        doc = {"id": name, "members": members}
        known = self._direct(self.store.get("channels", name))
        return known or Channel(name, kind="im", members=members, user=members[0]), [] if known else [Change("channels", name, doc)]

    def member(self, user: str, error: str = "user_not_found") -> Member:
        """A member by id. Raises Refused."""
        if user not in self.members:
            raise Refused(error)
        return self.members[user]

    def sees(self, user: str, channel: Channel) -> bool:
        """Whether a member may read a conversation."""
        member = self.members[user]
        return user in channel.members or (channel.kind == "public" and not member.guest)

    def _direct(self, doc: Doc | None) -> Channel | None:
        return None if doc is None else Channel(doc["id"], kind="im", members=list(doc["members"]), user=doc["members"][0])

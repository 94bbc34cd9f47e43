"""What the workspace remembers: documents by collection and key, kept in memory and rebuilt from the log of effects."""

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

Collection = Literal["messages", "whispers", "channels", "homes", "modals", "read"]
COLLECTIONS: tuple[Collection, ...] = ("messages", "whispers", "channels", "homes", "modals", "read")
"""Messages and ephemeral ones (by channel/ts), direct messages opened (by channel), home tabs and open modals (by user),
and how far each has read (by user/channel).
"""

Doc = dict[str, Any]


class Change(NamedTuple):
    """A document put in place of what was there before; None removes it."""

    collection: Collection
    key: str
    doc: Any


class Store:
    """Changes only by `apply`, so that the same changes make the same store."""

    def __init__(self) -> None:
        self._docs: dict[str, dict[str, Any]] = {name: {} for name in COLLECTIONS}
        self._rooms: dict[str, dict[str, Doc]] = {}
        self._threads: dict[tuple[str, str], dict[str, Doc]] = {}

    def apply(self, changes: Iterable[Change]) -> None:
        """Put the documents in place."""
        for collection, key, doc in changes:
            if collection == "messages":
                self._place(key, doc)
            _put(self._docs[collection], key, doc)

    def get(self, collection: Collection, key: str) -> Any:
        """One document, or None."""
        return self._docs[collection].get(key)

    def all(self, collection: Collection) -> list[Any]:
        """All documents, oldest first."""
        return list(self._docs[collection].values())

    def message(self, channel: str, ts: str) -> Doc | None:
        """One message."""
        return self._rooms.get(channel, {}).get(ts)

    def messages(self, channel: str) -> list[Doc]:
        """A channel's messages with its threads, oldest first: each was given a later time than the one before."""
        return list(self._rooms.get(channel, {}).values())

    def replies(self, channel: str, ts: str) -> list[Doc]:
        """The replies to a message, oldest first."""
        return list(self._threads.get((channel, ts), {}).values())

    def thread(self, channel: str, ts: str) -> list[Doc]:
        """A message and its replies, oldest first."""
        parent = self.message(channel, ts)
        return [] if parent is None else [parent, *self.replies(channel, ts)]

    def whispers(self, channel: str, user: str) -> list[Doc]:
        """The ephemeral messages that a member sees in a channel."""
        return [doc for doc in self.all("whispers") if doc["channel"] == channel and doc["to"] == user]

    def modals(self, user: str) -> list[Doc]:
        """The stack of modals that a member has open, the topmost last."""
        return list(self.get("modals", user) or ())

    def view(self, view_id: str) -> tuple[str, Doc] | None:
        """An open modal or a home tab, and whose it is."""
        owned = [(user, view) for user, views in self._docs["modals"].items() for view in views]
        owned += list(self._docs["homes"].items())
        return next(((user, view) for user, view in owned if view["id"] == view_id), None)

    def _place(self, key: str, doc: Doc | None) -> None:
        channel, _, ts = key.partition("/")
        thread = (doc or self.message(channel, ts) or {}).get("thread_ts", ts)
        _put(self._rooms.setdefault(channel, {}), ts, doc)
        if thread != ts:
            _put(self._threads.setdefault((channel, thread), {}), ts, doc)


def _put(docs: dict[str, Any], key: str, doc: Any) -> None:
    if doc is None:
        docs.pop(key, None)
    else:
        docs[key] = doc


def ts_key(ts: str) -> tuple[int, int]:
    """Sorts time stamps by time."""
    seconds, _, micros = ts.partition(".")
    return int(seconds), int(micros or 0)

"""Slack as a messenger: a message is delivered when its posts are planned, durably; getting them into Slack is the desk's work."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from integrations.db.slack import Post, SlackStore

CARDS = ("ask", "difference")


class SlackMessenger:
    """Implements the `Messenger` port. Every colleague gets a post of their own; a message without anybody goes to the surface's channel."""

    def __init__(self, store: SlackStore, now: Callable[[], datetime], wake: Callable[[], None] = lambda: None) -> None:
        self._store = store
        self._now = now
        self.wake = wake

    async def deliver(self, message_id: str, *, kind: str, to: Sequence[str], title: str, body: str, data: dict[str, Any]) -> None:
        """Plan one post for each person. The same message again plans nothing new."""
        at = self._now()
        payload = {"title": title, "body": body, "lines": data.get("lines", [])}
        posts = [
            Post(
                id=f"{message_id}:{email or 'channel'}", kind=kind, created_at=at, next_at=at, email=email or None, decision_id=data.get("decision"),
                approval_id=data.get("approval"), payload=payload,
            )
            for email in (dict.fromkeys(address.lower() for address in to) or [""])
        ]  # fmt: skip
        await self._store.plan(posts)
        self.wake()

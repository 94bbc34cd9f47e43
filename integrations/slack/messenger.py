"""Slack as a messenger: a message is delivered when its posts are planned, durably; getting them into Slack is the desk's work."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import structlog

from integrations.db.slack import Post, SlackStore

log = structlog.get_logger()


class SlackMessenger:
    """Implements the `Messenger` port. Every colleague gets a post of their own; a message without anybody goes to its `channel`."""

    def __init__(self, store: SlackStore, now: Callable[[], datetime], wake: Callable[[], None] = lambda: None) -> None:
        self._store = store
        self._now = now
        self.wake = wake

    async def deliver(self, message_id: str, *, kind: str, to: Sequence[str], title: str, body: str, data: dict[str, Any]) -> None:
        """Plan one post for each person. The same message again plans nothing new.

        Who is reminded of an ask without having a card of it, because it was passed on to them, gets the card.
        """
        at = self._now()
        payload = {"title": title, "body": body, "lines": data.get("lines", [])}
        addressed = list(dict.fromkeys(address.lower() for address in to)) or ([""] if data.get("channel") else [])
        if not addressed:
            log.warning("a message is for nobody", message=message_id, title=title)
        approval = data.get("approval")
        posts = [
            Post(
                id=f"{message_id}:{email or 'channel'}", kind=await self._kind(kind, approval, email), created_at=at, next_at=at,
                email=email or None, channel=None if email else data["channel"], decision_id=data.get("decision"),
                approval_id=approval, payload=payload,
            )
            for email in addressed
        ]  # fmt: skip
        await self._store.plan(posts)
        self.wake()

    async def _kind(self, kind: str, approval: str | None, email: str) -> str:
        if kind != "reminder" or approval is None or await self._store.card_of(approval, email) is not None:
            return kind
        return "ask"

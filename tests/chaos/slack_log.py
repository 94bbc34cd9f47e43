"""Reads the log that the Slack workspace keeps of itself: what was said, and what stands there. It uses none of our code."""

import json
from pathlib import Path
from typing import Any

Row = dict[str, Any]


def in_slack(log: Path) -> list[Row]:
    """The log's entries; none where there was no workspace."""
    return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []


def versions_of(entries: list[Row], ask: str) -> list[Row]:
    """Every card of an ask as it ever stood."""
    return [doc for entry in entries for where, _, doc in entry["changes"] if where == "messages" and doc and ask in asks_of(doc)]


def asks_of(message: Row) -> list[str]:
    """The asks that a message is a card of."""
    ids = [str(block.get("block_id", "")) for block in message.get("blocks", ())]
    return [id_.removeprefix("ask:") for id_ in ids if id_.startswith("ask:")]


def cards_in(entries: list[Row]) -> dict[str, list[Row]]:
    """The cards that stand in the end, by their ask."""
    found: dict[str, list[Row]] = {}
    for message in standing(entries).values():
        for ask in asks_of(message):
            found.setdefault(ask, []).append(message)
    return found


def standing(entries: list[Row], collection: str = "messages") -> dict[str, Row]:
    """What stands in the workspace in the end, by place."""
    docs = {key: doc for entry in entries for where, key, doc in entry["changes"] if where == collection}
    return {key: doc for key, doc in docs.items() if doc is not None}


def buttons_of(message: Row) -> list[str]:
    """The action ids of a message."""
    return [element["action_id"] for block in message.get("blocks", ()) if block["type"] == "actions" for element in block["elements"]]


def words_of(part: Any) -> str:
    """All words of a message or a part of it, in order."""
    if isinstance(part, list):
        return "".join(words_of(one) for one in part)
    if not isinstance(part, dict):
        return ""
    own = part["text"] if part.get("type") in ("text", "plain_text", "mrkdwn") else ""
    return own + "".join(words_of(part.get(name)) for name in ("text", "elements", "blocks"))

"""Messages as the Web API and the events show them."""

from typing import Any

from integrations.sandbox.slack.store import Doc, Store

INTERNAL = ("channel", "to")


def shown(doc: Doc, *, with_metadata: bool = False) -> Doc:
    """A message object."""
    hidden = INTERNAL if with_metadata else (*INTERNAL, "metadata")
    return {name: value for name, value in doc.items() if name not in hidden}


def with_thread(store: Store, doc: Doc, *, with_metadata: bool = False) -> Doc:
    """A message object, with what it says of its thread."""
    message = shown(doc, with_metadata=with_metadata)
    if doc.get("thread_ts") not in (None, doc["ts"]):
        return message
    replies = store.replies(doc["channel"], doc["ts"])
    if not replies:
        return message
    return message | {
        "thread_ts": doc["ts"],
        "reply_count": len(replies),
        "reply_users": list(dict.fromkeys(one["user"] for one in replies)),
        "latest_reply": replies[-1]["ts"],
    }


def reacted(doc: Doc, name: str, user: str) -> Doc:
    """The message with one more reaction."""
    reactions: list[dict[str, Any]] = [dict(one) for one in doc.get("reactions", ())]
    found = next((one for one in reactions if one["name"] == name), None)
    if found is None:
        found = {"name": name, "users": [], "count": 0}
        reactions.append(found)
    found |= {"users": [*found["users"], user], "count": found["count"] + 1}
    return doc | {"reactions": reactions}

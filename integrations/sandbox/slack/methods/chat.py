"""chat.*: messages that the app writes, changes and takes back."""

import json
from typing import Any

from integrations.sandbox.slack.blocks import completed, message_faults
from integrations.sandbox.slack.calls import Call, Refused, refused_for
from integrations.sandbox.slack.core import Core
from integrations.sandbox.slack.messages import shown
from integrations.sandbox.slack.methods.register import Answer, method
from integrations.sandbox.slack.roster import TEAM, Channel
from integrations.sandbox.slack.store import Change, Doc

TEXT_MOST = 40_000
METADATA_BYTES = 16_000


@method("chat.postMessage", "chat:write")
def post_message(core: Core, call: Call) -> Answer:
    """To a channel, or to a member by the id of a member."""
    channel, opened = _addressed(core, call)
    said = content(call)
    thread = _thread(core, channel, call)
    doc = said | thread | author(core) | {"channel": channel.id, "ts": core.stamps.next(), "type": "message"}
    result = {"channel": channel.id, "ts": doc["ts"], "message": shown(doc, with_metadata=True)}
    return Answer(result, (*opened, put(doc)))


@method("chat.update", "chat:write")
def update(core: Core, call: Call) -> Answer:
    """What is not given stays as it is."""
    channel = _writable(core, core.channel(call.need("channel")))
    doc = _own(core, channel, call, "cant_update_message")
    said = content(call, required=not ("text" in call.arguments or doc.get("blocks")))
    changed = doc | said | {"edited": {"user": core.app.user, "ts": core.stamps.next()}}
    result = {"channel": channel.id, "ts": doc["ts"], "text": changed.get("text", ""), "message": shown(changed, with_metadata=True)}
    return Answer(result, (put(changed),))


@method("chat.delete", "chat:write")
def delete(core: Core, call: Call) -> Answer:
    """The app's own messages only."""
    channel = _writable(core, core.channel(call.need("channel")))
    doc = _own(core, channel, call, "cant_delete_message")
    return Answer({"channel": channel.id, "ts": doc["ts"]}, (Change("messages", _key(doc), None),))


@method("chat.postEphemeral", "chat:write")
def post_ephemeral(core: Core, call: Call) -> Answer:
    """Seen by one member of the channel, and by nobody later."""
    channel = _writable(core, core.channel(call.need("channel")))
    user = call.need("user")
    if user not in channel.members:
        raise Refused("user_not_in_channel")
    doc = content(call) | author(core) | {"channel": channel.id, "ts": core.stamps.next(), "type": "message", "to": user}
    if call.get("thread_ts"):
        doc["thread_ts"] = call.get("thread_ts")
    return Answer({"message_ts": doc["ts"]}, (whisper(doc),))


@method("chat.getPermalink")
def get_permalink(core: Core, call: Call) -> Answer:
    """A link that opens the message."""
    channel = core.channel(call.need("channel"))
    ts = call.need("message_ts")
    if core.store.message(channel.id, ts) is None:
        raise Refused("message_not_found")
    return Answer({"channel": channel.id, "permalink": f"{core.url}/archives/{channel.id}/p{ts.replace('.', '')}"})


def content(call: Call, *, required: bool = True) -> Doc:
    """What a message says: text, blocks and metadata, checked. Raises Refused."""
    said: Doc = {}
    blocks = call.parsed("blocks")
    if blocks is not None:
        faults = message_faults(blocks)
        if faults:
            raise refused_for("invalid_blocks", faults)
        said["blocks"] = completed(blocks)
    if "text" in call.arguments:
        said["text"] = call.get("text")
        if len(said["text"]) > TEXT_MOST:
            raise Refused("msg_too_long")
    if required and not said.get("text") and not said.get("blocks"):
        raise Refused("no_text")
    metadata = call.parsed("metadata")
    if metadata is not None:
        said["metadata"] = _metadata(metadata)
    return said


def author(core: Core) -> Doc:
    """The app, as the author of a message."""
    return {"user": core.app.user, "bot_id": core.app.bot, "app_id": core.app.id, "team": TEAM}


def put(doc: Doc) -> Change:
    """The change that puts a message in place."""
    return Change("messages", _key(doc), doc)


def whisper(doc: Doc) -> Change:
    """The change that shows an ephemeral message."""
    return Change("whispers", _key(doc), doc)


def _key(doc: Doc) -> str:
    return f"{doc['channel']}/{doc['ts']}"


def _metadata(given: Any) -> Doc:
    if given == {}:
        return {}
    shaped = isinstance(given, dict) and isinstance(given.get("event_type"), str) and isinstance(given.get("event_payload"), dict)
    if not shaped:
        raise Refused("invalid_metadata_format")
    if len(json.dumps(given).encode()) > METADATA_BYTES:
        raise Refused("metadata_too_large")
    return {"event_type": given["event_type"], "event_payload": given["event_payload"]}


def _addressed(core: Core, call: Call) -> tuple[Channel, list[Change]]:
    name = call.need("channel")
    if not name.startswith("U"):
        return _writable(core, core.channel(name)), []
    core.member(name, "channel_not_found")
    channel, opened = core.direct(name)
    return _writable(core, channel), opened


def _writable(core: Core, channel: Channel) -> Channel:
    if core.app.user not in channel.members:
        raise Refused("not_in_channel" if channel.kind == "public" else "channel_not_found")
    if channel.is_archived:
        raise Refused("is_archived")
    if channel.user and core.members[channel.user].deleted:
        raise Refused("is_inactive")
    return channel


def _thread(core: Core, channel: Channel, call: Call) -> Doc:
    parent = call.get("thread_ts")
    if not parent:
        return {}
    found = core.store.message(channel.id, parent)
    if found is None:
        raise Refused("thread_not_found")
    broadcast = {"subtype": "thread_broadcast"} if call.flag("reply_broadcast") else {}
    return {"thread_ts": found.get("thread_ts") or parent, **broadcast}


def _own(core: Core, channel: Channel, call: Call, otherwise: str) -> Doc:
    doc = core.store.message(channel.id, call.need("ts"))
    if doc is None:
        raise Refused("message_not_found")
    if doc.get("app_id") != core.app.id:
        raise Refused(otherwise)
    return doc

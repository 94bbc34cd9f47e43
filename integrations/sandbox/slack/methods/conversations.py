"""conversations.*: what there is to read, and who reads it; and reactions."""

from integrations.sandbox.slack.calls import Call, Refused
from integrations.sandbox.slack.core import Core
from integrations.sandbox.slack.messages import reacted, with_thread
from integrations.sandbox.slack.methods.chat import put
from integrations.sandbox.slack.methods.register import Answer, conversation, method, need_scope, page
from integrations.sandbox.slack.roster import CHANNEL_SCOPE
from integrations.sandbox.slack.store import Doc, ts_key

TYPES = {"public_channel": "public", "private_channel": "private", "im": "im", "mpim": "mpim"}


@method("conversations.open", "im:write")
def open_direct(core: Core, call: Call) -> Answer:
    """The direct messages with one member; opened when they are new."""
    users = [name for name in call.get("users").split(",") if name]
    if not users:
        raise Refused("users_list_not_supplied")
    if len(users) > 1:
        raise Refused("missing_scope", needed="mpim:write", provided=",".join(sorted(call.scopes)))
    if core.member(users[0]).deleted:
        raise Refused("user_disabled")
    channel, opened = core.direct(users[0])
    shown = channel.as_slack(core.app.user) if call.flag("return_im") else {"id": channel.id}
    return Answer({"channel": shown, "no_op": not opened, "already_open": not opened}, tuple(opened))


@method("conversations.info")
def info(core: Core, call: Call) -> Answer:
    """One conversation."""
    return Answer({"channel": conversation(core, call, "read").as_slack(core.app.user)})


@method("conversations.list")
def list_all(core: Core, call: Call) -> Answer:
    """Those that the app may know of."""
    wanted = (call.get("types") or "public_channel").split(",")
    if not set(wanted) <= set(TYPES):
        raise Refused("invalid_types")
    kinds = {TYPES[name] for name in wanted}
    for kind in sorted(kinds & set(CHANNEL_SCOPE)):
        need_scope(call, f"{CHANNEL_SCOPE[kind]}:read")
    known = [channel for channel in core.channels() if channel.kind in kinds]
    known = [channel for channel in known if channel.kind == "public" or core.app.user in channel.members]
    if call.flag("exclude_archived"):
        known = [channel for channel in known if not channel.is_archived]
    rows, more = page(call, known)
    return Answer({"channels": [channel.as_slack(core.app.user) for channel in rows], **more})


@method("conversations.members")
def members(core: Core, call: Call) -> Answer:
    """The ids of those who are in it."""
    rows, more = page(call, conversation(core, call, "read").members)
    return Answer({"members": rows, **more})


@method("conversations.history")
def history(core: Core, call: Call) -> Answer:
    """The latest first, without the replies in threads."""
    channel = conversation(core, call, "history")
    docs = [doc for doc in core.store.messages(channel.id) if doc.get("thread_ts") in (None, doc["ts"]) or doc.get("subtype") == "thread_broadcast"]
    rows, more = page(call, _between(call, docs)[::-1])
    return _messages(core, call, rows, more)


@method("conversations.replies")
def replies(core: Core, call: Call) -> Answer:
    """A message and its replies, the oldest first."""
    channel = conversation(core, call, "history")
    thread = core.store.thread(channel.id, call.need("ts"))
    if not thread:
        raise Refused("thread_not_found")
    rows, more = page(call, [thread[0], *_between(call, thread[1:])], 1000)
    return _messages(core, call, rows, more)


@method("reactions.add", "reactions:write")
def add_reaction(core: Core, call: Call) -> Answer:
    """The app reacts to a message, once with each."""
    channel, name = core.channel(call.need("channel")), call.need("name").strip(":")
    doc = core.store.message(channel.id, call.need("timestamp"))
    if doc is None:
        raise Refused("message_not_found")
    if any(one["name"] == name and core.app.user in one["users"] for one in doc.get("reactions", ())):
        raise Refused("already_reacted")
    return Answer({}, (put(reacted(doc, name, core.app.user)),))


def _messages(core: Core, call: Call, docs: list[Doc], more: Doc) -> Answer:
    with_metadata = call.flag("include_all_metadata")
    rows = [with_thread(core.store, doc, with_metadata=with_metadata) for doc in docs]
    return Answer({"messages": rows, "has_more": bool(more["response_metadata"]["next_cursor"]), "pin_count": 0, **more})


def _between(call: Call, docs: list[Doc]) -> list[Doc]:
    """Those within `oldest` and `latest`, whose own moments count only when the call is inclusive."""
    kept = docs
    for name, sign in (("oldest", 1), ("latest", -1)):
        bound = call.get(name)
        if bound in ("", "0"):
            continue
        if not bound.replace(".", "", 1).isdecimal():
            raise Refused(f"invalid_ts_{name}")
        edge = ts_key(bound)
        kept = [doc for doc in kept if _beyond(ts_key(doc["ts"]), edge, sign) or (call.flag("inclusive") and ts_key(doc["ts"]) == edge)]
    return kept


def _beyond(moment: tuple[int, int], edge: tuple[int, int], sign: int) -> bool:
    return moment > edge if sign > 0 else moment < edge

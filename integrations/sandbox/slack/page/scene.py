"""What a member has in front of them: the sidebar, one conversation or the app, a thread, a modal."""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from integrations.sandbox.slack.calls import Refused
from integrations.sandbox.slack.core import Core
from integrations.sandbox.slack.page.reader import Reader
from integrations.sandbox.slack.responding import SLACKBOT
from integrations.sandbox.slack.roster import Channel, Member
from integrations.sandbox.slack.store import Doc, ts_key
from integrations.sandbox.slack.workspace import Workspace

APP = "app"
SHOWN = 200
"""Messages of a conversation on the page; the Web API has them all."""
TABS = ("home", "messages", "about")
TOGETHER_S = 300
"""Messages of one author within this time stand under one name."""


@dataclass(slots=True)
class Scene:
    """All that the templates show."""

    me: Member
    reader: Reader
    at: str
    tab: str
    entries: dict[str, list[Doc]]
    people: list[Member]
    commands: tuple[str, ...]
    app: Member
    room: Channel | None = None
    title: str = ""
    lines: list[Doc] = field(default_factory=list)
    thread_ts: str = ""
    thread: list[Doc] = field(default_factory=list)
    home: Doc | None = None
    modal: Doc | None = None
    complaints: dict[str, str] = field(default_factory=dict)
    unread: bool = False


def scene(workspace: Workspace, user: str, at: str, tab: str, thread_ts: str) -> Scene:
    """Put it together. Raises Refused for what the member may not see."""
    me = workspace.member(user)
    reader = Reader.of(workspace, me)
    room = _room(workspace, user, at, tab)
    modal = workspace.modal(user)
    seen = Scene(
        me=me, reader=reader, at=at, tab=tab, entries=_entries(workspace, me), people=_people(workspace), commands=workspace.app.commands,
        app=workspace.members[workspace.app.user], room=room, title=title(workspace, user, room) if room else workspace.app.name,
        home=workspace.home(user), modal=modal, complaints=workspace.complaints.get(modal["id"], {}) if modal else {},
    )  # fmt: skip
    if room is not None:
        seen.lines = _lines(workspace, reader, _top(workspace, room, user))
        seen.unread = _unread(workspace, user, room) > 0
        if thread_ts and workspace.store.message(room.id, thread_ts):
            seen.thread_ts = thread_ts
            seen.thread = _lines(workspace, reader, _in_thread(workspace, room, user, thread_ts))
    return seen


def title(workspace: Core, user: str, room: Channel) -> str:
    """What a member calls a conversation."""
    if room.kind != "im":
        return room.name
    other = next((name for name in room.members if name != user), user)
    return workspace.members[other].name


def start(workspace: Workspace) -> tuple[str, str]:
    """Who and where one is at first."""
    me = next(one.id for one in workspace.members.values() if not one.deleted and not one.is_bot)
    room = next((one.id for one in workspace.channels() if one.kind != "im" and me in one.members), APP)
    return me, room


def _room(workspace: Workspace, user: str, at: str, tab: str) -> Channel | None:
    if at == APP:
        return workspace.direct(user)[0] if tab == "messages" else None
    room = workspace.between(user, at)[0] if at.startswith("U") else workspace.channel(at)
    if not workspace.sees(user, room):
        raise Refused("channel_not_found")
    return room


def _people(workspace: Workspace) -> list[Member]:
    return sorted((one for one in workspace.members.values() if not one.is_bot), key=lambda one: (one.deleted, one.name))


def _entries(workspace: Workspace, me: Member) -> dict[str, list[Doc]]:
    """The sidebar. Who was written to comes first among the people."""
    rooms = [room for room in workspace.channels() if room.kind != "im" and workspace.sees(me.id, room)]
    shown = [
        {"at": one.id, "name": one.name, "kind": one.kind, "shared": one.is_ext_shared, "unread": _unread(workspace, me.id, one)} for one in rooms
    ]
    people = [
        {"at": one.id, "name": one.name, "member": one, "unread": _unread(workspace, me.id, workspace.between(me.id, one.id)[0])}
        for one in _people(workspace)
        if not one.deleted and workspace.store.get("channels", workspace.between(me.id, one.id)[0].id)
    ]
    app = workspace.members[workspace.app.user]
    apps = [{"at": APP, "name": app.name, "member": app, "unread": _unread(workspace, me.id, workspace.direct(me.id)[0])}]
    return {"channels": shown, "people": people, "apps": apps}


def _unread(workspace: Workspace, user: str, room: Channel) -> int:
    last = ts_key(workspace.store.get("read", f"{user}/{room.id}") or "0")
    if user not in room.members:
        return 0
    return sum(1 for doc in workspace.store.messages(room.id) if doc["user"] != user and ts_key(doc["ts"]) > last)


def _top(workspace: Workspace, room: Channel, user: str) -> list[Doc]:
    docs = [doc for doc in workspace.store.messages(room.id) if doc.get("thread_ts") in (None, doc["ts"]) or doc.get("subtype")]
    return _by_time([*docs, *(doc for doc in workspace.store.whispers(room.id, user) if "thread_ts" not in doc)])[-SHOWN:]


def _in_thread(workspace: Workspace, room: Channel, user: str, ts: str) -> list[Doc]:
    whispers = [doc for doc in workspace.store.whispers(room.id, user) if doc.get("thread_ts") == ts]
    return _by_time([*workspace.store.thread(room.id, ts), *whispers])


def _by_time(docs: list[Doc]) -> list[Doc]:
    return sorted(docs, key=lambda doc: ts_key(doc["ts"]))


def _lines(workspace: Workspace, reader: Reader, docs: list[Doc]) -> list[Doc]:
    """Messages with what stands around them: the day when it is a new one, the author unless it is the same."""
    lines = [_line(workspace, reader, doc) for doc in docs]
    for line in lines[:1]:
        line["new_day"] = True
    for before, line in pairwise(lines):
        line["new_day"] = before["day"] != line["day"]
        close = float(line["doc"]["ts"]) - float(before["doc"]["ts"]) < TOGETHER_S
        line["follows"] = close and not line["new_day"] and _manner(before) == _manner(line) and "blocks" not in line["doc"]
    return lines


def _manner(line: Doc) -> tuple[Any, ...]:
    return line["doc"]["user"], bool(line["doc"].get("to")), bool(line["replies"])


def _line(workspace: Workspace, reader: Reader, doc: Doc) -> Doc:
    replies = workspace.store.replies(doc["channel"], doc["ts"])
    return {
        "doc": doc,
        "new_day": False,
        "follows": False,
        "author": _author(workspace, doc["user"]),
        "time": reader.time(doc["ts"]),
        "day": reader.day(doc["ts"]),
        "replies": len(replies),
        "repliers": [_author(workspace, one) for one in list(dict.fromkeys(reply["user"] for reply in replies))[:3]],
        "last": reader.day(replies[-1]["ts"]).lower() if replies else "",
        "last_time": reader.time(replies[-1]["ts"]) if replies else "",
    }


def _author(workspace: Workspace, user: str) -> Member:
    return workspace.members.get(user) or Member(user, "Slackbot" if user == SLACKBOT else user, "", is_bot=True)

"""What Slack sends to an app, in Slack's shapes."""

import secrets
from typing import Any

from integrations.sandbox.slack.blocks import elements_of
from integrations.sandbox.slack.calls import Refused
from integrations.sandbox.slack.core import Core
from integrations.sandbox.slack.messages import shown, with_thread
from integrations.sandbox.slack.modals import selected, state_of
from integrations.sandbox.slack.roster import TEAM, Channel, Member
from integrations.sandbox.slack.store import Doc

DOMAIN = "sandbox"
TOKEN = "sandbox-verification-token"  # noqa: S105  Slack's deprecated field: it proves nothing


def command(core: Core, user: Member, channel: Channel, name: str, text: str) -> Doc:
    """A slash command, as the fields of a form."""
    return {
        "token": TOKEN, "team_id": TEAM, "team_domain": DOMAIN, "channel_id": channel.id, "channel_name": channel.name or "directmessage",
        "user_id": user.id, "user_name": user.handle, "command": name, "text": text, "api_app_id": core.app.id, "is_enterprise_install": "false",
        "response_url": f"{core.url}/response/{core.tickets.response(user.id, channel.id)}", "trigger_id": core.tickets.trigger(user.id),
    }  # fmt: skip


def message_click(core: Core, user: Member, message: Doc, block: Doc, element: Doc, value: Any) -> Doc:
    """A click in a message."""
    channel, whispered = core.channel(message["channel"]), "to" in message
    where = {"type": "message", "message_ts": message["ts"], "channel_id": channel.id, "is_ephemeral": whispered}
    if message.get("thread_ts"):
        where["thread_ts"] = message["thread_ts"]
    state = {"values": state_of(message.get("blocks", []), {element["action_id"]: value} if value is not None else {})}
    response = core.tickets.response(user.id, channel.id, message["ts"], is_whisper=whispered)
    return _interaction(core, "block_actions", user) | {
        "container": where, "channel": {"id": channel.id, "name": _name(channel)}, "state": state,
        "response_url": f"{core.url}/response/{response}", "actions": [_action(core, block, element, value)],
    } | ({} if whispered else {"message": with_thread(core.store, message, with_metadata=True)})  # fmt: skip


def view_click(core: Core, user: Member, view: Doc, block: Doc, element: Doc, value: Any, values: Doc) -> Doc:
    """A click in a modal or on the home tab."""
    now = view | {"state": {"values": state_of(view["blocks"], values | ({element["action_id"]: value} if value is not None else {}))}}
    modal = view["id"] if view["type"] == "modal" else None
    return _interaction(core, "block_actions", user, modal) | {
        "container": {"type": "view", "view_id": view["id"]}, "view": now, "actions": [_action(core, block, element, value)],
    }  # fmt: skip


def submission(core: Core, user: Member, view: Doc, state: Doc) -> Doc:
    """A modal that was sent."""
    return _interaction(core, "view_submission", user, view["id"]) | {"view": view | {"state": {"values": state}}, "response_urls": []}


def closed(core: Core, user: Member, view: Doc, *, cleared: bool) -> Doc:
    """A modal that was put away."""
    payload = _interaction(core, "view_closed", user) | {"view": view, "is_cleared": cleared}
    del payload["trigger_id"]
    return payload


def shortcut(core: Core, user: Member, message: Doc, callback_id: str) -> Doc:
    """A shortcut from a message's menu."""
    channel = core.channel(message["channel"])
    return _interaction(core, "message_action", user) | {
        "callback_id": callback_id, "message_ts": message["ts"], "message": shown(message, with_metadata=True),
        "channel": {"id": channel.id, "name": _name(channel)},
        "response_url": f"{core.url}/response/{core.tickets.response(user.id, channel.id, message['ts'])}",
    }  # fmt: skip


def event(core: Core, inner: Doc, channel: Channel | None = None) -> Doc:
    """An event in its envelope."""
    return {
        "token": TOKEN, "team_id": TEAM, "context_team_id": TEAM, "api_app_id": core.app.id, "event": inner, "type": "event_callback",
        "event_id": f"Ev{secrets.token_hex(5).upper()}", "event_time": int(core.clock().timestamp()),
        "authorizations": [
            {"enterprise_id": None, "team_id": TEAM, "user_id": core.app.user, "is_bot": True, "is_enterprise_install": False},
        ],
        "is_ext_shared_channel": channel is not None and channel.is_ext_shared, "event_context": secrets.token_hex(12),
    }  # fmt: skip


def url_verification() -> Doc:
    """What a request URL must answer with the challenge."""
    return {"token": TOKEN, "challenge": secrets.token_urlsafe(24), "type": "url_verification"}


def located(blocks: list[Doc], action_id: str, block_id: str | None = None) -> tuple[Doc, Doc]:
    """The block and the element with an action id. Raises Refused when there is none."""
    for block in blocks:
        for element in elements_of(block):
            if element["action_id"] == action_id and block_id in (None, block["block_id"]):
                return block, element
    raise Refused("action_not_found", action_id=action_id)


def _interaction(core: Core, kind: str, user: Member, view: str | None = None) -> Doc:
    return {
        "type": kind, "team": {"id": TEAM, "domain": DOMAIN}, "api_app_id": core.app.id, "token": TOKEN, "enterprise": None,
        "user": {"id": user.id, "username": user.handle, "name": user.handle, "team_id": user.team}, "is_enterprise_install": False,
        "trigger_id": core.tickets.trigger(user.id, view),
    }  # fmt: skip


def _action(core: Core, block: Doc, element: Doc, value: Any) -> Doc:
    kind = element["type"]
    action = {"action_id": element["action_id"], "block_id": block["block_id"], "type": kind, "action_ts": core.stamps.next()}
    if kind in ("button", "icon_button"):
        return action | {name: element[name] for name in ("text", "value", "style", "url") if name in element}
    if kind == "feedback_buttons":
        return action | {"value": value}
    return action | selected(element, value)


def _name(channel: Channel) -> str:
    return "directmessage" if channel.kind == "im" else channel.name

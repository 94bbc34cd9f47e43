"""The app's manifest, made from what the code listens to and calls: what is not in it would not work, and what is not needed is not asked for."""

import json
from typing import Any

COMMAND = "/nextplay"
EVENTS = ("app_home_opened", "app_mention", "message.im")

SCOPES = {
    "chat:write": "posts and changes cards",
    "commands": "answers /nextplay",
    "app_mentions:read": "is asked in threads",
    "channels:history": "reads the thread in which it is asked, in public channels",
    "groups:history": "reads the thread in which it is asked, in private channels",
    "channels:read": "does not post where outsiders read along, in public channels",
    "groups:read": "does not post where outsiders read along, in private channels",
    "mpim:read": "does not answer where outsiders read along, in groups' direct messages",
    "im:history": "finds its own card again after a fault, and keeps replies to cards as notes",
    "im:write": "writes to the person who may decide",
    "users:read": "knows guests and absences",
    "users:read.email": "knows colleagues by their address",
}
"""Every scope of the bot, with what it is for."""

USAGE = "article | escalate | why | queue | help"
DESCRIPTION = "The next best action, with its reasons: approve, edit or reject it; ask for an article or an escalation."
PLACEHOLDER_URL = "https://nextplay.example.com"


def manifest(*, socket: bool, url: str | None = None) -> dict[str, Any]:
    """The manifest for Socket Mode, or for HTTP at an address."""
    address = None if socket else f"{(url or PLACEHOLDER_URL).rstrip('/')}/slack/events"
    called = {"request_url": address} if address else {}
    return {
        "display_information": {"name": "Nextplay", "description": DESCRIPTION[:140], "background_color": "#1f3a5f"},
        "features": {
            "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False},
            "bot_user": {"display_name": "Nextplay", "always_online": True},
            "slash_commands": [
                {
                    "command": COMMAND, "description": "Articles, escalations, your queue, and why", "usage_hint": USAGE,
                    "should_escape": True, **({"url": address} if address else {}),
                }
            ],
        },
        "oauth_config": {"scopes": {"bot": list(SCOPES)}},
        "settings": {
            "event_subscriptions": {"bot_events": list(EVENTS), **called}, "interactivity": {"is_enabled": True, **called},
            "org_deploy_enabled": False, "socket_mode_enabled": socket, "token_rotation_enabled": False,
        },
    }  # fmt: skip


def as_json(*, socket: bool, url: str | None = None) -> str:
    """The manifest as Slack's app page takes it."""
    return json.dumps(manifest(socket=socket, url=url), indent=2) + "\n"

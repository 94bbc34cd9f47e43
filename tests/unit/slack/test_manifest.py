import json
import re
from pathlib import Path

from integrations import slack
from integrations.settings import Settings
from integrations.slack.door import open_door
from integrations.slack.manifest import COMMAND, EVENTS, SCOPES, as_json, manifest
from integrations.slack.messenger import SlackMessenger

HERE = Path(slack.__file__).parent
DOCS = HERE.parents[1] / "docs"
METHODS = {
    "auth.test": set(), "chat.postMessage": {"chat:write"}, "chat.update": {"chat:write"}, "chat.postEphemeral": {"chat:write"},
    "conversations.open": {"im:write"}, "conversations.info": {"channels:read", "groups:read", "mpim:read"},
    "conversations.history": {"im:history"}, "conversations.replies": {"channels:history", "groups:history", "im:history"},
    "users.info": {"users:read", "users:read.email"}, "users.lookupByEmail": {"users:read.email"}, "views.open": set(), "views.publish": set(),
}  # fmt: skip
"""What each method that we call needs, by Slack's documentation."""


def listened() -> tuple[set[str], set[str]]:
    """The commands and events that the real app has listeners for."""
    app = open_door(Settings(_env_file=None), None, None, SlackMessenger(None, None)).app  # type: ignore[arg-type]  # nothing is called
    source = (HERE / "talking.py").read_text()
    assert app._async_listeners
    return {COMMAND} if "app.command(COMMAND)" in source else set(), set(re.findall(r'app\.event\("([a-z_]+)"', source))


def test_the_manifest_names_what_is_listened_to() -> None:
    commands, events = listened()
    made = manifest(socket=True)
    assert {command["command"] for command in made["features"]["slash_commands"]} == commands
    assert {event.partition(".")[0] for event in EVENTS} == events
    assert made["settings"]["event_subscriptions"]["bot_events"] == list(EVENTS)


def test_every_method_that_is_called_has_its_scopes_and_no_scope_is_idle() -> None:
    text = "\n".join(path.read_text() for path in HERE.glob("*.py"))
    called = set(re.findall(r'"((?:auth|chat|conversations|users|views)\.[A-Za-z]+)"', text))
    assert called <= set(METHODS), "add the method with its scopes"
    needed = set().union(*(METHODS[name] for name in called))
    assert needed <= set(SCOPES)
    assert set(SCOPES) - needed <= {"commands", "app_mentions:read", "im:history"}


def test_http_mode_names_one_address_for_all() -> None:
    made = json.loads(as_json(socket=False, url="https://np.example.com/"))
    urls = set(re.findall(r'"(?:request_)?url": "([^"]+)"', json.dumps(made)))
    assert urls == {"https://np.example.com/slack/events"}
    assert "request_url" not in as_json(socket=True)


def test_the_file_that_ships_is_current() -> None:
    assert (DOCS / "slack-manifest.json").read_text() == as_json(socket=True), "make it anew: nextplay slack manifest > docs/slack-manifest.json"

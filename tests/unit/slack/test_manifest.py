import json
import re
from pathlib import Path
from typing import get_args

from integrations import slack
from integrations.settings import Settings
from integrations.slack.door import open_door
from integrations.slack.manifest import COMMAND, EVENTS, SCOPES, as_json, manifest
from integrations.slack.messenger import SlackMessenger
from integrations.slack.web import Does, Tells

HERE = Path(slack.__file__).parent
DOCS = HERE.parents[1] / "docs"
METHODS = {
    "apps.connections.open": set(), "auth.test": set(), "chat.postMessage": {"chat:write"}, "chat.update": {"chat:write"},
    "chat.postEphemeral": {"chat:write"}, "conversations.open": {"im:write"}, "conversations.info": {"channels:read", "groups:read", "mpim:read"},
    "conversations.history": {"im:history"}, "conversations.replies": {"channels:history", "groups:history", "im:history"},
    "users.info": {"users:read", "users:read.email"}, "users.lookupByEmail": {"users:read.email"}, "views.open": set(), "views.publish": set(),
}  # fmt: skip
"""What each method that we call needs of the bot, by Slack's documentation; `apps.connections.open` goes with the app-level token."""
AROUND = re.compile(r"AsyncWebClient|AsyncSay|AsyncRespond|AsyncBoltContext|api_call|\b(?:say|respond|client):|\bclient\.(?!session)\w+\(")
"""Ways to Slack that go around `SlackWeb`: its client, and what Bolt gives to listeners that ask for it."""


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


def test_every_method_that_can_be_called_has_its_scopes_and_no_scope_is_idle() -> None:
    assert {*get_args(Does), *get_args(Tells)} == set(METHODS), "add the method with its scopes"
    needed = set().union(*METHODS.values())
    assert needed <= set(SCOPES)
    assert set(SCOPES) - needed <= {"commands", "app_mentions:read"}


def test_no_call_goes_around_the_lists_of_methods() -> None:
    """The types keep `SlackWeb` to them; nothing else calls Slack but the socket's own client, which opens links."""
    ways = {(path.name, way) for path in HERE.glob("*.py") for way in AROUND.findall(path.read_text())}
    assert {way for way in ways if way[0] != "web.py"} == {("listening.py", "client:"), ("listening.py", "client.is_connected(")}
    assert {("web.py", "AsyncWebClient"), ("web.py", "client.api_call(")} <= ways, "the pattern finds what it looks for"
    others = [path for folder in ("agent", "tools", "integrations", "evals") for path in (HERE.parents[1] / folder).rglob("*.py")]
    assert [
        path.name for path in others if path.parent != HERE and re.search(r"(?:from|import) slack_(?:sdk|bolt)(?!\.signature)", path.read_text())
    ] == []


def test_http_mode_names_one_address_for_all() -> None:
    made = json.loads(as_json(socket=False, url="https://np.example.com/"))
    urls = set(re.findall(r'"(?:request_)?url": "([^"]+)"', json.dumps(made)))
    assert urls == {"https://np.example.com/slack/events"}
    assert "request_url" not in as_json(socket=True)


def test_the_file_that_ships_is_current() -> None:
    assert (DOCS / "slack-manifest.json").read_text() == as_json(socket=True), "make it anew: nextplay slack manifest > docs/slack-manifest.json"

"""What an app says back to one interaction: by its response URL, or at once in the acknowledgement of a command."""

from typing import Any

from integrations.sandbox.slack.calls import Call, Refused
from integrations.sandbox.slack.core import Core
from integrations.sandbox.slack.methods.chat import author, content, put, whisper
from integrations.sandbox.slack.roster import TEAM
from integrations.sandbox.slack.store import Change, Doc
from integrations.sandbox.slack.tickets import Response

SLACKBOT = "USLACKBOT"
SAID = ("text", "blocks", "metadata")


def respond(core: Core, name: str, body: Doc) -> None:
    """What came to a response URL. Raises Refused."""
    response = core.tickets.use(name)
    say_back(core, response, body, "response_url")


def say_back(core: Core, response: Response, body: Doc, method: str) -> None:
    """Show, replace or delete, as the body says. Raises Refused."""
    changes = _changes(core, response, body)
    core.commit(core.app.id, method, body, {"channel": response.channel}, changes)


def tell(core: Core, user: str, channel: str, text: str) -> None:
    """Slack itself tells a member something, privately."""
    doc = {"user": SLACKBOT, "team": TEAM, "type": "message", "text": text, "channel": channel, "ts": core.stamps.next(), "to": user}
    core.commit(SLACKBOT, "tell", {"text": text}, {"channel": channel, "ts": doc["ts"]}, [whisper(doc)])


def _changes(core: Core, response: Response, body: Doc) -> list[Change]:
    original = _original(core, response)
    if body.get("delete_original") and original is not None:
        return [Change("whispers" if response.is_whisper else "messages", f"{response.channel}/{original['ts']}", None)]
    said: dict[str, Any] = content(Call("response_url", {name: body[name] for name in SAID if body.get(name) is not None}))
    if body.get("replace_original") and original is not None:
        changed = original | said | {"edited": {"user": core.app.user, "ts": core.stamps.next()}}
        return [whisper(changed) if response.is_whisper else put(changed)]
    doc = said | author(core) | {"channel": response.channel, "ts": core.stamps.next(), "type": "message"}
    if body.get("thread_ts"):
        doc["thread_ts"] = str(body["thread_ts"])
    return [put(doc)] if body.get("response_type") == "in_channel" else [whisper(doc | {"to": response.user})]


def _original(core: Core, response: Response) -> Doc | None:
    if response.message is None:
        return None
    found: Doc | None = core.store.get("whispers" if response.is_whisper else "messages", f"{response.channel}/{response.message}")
    if found is not None and found.get("app_id") != core.app.id:
        raise Refused("cant_update_message")
    return found

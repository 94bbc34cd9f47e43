"""What `nextplay doctor` asks Slack: does the token work, has it every scope, who of the directory is missing, and what could not be posted."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Literal

from agent.domain.evidence import Person
from integrations.db.slack import SlackStore
from integrations.settings import Settings
from integrations.slack.manifest import SCOPES
from integrations.slack.members import Members, NotAMember
from integrations.slack.placing import outsiders_read
from integrations.slack.web import SlackBusy, SlackRefused, SlackUnsure, SlackWeb
from integrations.telling.words import listed, several

Finding = tuple[str, Literal["ok", "warn", "fail"], str]
MOST_NAMED = 5


async def examine(
    settings: Settings, store: SlackStore, people: Sequence[Person], members: Members, web: SlackWeb, channels: Mapping[str, str]
) -> AsyncIterator[Finding]:
    """Look at one thing after the other; without an answer from Slack there is nothing more to look at. `channels` are the surfaces', by surface."""
    try:
        answer = await web.read("auth.test")
    except (SlackRefused, SlackBusy, SlackUnsure) as error:
        yield "slack", "fail", f"{error}; check SLACK_BOT_TOKEN and SLACK_API_URL ({settings.slack_api_url})"
        return
    missing = sorted(set(SCOPES) - set(answer.get("scopes") or SCOPES))
    if missing:
        yield "slack", "fail", f"the token lacks {listed(missing)}: install the app again from `nextplay slack manifest`"
    else:
        yield "slack", "ok", f"{settings.slack_mode} mode, workspace {answer.get('team') or answer['team_id']}"
    if settings.slack_mode == "socket":
        yield await _socket(settings)
    yield await _mapped(people, members)
    for surface, channel in channels.items():
        yield await _channel(surface, channel, web)
    unposted = await store.unposted()
    waiting = f"{several(unposted, 'message waits', 'messages wait')} to be posted"
    yield "slack posts", "warn" if unposted else "ok", waiting if unposted else "none waits"
    dead = await store.dead_clicks()
    lost = f"{several(len(dead), 'click')} could not be carried out: {dead[0].error}" if dead else "all carried out"
    yield "slack clicks", "warn" if dead else "ok", lost


async def _socket(settings: Settings) -> Finding:
    """The app-level token opens the socket: without it nothing that people do arrives."""
    web = SlackWeb(settings.slack_app_token.get_secret_value() if settings.slack_app_token else "", settings.slack_api_url)
    try:
        await web.call("apps.connections.open")
    except (SlackRefused, SlackBusy, SlackUnsure) as error:
        return "slack socket", "fail", f"{error}; check SLACK_APP_TOKEN: it begins with xapp- and needs the scope connections:write"
    finally:
        await web.close()
    return "slack socket", "ok", "the app-level token opens one"


async def _channel(surface: str, channel: str, web: SlackWeb) -> Finding:
    """A channel that asks may go to: we must be in it, and no other company."""
    name = f"slack channel of {surface}"
    try:
        found = (await web.read("conversations.info", channel=channel))["channel"]
    except (SlackRefused, SlackBusy, SlackUnsure) as error:
        return name, "warn", f"{channel} cannot be read: {error}; nothing is posted there"
    if outsiders_read(found):
        return name, "warn", f"#{found.get('name', channel)} is shared with another company: nothing is posted there"
    if not found.get("is_member"):
        return name, "warn", f"the app is not in #{found.get('name', channel)}: invite it there"
    return name, "ok", f"#{found.get('name', channel)}"


async def _mapped(people: Sequence[Person], members: Members) -> Finding:
    """Who may be asked must be reachable: a colleague with another address in Slack gets no card."""
    if not people:
        return "slack people", "warn", "nobody is in the directory, so nobody can ask or be asked: nextplay sandbox apply FILE adds people"
    unknown = []
    for person in (one for one in people if one.active):
        try:
            await members.by_email(person.email)
        except (NotAMember, SlackRefused):
            unknown.append(person.email)
        except (SlackBusy, SlackUnsure) as error:
            return "slack people", "warn", f"not all could be looked up: {error}"
    if not unknown:
        return "slack people", "ok", "everybody in the directory has an account"
    more = f" and {len(unknown) - MOST_NAMED} more" if len(unknown) > MOST_NAMED else ""
    return (
        "slack people",
        "warn",
        f"no account for {', '.join(unknown[:MOST_NAMED])}{more}: they get no cards; correct the address in the directory or in Slack",
    )

"""What `nextplay doctor` asks Slack: does the token work, has it every scope, who of the directory is missing, and what could not be posted."""

from collections.abc import AsyncIterator, Sequence
from typing import Literal

from agent.domain.evidence import Person
from integrations.db.slack import SlackStore
from integrations.settings import Settings
from integrations.slack.manifest import SCOPES
from integrations.slack.members import Members, NotAMember
from integrations.slack.web import SlackBusy, SlackRefused, SlackUnsure, SlackWeb
from integrations.telling.words import listed, several

Finding = tuple[str, Literal["ok", "warn", "fail"], str]
MOST_NAMED = 5


async def examine(settings: Settings, store: SlackStore, people: Sequence[Person], members: Members, web: SlackWeb) -> AsyncIterator[Finding]:
    """Look at one thing after the other; without an answer from Slack there is nothing more to look at."""
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
    yield await _mapped(people, members)
    unposted = await store.unposted()
    waiting = f"{several(unposted, 'message waits', 'messages wait')} to be posted"
    yield "slack posts", "warn" if unposted else "ok", waiting if unposted else "none waits"
    dead = await store.dead_clicks()
    lost = f"{several(len(dead), 'click')} could not be carried out: {dead[0].error}" if dead else "all carried out"
    yield "slack clicks", "warn" if dead else "ok", lost


async def _mapped(people: Sequence[Person], members: Members) -> Finding:
    """Who may be asked must be reachable: a colleague with another address in Slack gets no card."""
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

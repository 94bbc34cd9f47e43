"""What is said to somebody in a conversation that the app is not in, or of which Slack does not tell who reads along."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from integrations.sandbox.slack.calls import Call, Refused
from integrations.sandbox.slack.core import Core
from integrations.sandbox.slack.methods.register import METHODS, Answer
from integrations.sandbox.slack.roster import SCOPES, Channel, slack_id
from integrations.slack import replies
from tests.acceptance.slack.desks import GUEST, Desk, desk, text_of
from tests.acceptance.slack.test_agents import AGENT, channel, said_in

GROUP = "G0GROUP"
QUESTION = "/nextplay article TS-4012 authorisation of a connection has ended"


@pytest.fixture
async def here(folder: Path, quiet_world: Path) -> AsyncIterator[Desk]:
    async with desk(folder, quiet_world) as made:
        yield made


def group(here: Desk) -> str:
    """A group's direct messages, with the app among them."""
    here.slack._channels[GROUP] = Channel(GROUP, kind="mpim", members=[here.user(AGENT), slack_id("U", "another"), here.slack.app.user])
    return GROUP


async def test_a_refused_command_is_answered_where_the_app_is_not(here: Desk) -> None:
    where = here.slack.channel(channel(here))
    where.members[:] = [GUEST.id]
    await here.slack.command(GUEST.id, where.id, QUESTION)
    await here.seen(lambda: any("Guests cannot" in said for said in here.whispers(GUEST.id)) or None)
    assert here.slack.inbox(GUEST.id) == [], "by the command's own way back"


async def test_a_refused_click_is_told_directly_where_the_app_has_left(here: Desk) -> None:
    where = here.slack.channel(channel(here))
    await here.slack.command(here.user(AGENT), where.id, QUESTION)
    answer = await said_in(here, where.id, "asked")
    where.members[:] = [GUEST.id]
    await here.slack.click(GUEST.id, answer, replies.UNHELPFUL)
    await here.seen(lambda: any("Guests cannot" in text_of(m) for m in here.slack.inbox(GUEST.id)) or None)


async def test_a_group_is_answered_in_the_group(here: Desk) -> None:
    await here.slack.command(here.user(AGENT), group(here), QUESTION)
    assert "TS-4012" in text_of(await said_in(here, GROUP, "asked"))


@pytest.mark.parametrize("scopes", [("mpim:read",), ("mpim:read", "channels:read")])
async def test_where_slack_does_not_tell_who_reads_along_the_answer_is_private(here: Desk, scopes: tuple[str, ...]) -> None:
    here.slack.app.scopes = tuple(scope for scope in SCOPES if scope not in scopes)
    where = group(here) if len(scopes) == 1 else channel(here)
    user = here.user(AGENT)
    await here.slack.command(user, where, QUESTION)
    await here.seen(lambda: any("You asked" in text_of(m) for m in here.slack.inbox(user)) or None)
    assert not any(m.get("bot_id") for m in here.slack.store.messages(where))


@pytest.mark.parametrize("code", ["ekm_access_denied", "access_denied", "restricted_action_read_only_channel"])
async def test_where_posting_is_suspended_in_one_channel_the_answer_is_private_and_nothing_is_wrong_with_the_app(
    here: Desk, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    where, user, known = channel(here), here.user(AGENT), METHODS["chat.postMessage"]

    def suspended(core: Core, call: Call) -> Answer:
        if call.get("channel") == where:
            raise Refused(code)
        return known.answer(core, call)

    monkeypatch.setitem(METHODS, "chat.postMessage", replace(known, answer=suspended))
    with capture_logs() as logged:
        await here.slack.command(user, where, QUESTION)
        await here.seen(lambda: any("You asked" in text_of(m) for m in here.slack.inbox(user)) or None)
    assert here.slack.calls.count(("chat.postMessage", code)) == 1
    assert [line for line in logged if line["log_level"] == "error"] == []

"""Socket Mode: this server calls Slack, and the same listeners answer. A link that brings nothing is noticed and replaced."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from integrations.sandbox.slack.carrying import Link
from integrations.sandbox.slack.workspace import Workspace
from integrations.slack import card as cards
from integrations.slack import listening
from tests.acceptance.slack.desks import Desk, buttons, desk, text_of
from tests.acceptance.slack.test_agents import AGENT, channel, said_in
from tests.acceptance.slack.test_cards import asked, state_of

OPENED = ("apps.connections.open", "ok")


def impatient(*args: object, **options: object) -> Workspace:
    """A Slack that waits less long for an answer, and delivers an event again sooner."""
    return Workspace(*args, **options, within_s=1.0, retries_after_s=(0.0, 1.0, 2.0, 4.0))  # type: ignore[arg-type]  # as `desk` gives them


@asynccontextmanager
async def connected(folder: Path, world: Path) -> AsyncIterator[Desk]:
    """A desk whose link is open."""
    async with desk(folder, world, mode="socket", make=impatient) as made:
        await made.seen(lambda: bool(made.slack.sender.socket.links) or None)
        yield made


@pytest.fixture
async def here(folder: Path, quiet_world: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    for name, seconds in (("PING_S", 1.0), ("GIVES_UP_S", 3.0), ("AGAIN_S", 0.1)):
        monkeypatch.setattr(listening, name, seconds)
    async with connected(folder, quiet_world) as made:
        yield made


def link(here: Desk) -> Link:
    """The only link there is."""
    (found,) = here.slack.sender.socket.links
    return found


async def replaced(here: Desk, old: Link) -> None:
    """Wait until there is another link, and the old one is gone."""
    await here.seen(lambda: bool(here.slack.sender.socket.links) and old not in here.slack.sender.socket.links)


async def approved_once(here: Desk, email: str, card: dict[str, object], decision: str) -> None:
    """Press Approve; it counts."""
    assert (await here.slack.click(here.user(email), card, cards.APPROVE)).ok
    await here.seen(lambda: "Approved" in text_of(here.now(card)) or None)
    await here.seen(lambda: "Undo" in buttons(here.now(card)) or None)
    assert await state_of(here, decision) == ["approved"]


async def test_a_click_that_comes_over_the_socket_counts(here: Desk) -> None:
    await approved_once(here, *await asked(here))


async def test_a_silent_link_is_replaced_and_who_pressed_in_vain_presses_again(here: Desk) -> None:
    """Slack delivers no click twice: whoever pressed is told that it failed, and the card is still theirs to answer."""
    email, card, decision = await asked(here)
    old = link(here)
    here.slack.faults.set({"sending": {"silent": True}})
    assert (await here.slack.click(here.user(email), card, cards.APPROVE)).error == "operation_timeout"
    assert any("did not answer" in told for told in here.whispers(here.user(email)))
    assert await state_of(here, decision) == ["open"]
    await replaced(here, old)
    assert here.slack.faults.plan.sending.silent, "the old link would still be silent"
    await approved_once(here, email, card, decision)


async def test_what_was_said_into_the_silence_is_heard_over_the_new_link(here: Desk) -> None:
    """Slack delivers an event again that nobody acknowledged, so nobody has to write a second time."""
    old, where = link(here), channel(here)
    here.slack.faults.set({"sending": {"silent": True}})
    await here.slack.mention(here.user(AGENT), where, "TS-4012 authorisation of a connection has ended")
    answer = await said_in(here, where, "asked")
    assert "TS-4012: the authorisation" in text_of(answer)
    assert old not in here.slack.sender.socket.links
    assert here.slack.faults.plan.sending.silent, "the old link would still be silent"


async def test_a_click_into_a_short_silence_comes_late_and_counts(folder: Path, quiet_world: Path) -> None:
    """A link that only stalled delivers what was pressed meanwhile, although Slack has told the person that it failed."""
    async with connected(folder, quiet_world) as here:
        email, card, decision = await asked(here)
        here.slack.faults.set({"sending": {"silent": True}})
        assert (await here.slack.click(here.user(email), card, cards.APPROVE)).error == "operation_timeout"
        here.slack.faults.clear()
        await here.seen(lambda: "Approved" in text_of(here.now(card)) or None)
        assert await state_of(here, decision) == ["approved"]


async def test_a_link_that_cannot_be_opened_is_given_up_and_tried_anew(here: Desk) -> None:
    """The client waits minutes for an answer to its handshake; nothing else would be tried meanwhile."""
    email, card, decision = await asked(here)
    old, opened = link(here), here.slack.calls.count(OPENED)
    here.slack.faults.set({"sending": {"silent": True, "unanswered": True}})
    await here.seen(lambda: here.slack.calls.count(OPENED) >= opened + 2 or None)
    here.slack.faults.set({"sending": {"silent": True}})
    await replaced(here, old)
    await approved_once(here, email, card, decision)

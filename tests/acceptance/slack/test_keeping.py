"""What people write to us is on disk before Slack hears that it arrived: what could not be kept is delivered again, and counts once."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from integrations.db.slack import Click, Post, SlackStore
from integrations.sandbox.slack.workspace import Workspace as SlackWorkspace
from integrations.slack import carrying
from tests.acceptance.slack.desks import Desk, desk, text_of
from tests.acceptance.slack.test_agents import AGENT, channel, said_in
from tests.acceptance.slack.test_cards import DEAL

QUESTION = "TS-4012 authorisation of a connection has ended"


@pytest.fixture(params=["http", "socket"])
async def here(request: pytest.FixtureRequest, folder: Path, quiet_world: Path) -> AsyncIterator[Desk]:
    made_by = partial(SlackWorkspace, within_s=0.3) if request.param == "socket" else SlackWorkspace
    async with desk(folder, quiet_world, mode=request.param, make=made_by) as made:
        if request.param == "socket":
            await made.seen(lambda: bool(made.slack.sender.socket.links) or None)
        yield made


@pytest.fixture
def failing_once(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The first write of what came fails. The ids of what was to be written."""
    plain, tried = SlackStore.keep_click, list[str]()

    async def keep_click(store: SlackStore, click: Click) -> bool:
        tried.append(click.id)
        if len(tried) == 1:
            raise OSError("no space left on the disk")
        return await plain(store, click)

    monkeypatch.setattr(SlackStore, "keep_click", keep_click)
    return tried


async def delivered(here: Desk) -> None:
    """Everything that Slack had to deliver again is."""
    async with asyncio.timeout(10):
        await asyncio.gather(*here.slack.sender._tasks)


def answers(here: Desk, where: str) -> list[dict[str, Any]]:
    return [m for m in here.slack.store.messages(where) if m.get("bot_id")]


async def test_a_mention_that_could_not_be_kept_comes_again_and_is_answered_once(here: Desk, failing_once: list[str]) -> None:
    where = channel(here)
    here.slack.faults.set({"sending": {"duplicates": 1.0}})
    await here.slack.mention(here.user(AGENT), where, QUESTION)
    await delivered(here)
    answer = await said_in(here, where, "asked")
    assert "TS-4012: the authorisation" in text_of(answer)
    assert len(failing_once) == 3, "once in vain, once as a double, once again"
    assert len(set(failing_once)) == 1
    assert len(answers(here, where)) == 1


async def test_a_direct_message_that_could_not_be_kept_comes_again(here: Desk, failing_once: list[str]) -> None:
    user = here.user(AGENT)
    await here.slack.message(user, QUESTION)
    await here.seen(lambda: any("TS-4012: the authorisation" in text_of(m) for m in here.slack.inbox(user) if m.get("bot_id")) or None)
    assert len(failing_once) == 2
    assert len(set(failing_once)) == 1


async def test_help_that_was_asked_for_directly_is_kept_too(here: Desk, failing_once: list[str]) -> None:
    user = here.user(AGENT)
    await here.slack.message(user, "help")
    await here.seen(lambda: any("What you can ask" in text_of(m) for m in here.slack.inbox(user) if m.get("bot_id")) or None)
    assert len(failing_once) == 2


async def test_a_note_in_a_cards_thread_that_could_not_be_kept_comes_again(here: Desk, failing_once: list[str]) -> None:
    decision = await here.decide(DEAL)
    email = decision.approvals[0].asked[0]
    card, user = await here.card(email, decision), here.user(email)
    await here.slack.message(user, "The fair is in May.", thread_ts=card["ts"])
    await here.seen(lambda: any("Kept as a note" in text_of(m) for m in here.slack.inbox(user)) or None)
    assert len(failing_once) == 2


async def test_a_reply_while_we_learn_where_our_card_stands_is_a_note(here: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    decision = await here.decide(DEAL)
    email = decision.approvals[0].asked[0]
    card, store = await here.card(email, decision), here.door.store
    post = await here.until(partial(standing, store, card))
    await store.change_post(post.id, "live", state="posting", ts=None, next_at=here.served.workspace.clock() + timedelta(hours=1))
    read_at, read_in, reads = SlackStore.post_at, SlackStore.posting_in, list[str]()

    async def learn_after(read: str) -> None:
        """Between the first read and whatever is read after it, the card's place becomes known."""
        reads.append(read)
        if len(reads) == 1:
            await store.change_post(post.id, "posting", state="live", ts=card["ts"])

    async def post_at(store: SlackStore, channel: str, ts: str) -> Post | None:
        found = await read_at(store, channel, ts)
        await learn_after("post_at")
        return found

    async def posting_in(store: SlackStore, channel: str) -> bool:
        found = await read_in(store, channel)
        await learn_after("posting_in")
        return found

    monkeypatch.setattr(SlackStore, "post_at", post_at)
    monkeypatch.setattr(SlackStore, "posting_in", posting_in)
    await here.slack.message(here.user(email), "The fair is in May.", thread_ts=card["ts"])
    answer = await here.seen(lambda: next((m for m in here.slack.inbox(here.user(email))[1:] if m.get("bot_id")), None))
    assert "Kept as a note" in text_of(answer)


async def standing(store: SlackStore, card: dict[str, Any]) -> Post | None:
    """Our record of a card, as soon as it says where the card stands."""
    return await store.post_at(card["channel"], card["ts"])


async def test_a_mention_waits_for_a_thread_that_slack_does_not_show_just_now(here: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carrying, "SLACK_RESTS", timedelta())
    where, user = channel(here), here.user(AGENT)
    first = await here.slack.say(user, where, f"Customer sees {QUESTION}")
    here.slack.faults.set({"calls": {"conversations.replies": {"rate_limited": 1.0}}})
    await here.slack.mention(user, where, "", thread_ts=first["ts"])
    await here.seen(lambda: ("conversations.replies", "rate_limited") in here.slack.calls or None)
    here.slack.faults.clear()
    answer = await said_in(here, where, "asked")
    assert "TS-4012: the authorisation" in text_of(answer)
    assert answer["thread_ts"] == first["ts"]
    assert not here.whispers(user), "and nobody was sent the help instead"


async def test_slack_hears_that_a_mention_arrived_before_the_thread_is_read(here: Desk) -> None:
    where, user = channel(here), here.user(AGENT)
    first = await here.slack.say(user, where, f"Customer sees {QUESTION}")
    here.slack.faults.set({"calls": {"*": {"lost_request": 1.0}}})
    await here.slack.mention(user, where, "", thread_ts=first["ts"])
    assert not here.slack.sender._tasks, "it was acknowledged, so nothing is delivered again"
    here.slack.faults.clear()

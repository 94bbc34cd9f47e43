"""Slack at its worst: every proposal gets exactly one live card in the end, no click is lost, and nothing is done twice."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from integrations.slack import card as cards
from integrations.slack import posting, web
from tests.acceptance.slack.desks import Desk, buttons, desk, text_of
from tests.acceptance.slack.test_cards import DEAL, asked, state_of
from tests.acceptance.workspaces import START

BAD = {"*": {"rate_limited": 0.3, "error": 0.1, "lost_request": 0.1, "lost_answer": 0.1, "retry_after_s": 1, "hangs_s": 0.3}}


@pytest.fixture
async def here(folder: Path, quiet_world: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setattr(web, "TIMEOUT_S", 0.2)
    async with desk(folder, quiet_world) as made:
        yield made


async def proposals(here: Desk, count: int) -> list[Any]:
    """Decisions about as many deals, each with one ask."""
    accounts = [f"acc_{number:03d}" for number in range(1, 54)]
    deals = [
        {"id": f"deal_x{n}", "account": accounts[n % len(accounts)], "stage": "evaluation", "stage_entered_at": "@-3d", "owner": "u_katrin",
         "amount": {"amount": 50000 + n, "currency": "EUR"}, "version": 1}
        for n in range(count)
    ]  # fmt: skip
    await here.served.workspace.sandbox.apply(json.dumps({"deals": deals}))
    return [await here.decide(replace(DEAL, id=f"evt_x{n}", subject_id=f"deal_x{n}", actor=f"u_{n}", occurred_at=START)) for n in range(count)]


async def test_every_proposal_has_one_live_card_in_the_end(here: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "SETTLES", timedelta(seconds=0.5))
    monkeypatch.setattr(posting, "LONGEST_WAIT", timedelta(seconds=1))
    here.slack.faults.set({"seed": 7, "calls": BAD})
    decided = await proposals(here, 24)
    open_asks = [ask for d in decided for ask in d.approvals if ask.state == "open"]
    assert len(open_asks) >= 12, "a floor, so that a run in which nothing is asked cannot pass"
    wanted = {(ask.id, email) for ask in open_asks for email in ask.asked}

    async def all_live() -> bool:
        held = [post for email in await here.door.store.held_back() for post in await here.door.store.held_posts(email)]
        return wanted <= {(post.approval_id, post.email) for post in (*await here.door.store.live_posts(), *held)}

    await here.until(all_live)
    seen = Counter(
        (user, block["block_id"]) for user in here.slack.members for message in here.slack.inbox(user) for block in message.get("blocks", [])
        if str(block.get("block_id", "")).startswith("ask:")
    )  # fmt: skip
    assert seen, "cards were posted"
    assert set(seen.values()) == {1}, "each person has each ask exactly once"


async def test_an_outage_drains_by_itself(here: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(posting, "SETTLES", timedelta(seconds=0.2))
    monkeypatch.setattr(posting, "LONGEST_WAIT", timedelta(seconds=0.5))
    here.slack.faults.set({"calls": {"*": {"down": True}}})
    decision = await here.decide(DEAL)
    await asyncio.sleep(1)
    email = decision.approvals[0].asked[0]
    assert here.slack.inbox(here.user(email)) == []
    result = await here.served.workspace.service.asks(decision.id)
    assert result[0].state == "open", "the API and the command line still answer"
    here.slack.faults.clear()
    assert buttons(await here.card(email, decision))[0] == "Approve"


async def test_a_click_is_written_before_it_is_acknowledged(here: Desk) -> None:
    """With Slack's own API down the click is still taken, kept and carried out; the card says so when Slack is back."""
    email, card, decision = await asked(here)
    here.slack.faults.set({"calls": {"*": {"down": True}}})
    assert (await here.slack.click(here.user(email), card, cards.APPROVE)).ok, "acknowledged, though Slack's own API is down"

    async def approved() -> bool:
        return await state_of(here, decision) == ["approved"]

    await here.until(approved)
    here.slack.faults.clear()
    await here.seen(lambda: "Undo" in buttons(here.now(card)) or None)


async def _repaired(here: Desk, work: Callable[[], Awaitable[None]]) -> list[dict[str, Any]]:
    """Slack refuses our token while `work` is done, and afterwards takes it again. What was logged about it."""
    token = here.slack.app.bot_token
    here.slack.app.bot_token = "xoxb-another"
    with capture_logs() as logged:
        await work()
    here.slack.app.bot_token = token
    return [dict(line) for line in logged if line["log_level"] == "error"]


async def test_a_revoked_token_is_an_outage_and_no_answer_about_a_person(here: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "SHUT_FOR_S", 0.2)
    decided: list[Any] = []

    async def work() -> None:
        here.slack.calls.clear()
        decided.append(await here.decide(DEAL))
        await here.seen(lambda: here.slack.calls.count(("users.lookupByEmail", "invalid_auth")) > 2 or None)

    logged = await _repaired(here, work)
    decision = decided[0]
    email = decision.approvals[0].asked[0]
    assert buttons(await here.card(email, decision))[0] == "Approve"
    (ask,) = await here.served.workspace.service.asks(decision.id)
    assert (ask.asked, ask.routing) == ((email,), None), "nobody else was asked"
    assert [line["why"].rpartition(": ")[2] for line in logged] == ["invalid_auth"], "told once"
    assert "SLACK_BOT_TOKEN" in logged[0]["repair"]


async def test_a_live_card_is_brought_up_to_date_after_the_token_is_repaired(here: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "SHUT_FOR_S", 0.2)
    email, card, decision = await asked(here)

    async def work() -> None:
        await here.served.workspace.service.answer(decision, "approve", who=email)
        await here.seen(lambda: ("chat.update", "invalid_auth") in here.slack.calls or None)

    await _repaired(here, work)
    await here.seen(lambda: "Approved" in text_of(here.now(card)) or None)

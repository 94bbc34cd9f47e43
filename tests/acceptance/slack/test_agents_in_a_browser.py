"""What support agents ask, what their home tab shows, and the digest: on the page of the Slack workspace, in a real browser."""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from integrations.db.slack import AttentionSetting
from integrations.slack import requests
from tests.acceptance.browsing import IN_A_BROWSER
from tests.acceptance.slack.desks import Desk, desk
from tests.acceptance.slack.test_agents import channel
from tests.acceptance.slack.test_cards import BUTTONS, DEAL, later, state_of
from tests.acceptance.slack.windows import window

pytestmark = IN_A_BROWSER

AGENT = "stefan.wolff@tessera.example"
QUESTION = "TS-4012 authorisation of a connection has ended"


@pytest_asyncio.fixture(loop_scope="session")
async def here(folder: Path, quiet_world: Path) -> AsyncIterator[Desk]:
    async with desk(folder, quiet_world, at_home=True) as made:
        yield made


async def effect_on(here: Desk, ticket: str) -> dict[str, Any]:
    async def found() -> dict[str, Any] | None:
        log = await here.served.workspace.sandbox.effects.log()
        return next((one for one in log if one["target"] == ticket), None)

    return await here.until(found)


async def requests_made(here: Desk) -> list[tuple[str, str]]:
    """The decisions that requests from Slack led to: what was asked, and what became of it."""
    listed = await here.served.workspace.service.decisions()
    whole = [await here.served.workspace.service.explain(one.id) for one in listed]
    return [(one.trigger.type, one.route) for one in whole if one.trigger.source == requests.SOURCE]


async def test_a_question_is_answered_by_the_passage(browser: Browser, here: Desk, shots: Path) -> None:
    async with window(browser, here, AGENT, shots, at=channel(here)) as seen:
        await seen.write(f"/nextplay article {QUESTION}")
        answer = seen.said("asked")
        await expect(answer.locator("blockquote").first).to_contain_text("no longer accepts")
        await seen.buttons(answer, "Not helpful", "Why")
        await answer.scroll_into_view_if_needed()
        await seen.shot("article-question")
        await seen.press("Not helpful", answer)
        await expect(seen.said("noted on the record")).to_contain_text("Only visible to you")
        await seen.shot("article-not-helpful")
    assert await requests_made(here) == [("request.search", "act")]
    assert await here.served.workspace.sandbox.effects.log() == []


async def test_an_article_for_a_ticket_is_sent_as_a_note(browser: Browser, here: Desk, shots: Path) -> None:
    async with window(browser, here, AGENT, shots, at=channel(here)) as seen:
        await seen.write("/nextplay article tic_004")
        answer = seen.said("asked")
        await expect(answer.get_by_role("button", name="Escalate")).to_be_visible()
        await seen.shot("article-ticket", dark=True)
        await answer.get_by_role("button", name="Send as internal note").first.click()
        await answer.get_by_role("link", name="1 reply").click()
        await expect(seen.thread.get_by_role("article").last).to_contain_text("Done: 1 step")
        await seen.shot("article-noted", dark=True)
    effect = await effect_on(here, "tic_004")
    assert (effect["kind"], effect["payload"]["public"]) == ("ticket_comment", False)
    assert sorted(await requests_made(here)) == [("request.note", "act"), ("request.search", "act")]


async def test_an_article_is_proposed_to_the_customer_and_sent_when_approved(browser: Browser, here: Desk, shots: Path) -> None:
    async with window(browser, here, AGENT, shots, at=channel(here)) as seen:
        await seen.write("/nextplay article tic_004")
        await seen.said("asked").get_by_role("button", name="Propose as public reply").first.click()
        await seen.said("asked").get_by_role("link", name="1 reply").click()
        await expect(seen.thread.get_by_role("article").last).to_contain_text("Waits until")
        await seen.shot("article-proposed")
        await seen.page.get_by_role("navigation").get_by_role("link", name="Nextplay").click()
        card = seen.said("Answer the customer")
        await seen.buttons(card, *BUTTONS)
        await seen.shot("article-card")
        assert await here.served.workspace.sandbox.effects.log() == []
        await seen.press("Approve", card)
        await seen.buttons(card, "Undo", "Why")
        await later(here, timedelta(seconds=61))
        await expect(card).to_contain_text("Done")
    effect = await effect_on(here, "tic_004")
    assert (effect["kind"], effect["payload"]["public"]) == ("ticket_comment", True)
    assert ("request.reply", "ask") in await requests_made(here)


async def test_where_no_article_answers_escalation_is_offered(browser: Browser, here: Desk, shots: Path) -> None:
    async with window(browser, here, AGENT, shots, at=channel(here)) as seen:
        await seen.write("/nextplay article tic_005 zebra xylophone quantum marmalade")
        answer = seen.said("No article answers this well enough")
        await seen.buttons(answer, "Escalate", "Why")
        await seen.shot("no-article")
        await seen.press("Escalate", answer)
        await answer.get_by_role("link", name="1 reply").click()
        await expect(seen.thread.get_by_role("article").last).to_contain_text("Group:")
        await seen.shot("no-article-escalated")


async def test_a_mention_in_a_thread_is_answered_there(browser: Browser, here: Desk, shots: Path) -> None:
    where = channel(here)
    first = await here.slack.say(here.user(AGENT), where, f"A customer sees {QUESTION}. Who knows this?")
    async with window(browser, here, AGENT, shots, at=f"{where}&thread={first['ts']}") as seen:
        await seen.write("@Nextplay", thread=True)
        answer = seen.thread.get_by_role("article").filter(has_text="asked").last
        await expect(answer.locator("blockquote").first).to_contain_text("no longer accepts")
        await seen.shot("mention")
        await seen.press("Why", answer)
        await expect(seen.modal).to_contain_text("What could be done")
    assert await requests_made(here) == [("request.search", "act")]


async def test_an_escalation_says_who_takes_it_and_why(browser: Browser, here: Desk, shots: Path) -> None:
    async with window(browser, here, AGENT, shots, at=channel(here)) as seen:
        await seen.write("/nextplay escalate tic_004 all flows are down")
        answer = seen.said("Group:")
        await expect(answer).to_contain_text("@Stefan Wolff asked to escalate ticket tic_004")
        await expect(answer).to_contain_text("On call: Ravi Menon")
        await expect(answer).to_contain_text("Done")
        await seen.shot("escalation")
    assert await effect_on(here, "tic_004")
    assert await requests_made(here) == [("request.escalation", "act")]


async def test_what_is_told_at_once(browser: Browser, here: Desk, shots: Path) -> None:
    async with window(browser, here, AGENT, shots, at=channel(here)) as seen:
        for command, told in (("", "What you can ask"), ("queue", "Nothing waits for you"), ("escalate #999999 please", "no ticket 999999")):
            await seen.write(f"/nextplay {command}")
            await expect(seen.said(told)).to_contain_text("Only visible to you")
        await seen.shot("told-at-once")
    assert await requests_made(here) == []


async def test_home(browser: Browser, here: Desk, shots: Path) -> None:
    decision = await here.decide(DEAL)
    owner = decision.approvals[0].asked[0]
    async with window(browser, here, owner, shots, tab="home") as seen:
        home = seen.page.locator("#home")
        await expect(home.get_by_role("heading", name="1 ask waits for you")).to_be_visible()
        await expect(home).to_contain_text("Nothing yet.")
        await seen.shot("home", dark=True)
        await home.locator("select").nth(0).select_option("3")
        await home.locator("select").nth(2).select_option("22:00-06:00")

        async def kept() -> bool:
            return await here.door.store.attention(owner) == AttentionSetting(open=3, quiet="22:00-06:00")

        await here.until(kept)
        await here.served.workspace.service.answer(decision.id, "reject", who=owner, reason="irrelevant")
        await seen.page.get_by_role("tab", name="Messages").click()
        await seen.page.get_by_role("tab", name="Home").click()
        await expect(home.get_by_role("heading", name="Nothing waits for you")).to_be_visible()
        await expect(home).to_contain_text("rejected")
        await expect(home.locator("select").nth(0)).to_have_value("3")
        await seen.shot("home-answered", dark=True)
    assert await state_of(here, decision.id) == ["rejected"]


async def test_beyond_the_budget_a_digest_says_what_waits(browser: Browser, here: Desk, shots: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "GATHERS", timedelta())
    first = await here.decide(DEAL)
    owner = first.approvals[0].asked[0]
    await here.card(owner, first)
    await here.door.store.set_attention(owner, AttentionSetting(open=1))
    deals = ("deal_007", "deal_034", "deal_037")
    await here.served.workspace.sandbox.apply(json.dumps({"deals": [{"id": deal, "owner": "u_katrin", "version": 50} for deal in deals]}))
    others = [await here.decide(replace(DEAL, id=f"evt_{deal}", subject_id=deal)) for deal in deals]
    mine = [one for one in others if any(owner in ask.asked for ask in one.approvals)]
    async with window(browser, here, owner, shots) as seen:
        digest = seen.said("They come one by one as you answer")
        await seen.buttons(digest, *["Show"] * len(mine))
        await seen.shot("digest")
        await digest.get_by_role("button", name="Show").first.click()
        await seen.buttons(digest, *["Show"] * (len(mine) - 1))
        await expect(seen.page.get_by_role("button", name="Approve")).to_have_count(2)
        await seen.shot("digest-shown")
    assert await here.served.workspace.sandbox.effects.log() == []

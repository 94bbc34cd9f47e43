"""The whole way of somebody who has never seen it, in a browser: a draft, what it would have done, a second person, and the way back."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from agent.arrivals import arrival_of
from agent.domain.decision import Decision
from agent.domain.event import Event
from tests.acceptance.browsing import IN_A_BROWSER
from tests.acceptance.console.visiting import PHONE, address_of, browsing_as
from tests.acceptance.serving import Served, serving
from tests.acceptance.workspaces import START

pytestmark = IN_A_BROWSER

ANN, BOB = "ann@tessera.example", "bob@tessera.example"


@pytest_asyncio.fixture(loop_scope="session")
async def served(folder: Path, quiet_world: Path) -> AsyncIterator[Served]:
    async with serving(folder, quiet_world) as opened:
        yield opened


async def decided(served: Served, name: str, deal: str, account: str) -> Decision:
    """What becomes of a deal that moved on."""
    at = START - timedelta(minutes=1)
    event = Event("crm-test", name, "deal.stage_changed", at, START, "deal", deal, account, "u_mia", data={"stage": "negotiation"})
    await served.workspace.service.accept([arrival_of(event)])
    return await served.until(lambda: served.workspace.service.decision_of_event("crm-test", name))


async def settle(page: Page, button: str) -> None:
    """Press a button, and say yes to what it asks."""
    page.once("dialog", lambda dialog: dialog.accept())
    await page.get_by_role("button", name=button).click()


async def test_a_setting_is_changed_tried_approved_and_taken_back(served: Served, browser: Browser, shots: Path) -> None:
    first = served.workspace.playbook.version
    before = await decided(served, "one", "deal_037", "acc_046")
    assert (before.mode, before.route) == ("suggest", "ask")
    async with browsing_as(browser, served, ANN, "operator") as page:
        await page.get_by_role("link", name="Playbook").click()
        await page.get_by_role("link", name="deal-follow-up", exact=True).first.click()
        await page.get_by_label("Title of a new draft").fill("Watch deals for a while")
        await page.get_by_role("button", name="Write it").click()
        await page.get_by_label("Mode", exact=True).select_option("shadow")
        await page.get_by_role("button", name="Save in the draft").click()
        await expect(page.get_by_text("Draft 1 is saved.")).to_be_visible()
        await page.get_by_role("button", name="Try it on history").click()
        await expect(page.get_by_text("1 of 1 decision would be different")).to_be_visible()
        await page.screenshot(path=shots / "draft-tried.png", full_page=True)
        assert await page.get_by_role("link", name=before.id).count() == 1
        await page.get_by_label("Why").fill("We want to look first")
        await page.get_by_role("button", name="Propose").click()
        await expect(page.get_by_text("Somebody else has to approve it", exact=False).first).to_be_visible()
    async with browsing_as(browser, served, BOB, "admin", scheme="dark", size=PHONE) as page:
        await page.goto(f"{address_of(served)}/console/playbook/drafts")
        await page.get_by_role("link", name="1: Watch deals for a while").click()
        await expect(page.get_by_text("We want to look first")).to_be_visible()
        await settle(page, "Approve and publish")
        await expect(page.get_by_text("is in force. Every other process")).to_be_visible()
        await page.screenshot(path=shots / "draft-published-phone.png", full_page=True)
        after = await decided(served, "two", "deal_039", "acc_048")
        assert (after.mode, after.playbook_version) == ("shadow", served.workspace.playbook.version)
        await page.goto(f"{address_of(served)}/console/playbook/history/{first}")
        await page.get_by_label("Why").fill("We have seen enough")
        await settle(page, "Roll back")
        await expect(page.get_by_text(f"Version {first} is in force again.")).to_be_visible()
    again = await decided(served, "three", "deal_038", "acc_047")
    assert (again.mode, again.playbook_version) == ("suggest", first)
    assert (await served.workspace.store.verify_audit()).ok


async def test_reading_and_trying_work_without_javascript(served: Served, browser: Browser) -> None:
    await decided(served, "one", "deal_037", "acc_046")
    async with browsing_as(browser, served, ANN, "operator", script=False) as page:
        await page.goto(f"{address_of(served)}/console/playbook/rules/quiet-hours")
        await page.get_by_label("Title of a new draft").fill("Longer days")
        await page.get_by_role("button", name="Write it").click()
        await page.get_by_label("Close (o'clock)").fill("20")
        await page.get_by_role("button", name="Save in the draft").click()
        await page.get_by_role("button", name="Try it on history").click()
        await served.until(lambda: served.workspace.service.trial(1))
        await page.reload()
        await expect(page.get_by_text("What this takes for granted")).to_be_visible()

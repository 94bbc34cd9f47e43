"""One decision, pressed in a browser: replayed, labelled, taken back, blocked by account, contact, play and surface, let go again, and printed."""

from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, expect

from agent.domain.decision import Decision
from tests.acceptance.browsing import IN_A_BROWSER
from tests.acceptance.console.visiting import address_of, browsing_as
from tests.acceptance.serving import Served

pytestmark = IN_A_BROWSER
DANA, ROBIN = "dana.whitfield@tessera.example", "robin.jansen@tessera.example"


async def about(busy: Served, deal: int) -> Decision:
    """The decision about a deal."""
    decision = await busy.workspace.service.decision_of_event("crm", f"evt_deal_{deal}")
    assert decision is not None
    return decision


async def opened(page: Page, busy: Served, decision: Decision) -> None:
    await page.goto(f"{address_of(busy)}/console/decisions/{decision.id}")


async def test_it_is_decided_again(busy: Served, browser: Browser) -> None:
    async with browsing_as(browser, busy, DANA, "viewer") as page:
        await opened(page, busy, await about(busy, 5))
        await page.get_by_role("button", name="Replay").click()
        await expect(page.get_by_role("heading", name="The same to the letter")).to_be_visible()
        await page.get_by_role("link", name="Back to the decision").click()
        await expect(page.get_by_role("button", name="Replay")).to_be_visible()


async def test_a_label_is_kept_and_the_last_word_stands(busy: Served, browser: Browser) -> None:
    async with browsing_as(browser, busy, DANA, "approver", refused=True) as page:
        await opened(page, busy, await about(busy, 1))
        await page.get_by_text("Label it").click()
        await page.get_by_role("button", name="Keep the label").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("The label is missing.")
        await page.go_back()
        for label, says in (("insensitive", "You called it insensitive."), ("good", "You called it good.")):
            await page.get_by_text("Label it").click()
            await page.get_by_label("What was wrong with it").select_option(label)
            await page.get_by_label("Note").fill("As agreed")
            await page.get_by_role("button", name="Keep the label").click()
            await expect(page.get_by_role("status")).to_contain_text(says)
        await expect(page.locator("#labels .points li")).to_have_count(1)


async def test_what_was_approved_is_taken_back_here(busy: Served, browser: Browser) -> None:
    decision = await about(busy, 23)
    async with browsing_as(browser, busy, "marcus.adeyemi@tessera.example", "approver", refused=True) as page:
        await opened(page, busy, decision)
        await page.locator("header").get_by_role("link", name="Answer").click()
        await page.get_by_role("button", name="Approve").click()
        await expect(page.get_by_role("status")).to_contain_text("Approved by")
        await busy.workspace.engine.settle()
        await opened(page, busy, decision)
        await page.get_by_role("button", name="Undo").click()
        await expect(page.get_by_role("status")).to_contain_text("Undone by")
        await expect(page.get_by_role("button", name="Undo")).to_have_count(0)


@pytest.mark.parametrize(("target", "deal"), [("account", 31), ("contact", 34), ("play", 37), ("surface", 40)])
async def test_it_is_blocked_and_let_go_again(busy: Served, browser: Browser, target: str, deal: int) -> None:
    decision = await about(busy, deal)
    async with browsing_as(browser, busy, ROBIN, "operator", refused=True) as page:
        await opened(page, busy, decision)
        await page.get_by_text("Block something of this decision").click()
        await page.get_by_label("What", exact=True).select_option(target)
        await page.locator("#block").get_by_label("Why").fill("Legal asked")
        await page.locator("#block").get_by_label("Until").fill("2020-01-01T10:00")
        page.on("dialog", lambda dialog: dialog.accept())
        await page.get_by_role("button", name="Block", exact=True).click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("is not to come")
        assert await busy.workspace.service.blocks() == []
        await page.go_back()
        await page.get_by_text("Block something of this decision").click()
        await page.locator("#block").get_by_label("Until").fill("")
        await page.get_by_label("What", exact=True).select_option(target)
        await page.locator("#block").get_by_label("Why").fill("Legal asked")
        await page.get_by_role("button", name="Block", exact=True).click()
        await expect(page.get_by_role("status")).to_contain_text("Blocked")
        await expect(page.get_by_text(f"is blocked by {ROBIN}")).to_be_visible()
        [block] = await busy.workspace.service.blocks()
        assert block.target == target
        await page.get_by_text(f"Let the {target} go on").click()
        await page.get_by_label("Why it may go on").fill("It is settled")
        await page.get_by_role("button", name="Unblock").click()
        await expect(page.get_by_role("status")).to_contain_text("no longer blocked. What was stopped stays stopped.")
        await expect(page.get_by_text(f"is blocked by {ROBIN}")).to_have_count(0)
    assert await busy.workspace.service.blocks() == []


async def test_it_is_printed_whole_and_without_what_paper_cannot_do(busy: Served, browser: Browser, shots: Path) -> None:
    async with browsing_as(browser, busy, DANA, "admin") as page:
        await opened(page, busy, await about(busy, 8))
        await page.emulate_media(media="print")
        for heading in ("What happened", "What could be done", "Who was asked", "What was done"):
            await expect(page.get_by_role("heading", name=heading)).to_be_visible()
        for control in (page.get_by_role("button", name="Replay"), page.get_by_text("Label it"), page.get_by_role("heading", name="Stop it")):
            await expect(control).to_be_hidden()
        said = page.locator("header time.ago").first
        assert await said.evaluate("one => getComputedStyle(one, '::after').content") == f'"{await said.get_attribute("title")}"', "exactly, on paper"
        printed = await page.pdf(path=shots / "decision.pdf", format="A4")
    assert printed.startswith(b"%PDF-")

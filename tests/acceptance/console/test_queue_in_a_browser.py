"""The queue in a browser: answered in place, and without JavaScript by pages that follow."""

from pathlib import Path

from playwright.async_api import Browser, expect

from agent.domain.event import Event
from tests.acceptance.browsing import IN_A_BROWSER
from tests.acceptance.console.asking import ask, state_of
from tests.acceptance.console.visiting import PHONE, address_of, browsing_as
from tests.acceptance.serving import serving
from tests.acceptance.workspaces import START

pytestmark = IN_A_BROWSER


async def test_an_ask_is_answered_in_its_place_and_taken_back(folder: Path, quiet_world: Path, browser: Browser, shots: Path) -> None:
    async with serving(folder, quiet_world) as served:
        found, _ = await ask(served)
        async with browsing_as(browser, served, found.asked[0], "agent") as page:
            await page.goto(f"{address_of(served)}/console/queue?mine=1")
            card = page.locator(f"#ask-{found.id}")
            await page.screenshot(path=shots / "queue.png", full_page=True)
            await card.get_by_role("button", name="Approve").click()
            await expect(card.get_by_role("status")).to_contain_text("Approved by")
            assert page.url.endswith("/console/queue?mine=1")
            assert await state_of(served, found.id) == "approved"
            await card.get_by_role("button", name="Undo").click()
            await expect(card.get_by_role("status")).to_contain_text("Undone by")


async def test_what_may_be_answered_together_comes_after_the_list(folder: Path, quiet_world: Path, browser: Browser, shots: Path) -> None:
    async with serving(folder, quiet_world) as served:
        events = [Event("crm", f"evt_{deal}", "deal.stage_changed", START, START, "deal", deal) for deal in ("deal_001", "deal_014", "deal_028")]
        asks = [(await ask(served, event))[0] for event in events]
        async with browsing_as(browser, served, asks[0].asked[0], "agent") as page:
            await page.goto(f"{address_of(served)}/console/queue")
            await expect(page.locator(".groups .group-list")).to_contain_text("3 asks: Send content")
            await expect(page).to_have_title("Queue · Nextplay")
            await page.screenshot(path=shots / "queue-groups.png", full_page=True)
        async with browsing_as(browser, served, "oliver.hartley@tessera.example", "agent") as page:
            await page.goto(f"{address_of(served)}/console/queue")
            await expect(page.locator(".groups")).to_be_hidden()
        async with browsing_as(browser, served, asks[0].asked[0], "agent", refused=True) as page:
            await page.route("**/console/queue/groups", lambda route: route.fulfill(status=404, body="gone"))
            async with page.expect_response("**/console/queue/groups"):
                await page.goto(f"{address_of(served)}/console/queue")
            await page.wait_for_load_state("networkidle")
            await expect(page.get_by_role("link", name="Alike, and harmless")).to_be_visible()


async def test_without_javascript_the_same_form_leads_back(folder: Path, quiet_world: Path, browser: Browser, shots: Path) -> None:
    async with serving(folder, quiet_world) as served:
        found, _ = await ask(served)
        async with browsing_as(browser, served, found.asked[0], "agent", script=False, size=PHONE, scheme="dark") as page:
            await page.goto(f"{address_of(served)}/console/queue?mine=1")
            card = page.locator(f"#ask-{found.id}")
            await card.locator("summary", has_text="Reject").click()
            await card.get_by_label("Poorly timed").check()
            await page.screenshot(path=shots / "queue-rejecting.png", full_page=True)
            await card.get_by_role("button", name="Reject").click()
            await expect(page.get_by_role("status").first).to_contain_text("Rejected by")
            assert page.url.endswith("/console/queue?mine=1")
            assert await state_of(served, found.id) == "rejected"

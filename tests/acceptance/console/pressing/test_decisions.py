"""Decisions, pressed in a browser: found, filtered, saved as views, paged through and taken along as a table."""

import csv
from pathlib import Path

from playwright.async_api import Browser, expect

from tests.acceptance.browsing import IN_A_BROWSER
from tests.acceptance.console.visiting import address_of, browsing_as
from tests.acceptance.serving import Served

pytestmark = IN_A_BROWSER
ROBIN = "robin.jansen@tessera.example"


async def test_a_search_is_saved_opened_again_and_deleted(busy: Served, browser: Browser) -> None:
    async with browsing_as(browser, busy, ROBIN, "viewer") as page:
        await page.goto(f"{address_of(busy)}/console/decisions")
        await page.get_by_label("Surface").select_option("ticket-reply")
        await page.wait_for_url("**surface=ticket-reply**")
        await page.get_by_label("Words").fill("help article")
        await page.get_by_role("button", name="Find").click()
        counted = await page.locator(".count").inner_text()
        await page.get_by_label("Save these filters as").fill("Answers with articles")
        await page.get_by_role("button", name="Save").click()
        await expect(page.get_by_role("status")).to_contain_text("Saved as 'Answers with articles'.")
        await page.get_by_role("link", name="Show all").click()
        await page.get_by_role("link", name="Answers with articles").click()
        await expect(page.locator(".count")).to_have_text(counted)
        page.once("dialog", lambda dialog: dialog.dismiss())
        await page.get_by_role("button", name="Delete the view").click()
        await expect(page.get_by_role("link", name="Answers with articles")).to_be_visible()
        page.once("dialog", lambda dialog: dialog.accept())
        await page.get_by_role("button", name="Delete the view").click()
        await expect(page.get_by_role("status")).to_contain_text("The view was deleted.")
        await expect(page.get_by_role("link", name="Answers with articles")).to_have_count(0)
        await expect(page.locator(".count")).to_have_text(counted)


async def test_one_pages_on_and_back(busy: Served, browser: Browser) -> None:
    async with browsing_as(browser, busy, ROBIN, "viewer") as page:
        await page.goto(f"{address_of(busy)}/console/decisions")
        first = await page.locator("td.what a").first.inner_text()
        await page.get_by_role("link", name="Older").click()
        await page.wait_for_url("**before=**")
        await page.get_by_role("link", name="Newer").click()
        await expect(page.locator("td.what a").first).to_have_text(first)


async def test_what_fits_is_taken_along(busy: Served, browser: Browser, tmp_path: Path) -> None:
    async with browsing_as(browser, busy, ROBIN, "operator") as page:
        await page.goto(f"{address_of(busy)}/console/decisions?route=act")
        shown = await page.locator("td.what").count()
        async with page.expect_download() as waited:
            await page.get_by_role("link", name="Export as CSV").click()
        saved = await waited.value
        await saved.save_as(tmp_path / "taken.csv")
    with (tmp_path / "taken.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert saved.suggested_filename.endswith(".csv")
    assert len(rows) == shown > 3
    assert {row["route"] for row in rows} == {"act"}


async def test_what_fits_nothing_and_what_cannot_be_leads_on(busy: Served, browser: Browser) -> None:
    async with browsing_as(browser, busy, ROBIN, "viewer") as page:
        await page.goto(f"{address_of(busy)}/console/decisions?q=zebra")
        await page.get_by_role("link", name="All decisions").click()
        await expect(page.locator("td.what").first).to_be_visible()
        await page.goto(f"{address_of(busy)}/console/decisions?since=2026-11-20&until=2026-11-01")
        await expect(page.get_by_role("alert")).to_be_visible()

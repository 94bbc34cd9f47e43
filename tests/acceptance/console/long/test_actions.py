"""The main things that people do, over a long history: find, page on, answer, take back, answer together, take along, look back."""

import csv
from collections import Counter
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from integrations.console import review
from tests.acceptance.browsing import IN_A_BROWSER
from tests.acceptance.console.asking import state_of
from tests.acceptance.console.visiting import PHONE, address_of, browsing_as
from tests.acceptance.serving import Served

pytestmark = IN_A_BROWSER
DANA, ROBIN = "dana.whitfield@tessera.example", "robin.jansen@tessera.example"


async def _busiest(long: Served) -> str:
    """Who has most asks before them alone."""
    found = Counter(ask.asked[0] for ask in await long.workspace.service.waiting() if len(ask.asked) == 1)
    return found.most_common(1)[0][0]


async def test_the_queue_is_filtered_paged_through_and_answered(long: Served, browser: Browser) -> None:
    who = await _busiest(long)
    async with browsing_as(browser, long, who, "agent", size=PHONE) as page:
        await page.goto(f"{address_of(long)}/console/queue")
        await expect(page.locator(".count")).to_contain_text("asks wait: 1 to 10 are shown")
        await page.get_by_role("checkbox", name="Mine").check()
        await page.wait_for_url("**mine=1**")
        await page.get_by_role("link", name="Less urgent").click()
        await expect(page.locator(".pager")).to_contain_text("11 to 20")
        card = page.locator("article.ask").first
        ask = (await card.get_attribute("id") or "").removeprefix("ask-")
        card = page.locator(f"#ask-{ask}")
        await card.get_by_role("button", name="Approve").click()
        await expect(card.get_by_role("status")).to_contain_text("Approved by")
        assert await state_of(long, ask) == "approved"
        await card.get_by_role("button", name="Undo").click()
        await expect(card.get_by_role("status")).to_contain_text("Undone by")


async def test_fifty_are_answered_together(long: Served, browser: Browser) -> None:
    service = long.workspace.service
    groups = {one.email: await service.alike(one.email) for one in await service.colleagues()}
    who = next(email for email, found in groups.items() if found and found[0].count > 50)
    async with browsing_as(browser, long, who, "agent") as page:
        await page.goto(f"{address_of(long)}/console/queue")
        await page.locator(".group-list a").first.click()
        boxes = [await box.get_attribute("value") or "" for box in await page.get_by_role("checkbox").all()]
        assert len(boxes) == 50
        await page.get_by_text("Reject them instead").click()
        await page.get_by_label("Poorly timed").check()
        await page.get_by_role("button", name="Reject them").click()
        await expect(page.get_by_role("status").first).to_contain_text("50 asks rejected.")
        assert {await state_of(long, one) for one in boxes} == {"rejected"}


async def test_decisions_are_found_paged_through_and_taken_along(long: Served, browser: Browser, tmp_path: Path) -> None:
    async with browsing_as(browser, long, ROBIN, "operator") as page:
        await page.goto(f"{address_of(long)}/console/decisions")
        await expect(page.locator(".count")).to_have_text("More than 1,000 decisions.")
        await page.get_by_label("Words").fill("answer")
        await page.get_by_role("button", name="Find").click()
        seen = await page.locator("td.what a").all_inner_texts()
        await page.get_by_role("link", name="Older").click()
        await page.wait_for_url("**before=**")
        await page.get_by_role("link", name="Newer").click()
        assert await page.locator("td.what a").all_inner_texts() == seen
        await page.get_by_label("Surface").select_option("ticket-reply")
        await page.wait_for_url("**surface=ticket-reply**")
        async with page.expect_download() as waited:
            await page.get_by_role("link", name="Export as CSV").click()
        await (await waited.value).save_as(tmp_path / "taken.csv")
    with (tmp_path / "taken.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) > 100
    assert {row["surface"] for row in rows} == {"ticket-reply"}


async def test_one_of_them_is_labelled_and_replayed(long: Served, browser: Browser) -> None:
    [row] = await long.workspace.service.decisions(limit=1, route="act")
    async with browsing_as(browser, long, DANA, "approver") as page:
        await page.goto(f"{address_of(long)}/console/decisions/{row.id}")
        await page.get_by_text("Label it").click()
        await page.get_by_label("What was wrong with it").select_option("good")
        await page.get_by_role("button", name="Keep the label").click()
        await expect(page.get_by_role("status")).to_contain_text("called it good")
        await page.get_by_role("button", name="Replay").click()
        await expect(page.get_by_role("heading", level=1)).to_be_visible()


async def test_a_launch_check_goes_on_beside_the_serving_and_the_page_says_how_far_it_is(
    long: Served, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review, "PATIENCE_S", 0.5)
    async with browsing_as(browser, long, ROBIN, "operator", script=False) as page:
        await page.goto(f"{address_of(long)}/console/launch/ticket-reply?since=30d")
        await expect(page.get_by_role("status")).to_contain_text("Every decision of this time is looked at:")
        while await page.locator("progress").get_attribute("max") == "1":  # how many there are is not counted yet
            await page.reload()
        assert int(await page.locator("progress").get_attribute("max") or 0) > 1_000
        await page.goto(f"{address_of(long)}/console/queue")
        await expect(page.locator(".count")).to_contain_text("asks wait")
    async with browsing_as(browser, long, ROBIN, "operator") as page:
        await page.goto(f"{address_of(long)}/console/launch/ticket-reply?since=30d")
        await expect(page.get_by_role("heading", name="What was looked at")).to_be_visible(timeout=600_000)

"""Looking back, pressed in a browser: a pack by keyboard, labels and what they point to, metrics, and the launch check."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from integrations.console import review
from tests.acceptance.browsing import IN_A_BROWSER
from tests.acceptance.console.visiting import PHONE, address_of, browsing_as
from tests.acceptance.serving import Served, serving
from tests.acceptance.test_launch import SURFACE, live_where_it_asks
from tests.acceptance.workspaces import DATABASE, START, alone

pytestmark = IN_A_BROWSER
DANA, ROBIN = "dana.whitfield@tessera.example", "robin.jansen@tessera.example"
WEEK = "2026-W46"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def later(busy: Served) -> Served:
    """An hour after everything was decided, so that it is of the past."""
    busy.workspace.clock.stand_at(START + timedelta(hours=1))
    return busy


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def proven(quiet_world: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """A server on which a surface has asked for a fortnight, and well; the playbook that ships raises it to `auto`, and the evals found no danger."""
    folder = tmp_path_factory.mktemp("proven")
    results = folder / "evals.json"
    with alone(folder):
        await asyncio.to_thread(asyncio.run, live_where_it_asks(folder, quiet_world))
        async with serving(folder, folder / DATABASE, eval_results=results) as served:
            served.workspace.clock.stand_at(START + timedelta(days=15))
            found = {"suites": [{"name": "s", "cases": 9, "passed": 9}], "dangerous": 0, "cases": 9, "whole": True}
            results.write_text(json.dumps({**found, "playbook": served.workspace.playbook.version}))
            yield served


async def test_a_pack_is_labelled_by_keyboard_and_a_bad_label_points_to_what_to_turn(later: Served, browser: Browser) -> None:
    async with browsing_as(browser, later, DANA, "approver") as page:
        await page.goto(f"{address_of(later)}/console/review")
        await page.get_by_label("Week").select_option(WEEK)
        await page.wait_for_url(f"**week={WEEK}**")
        await page.get_by_role("link", name="All proposals, one by one").click()
        await page.get_by_label("A note").fill("Two offers in one week")
        await page.get_by_label("A note").blur()
        await page.keyboard.press("5")
        await page.wait_for_url("**/proposed/2?*")
        await expect(page.get_by_role("status")).to_contain_text(": repetitive.")
        await page.keyboard.press("k")
        await page.wait_for_url("**/proposed/1?*")
        await expect(page.locator(".said")).to_contain_text("Two offers in one week")
        await page.get_by_role("link", name="look at it").first.click()
        await expect(page.get_by_role("heading", name="Settings")).to_be_visible()


async def test_the_last_case_leads_back_to_the_week(later: Served, browser: Browser) -> None:
    async with browsing_as(browser, later, DANA, "approver") as page:
        await page.goto(f"{address_of(later)}/console/review/proposed/1?week={WEEK}")
        last = int((await page.get_by_role("heading", level=1).inner_text()).rsplit(" ", 1)[1])
        await page.goto(f"{address_of(later)}/console/review/proposed/{last}?week={WEEK}")
        await page.get_by_role("button", name="good").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Review")
        await expect(page.get_by_role("status")).to_contain_text("That was the last of them.")


async def test_metrics_are_filtered_and_what_rules_struck_out_is_asked_for(later: Served, browser: Browser) -> None:
    async with browsing_as(browser, later, DANA, "viewer") as page:
        await page.goto(f"{address_of(later)}/console/metrics")
        await page.get_by_label("Surface").select_option("ticket-reply")
        await page.wait_for_url("**surface=ticket-reply**")
        await expect(page.get_by_role("heading", name="ticket-reply")).to_be_visible()
        await expect(page.get_by_role("heading", name="deal-follow-up")).to_have_count(0)
        await page.get_by_role("link", name="Count what rules struck out, too").click()
        await expect(page.get_by_role("heading", name="What rules struck out")).to_be_visible()


async def test_a_surface_that_is_not_ready_says_what_it_lacks_and_offers_nothing(later: Served, browser: Browser) -> None:
    async with browsing_as(browser, later, ROBIN, "operator") as page:
        await page.goto(f"{address_of(later)}/console/launch/ticket-reply")
        await expect(page.get_by_text("Not ready.")).to_be_visible()
        await page.get_by_label("Time").select_option("7d")
        await page.wait_for_url("**since=7d**")
        await expect(page.get_by_text("NEXTPLAY_EVAL_RESULTS=FILE")).to_be_visible()
        await expect(page.get_by_role("button", name="Run it in my name")).to_be_disabled()


async def test_a_surface_that_is_ready_is_let_go_in_ones_own_name(proven: Served, browser: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [cap.surface for cap in await proven.workspace.service.caps()] == [SURFACE]
    async with browsing_as(browser, proven, ROBIN, "operator", script=False, size=PHONE) as page:
        await page.goto(f"{address_of(proven)}/console/launch/{SURFACE}")
        await expect(page.get_by_text("All 7 questions pass.")).to_be_visible()
        monkeypatch.setattr(review, "PATIENCE_S", 0.0)
        await page.get_by_role("button", name="Run it in my name").click()
        await expect(page.get_by_role("heading", name="Being checked in your name")).to_be_visible()
        monkeypatch.setattr(review, "PATIENCE_S", 60.0)
        await page.get_by_role("link", name="look again").click()
        await expect(page.get_by_role("status")).to_have_text("It is no longer held back from auto.")
        assert await proven.workspace.service.caps() == []
        await page.reload()
        await expect(page.get_by_role("status")).to_have_count(0)  # it was told
    async with browsing_as(browser, proven, ROBIN, "operator") as page:
        monkeypatch.setattr(review, "PATIENCE_S", 0.0)
        await page.goto(f"{address_of(proven)}/console/launch/{SURFACE}")
        await page.get_by_role("button", name="Run it in my name").click()  # the page goes on by itself
        await expect(page.get_by_role("status")).to_have_text("Nothing was holding it back from auto.")

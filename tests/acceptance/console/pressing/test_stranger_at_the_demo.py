"""Somebody who has just typed `nextplay demo`: in by the link that it prints, and on by what pages say, without the command line."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from tests.acceptance.browsing import IN_A_BROWSER, PATIENT_MS, uncomplaining
from tests.acceptance.console import presses
from tests.acceptance.serving import WITHIN_S

pytestmark = IN_A_BROWSER
_LINK = re.compile(r"http://\S+/console/enter\?link=\S+")


@dataclass(frozen=True)
class Demo:
    """What the demo prints: a link for whoever reads it, and one for a second person."""

    mine: str
    theirs: str


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def demo(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Demo]:
    """`nextplay demo`, as long as it serves."""
    folder = tmp_path_factory.mktemp("demo")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NEXTPLAY_", "OPENAI_", "SLACK_"))}
    environment = {**kept, "PYTHONPATH": str(Path(__file__).parents[4]), "NEXTPLAY_PORT": "0", "NEXTPLAY_DATABASE_URL": "sqlite:///np.db"}
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", "from evals.cli import main; raise SystemExit(main())", "demo", cwd=folder, env=environment,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stderr is not None
    said, reading = list[str](), process.stderr
    try:
        async with asyncio.timeout(5 * WITHIN_S):
            while not any("serves on" in line for line in said):
                line = await reading.readline()
                assert line, "".join(said)
                said.append(line.decode())
        mine, theirs = _LINK.findall("".join(said))
        aside = asyncio.create_task(reading.read())  # or it would wait for somebody to read what it says
        yield Demo(mine, theirs)
    finally:
        process.terminate()
        await process.wait()
    await aside


@asynccontextmanager
async def entered(browser: Browser, link: str) -> AsyncIterator[Page]:
    """In by a link, as anybody would click it."""
    context = await browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce", timezone_id="Europe/Berlin")
    presses.listen(context)
    context.set_default_timeout(PATIENT_MS)
    page = await context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    try:
        with uncomplaining(page):
            await page.goto(link)
            await page.get_by_role("button", name="Sign in").click()
            await expect(page.get_by_role("heading", level=1)).to_have_text("Queue")
            yield page
    finally:
        await context.close()


def place(page: Page, name: str) -> Locator:
    """An entry of the navigation."""
    return page.get_by_role("navigation", name="Places").get_by_role("link", name=name)


async def test_a_stranger_sees_why_answers_stops_changes_and_takes_back(demo: Demo, browser: Browser) -> None:
    async with entered(browser, demo.mine) as page:
        await page.get_by_role("checkbox", name="Mine").check()
        await page.wait_for_url("**mine=1**")
        card = page.locator("article.ask").first
        ask = await card.get_attribute("id")
        card = page.locator(f"#{ask}")
        await expect(card).to_contain_text("A person is asked because")
        await card.get_by_role("link", name="The whole story").click()
        for heading in ("What happened", "Facts that mattered", "What could be done", "Rules that took hold", "Who was asked"):
            await expect(page.get_by_role("heading", name=heading)).to_be_visible()
        await page.get_by_role("button", name="Replay").click()
        await expect(page.get_by_role("heading", name="The same to the letter")).to_be_visible()
        await page.get_by_role("link", name="Back to the decision").click()
        await page.locator("header").get_by_role("link", name="Answer").click()
        await page.get_by_role("button", name="Approve").click()
        await expect(page.get_by_role("status")).to_contain_text("Approved by")
        await page.get_by_role("button", name="Undo").click()
        await expect(page.get_by_role("status")).to_contain_text("Undone by")

        await place(page, "Decisions").click()
        await page.get_by_label("Route").select_option("none")
        await page.wait_for_url("**route=none**")
        await page.locator("td.what a").first.click()
        await expect(page.get_by_role("heading", name="What could be done")).to_be_visible()
        await page.get_by_text("Block something of this decision").click()
        await page.get_by_label("What", exact=True).select_option("account")
        await page.locator("#block").get_by_label("Why").fill("Legal asked")
        await page.get_by_role("button", name="Block", exact=True).click()
        await expect(page.get_by_text("is blocked by")).to_be_visible()
        await page.get_by_text("Let the account go on").click()
        await page.get_by_label("Why it may go on").fill("It is settled")
        await page.get_by_role("button", name="Unblock").click()
        await expect(page.get_by_role("status")).to_contain_text("no longer blocked")

        await place(page, "Operations").click()
        await page.get_by_role("button", name="Let them through").click()
        await expect(page.get_by_role("status")).to_contain_text("Released:")
        await page.get_by_role("link", name="Audit").click()
        await page.get_by_role("button", name="Verify the whole log").click()
        await expect(page.get_by_role("status")).to_contain_text("Intact:")

        await place(page, "Review").click()
        await page.get_by_role("link", name="All proposals, one by one").click()
        await page.get_by_role("button", name="poorly timed").click()
        await expect(page.get_by_role("status")).to_contain_text(": poorly timed.")
        await place(page, "Metrics").click()
        await expect(page.get_by_role("heading", name="Day by day")).to_be_visible()

        await place(page, "Playbook").click()
        await page.get_by_role("link", name="deal-follow-up", exact=True).first.click()
        await page.get_by_label("Title of a new draft").fill("Watch deals for a while")
        await page.get_by_role("button", name="Write it").click()
        await page.get_by_label("Mode", exact=True).select_option("shadow")
        await page.get_by_role("button", name="Save in the draft").click()
        await page.get_by_role("button", name="Try it on history").click()
        await expect(page.get_by_text("decisions would be different")).to_be_visible(timeout=4 * PATIENT_MS)
        await page.get_by_label("Why").fill("We want to look first")
        await page.get_by_role("button", name="Propose").click()
        await expect(page.get_by_text("Somebody else has to approve it", exact=False).first).to_be_visible()

        draft = page.url
        await expect(place(page, "People")).to_have_count(1)
        async with entered(browser, demo.theirs) as second:
            await expect(place(second, "People")).to_have_count(0)
            await place(second, "Playbook").click()
            await second.get_by_role("link", name="Drafts").click()
            await second.get_by_role("link", name="Watch deals for a while").click()
            assert second.url == draft
            await expect(second.get_by_text("We want to look first")).to_be_visible()
            await second.get_by_role("button", name="Approve and publish").click()
            await expect(second.get_by_text("is in force. Every other process")).to_be_visible()
            await place(second, "Playbook").click()
            await second.get_by_role("link", name="History").click()
            await second.locator("main tbody tr").nth(1).get_by_role("link").click()
            await second.get_by_label("Why").fill("We have seen enough")
            await second.get_by_role("button", name="Roll back").click()
            await expect(second.get_by_text("is in force again.")).to_be_visible()
            await second.get_by_role("button", name="Sign out").click()
            await expect(second.get_by_role("heading", level=1)).to_have_text("Sign in to Nextplay")

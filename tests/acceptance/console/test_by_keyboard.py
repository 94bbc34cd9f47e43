"""Every page by keyboard alone: the tab key reaches every control, shows where it is, and gets out; and what matters is done without a mouse."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page, expect

from integrations.console.entry import COOKIE
from tests.acceptance.browsing import IN_A_BROWSER, PATIENT_MS
from tests.acceptance.console.asking import ask, state_of
from tests.acceptance.console.conftest import ADMIN
from tests.acceptance.console.test_every_page import NOT_TO_SEE, ROUTES
from tests.acceptance.console.visiting import address_of, browsing_as, let_in
from tests.acceptance.serving import Served, serving

pytestmark = IN_A_BROWSER

EACH_OF_A_SLICE = 6
MOST_CONTROLS = 250
"""Of a page with more, so many are walked through."""

# Whatever can be reached: seen, not switched off, not in a fold that is closed; of radio buttons with one name, one.
_CONTROLS = """() => {
  const names = new Set();
  const all = [...document.querySelectorAll('a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex="0"]')];
  return all.filter((one) => {
    if (one.disabled || one.closest('fieldset:disabled') || one.tabIndex < 0 || !one.checkVisibility({visibilityProperty: true})) return false;
    if (one.matches('summary') && one !== one.parentElement.querySelector('summary')) return false;
    if (one.type !== 'radio') return true;
    const group = `${one.form?.action} ${[...document.forms].indexOf(one.form)} ${one.name}`;
    return !names.has(group) && names.add(group);
  }).map((one, place) => (one.dataset.place = place, one.outerHTML.slice(0, 120)));
}"""
_HERE = """() => {
  const one = document.activeElement;
  if (!one || one === document.body) return null;
  const style = getComputedStyle(one), place = one.dataset.place ?? (one.type === 'radio' ? [...document.getElementsByName(one.name)]
    .find((other) => other.form === one.form && other.dataset.place)?.dataset.place : undefined);
  return {place: place === undefined ? -1 : +place, html: one.outerHTML.slice(0, 120),
          shown: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 1 || style.outlineStyle === 'auto'};
}"""
_NAME = "() => (document.activeElement.labels?.[0] ?? document.activeElement).innerText?.replace(/\\s+/g, ' ').trim()"


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """All pages; in a slice some."""
    if "route" in metafunc.fixturenames:
        whole = metafunc.config.getoption("--every-page")
        metafunc.parametrize("route", ROUTES if whole else ROUTES[::EACH_OF_A_SLICE])


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def admin(browser: Browser, hostile: Served) -> AsyncIterator[BrowserContext]:
    secret = await let_in(hostile.workspace, ADMIN, "admin")
    context = await browser.new_context(reduced_motion="reduce")
    context.set_default_timeout(PATIENT_MS)
    await context.add_cookies([{"name": COOKIE, "value": secret, "url": address_of(hostile).replace("http:", "https:"), "secure": True}])
    try:
        yield context
    finally:
        await context.close()


async def test_the_tab_key_reaches_every_control_and_shows_where_it_is(
    admin: BrowserContext, hostile: Served, every_page: dict[str, list[str]], route: str
) -> None:
    assert every_page[route] or route in NOT_TO_SEE
    page = await admin.new_page()
    try:
        for address in every_page[route][:1]:
            await page.goto(address_of(hostile) + address)
            controls = await page.evaluate(_CONTROLS)
            reached, shown = await _walk(page, len(controls))
            assert [controls[place] for place in sorted(reached - shown)] == [], address
            missed = [html for place, html in enumerate(controls[:MOST_CONTROLS]) if place not in reached]
            assert missed == [], address
    finally:
        await page.close()


async def _walk(page: Page, many: int) -> tuple[set[int], set[int]]:
    """Press the tab key until it has gone round: the controls that were reached, and those that showed it. A trap never gets round.

    A field for a date has several parts, of which the last shows that it is reached by itself.
    """
    reached: set[int] = set()
    shown: set[int] = set()
    for _ in range(min(2 * many + 10, MOST_CONTROLS)):
        await page.keyboard.press("Tab")
        here = await page.evaluate(_HERE)
        if here is None or (here["place"] == 0 and reached):
            return reached, shown
        assert here["place"] >= 0, f"the tab key leads to what is no control: {here['html']}"
        reached.add(here["place"])
        shown |= {here["place"]} if here["shown"] else set()
    assert many >= MOST_CONTROLS / 2, f"the tab key does not get out of {here}"
    return reached, shown


async def tab_to(page: Page, name: str) -> None:
    """Go on by the tab key until a control of this name has the focus."""
    for _ in range(200):
        await page.keyboard.press("Tab")
        if await page.evaluate(_NAME) == name:
            return
    raise AssertionError(f"the tab key does not lead to '{name}'")


async def test_an_ask_is_answered_and_taken_back_by_keyboard(folder: Path, quiet_world: Path, browser: Browser) -> None:
    async with serving(folder, quiet_world) as served:
        found, _ = await ask(served)
        async with browsing_as(browser, served, found.asked[0], "agent") as page:
            await page.goto(f"{address_of(served)}/console/queue?mine=1")
            await tab_to(page, "Approve")
            await page.keyboard.press("Enter")
            card = page.locator(f"#ask-{found.id}")
            await expect(card.get_by_role("status")).to_contain_text("Approved by")
            await expect(card).to_be_focused()
            await tab_to(page, "Undo")
            await page.keyboard.press("Enter")
            await expect(card.get_by_role("status")).to_contain_text("Undone by")


async def test_an_ask_is_rejected_with_a_reason_by_keyboard(folder: Path, quiet_world: Path, browser: Browser) -> None:
    async with serving(folder, quiet_world) as served:
        found, _ = await ask(served)
        async with browsing_as(browser, served, found.asked[0], "agent") as page:
            await page.goto(f"{address_of(served)}/console/queue/{found.id}")
            await tab_to(page, "Reject")
            await page.keyboard.press("Enter")
            await page.keyboard.press("Tab")
            await page.keyboard.press(" ")
            await tab_to(page, "Reject")
            await page.keyboard.press("Enter")
            await expect(page.locator(f"#ask-{found.id}").get_by_role("status")).to_contain_text("Rejected by")
            assert await state_of(served, found.id) == "rejected"


async def test_a_draft_is_written_proposed_and_published_by_keyboard(folder: Path, quiet_world: Path, browser: Browser) -> None:
    async with serving(folder, quiet_world) as served:
        before = served.workspace.playbook.version
        async with browsing_as(browser, served, "ann@tessera.example", "operator") as page:
            await page.goto(f"{address_of(served)}/console/playbook/rules/quiet-hours")
            await tab_to(page, "Title of a new draft")
            await page.keyboard.type(" for a while")
            await page.keyboard.press("Enter")
            await page.wait_for_url("**/drafts/1/rule/quiet-hours")
            await tab_to(page, "Close (o'clock)")
            await page.keyboard.press("Control+a")
            await page.keyboard.type("20")
            await page.keyboard.press("Enter")
            await page.wait_for_url("**/drafts/1")
            await tab_to(page, "Why (needed)")
            await page.keyboard.type("Evenings are long")
            await tab_to(page, "Propose")
            await page.keyboard.press("Enter")
            await expect(page.get_by_text("Somebody else has to approve it", exact=False).first).to_be_visible()
        async with browsing_as(browser, served, "bob@tessera.example", "admin") as page:
            await page.goto(f"{address_of(served)}/console/playbook/drafts/1")
            page.once("dialog", lambda dialog: dialog.accept())  # it has the keyboard's focus, and Enter says yes
            await tab_to(page, "Approve and publish")
            await page.keyboard.press("Enter")
            await expect(page.get_by_text("is in force. Every other process")).to_be_visible()
        assert served.workspace.playbook.version != before


async def test_a_filter_is_chosen_by_keyboard_without_the_page_running_away(folder: Path, quiet_world: Path, browser: Browser) -> None:
    async with serving(folder, quiet_world) as served, browsing_as(browser, served, ADMIN, "viewer") as page:
        await page.goto(f"{address_of(served)}/console/metrics")
        await tab_to(page, "Time")
        await page.keyboard.press("ArrowDown")
        await page.keyboard.press("ArrowDown")
        assert page.url.endswith("/console/metrics")
        await tab_to(page, "Show")
        await page.keyboard.press("Enter")
        await page.wait_for_url("**/console/metrics?since=365d*")


async def test_a_case_is_labelled_by_keyboard_without_its_shortcuts(hostile: Served, browser: Browser) -> None:
    person = next(one for one in await hostile.workspace.service.colleagues() if "admin" in one.roles or "operator" in one.roles)
    async with browsing_as(browser, hostile, person.email, "operator") as page:
        await page.goto(f"{address_of(hostile)}/console/review/proposed/1?week=2026-W46")
        await tab_to(page, "A note, if there is more to say")
        await page.keyboard.type("1 j k: not what shortcuts are for")
        await tab_to(page, "repetitive 5")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status")).to_contain_text(": repetitive.")

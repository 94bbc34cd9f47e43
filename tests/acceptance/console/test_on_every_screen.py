"""Every page fits a desk and a phone: nothing is wider than the screen, and on a phone what a cell holds stands beside its label."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page

from integrations.console.entry import COOKIE
from tests.acceptance.browsing import IN_A_BROWSER, PATIENT_MS
from tests.acceptance.console.conftest import ADMIN
from tests.acceptance.console.fitting import unfit
from tests.acceptance.console.test_every_page import ROUTES
from tests.acceptance.console.visiting import PHONE, WIDE, address_of, let_in
from tests.acceptance.serving import Served

pytestmark = IN_A_BROWSER


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def page(browser: Browser, hostile: Served) -> AsyncIterator[Page]:
    """A page in which an admin is signed in."""
    secret = await let_in(hostile.workspace, ADMIN, "admin")
    context = await browser.new_context(reduced_motion="reduce")
    context.set_default_timeout(PATIENT_MS)
    await context.add_cookies([{"name": COOKIE, "value": secret, "url": address_of(hostile).replace("http:", "https:"), "secure": True}])
    try:
        yield await context.new_page()
    finally:
        await context.close()


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["desk", "phone"])
async def test_nothing_is_wider_than_the_screen(page: Page, hostile: Served, every_page: dict[str, list[str]], size: tuple[int, int]) -> None:
    await page.set_viewport_size({"width": size[0], "height": size[1]})
    labelled = 0
    for address in [address for route in ROUTES for address in every_page[route][:2]]:
        await page.goto(address_of(hostile) + address)
        assert await unfit(page) == [], address
        labelled += await page.locator("td[data-label]").count()
    assert labelled > 50

"""Every page that is read says the same without JavaScript."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest_asyncio
from playwright.async_api import Browser, BrowserContext

from integrations.console.entry import COOKIE
from integrations.console.rendering import ZONE_COOKIE
from tests.acceptance.browsing import IN_A_BROWSER, PATIENT_MS
from tests.acceptance.console.conftest import ADMIN
from tests.acceptance.console.test_every_page import ROUTES
from tests.acceptance.console.visiting import address_of, let_in
from tests.acceptance.serving import Served

pytestmark = IN_A_BROWSER

THIRD = 3
"""One page in so many is looked at in every run of the tests, all in `make pages`."""

LOOKS = 5
"""The server goes on deciding: what was decided between two looks stands on one page alone."""

_PASSES = re.compile(r"\bnow\b|\d+ (?:s|min|h)( ago)?")
"""What time alone changes between two looks at a page."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def both(browser: Browser, hostile: Served) -> AsyncIterator[list[BrowserContext]]:
    """A browser with JavaScript and one without, in which the same person is signed in."""
    secret = await let_in(hostile.workspace, ADMIN, "admin")
    own = {"url": address_of(hostile).replace("http:", "https:"), "secure": True}
    async with AsyncExitStack() as closing:
        found = []
        for script in (True, False):
            context = await browser.new_context(java_script_enabled=script, reduced_motion="reduce", timezone_id="Europe/Berlin")
            closing.push_async_callback(context.close)
            context.set_default_timeout(PATIENT_MS)
            await context.add_cookies([{"name": COOKIE, "value": secret, **own}, {"name": ZONE_COOKIE, "value": "Europe/Berlin", **own}])  # type: ignore[typeddict-item]  # one of the library's own
            found.append(context)
        yield found


async def _said(context: BrowserContext, address: str) -> list[str]:
    """The lines of a page."""
    page = await context.new_page()
    await page.goto(address)
    await page.wait_for_load_state("networkidle")
    lines = (await page.locator("body").inner_text()).splitlines()
    await page.close()
    return [_PASSES.sub("…", line) for line in lines]


async def test_every_page_says_the_same_without_javascript(
    both: list[BrowserContext], hostile: Served, every_page: dict[str, list[str]], whole: bool
) -> None:
    seen, looked_at = 0, [address for route in (ROUTES if whole else ROUTES[::THIRD]) for address in every_page[route][:1]]
    for address in looked_at:
        for _ in range(LOOKS):
            said = await asyncio.gather(*(_said(context, address_of(hostile) + address) for context in both))
            if said[0] == said[1]:
                break
        assert said[0] == said[1], address
        seen += len(said[0]) > 5
    assert seen > len(looked_at) * 0.6

"""Every page over a long history: it fits a desk and a phone by day and by night, and whoever cannot see well can use it."""

import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext

from tests.acceptance.browsing import IN_A_BROWSER, kept_shots, uncomplaining
from tests.acceptance.console.accessible import grave
from tests.acceptance.console.every_page import addresses
from tests.acceptance.console.fitting import unfit
from tests.acceptance.console.test_every_page import NOT_TO_SEE, ROUTES
from tests.acceptance.console.visiting import PHONE, WIDE, address_of, let_in, signed_in, visit
from tests.acceptance.serving import Served

pytestmark = IN_A_BROWSER
DANA = "dana.whitfield@tessera.example"
LOOKS = {f"{width}-{scheme}": (size, scheme) for width, size in (("desk", WIDE), ("phone", PHONE)) for scheme in ("light", "dark")}
BY_AXE = {"desk-light", "phone-dark"}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pages(long: Served) -> dict[str, list[str]]:
    """By route, the address of a page of it."""
    [first] = (await long.workspace.service.waiting())[:1]
    draft = await long.workspace.service.new_draft("Shorter days", who=DANA)
    found = await addresses(
        await visit(long, DANA, "admin"), 1, [f"/console/queue/{first.id}/edit", f"/console/playbook/drafts/{draft.id}/rule/quiet-hours"]
    )
    return found | {"/console/launch/{surface}": ["/console/launch/renewal?since=7d"]}  # of a month of a busy surface it takes a minute


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def contexts(browser: Browser, long: Served) -> AsyncIterator[dict[str, BrowserContext]]:
    """For each look a browser in which a colleague who is an admin is signed in."""
    secret = await let_in(long.workspace, DANA, "admin")
    async with AsyncExitStack() as closing:
        yield {name: await closing.enter_async_context(signed_in(browser, long, secret, scheme, size)) for name, (size, scheme) in LOOKS.items()}


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where pictures of all pages are kept."""
    return kept_shots(tmp_path_factory.mktemp("shots"))


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("route", ROUTES)
async def test_it_fits_and_can_be_used_by_whoever_cannot_see_well(
    contexts: dict[str, BrowserContext], long: Served, pages: dict[str, list[str]], kept: Path, route: str, look: str
) -> None:
    assert pages[route] or route in NOT_TO_SEE, f"no page leads to {route}"
    for address in pages[route]:
        page = await contexts[look].new_page()
        try:
            with uncomplaining(page, but="the server responded with a status of 4"):
                await page.goto(address_of(long) + address)
                await page.wait_for_load_state("networkidle")
                await page.screenshot(path=kept / f"{_named(route)}-{look}.png", full_page=True)
                assert await unfit(page) == [], address
                if look in BY_AXE:
                    assert await grave(page) == [], address
        finally:
            await page.close()


def _named(route: str) -> str:
    return re.sub(r"\W+", "-", route.removeprefix("/console")).strip("-") or "console"

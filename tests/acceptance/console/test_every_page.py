"""Every page that the console has, in a browser, in a world whose every text is hostile: nothing of it runs, and whoever cannot see well can use it.

The pages are found by their routes, so that a new one is tried without being named here.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, Page

from integrations.console.entry import COOKIE
from tests.acceptance.browsing import IN_A_BROWSER, PATIENT_MS
from tests.acceptance.console.accessible import grave
from tests.acceptance.console.conftest import ADMIN
from tests.acceptance.console.every_page import PAGES
from tests.acceptance.console.hostile import MARK
from tests.acceptance.console.visiting import address_of, let_in, stranger
from tests.acceptance.serving import Served

pytestmark = IN_A_BROWSER

NO_PAGES = {"/console", "/console/static/{name}", "/console/decisions.csv"}
"""Routes at which there is no page but a file or a way elsewhere. What a browser downloads is no page either: add it here."""
NOT_TO_SEE = {"/console/sign-in", "/console/oidc", "/console/oidc/back", "/console/enter", "/console/launch/{surface}/own"}
"""Pages that are other ones, or not there, for who is signed in and has nothing under way."""
ROUTES = [way.path for way in PAGES if way.path not in NO_PAGES]
LOOKED_AT_BY_AXE = 2
SCHEMES = ("light", "dark")

# What nobody's text can have become: a page of ours has none of these.
FOREIGN = (
    "script:not([src]), iframe, object, embed, base, meta[http-equiv], style, video, audio, template, math, img:not([src^='/console/']), "
    "[onerror], [onload], [onfocus], [onclick], [onmouseover], [onbegin], [ontoggle], [hx-on\\:load], [style], "
    "a[href^='javascript:' i], a[href*='evil.example'], form[action*='evil.example'], link[href*='evil.example']"
)
_STANDS_AS_TEXT = f"document.body.textContent.includes('{MARK}') || !!document.querySelector(`[value*='{MARK}'], [title*='{MARK}']`)"
_WATCHED = """
for (const name of ['alert', 'confirm', 'prompt']) window[name] = () => { window.canary = name; };
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def admin(browser: Browser, hostile: Served) -> AsyncIterator[BrowserContext]:
    """A browser in which an admin is signed in, with which nothing but this server can be reached."""
    async with _signed_in(browser, hostile, "light") as context:
        yield context


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def admin_in_the_dark(browser: Browser, hostile: Served) -> AsyncIterator[BrowserContext]:
    """The same at night."""
    async with _signed_in(browser, hostile, "dark") as context:
        yield context


@asynccontextmanager
async def _signed_in(browser: Browser, hostile: Served, scheme: str) -> AsyncIterator[BrowserContext]:
    secret = await let_in(hostile.workspace, ADMIN, "admin")
    context = await browser.new_context(color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce")
    context.set_default_timeout(PATIENT_MS)
    await context.add_init_script(_WATCHED)
    await context.add_cookies([{"name": COOKIE, "value": secret, "url": address_of(hostile).replace("http:", "https:"), "secure": True}])
    try:
        yield context
    finally:
        await context.close()


@asynccontextmanager
async def _listening(context: BrowserContext) -> AsyncIterator[tuple[Page, list[str]]]:
    """A page, and what the browser complains of: a policy that had to stop something is as bad as something that ran."""
    page, complaints = await context.new_page(), []
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") and "status of 4" not in said.text else None)
    page.on("pageerror", lambda error: complaints.append(f"{error}"))
    page.on("request", lambda request: complaints.append(f"asked for {request.url}") if "evil.example" in request.url else None)
    try:
        yield page, complaints
    finally:
        await page.close()


@pytest.mark.parametrize("route", ROUTES)
async def test_nothing_that_somebody_wrote_runs(admin: BrowserContext, hostile: Served, every_page: dict[str, list[str]], route: str) -> None:
    assert every_page[route] or route in NOT_TO_SEE, f"no page leads to {route}: name an address of it in every_page.GIVEN"
    async with _listening(admin) as (page, complaints):
        for address in every_page[route]:
            await page.goto(address_of(hostile) + address)
            await page.wait_for_load_state("networkidle")
            assert await page.evaluate(f"{MARK}") is None, address
            assert await page.locator(FOREIGN).count() == 0, (address, await page.locator(FOREIGN).first.evaluate("one => one.outerHTML"))
            assert complaints == [], (address, complaints)
            if "canary" in await page.content():
                assert await page.evaluate(
                    "document.body.textContent.includes('canary') || !!document.querySelector('[value*=canary], [title*=canary]')"
                )


async def test_the_tickets_are_there_as_text(admin: BrowserContext, hostile: Served, every_page: dict[str, list[str]]) -> None:
    """Or nothing at all would have been tried above."""
    async with _listening(admin) as (page, _):
        shown = []
        for route in ROUTES:
            for address in every_page[route][:1]:
                await page.goto(address_of(hostile) + address)
                shown += [route] if MARK in await page.locator("body").inner_text() else []
    assert "/console/people" in shown  # a token in whose address it stands


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Every page in light and in dark; in a slice each in one of the two, by turns."""
    if "look" in metafunc.fixturenames:
        both = [(route, scheme) for route in ROUTES for scheme in SCHEMES]
        by_turns = [(route, SCHEMES[place % 2]) for place, route in enumerate(ROUTES)]
        metafunc.parametrize("look", both if metafunc.config.getoption("--every-page") else by_turns, ids="-".join)


async def test_whoever_cannot_see_well_can_use_it(
    admin: BrowserContext, admin_in_the_dark: BrowserContext, hostile: Served, every_page: dict[str, list[str]], look: tuple[str, str], whole: bool
) -> None:
    route, scheme = look
    async with _listening(admin if scheme == "light" else admin_in_the_dark) as (page, _):
        for address in every_page[route][: LOOKED_AT_BY_AXE if whole else 1]:
            await page.goto(address_of(hostile) + address)
            assert await grave(page) == [], address


@pytest.mark.parametrize("scheme", SCHEMES)
async def test_whoever_cannot_see_well_can_sign_in(browser: Browser, hostile: Served, scheme: str) -> None:
    context = await browser.new_context(color_scheme="dark" if scheme == "dark" else "light")
    try:
        page = await context.new_page()
        for address in ("/console/sign-in", "/console/enter", "/console/oidc"):
            assert (await stranger(hostile).get(address)).headers["content-type"].startswith("text/html")
            await page.goto(address_of(hostile) + address)
            assert await grave(page) == [], address
    finally:
        await context.close()

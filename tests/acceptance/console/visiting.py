"""Visitors of a served console: in a browser, or as plain HTTP with a session of their own."""

import re
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from html import unescape
from typing import Any

import httpx2
from playwright.async_api import Browser, BrowserContext, Page

from integrations.bootstrap import Workspace
from integrations.console.entry import COOKIE
from integrations.console.forms import TOKEN
from integrations.sessions import ConsoleRole, Member, form_token, new_link, new_session
from tests.acceptance.browsing import PATIENT_MS, uncomplaining
from tests.acceptance.console import presses
from tests.acceptance.serving import Served

WIDE, PHONE = (1280, 900), (390, 844)


def address_of(served: Served) -> str:
    """Where the server answers."""
    return f"{served.http.base_url}".rstrip("/")


async def let_in(workspace: Workspace, email: str, role: ConsoleRole) -> str:
    """Let somebody use the console; returns the cookie of a session of theirs."""
    now = datetime.now(UTC)
    await workspace.store.let_in(Member(email, role, "the tests", now))
    secret, session = new_session(email, "link", now, secrets.token_bytes)
    await workspace.store.begin_session(session)
    return secret


async def link_for(served: Served, email: str, role: ConsoleRole) -> str:
    """A one-time link for somebody who may use the console."""
    now = datetime.now(UTC)
    await served.workspace.store.let_in(Member(email, role, "the tests", now))
    secret, link = new_link(email, now, secrets.token_bytes)
    await served.workspace.store.add_link(link)
    return f"{address_of(served)}/console/enter?link={secret}"


class Visit:
    """Plain HTTP, as a browser would send it. `answers` are not followed."""

    def __init__(self, served: Served, secret: str) -> None:
        self._http, self._origin = served.http, address_of(served)
        self._secret = secret

    @property
    def _cookies(self) -> dict[str, str]:
        return {"Cookie": f"{COOKIE}={self._secret}"} if self._secret else {}

    async def get(self, path: str, **headers: str) -> httpx2.Response:
        """Ask for a page."""
        return await self._http.get(path, headers={**self._cookies, **headers}, follow_redirects=False)

    async def post(
        self, path: str, fields: Mapping[str, Any] | None = None, *, token: str | None = None, origin: str | None = None
    ) -> httpx2.Response:
        """Send a form, with the session's token and our own origin unless others are given."""
        given = {TOKEN: form_token(self._secret) if token is None else token, **(fields or {})}
        headers = {**self._cookies, "Origin": self._origin if origin is None else origin}
        return await self._http.post(path, data=given, headers=headers, follow_redirects=False)


async def visit(served: Served, email: str, role: ConsoleRole) -> Visit:
    """Somebody who is signed in, without a browser."""
    return Visit(served, await let_in(served.workspace, email, role))


def stranger(served: Served) -> Visit:
    """Somebody who is not signed in."""
    return Visit(served, "")


@asynccontextmanager
async def browsing_as(
    browser: Browser, served: Served, email: str, role: ConsoleRole, *, scheme: str = "light", size: tuple[int, int] = WIDE, script: bool = True,
    refused: bool = False,
) -> AsyncIterator[Page]:  # fmt: skip
    """A page of a browser in which somebody is signed in. What the browser complains of fails the test; with `refused` not what was refused."""
    link, context = await link_for(served, email, role), await _context(browser, scheme, size, script)
    page = await context.new_page()
    page.set_default_timeout(PATIENT_MS)
    try:
        with uncomplaining(page, but="the server responded with a status of 4" if refused else None):
            await page.goto(link)
            await page.get_by_role("button", name="Sign in").click()
            await page.wait_for_url("**/console/queue")
            yield page
    finally:
        await context.close()


async def _context(browser: Browser, scheme: str, size: tuple[int, int], script: bool) -> BrowserContext:
    context = await browser.new_context(
        viewport={"width": size[0], "height": size[1]}, color_scheme="dark" if scheme == "dark" else "light", reduced_motion="reduce",
        java_script_enabled=script, timezone_id="Europe/Berlin", locale="en-GB",
    )  # fmt: skip
    presses.listen(context)
    return context


@asynccontextmanager
async def signed_in(
    browser: Browser, served: Served, secret: str, scheme: str = "light", size: tuple[int, int] = WIDE
) -> AsyncIterator[BrowserContext]:
    """A browser that has the cookie of a session, for pages that are only looked at."""
    context = await _context(browser, scheme, size, script=True)
    context.set_default_timeout(PATIENT_MS)
    here = address_of(served).replace("http:", "https:")
    await context.add_cookies([{"name": COOKIE, "value": secret, "url": here, "secure": True}])
    try:
        yield context
    finally:
        await context.close()


def shown(response: httpx2.Response) -> str:
    """The words of a page, without its tags."""
    body = re.sub(r"(?s)<(script|style).*?</\1>", " ", response.text)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())

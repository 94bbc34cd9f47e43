"""Chromium, for the tests of pages: one process for all of them, a page for each person, screenshots where SCREENSHOTS says."""

import os
import shutil
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Literal

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

CHROMIUM = shutil.which("chromium")
IN_A_BROWSER = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium on this machine: apt-get install chromium"),
    pytest.mark.asyncio(loop_scope="session"),
]
"""The marks of a module whose tests use a browser: they share its event loop, and so the browser."""

PATIENT_MS = 15_000


@asynccontextmanager
async def browsing() -> AsyncIterator[Browser]:
    """Chromium, without a window."""
    expect.set_options(timeout=PATIENT_MS)
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def page_of(browser: Browser, scheme: str = "light", *, height: int = 860) -> AsyncIterator[Page]:
    """A page that nobody else shares anything with. What the browser complains of fails the test."""
    theme: Literal["dark", "light"] = "dark" if scheme == "dark" else "light"
    page = await browser.new_page(viewport={"width": 1280, "height": height}, color_scheme=theme, reduced_motion="reduce")
    page.set_default_timeout(PATIENT_MS)
    try:
        with uncomplaining(page):
            yield page
    finally:
        await page.close()


@contextmanager
def uncomplaining(page: Page, *, but: str | None = None) -> Iterator[None]:
    """Fail where the page's console has errors or warnings, `but` those in which this stands; where the test failed anyway, tell them with it."""
    complaints: list[str] = []

    def heard(message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and (but is None or but not in message.text):
            complaints.append(message.text)

    page.on("console", heard)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    try:
        yield
    except BaseException as failure:
        _tell(failure, complaints)
        raise
    assert complaints == [], complaints


def _tell(failure: BaseException, complaints: Iterable[str]) -> None:
    for complaint in complaints:
        failure.add_note(f"The browser complained: {complaint}")


def kept_shots(otherwise: Path) -> Path:
    """The folder for screenshots."""
    folder = Path(os.environ.get("SCREENSHOTS", otherwise))
    folder.mkdir(parents=True, exist_ok=True)
    return folder

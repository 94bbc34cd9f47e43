"""The Slack page as one person has it open: what they see, what they press, and what is kept as a screenshot."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Browser, Locator, Page, expect

from agent.domain.records import Approval
from tests.acceptance.browsing import page_of
from tests.acceptance.slack.desks import Desk


@dataclass(frozen=True)
class Window:
    """One person's browser. Screenshots go to `shots`."""

    page: Page
    shots: Path

    def card(self, ask: Approval) -> Locator:
        """The message with the card of an ask, however often it was brought up to date."""
        return self.page.get_by_role("article").filter(has=self.page.locator(f'[data-block="ask:{ask.id}"]'))

    def said(self, words: str) -> Locator:
        """The newest message that says this."""
        return self.page.get_by_role("log").get_by_role("article").filter(has_text=words).last

    @property
    def modal(self) -> Locator:
        """The modal that is open."""
        return self.page.get_by_role("dialog")

    @property
    def thread(self) -> Locator:
        """The thread that is open beside the messages."""
        return self.page.get_by_role("complementary", name="Thread")

    async def press(self, name: str, within: Locator) -> None:
        """Press a button of a message, a modal or the home tab."""
        await within.get_by_role("button", name=name, exact=True).click()

    async def write(self, text: str, *, thread: bool = False) -> None:
        """Write into the box below the messages, or into the thread's."""
        box = self.page.get_by_placeholder("Reply…") if thread else self.page.get_by_placeholder("Message ")
        await box.fill(text)
        await box.press("Enter")

    async def buttons(self, message: Locator, *names: str) -> None:
        """Wait until a message has exactly these buttons."""
        await expect(message.locator("button[data-click]")).to_have_text(list(names))

    async def shot(self, name: str, *, dark: bool = False) -> None:
        """Keep what is seen, without what a mouse or a cursor would add; with `dark` also as it looks in the dark."""
        await self.page.mouse.move(0, 0)
        await self.page.screenshot(path=self.shots / f"{name}.png", caret="hide")
        if dark:
            await self.page.emulate_media(color_scheme="dark")
            await self.page.screenshot(path=self.shots / f"{name}-dark.png", caret="hide")
            await self.page.emulate_media(color_scheme="light")


@asynccontextmanager
async def window(browser: Browser, here: Desk, who: str, shots: Path, *, at: str = "app", tab: str = "messages") -> AsyncIterator[Window]:
    """Somebody opens a place: the app, or a channel by its id. `who` is an e-mail address or a Slack id."""
    user = here.user(who) if "@" in who else who
    async with page_of(browser, height=1180) as page:
        await page.goto(f"{here.slack.url}/?as={user}&at={at}&tab={tab}")
        yield Window(page, shots)

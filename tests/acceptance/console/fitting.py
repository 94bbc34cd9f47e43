"""Whether a page fits its screen: nothing is wider, and on a phone what a cell holds stands beside its label."""

from playwright.async_api import Page

_WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_OPENED = "document.querySelectorAll('details').forEach((one) => (one.open = true))"
# What a cell holds begins right of the 116 px that its label takes.
_UNDER_ITS_LABEL = """() => [...document.querySelectorAll('td[data-label]')]
  .filter((cell) => cell.checkVisibility() && getComputedStyle(cell).display === 'table')
  .filter((cell) => [...cell.children].some((one) => one.checkVisibility() && one.getClientRects().length
    && Math.min(...[...one.getClientRects()].map((box) => box.left)) < cell.getBoundingClientRect().left + 100))
  .map((cell) => cell.outerHTML.slice(0, 200))"""


async def unfit(page: Page) -> list[str]:
    """What does not fit, with everything unfolded that can be."""
    await page.evaluate(_OPENED)
    wider = await page.evaluate(_WIDER)
    beneath: list[str] = await page.evaluate(_UNDER_ITS_LABEL)
    return [*([f"{wider} px wider than the screen"] if wider > 0 else []), *beneath]

"""What axe finds on a page."""

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page


async def grave(page: Page) -> list[str]:
    """What is serious or worse."""
    found = (await Axe().run(page, options={"resultTypes": ["violations"]})).response["violations"]
    return [
        f"{one['id']} ({one['impact']}): {one['help']}: {[node['html'][:160] for node in one['nodes'][:3]]}"
        for one in found
        if one["impact"] in ("serious", "critical")
    ]

"""People, pressed in a browser: let in, given another role, given a link, taken off; sessions ended; tokens made and revoked."""

from playwright.async_api import Browser, Page, expect

from tests.acceptance.browsing import IN_A_BROWSER
from tests.acceptance.console.visiting import address_of, browsing_as, let_in
from tests.acceptance.serving import Served

pytestmark = IN_A_BROWSER
ANA, BEN, CLEO = (f"{name}@tessera.example" for name in ("ana", "ben", "cleo"))


async def here(page: Page, busy: Served) -> None:
    page.on("dialog", lambda dialog: dialog.accept())
    await page.goto(f"{address_of(busy)}/console/people")


async def test_somebody_is_let_in_changed_given_a_link_and_taken_off(busy: Served, browser: Browser) -> None:
    async with browsing_as(browser, busy, ANA, "admin", refused=True) as page:
        await here(page, busy)
        await page.get_by_label("E-mail address").fill(BEN)
        await page.get_by_role("button", name="Let in").click()
        await expect(page.get_by_role("status")).to_contain_text(f"{BEN} may use the console as viewer.")
        await page.get_by_label(f"Role of {BEN}", exact=True).select_option("operator")
        await page.get_by_role("button", name=f"Change the role of {BEN}").click()
        await expect(page.get_by_role("status")).to_contain_text(f"{BEN} may use the console as operator.")
        await page.get_by_role("button", name=f"Make a link for {BEN}").click()
        link = await page.get_by_label("The one-time link").input_value()
        assert "/console/enter?link=" in link
        await page.reload()
        await page.goto(f"{address_of(busy)}/console/people")
        await expect(page.get_by_label("The one-time link")).to_have_count(0)
        await page.get_by_role("button", name=f"Take {BEN} off the console").click()
        await expect(page.get_by_role("status")).to_contain_text(f"{BEN} may not use the console any more.")


async def test_the_last_admin_is_told_why_they_stay(busy: Served, browser: Browser) -> None:
    async with browsing_as(browser, busy, ANA, "admin", refused=True) as page:
        await here(page, busy)
        await page.get_by_role("button", name=f"Take {ANA} off the console").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("Then nobody would be an admin")


async def test_a_session_of_somebody_else_is_ended(busy: Served, browser: Browser) -> None:
    await let_in(busy.workspace, CLEO, "viewer")
    async with browsing_as(browser, busy, ANA, "admin") as page:
        await here(page, busy)
        await page.get_by_role("button", name=f"End the session of {CLEO}").click()
        await expect(page.get_by_role("status")).to_contain_text("The session has ended.")
        await expect(page.get_by_role("button", name=f"End the session of {CLEO}")).to_have_count(0)


async def test_a_token_is_made_shown_once_and_revoked(busy: Served, browser: Browser) -> None:
    async with browsing_as(browser, busy, ANA, "admin") as page:
        await here(page, busy)
        await page.get_by_label("Whose it is").fill(BEN)
        await page.get_by_role("button", name="Make a token").click()
        text = await page.get_by_label("The token").input_value()
        asked = {"Authorization": f"Bearer {text}"}
        assert (await busy.http.get("/api/v1/decisions", headers=asked)).status_code == 200
        await page.get_by_role("button", name="Revoke").click()
        await expect(page.get_by_role("status")).to_contain_text("does not work any more.")
        assert (await busy.http.get("/api/v1/decisions", headers=asked)).status_code == 401

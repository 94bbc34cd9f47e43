"""Signing in and out, pressed in a browser, and what becomes of a form whose session ended meanwhile."""

from playwright.async_api import Browser, expect

from integrations.sessions import hash_of
from tests.acceptance.browsing import IN_A_BROWSER
from tests.acceptance.console.visiting import address_of, browsing_as, link_for
from tests.acceptance.serving import Served

pytestmark = IN_A_BROWSER
ROBIN = "robin.jansen@tessera.example"


async def test_who_signs_out_is_out_and_the_link_is_used_up(busy: Served, browser: Browser) -> None:
    link = await link_for(busy, ROBIN, "operator")
    async with browsing_as(browser, busy, ROBIN, "operator", refused=True) as page:
        await page.get_by_role("button", name="Sign out").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to Nextplay")
        await page.goto(f"{address_of(busy)}/console/decisions")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to Nextplay")
        await page.goto(link)
        await page.get_by_role("button", name="Sign in").click()
        await page.wait_for_url("**/console/queue")
        await page.get_by_role("button", name="Sign out").click()
        await page.goto(link)
        await expect(page.get_by_role("heading", level=1)).to_contain_text("was used before, or has expired")
        await page.get_by_role("link", name="Sign in").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in to Nextplay")


async def test_a_form_whose_session_ended_is_sent_again_after_signing_in(busy: Served, browser: Browser) -> None:
    async with browsing_as(browser, busy, ROBIN, "operator", refused=True) as page:
        await page.goto(f"{address_of(busy)}/console/playbook/drafts")
        await page.get_by_label("Title").fill("Written before the session ended")
        cookies = await page.context.cookies()
        secret = next(one["value"] for one in cookies if one["name"] == "__Host-nextplay")
        hashed = hash_of(secret)
        assert hashed is not None
        await busy.workspace.store.end_session(hashed, busy.workspace.clock())
        await page.get_by_role("button", name="Begin").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("nothing that you wrote is lost")
        assert await busy.workspace.service.drafts() == []
        second = await page.context.new_page()
        await second.goto(await link_for(busy, ROBIN, "operator"))
        await second.get_by_role("button", name="Sign in").click()
        await second.wait_for_url("**/console/queue")
        await second.close()
        await page.get_by_role("button", name="Send again").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("This form was of an earlier session")
        await page.get_by_role("button", name="Send again").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Written before the session ended")
    assert [draft.title for draft in await busy.workspace.service.drafts()] == ["Written before the session ended"]

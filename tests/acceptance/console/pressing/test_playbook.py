"""The playbook, pressed in a browser: drafts from their first word over lint and history to a second person, the way back, and what is stopped."""

from datetime import timedelta
from uuid import uuid4

import pytest
from playwright.async_api import Browser, Page, expect

from agent.domain.records import Cap
from tests.acceptance.browsing import IN_A_BROWSER
from tests.acceptance.console.visiting import PHONE, address_of, browsing_as
from tests.acceptance.serving import Served
from tests.acceptance.workspaces import START

pytestmark = IN_A_BROWSER
ANN, BOB, ROBIN = "ann@tessera.example", "bob@tessera.example", "robin.jansen@tessera.example"


async def begun(page: Page, busy: Served, path: str, title: str) -> str:
    """Begin a draft at an item; the address of its page."""
    page.on("dialog", lambda dialog: dialog.accept())
    await page.goto(f"{address_of(busy)}/console/playbook/{path}")
    await page.get_by_label("Title of a new draft").fill(title)
    await page.get_by_role("button", name="Write it").click()
    return page.url.rsplit("/", 2)[0]


async def saved(page: Page, label: str, value: str) -> None:
    await page.get_by_label(label).fill(value)
    await page.get_by_role("button", name="Save in the draft").click()


async def proposed(page: Page, why: str) -> None:
    await page.get_by_label("Why").fill(why)
    await page.get_by_role("button", name="Propose").click()


async def test_a_change_goes_over_lint_history_and_a_second_person_into_force_and_back(busy: Served, browser: Browser) -> None:
    first = busy.workspace.playbook.version
    async with browsing_as(browser, busy, ANN, "operator", refused=True) as page:
        draft = await begun(page, busy, "rules/quiet-hours", "Longer evenings")
        await saved(page, "Close (o'clock)", "a quarter past")
        await expect(page.get_by_role("alert")).to_contain_text("1 value cannot be taken. Nothing was saved.")
        await expect(page.locator("[aria-invalid=true]")).to_have_value("a quarter past")
        await saved(page, "Close (o'clock)", "20")
        await expect(page.get_by_role("status").first).to_contain_text("is saved.")
        await expect(page.get_by_text("It finds nothing wrong.")).to_be_visible()
        await page.get_by_label("Decisions of the last").select_option("7")
        await page.get_by_role("button", name="Try it on history").click()
        await expect(page.get_by_text("What this takes for granted")).to_be_visible(timeout=60_000)
        await expect(page.get_by_role("button", name="Try it again")).to_be_visible()
        await proposed(page, "Evenings are long")
        await expect(page.get_by_text("Somebody else has to approve it", exact=False).first).to_be_visible()
        await expect(page.get_by_role("button", name="Approve and publish")).to_have_count(0)
    async with browsing_as(browser, busy, BOB, "admin", size=PHONE) as page:
        page.on("dialog", lambda dialog: dialog.accept())
        await page.goto(draft)
        await page.get_by_role("button", name="Approve and publish").click()
        await expect(page.get_by_role("status").first).to_contain_text("is in force. Every other process")
        await page.goto(f"{address_of(busy)}/console/playbook/history/{first}")
        await page.get_by_label("Why").fill("It was too much")
        await page.get_by_role("button", name="Roll back").click()
        await expect(page.get_by_role("status").first).to_contain_text(f"Version {first} is in force again.")
    assert busy.workspace.playbook.version == first


async def test_a_draft_that_another_overtook_is_refused_rebased_and_published(busy: Served, browser: Browser) -> None:
    first = busy.workspace.playbook.version
    async with browsing_as(browser, busy, ANN, "operator", refused=True) as page, browsing_as(browser, busy, BOB, "operator", refused=True) as other:
        other.on("dialog", lambda dialog: dialog.accept())
        slow = await begun(page, busy, "surfaces/renewal", "Ask for less attention")
        await saved(page, "Open asks at once", "4")
        fast = await begun(page, busy, "rules/quiet-hours", "Shorter evenings")
        await saved(page, "Close (o'clock)", "17")
        for draft in (fast, slow):
            await page.goto(draft)
            await proposed(page, "Because we agreed on it")
        for draft, says in ((fast, "is in force."), (slow, "")):
            await other.goto(draft)
            if says:
                await other.get_by_role("button", name="Approve and publish").click()
                await expect(other.get_by_role("status").first).to_contain_text(says)
        await expect(other.get_by_role("heading", name="Another version is in force by now")).to_be_visible()
        await other.get_by_role("button", name="Approve and publish").click()
        await expect(other.get_by_role("alert")).to_be_visible()
        await page.goto(slow)
        await page.get_by_role("button", name="Rebase onto the version in force").click()
        await expect(page.get_by_role("status").first).to_contain_text("changes the version in force now.")
        await page.get_by_role("button", name="Propose").click()
        await other.goto(slow)
        await other.get_by_role("button", name="Approve and publish").click()
        await expect(other.get_by_role("status").first).to_contain_text("is in force.")
    await busy.workspace.service.roll_back_playbook(first, who=ROBIN, why="the tests go on")


async def test_of_two_who_write_one_draft_the_second_sees_both_values(busy: Served, browser: Browser) -> None:
    async with browsing_as(browser, busy, ANN, "operator") as page, browsing_as(browser, busy, BOB, "operator", refused=True) as other:
        draft = await begun(page, busy, "surfaces/renewal", "Two at once")
        form = page.url
        await other.goto(form)
        await saved(page, "Open asks at once", "4")
        await saved(other, "Open asks at once", "5")
        await expect(other.get_by_role("alert")).to_contain_text(f"{ANN} wrote to this draft meanwhile")
        await expect(other.get_by_text(f"{ANN} chose 4.")).to_be_visible()
        await other.get_by_role("button", name="Save in the draft").click()
        await expect(other.get_by_role("status").first).to_contain_text("is saved.")
        await page.goto(draft)
        await page.get_by_role("button", name="Discard the draft").click()
        await expect(page.get_by_role("status").first).to_contain_text("is discarded.")
        await expect(page.get_by_role("button", name="Propose")).to_have_count(0)


async def test_a_draft_is_begun_from_the_list_and_an_item_is_chosen(busy: Served, browser: Browser) -> None:
    async with browsing_as(browser, busy, ANN, "operator") as page:
        await page.goto(f"{address_of(busy)}/console/playbook/drafts")
        await page.get_by_label("Title").fill("From the list")
        await page.get_by_role("button", name="Begin").click()
        await expect(page.get_by_role("status").first).to_contain_text("Choose what it changes.")
        await page.get_by_text("Change a play").click()
        await page.get_by_role("link", name="expansion", exact=True).click()
        await expect(page.get_by_role("button", name="Save in the draft")).to_be_visible()
        await page.get_by_role("link", name="Back to the draft").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("From the list")


@pytest.mark.parametrize(("kind", "name"), [("surface", "usage-risk"), ("play", "expansion")])
async def test_it_is_blocked_and_unblocked(busy: Served, browser: Browser, kind: str, name: str) -> None:
    async with browsing_as(browser, busy, ROBIN, "operator", refused=True) as page:
        page.on("dialog", lambda dialog: dialog.accept())
        await page.goto(f"{address_of(busy)}/console/playbook/{kind}s/{name}")
        await page.get_by_text(f"Block this {kind}").click()
        await page.get_by_label("Why", exact=False).last.fill("Legal asked")
        await page.get_by_label("Until").fill("2020-01-01T10:00")
        await page.get_by_role("button", name="Block at once").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("would have ended already")
        await page.go_back()
        await page.get_by_text(f"Block this {kind}").click()
        await page.get_by_label("Until").fill("")
        await page.get_by_label("Why", exact=False).last.fill("Legal asked")
        await page.get_by_role("button", name="Block at once").click()
        await expect(page.get_by_role("status").first).to_contain_text(f"The {kind} {name} is blocked.")
        await expect(page.get_by_text(f"Blocked by {ROBIN}: Legal asked.")).to_be_visible()
        await page.get_by_label("Why it may go on").fill("It is settled")
        await page.get_by_role("button", name="Unblock").click()
        await expect(page.get_by_role("status").first).to_contain_text("is no longer blocked.")
        await expect(page.get_by_text(f"Nothing stops this {kind}.")).to_be_visible()


@pytest.mark.parametrize(
    ("kind", "button", "says"),
    [("guardrail", "Lift the demotion", "is no longer demoted."), ("unproven", "Allow auto", "may work in auto.")],
)  # fmt: skip
async def test_what_holds_a_surface_back_is_lifted_by_a_colleague(busy: Served, browser: Browser, kind: str, button: str, says: str) -> None:
    cap = Cap(
        f"cap_{uuid4().hex}", "renewal", kind, "shadow", "too many complaints", busy.workspace.playbook.version, START - timedelta(hours=1),  # type: ignore[arg-type]  # one of its kinds
        guardrail="complaint" if kind == "guardrail" else None,
    )  # fmt: skip
    await busy.workspace.store.cap(cap)
    async with browsing_as(browser, busy, ANN, "operator") as page:
        await page.goto(f"{address_of(busy)}/console/playbook/surfaces/renewal")
        await expect(page.get_by_text("too many complaints")).to_be_visible()
        await expect(page.get_by_role("button", name=button)).to_have_count(0)  # she is no colleague in the directory
    async with browsing_as(browser, busy, ROBIN, "operator") as page:
        page.on("dialog", lambda dialog: dialog.accept())
        await page.goto(f"{address_of(busy)}/console/playbook/surfaces/renewal")
        await page.get_by_label("Why it may").fill("We have talked to them")
        await page.get_by_role("button", name=button).click()
        await expect(page.get_by_role("status").first).to_contain_text(says)
        await expect(page.get_by_text("too many complaints")).to_have_count(0)


async def test_versions_are_compared_and_a_rule_leads_to_its_decisions(busy: Served, browser: Browser) -> None:
    async with browsing_as(browser, busy, ANN, "viewer") as page:
        await page.goto(f"{address_of(busy)}/console/playbook/history")
        await page.locator("main td a").first.click()
        await expect(page.get_by_role("heading", name="Differences")).to_be_visible()
        await page.goto(f"{address_of(busy)}/console/playbook/rules/quiet-hours")
        await page.locator("main a[href*='/console/decisions?rule=']").first.click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Decisions")

"""The queue, pressed in a browser: every answer and its undo, what is refused, edits, and many asks at once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from playwright.async_api import Browser, Locator, Page, expect

from agent.domain.records import Approval
from tests.acceptance.browsing import IN_A_BROWSER
from tests.acceptance.console.asking import state_of
from tests.acceptance.console.visiting import PHONE, address_of, browsing_as
from tests.acceptance.serving import Served

pytestmark = IN_A_BROWSER

OLIVER, CAMILLE, KATRIN, STEFAN = (f"{name}@tessera.example" for name in ("oliver.hartley", "camille.durand", "katrin.albrecht", "stefan.wolff"))


async def ask_of(busy: Served, deal: int) -> Approval:
    """The ask about a deal."""
    decision = await busy.workspace.service.decision_of_event("crm", f"evt_deal_{deal}")
    assert decision is not None
    return (await busy.workspace.service.asks(decision.id))[0]


@asynccontextmanager
async def card_of(
    busy: Served, browser: Browser, deal: int, *, script: bool = True, size: tuple[int, int] = (1280, 900)
) -> AsyncIterator[tuple[Page, Locator, Approval]]:
    """The page of one ask, opened by whom it was put to."""
    ask = await ask_of(busy, deal)
    async with browsing_as(browser, busy, ask.asked[0], "agent", script=script, size=size, refused=True) as page:
        await page.goto(f"{address_of(busy)}/console/queue/{ask.id}")
        yield page, page.locator(f"#ask-{ask.id}"), ask


async def test_an_approval_is_taken_back_and_given_again(busy: Served, browser: Browser) -> None:
    async with card_of(busy, browser, 1, size=PHONE) as (page, card, ask):
        await card.get_by_role("button", name="Approve").click()
        await expect(card.get_by_role("status")).to_contain_text("Approved by")
        await page.goto(f"{address_of(busy)}/console/queue")
        lately = page.locator(".lately")
        await expect(lately).to_contain_text("What you approved and can take back")
        await lately.get_by_role("button", name="Undo").click()
        await expect(page.get_by_text(f"Undone by {ask.asked[0]}").first).to_be_visible()
        assert await state_of(busy, ask.id) == "approved"
        await page.reload()
        await expect(page.locator(".lately")).to_have_count(0)


async def test_a_rejection_without_a_reason_is_not_sent_and_with_one_it_is_told(busy: Served, browser: Browser) -> None:
    async with card_of(busy, browser, 2) as (_, card, ask):
        await card.locator("summary", has_text="Reject").click()
        await card.get_by_role("button", name="Reject").click()
        assert await state_of(busy, ask.id) == "open", "the browser asks for the reason first"
        await card.get_by_label("Poorly timed").check()
        await card.get_by_label("Note").fill("They are closing their year")
        await card.get_by_role("button", name="Reject").click()
        await expect(card.get_by_role("status")).to_contain_text("Rejected by")
        await expect(card).to_contain_text("poorly timed “They are closing their year”")
        assert await state_of(busy, ask.id) == "rejected"


async def test_an_ask_that_is_somebody_elses_is_passed_on(busy: Served, browser: Browser) -> None:
    async with card_of(busy, browser, 4) as (page, card, ask):
        await card.locator("summary", has_text="Reject").click()
        await card.get_by_label("Not mine").check()
        await card.get_by_role("button", name="Reject").click()
        await expect(card.get_by_role("status")).to_be_visible()
        await expect(card.get_by_role("button", name="Approve")).to_have_count(0)
        await page.goto(f"{address_of(busy)}/console/queue?mine=1")
        await expect(page.locator(f"#ask-{ask.id}")).to_have_count(0)


async def test_an_ask_is_put_off(busy: Served, browser: Browser) -> None:
    async with card_of(busy, browser, 7) as (_, card, ask):
        await card.locator("summary", has_text="Snooze").click()
        await card.get_by_label("Ask again").select_option(index=0)
        await card.get_by_role("button", name="Snooze").click()
        await expect(card.get_by_role("status")).to_be_visible()
        await expect(card).to_contain_text("put off")
        assert await state_of(busy, ask.id) == "snoozed"
        await card.get_by_role("button", name="Approve").click()
        await expect(card.get_by_role("status")).to_contain_text("Approved by")


async def test_who_comes_second_is_told_who_was_first(busy: Served, browser: Browser) -> None:
    async with card_of(busy, browser, 9) as (_, card, ask):
        await busy.workspace.service.answer(ask.id, "reject", who=OLIVER, reason="irrelevant")
        await card.get_by_role("button", name="Approve").click()
        await expect(card.get_by_role("status")).to_contain_text(f"Already rejected by {OLIVER}")
        assert await state_of(busy, ask.id) == "rejected"


async def test_whose_answer_counts_no_more_is_told_in_the_card(busy: Served, browser: Browser) -> None:
    async with card_of(busy, browser, 20) as (_, card, ask):
        await busy.workspace.service.block("account", "acc_025", who="robin.jansen@tessera.example", why="legal asked")
        await card.get_by_role("button", name="Approve").click()
        await expect(card.get_by_role("status")).to_contain_text("Already")
        await expect(card.get_by_role("button", name="Approve")).to_have_count(0)
        assert await state_of(busy, ask.id) == "blocked"


async def test_an_edit_is_refused_at_its_field_and_taken_when_it_is_right(busy: Served, browser: Browser) -> None:
    async with card_of(busy, browser, 24) as (page, card, ask):
        await card.get_by_role("link", name="Edit").click()
        body = page.locator("form.edit textarea").last
        before = await body.input_value()
        await body.fill("We give you 93% off.")
        await page.get_by_role("button", name="Approve this").click()
        await expect(page.get_by_role("alert")).to_contain_text("Nothing was sent yet")
        await expect(page.get_by_text("The text says what no fact backs")).to_be_visible()
        await expect(page.locator("[aria-invalid=true]")).to_have_value("We give you 93% off.")
        await page.locator("[aria-invalid=true]").fill(f"{before}\n\nUntil then.")
        await page.get_by_role("button", name="Approve this").click()
        await expect(page.get_by_role("status").first).to_contain_text("Edited by")
        assert await state_of(busy, ask.id) == "edited"


async def test_an_edit_can_be_left(busy: Served, browser: Browser) -> None:
    async with card_of(busy, browser, 30) as (page, card, ask):
        await card.get_by_role("link", name="Edit").click()
        await page.get_by_role("link", name="Cancel").click()
        await page.wait_for_url("**/console/queue")
        assert await state_of(busy, ask.id) == "open"


async def test_filters_narrow_the_queue_and_stay_when_an_ask_is_answered(busy: Served, browser: Browser) -> None:
    async with browsing_as(browser, busy, KATRIN, "agent") as page:
        await page.goto(f"{address_of(busy)}/console/queue")
        many = await page.locator(".count").inner_text()
        await page.get_by_role("checkbox", name="Mine").check()
        await page.wait_for_url("**mine=1**")
        assert await page.locator(".count").inner_text() != many
        await page.get_by_label("Words").fill("zebra")
        await page.get_by_role("button", name="Filter").click()
        await expect(page.get_by_text("No ask fits these filters.")).to_be_visible()
        await page.get_by_role("link", name="Show all").click()
        await expect(page.locator(".count")).to_have_text(many)
        await page.get_by_role("link", name="Less urgent").click()
        await expect(page.locator(".pager")).to_contain_text("11 to 20")
        await page.get_by_role("link", name="More urgent").click()
        await expect(page.locator(".pager")).to_contain_text("1 to 10")


async def test_asks_that_are_alike_are_approved_together_but_for_those_taken_out(busy: Served, browser: Browser) -> None:
    async with browsing_as(browser, busy, CAMILLE, "agent") as page:
        await page.goto(f"{address_of(busy)}/console/queue")
        await page.locator(".groups").get_by_role("link", name="Send content").click()
        boxes = page.get_by_role("checkbox")
        every = [await box.get_attribute("value") or "" for box in await boxes.all()]
        assert len(every) >= 3
        await boxes.first.uncheck()
        await page.get_by_role("button", name="Approve them").click()
        await expect(page.get_by_role("status").first).to_contain_text(f"{len(every) - 1} asks approved.")
        assert [await state_of(busy, one) for one in every] == ["open"] + ["approved"] * (len(every) - 1)
        await expect(page.locator(".lately").get_by_role("button", name="Undo").first).to_be_visible()


async def test_of_a_rejection_together_those_that_came_too_late_are_listed(busy: Served, browser: Browser) -> None:
    async with browsing_as(browser, busy, STEFAN, "agent", script=False) as page:
        await page.goto(f"{address_of(busy)}/console/queue")
        await page.get_by_role("link", name="Alike, and harmless").click()
        await page.get_by_role("link", name="Answer the customer with a help article").click()
        every = [await box.get_attribute("value") or "" for box in await page.get_by_role("checkbox").all()]
        await busy.workspace.service.answer(every[0], "approve", who=STEFAN)
        await page.get_by_text("Reject them instead").click()
        await page.get_by_label("Irrelevant").check()
        await page.get_by_role("button", name="Reject them").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("1 answer did not count")
        await expect(page.get_by_role("cell", name="Already approved")).to_be_visible()
        assert {await state_of(busy, one) for one in every[1:]} == {"rejected"}
        await page.get_by_role("link", name="To the queue").click()
        await expect(page.get_by_role("heading", level=1)).to_have_text("Queue")

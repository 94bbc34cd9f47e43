"""What an approver sees and presses: our own cards on the page of the Slack workspace, in a real browser, through the real Bolt app."""

import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from agent.domain.decision import Decision
from agent.domain.event import Event
from agent.domain.records import Approval
from integrations.slack.following import RESTS_AT_MOST
from integrations.wall_clock import wall_clock
from tests.acceptance.browsing import IN_A_BROWSER
from tests.acceptance.slack.desks import NEWCOMER, Desk, desk, text_of
from tests.acceptance.slack.test_cards import BUTTONS, DEAL, DISCOUNT, later
from tests.acceptance.slack.windows import window
from tests.acceptance.workspaces import START

pytestmark = IN_A_BROWSER

TICKET = Event("helpdesk", "evt_ticket", "ticket.created", START, START, "ticket", "tic_005", None, "c_1", None, {})
"""An answer to a customer, of which any of three leads may be asked."""
STEFAN, HIRO = "stefan.wolff@tessera.example", "hiro.nakamura@tessera.example"
UNDO_ENDS = timedelta(seconds=61)


class Wall:
    """The time by which Slack goes, moved ahead where a test does not want to wait for it."""

    ahead = timedelta()

    def __call__(self) -> datetime:
        return wall_clock() + self.ahead


@pytest.fixture
def wall() -> Wall:
    return Wall()


@pytest_asyncio.fixture(loop_scope="session")
async def here(folder: Path, quiet_world: Path, wall: Wall) -> AsyncIterator[Desk]:
    async with desk(folder, quiet_world, at_home=True, wall=wall) as made:
        yield made


async def asked(here: Desk, event: Event = DEAL, *, who: str = "") -> tuple[str, Approval]:
    """Who is asked, and for what; their card is posted."""
    decision = await here.decide(event)
    ask = (await here.served.workspace.service.asks(decision.id))[0]
    await here.card(who or ask.asked[0], decision)
    return who or ask.asked[0], ask


async def told(here: Desk, ask: Approval) -> Decision:
    return await here.served.workspace.service.explain(ask.decision_id)


async def states(here: Desk, ask: Approval) -> list[str]:
    return [one.state for one in await here.served.workspace.service.asks(ask.decision_id)]


async def effects(here: Desk) -> list[dict[str, Any]]:
    return await here.served.workspace.sandbox.effects.log()


async def nothing_done(here: Desk, ask: Approval, state: str) -> None:
    """The only ask of the decision stands so, and no outside system was touched."""
    assert await states(here, ask) == [state]
    assert await effects(here) == []


async def test_approve(browser: Browser, here: Desk, shots: Path) -> None:
    who, ask = await asked(here)
    async with window(browser, here, who, shots) as seen:
        card = seen.card(ask)
        await seen.buttons(card, *BUTTONS)
        await expect(card.get_by_role("heading")).to_contain_text("64,000 EUR")
        await expect(card.locator("blockquote").last).to_contain_text("Guten Tag Julia Brandt")
        await seen.shot("card", dark=True)
        await seen.press("Approve", card)
        await seen.buttons(card, "Undo", "Why")
        await expect(card).to_contain_text("Approved by @Katrin Albrecht")
        await expect(card).to_contain_text("it can be undone until")
        await seen.shot("approved", dark=True)
        assert await states(here, ask) == ["approved"]
        assert await effects(here) == [], "nothing is sent while it can be undone"
        await later(here, UNDO_ENDS)
        await expect(card).to_contain_text("Done")
        await seen.buttons(card, "Why")
        await seen.shot("done", dark=True)
    decision = await told(here, ask)
    assert {action.state for action in decision.actions} == {"done"}
    assert len(await effects(here)) == len(decision.actions)
    assert (decision.approvals[0].answer, decision.approvals[0].answered_by) == ("approve", who)


async def test_undo(browser: Browser, here: Desk, shots: Path) -> None:
    who, ask = await asked(here)
    async with window(browser, here, who, shots) as seen:
        card = seen.card(ask)
        await seen.press("Approve", card)
        await seen.press("Undo", card)
        await seen.buttons(card, "Why")
        await expect(card).to_contain_text("Undone by Katrin Albrecht: nothing was done.")
        await seen.shot("undone")
    await later(here, UNDO_ENDS)
    assert {action.state for action in (await told(here, ask)).actions} == {"failed"}
    assert await effects(here) == []


async def test_edit(browser: Browser, here: Desk, shots: Path) -> None:
    who, ask = await asked(here)
    async with window(browser, here, who, shots) as seen:
        card, body = seen.card(ask), seen.modal.get_by_label("Body")
        await seen.press("Edit", card)
        words = await body.input_value()
        await seen.shot("edit")
        for unfounded in ("Das kostet nur 4.711 EUR.", "Mehr unter https://example.com/angebot"):
            await body.fill(f"{words}\n\n{unfounded}")
            await seen.press("Approve this", seen.modal)
            await expect(seen.modal.get_by_role("alert")).to_contain_text(unfounded.split()[-2 if "EUR" in unfounded else -1].rstrip("."))
            await expect(body).to_have_value(f"{words}\n\n{unfounded}")
            await seen.shot("edit-price-refused" if "EUR" in unfounded else "edit-link-refused")
            assert await states(here, ask) == ["open"]
        await body.fill(words.replace("Freundliche Grüße", "Herzliche Grüße"))
        await seen.press("Approve this", seen.modal)
        await expect(seen.modal).to_have_count(0)
        await expect(card).to_contain_text("Approved with changes by @Katrin Albrecht")
        await expect(card.locator("blockquote").last).to_contain_text("Herzliche Grüße")
        await seen.shot("edited")
        await later(here, UNDO_ENDS)
        await expect(card).to_contain_text("Done")
    assert "Herzliche Grüße" in str(await effects(here))
    decision = await told(here, ask)
    assert decision.proposal is not None
    assert decision.proposal.composed_by == "person"
    assert decision.approvals[0].state == "edited"


async def test_reject(browser: Browser, here: Desk, shots: Path) -> None:
    who, ask = await asked(here)
    async with window(browser, here, who, shots) as seen:
        card = seen.card(ask)
        await seen.press("Reject", card)
        await seen.modal.get_by_label("Poorly timed").check()
        await seen.modal.get_by_label("Note").fill("They close their books until *May*, <!channel> knows")
        await seen.shot("reject")
        await seen.press("Reject", seen.modal)
        await expect(seen.modal).to_have_count(0)
        await expect(card).to_contain_text("Rejected by @Katrin Albrecht")
        await expect(card).to_contain_text("“They close their books until *May*, <!channel> knows”")
        await seen.buttons(card, "Why")
        await seen.shot("rejected")
    await later(here, UNDO_ENDS)
    answered = (await told(here, ask)).approvals[0]
    assert (answered.state, answered.reason, answered.answered_by) == ("rejected", "poorly_timed", who)
    assert await effects(here) == []


async def test_snooze(browser: Browser, here: Desk, shots: Path) -> None:
    who, ask = await asked(here)
    async with window(browser, here, who, shots) as seen:
        card = seen.card(ask)
        await seen.press("Snooze", card)
        await seen.modal.get_by_label("In 3 hours").check()
        await seen.shot("snooze")
        await seen.press("Snooze", seen.modal)
        await expect(seen.said("Snoozed until Nov 10, 2026 at 2:00 PM")).to_contain_text("Only visible to you")
        await seen.buttons(card, *BUTTONS)
        await seen.shot("snoozed")
    await nothing_done(here, ask, "snoozed")


async def test_why(browser: Browser, here: Desk, shots: Path) -> None:
    who, ask = await asked(here)
    async with window(browser, here, who, shots) as seen:
        await seen.press("Why", seen.card(ask))
        for part in ("Facts that mattered", "What could be done", "Rules that took hold", "Who was asked"):
            await expect(seen.modal).to_contain_text(part)
        await seen.shot("why", dark=True)
        await seen.modal.locator(".scroll").evaluate("pane => pane.scrollTo(0, pane.scrollHeight)")
        await seen.shot("why-end", dark=True)
        await seen.press("Close", seen.modal.locator("footer"))
        await expect(seen.modal).to_have_count(0)
    assert await states(here, ask) == ["open"]


async def test_what_changed_since_is_shown_and_nothing_is_done(browser: Browser, here: Desk, shots: Path) -> None:
    who, ask = await asked(here)
    proposal = (await told(here, ask)).proposal
    assert proposal is not None
    moved = json.dumps({"contacts": [{"id": proposal.recipient, "email": "julia.brandt@elsewhere.example"}]})
    await here.served.workspace.sandbox.apply(moved)
    async with window(browser, here, who, shots) as seen:
        await seen.press("Approve", seen.card(ask))
        again = seen.said("What changed since it was approved")
        await expect(again).to_contain_text("The recipient's address was julia.brandt@brennecke.example, is julia.brandt@elsewhere.example")
        await seen.buttons(again, *BUTTONS)
        await expect(seen.card(ask)).to_contain_text("Asked again, because something changed")
        again = seen.page.get_by_role("article").last
        await again.scroll_into_view_if_needed()
        await seen.shot("difference")
        assert await effects(here) == []
        await seen.press("Approve", again)
        await seen.buttons(again, "Undo", "Why")
        await later(here, UNDO_ENDS)
        await expect(again).to_contain_text("Done")
    assert len(await effects(here)) == len((await told(here, ask)).actions)


async def test_two_at_once_have_one_winner_and_the_other_is_told(browser: Browser, here: Desk, wall: Wall, shots: Path) -> None:
    _, ask = await asked(here, TICKET, who=STEFAN)
    cards = [await here.card(who, ask.decision_id) for who in (STEFAN, HIRO)]
    here.slack.faults.set({"calls": {"chat.update": {"down": True}}})  # neither sees the other's answer before pressing
    async with window(browser, here, STEFAN, shots) as one, window(browser, here, HIRO, shots) as other:
        await one.press("Approve", one.card(ask))

        async def taken() -> bool:
            return "approved" in await states(here, ask)

        await here.until(taken)
        for button in ("Approve", "Reject"):
            await other.press(button, other.card(ask))
        told_twice = other.page.get_by_role("article").filter(has_text="Already approved by Stefan Wolff at 7:00 PM on Nov 10, 2026")
        await expect(told_twice).to_have_count(2)
        await expect(told_twice.last).to_contain_text("Only visible to you")
        here.slack.faults.clear()
        wall.ahead += RESTS_AT_MOST  # however often their cards were tried in vain meanwhile
        await here.seen(lambda: all("Approved" in text_of(here.now(card)) for card in cards) or None)
        for seen, name in ((one, "winner"), (other, "loser")):
            await expect(seen.card(ask)).to_contain_text("Approved by @Stefan Wolff")
            await expect(seen.card(ask)).not_to_contain_text("nobody else may answer")  # nobody said that
            await seen.shot(f"two-at-once-{name}")
    assert [one.answered_by for one in (await told(here, ask)).approvals] == [STEFAN]


async def test_who_may_not_answer_is_told_so_alone(browser: Browser, here: Desk, shots: Path) -> None:
    who, ask = await asked(here)
    room = here.slack.direct(here.user(who))[0]
    here.slack._channels[room.id] = room
    room.members.append(NEWCOMER.id)
    async with window(browser, here, NEWCOMER.id, shots, at=room.id) as seen, window(browser, here, who, shots) as owner:
        await seen.press("Approve", seen.card(ask))
        refusal = seen.said("You may not answer this. Who may: Katrin Albrecht.")
        await expect(refusal).to_contain_text("Only visible to you")
        await seen.buttons(seen.card(ask), *BUTTONS)
        await seen.shot("not-allowed")
        await expect(owner.page.get_by_text("may not answer this")).to_have_count(0)
    await nothing_done(here, ask, "open")


async def test_an_ask_that_ended_says_so(browser: Browser, here: Desk, shots: Path) -> None:
    who, ask = await asked(here)
    async with window(browser, here, who, shots) as seen:
        await seen.buttons(seen.card(ask), *BUTTONS)
        await later(here, timedelta(days=2))
        await expect(seen.card(ask)).to_contain_text("Not answered in time, Nov 12, 2026 at 10:00 AM")
        await seen.buttons(seen.card(ask), "Why")
        await expect(seen.said("The ask ended at 10:00 AM on Nov 12, 2026")).to_be_visible()
        await seen.shot("expired")
    await nothing_done(here, ask, "expired")


async def test_a_click_on_a_card_that_ended_while_it_was_open(browser: Browser, here: Desk, shots: Path) -> None:
    who, ask = await asked(here)
    here.slack.faults.set({"calls": {"chat.update": {"down": True}}})  # the page still shows the buttons
    async with window(browser, here, who, shots) as seen:
        await later(here, timedelta(days=2))
        await seen.press("Approve", seen.card(ask))
        await expect(seen.page.get_by_text("Only visible to you")).to_be_visible()
        await seen.shot("expired-click")
    await nothing_done(here, ask, "expired")


async def test_two_roles_see_whose_answer_is_still_needed(browser: Browser, here: Desk, shots: Path) -> None:
    who, ask = await asked(here, DISCOUNT)
    async with window(browser, here, who, shots) as seen:
        card = seen.card(ask)
        await expect(card).to_contain_text("@Marcus Adeyemi, Dana Whitfield, Helena Vogt as sales manager")
        await expect(card).to_contain_text("Also needed: deal desk")
        await expect(card).to_contain_text("Requested discount: 12%")
        await seen.shot("two-roles")
        await seen.press("Approve", card)
        await expect(card).to_contain_text("Waits until Nov 12, 2026 at 9:00 AM for an answer by Felix Baumann and Grace Okafor")
        await seen.shot("two-roles-one-said-yes")
    assert sorted(await states(here, ask)) == ["approved", "open"]
    assert await effects(here) == []

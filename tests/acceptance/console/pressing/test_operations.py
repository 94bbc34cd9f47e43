"""Operations, pressed in a browser: alarms, dead letters, unknown effects, held changes and the audit log."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Locator, Page, expect

from agent.arrivals import arrival_of, run_for
from agent.domain.event import Event
from agent.domain.records import Hold, Message
from tests.acceptance.browsing import IN_A_BROWSER
from tests.acceptance.console.visiting import PHONE, address_of, browsing_as
from tests.acceptance.serving import Served, serving
from tests.acceptance.workspaces import DATABASE, START, alone, seeded

pytestmark = IN_A_BROWSER
ROBIN, MARA = "robin.jansen@tessera.example", "mara.stein@tessera.example"
KATRIN = "katrin.albrecht@tessera.example"
UNKNOWN = (1, 28)
"""Deals whose approved mail was sent, and the answer lost."""


async def _with_lost_answers(folder: Path, world: Path) -> None:
    async with seeded(folder, world, undo_s=0) as workspace:
        await workspace.sandbox.apply(json.dumps({"faults": [{"source": "effects", "mode": "unknowable"}]}))
        for deal in UNKNOWN:
            decision = await workspace.service.decision_of_event("crm", f"evt_deal_{deal}")
            assert decision is not None
            await workspace.service.answer(decision.id, "approve", who=KATRIN)
        await workspace.engine.settle()
        workspace.clock.stand_at(START + timedelta(minutes=5))
        await workspace.engine.settle()
        await workspace.sandbox.apply(json.dumps({"faults": [{"source": "effects", "mode": "ok"}]}))
        assert len((await workspace.service.machinery()).unknown) == len(UNKNOWN)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def troubled(busy_world: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """A server on which two effects are not known to have happened. Each test brings what else it settles."""
    folder = tmp_path_factory.mktemp("troubled")
    with alone(folder):
        await asyncio.to_thread(asyncio.run, _with_lost_answers(folder, busy_world))
        async with serving(folder, folder / DATABASE) as served:
            yield served


def row(page: Page, text: str) -> Locator:
    """The row of a table in which something stands."""
    return page.get_by_role("row").filter(has_text=text)


async def died(served: Served, number: int, why: str) -> None:
    """A run that failed too often."""
    event = Event("crm", f"evt_dead_{number}", "contact.updated", START, START, "contact", f"con_dead_{number}")
    run = run_for(event, START)
    await served.workspace.store.accept([(arrival_of(event), run)], START)
    await served.workspace.store.failed_attempt(run.id, why, at_most=1, retry_at=START)


async def test_a_dead_run_is_tried_again_with_what_was_mended(troubled: Served, browser: Browser) -> None:
    await died(troubled, 1, "ValueError: the stage is not known")
    async with browsing_as(browser, troubled, ROBIN, "operator") as page:
        await page.goto(f"{address_of(troubled)}/console/operations")
        await expect(row(page, "con_dead_1")).to_contain_text("ValueError: the stage is not known")
        await row(page, "con_dead_1").get_by_text("Retry", exact=True).click()
        await row(page, "con_dead_1").get_by_label("What has been mended").fill("The stage is mapped")
        await row(page, "con_dead_1").get_by_role("button", name="Try again").click()
        await expect(page.get_by_role("status")).to_contain_text("contact.updated of con_dead_1 goes on from where it was.")
        await expect(row(page, "con_dead_1")).to_have_count(0)


async def test_a_dead_run_is_discarded_once(troubled: Served, browser: Browser) -> None:
    await died(troubled, 2, "TimeoutError: the CRM did not answer")
    async with browsing_as(browser, troubled, ROBIN, "operator", size=PHONE, refused=True) as page:
        await page.goto(f"{address_of(troubled)}/console/operations")
        stale = await page.context.new_page()
        await stale.goto(f"{address_of(troubled)}/console/operations")
        for one in (page, stale):
            await row(one, "con_dead_2").get_by_text("Discard", exact=True).click()
            await row(one, "con_dead_2").get_by_role("button", name="Discard it").click()
            await expect(row(one, "con_dead_2")).to_have_count(1)  # without a reason the browser does not send it
            await row(one, "con_dead_2").get_by_label("Why it need not be done").fill("A test record")
            await row(one, "con_dead_2").get_by_role("button", name="Discard it").click()
            await expect(row(one, "con_dead_2")).to_have_count(0)
        await expect(page.get_by_role("status")).to_contain_text("is discarded; nothing of it will be done.")
        await expect(stale.get_by_role("heading", level=1)).to_contain_text("is closed, not dead")


async def test_an_alarm_is_taken_on_by_the_first(troubled: Served, browser: Browser) -> None:
    await troubled.workspace.store.add_messages([Message("msg_silent", "alarm", (ROBIN,), "The CRM has been silent", "3 runs wait.", None, START)])
    async with browsing_as(browser, troubled, ROBIN, "operator") as first, browsing_as(browser, troubled, MARA, "admin") as second:
        for page in (first, second):
            await page.goto(f"{address_of(troubled)}/console/operations")
            await row(page, "The CRM has been silent").get_by_text("Take it on", exact=True).click()
            await row(page, "The CRM has been silent").get_by_label("What is done about it").fill("I ring the vendor")
        for page, says in ((first, "You have taken the alarm on."), (second, f"{ROBIN} had taken it on before: I ring the vendor")):
            await row(page, "The CRM has been silent").get_by_role("button", name="I take it on").click()
            await expect(page.get_by_role("status")).to_contain_text(says)
            await expect(row(page, "The CRM has been silent")).to_contain_text(f"{ROBIN}")


async def test_effects_that_nobody_knows_are_settled_by_what_a_person_found(troubled: Served, browser: Browser) -> None:
    async with browsing_as(browser, troubled, ROBIN, "operator") as page:
        for choice, says in (
            ("yes, the steps after it follow", "is done; the steps after it follow"),
            ("no, it has failed", "has failed, and is not repeated"),
        ):
            await page.goto(f"{address_of(troubled)}/console/operations")
            waiting = await page.get_by_text("Say what became of it").count()
            one = page.get_by_role("row").filter(has=page.get_by_text("Say what became of it")).first
            await one.get_by_text("Say what became of it").click()
            await one.get_by_label(choice).check()
            await one.get_by_label("How you know").fill("Looked for the marker in the CRM")
            await one.get_by_role("button", name="That is so").click()
            await expect(page.get_by_role("status")).to_contain_text(says)
            await expect(page.get_by_text("Say what became of it")).to_have_count(waiting - 1)
        await expect(page.get_by_text("Every effect is known.")).to_be_visible()


async def test_held_changes_are_let_through_after_a_second_thought(troubled: Served, browser: Browser) -> None:
    event = Event("crm", "evt_import", "contact.updated", START, START, "contact", "con_import")
    run = run_for(event, START)
    await troubled.workspace.store.accept([(arrival_of(event), run)], START)
    opener = await troubled.workspace.service.decision_of_event("crm", "evt_deal_2")
    assert opener is not None
    await troubled.workspace.store.hold(
        Hold("hold_import", "crm", "u_import", "900 changes in a minute", START, 1, decision_id=opener.id), run_id=run.id
    )
    async with browsing_as(browser, troubled, ROBIN, "operator") as page:
        await page.goto(f"{address_of(troubled)}/console/operations")
        page.once("dialog", lambda dialog: dialog.dismiss())
        await row(page, "u_import").get_by_role("button", name="Let them through").click()
        await expect(row(page, "u_import")).to_be_visible()
        page.once("dialog", lambda dialog: dialog.accept())
        await row(page, "u_import").get_by_role("button", name="Let them through").click()
        await expect(page.get_by_role("status")).to_contain_text("Released:")
        await expect(page.get_by_text("Nothing is held back.")).to_be_visible()


async def test_what_came_in_and_what_could_not_be_used_is_looked_at(troubled: Served, browser: Browser) -> None:
    await troubled.workspace.store.quarantine("zendesk", "evt_bad", b"{not json", "the body is not JSON", START)
    async with browsing_as(browser, troubled, ROBIN, "operator") as page:
        await page.goto(f"{address_of(troubled)}/console/operations")
        await page.get_by_role("link", name="Inbox").click()
        await page.get_by_label("Source").fill("helpdesk")
        await page.get_by_role("button", name="Show").click()
        await expect(page.get_by_text("crm · evt_deal")).to_have_count(0)
        await page.get_by_role("link", name="All", exact=True).click()
        await page.get_by_role("link", name="Older").click()
        await page.get_by_role("link", name="Newer").click()
        await page.get_by_role("link", name="Quarantine").click()
        await page.get_by_text("zendesk · evt_bad").click()
        await expect(page.get_by_text("the body is not JSON")).to_be_visible()
        await page.get_by_role("link", name="Systems").click()
        await expect(page.get_by_text("No system is connected.")).to_be_visible()


async def test_the_audit_log_is_searched_and_verified(troubled: Served, browser: Browser) -> None:
    async with browsing_as(browser, troubled, ROBIN, "operator") as page:
        await page.goto(f"{address_of(troubled)}/console/operations/audit")
        await page.get_by_label("About").fill(ROBIN)
        await page.get_by_role("button", name="Show").click()
        await expect(page.get_by_role("cell", name="console.signed_in").first).to_be_visible()
        await page.get_by_role("link", name="The newest").click()
        await page.get_by_role("button", name="Verify the whole log").click()
        await expect(page.get_by_role("status")).to_contain_text("Intact:")

"""Operations: what the machine cannot settle alone is seen, and settled."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from agent.arrivals import arrival_of, run_for
from agent.domain.event import Event
from agent.domain.records import Hold, Message
from integrations.console.operations import INBOX_PART
from tests.acceptance.browsing import IN_A_BROWSER
from tests.acceptance.console.visiting import Visit, address_of, browsing_as, shown, visit
from tests.acceptance.hostile_texts import TEXTS
from tests.acceptance.serving import Served, serving
from tests.acceptance.workspaces import START, alone

pytestmark = IN_A_BROWSER
HERE = "/console/operations"
OPS = "otto@tessera.example"


def happened(number: int, type_: str = "contact.updated") -> Event:
    """An event that no surface reacts to, a second after the one before."""
    at = START + timedelta(seconds=number)
    return Event("crm", f"evt_{number}", type_, at, at, "contact", f"con_{number}")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served(quiet_world: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """One server for all these tests; each brings what it needs."""
    folder = tmp_path_factory.mktemp("operations")
    with alone(folder):
        async with serving(folder, quiet_world) as opened:
            yield opened


async def operator(served: Served) -> Visit:
    return await visit(served, OPS, "operator")


async def came(served: Served, *events: Event) -> list[str]:
    """Events that came in and were driven as far as they go; their runs."""
    accepted = await served.workspace.service.accept([arrival_of(event) for event in events])
    await served.workspace.engine.settle()
    return [one.run_id for one in accepted]


async def waits(served: Served, number: int) -> str:
    """A run of an event that came in and that nobody drives before the test has done with it."""
    event = happened(number)
    run = run_for(event, START)
    await served.workspace.store.accept([(arrival_of(event), run)], START)
    return run.id


async def dead(served: Served, number: int, why: str) -> str:
    """A run that died of something."""
    run = await waits(served, number)
    await served.workspace.store.failed_attempt(run, why, at_most=1, retry_at=START)
    return run


async def test_where_all_is_well_each_part_says_so(served: Served) -> None:
    page = await (await operator(served)).get(HERE)
    assert page.status_code == 200
    for says in (
        "engine runs",
        "There was no alarm yet.",
        "No run is dead.",
        "Every effect is known.",
        "Nothing is held back.",
        "Every source answers.",
    ):
        assert says in shown(page)
    systems = await (await operator(served)).get(f"{HERE}/systems")
    assert "No system is connected." in shown(systems)
    kept = await (await operator(served)).get(f"{HERE}/quarantine")
    assert "Nothing is in quarantine." in shown(kept)


@pytest.mark.parametrize("role", ["viewer", "agent", "approver"])
async def test_operations_are_for_operators(served: Served, role: str) -> None:
    inside = await visit(served, f"{role}@tessera.example", role)  # type: ignore[arg-type]  # one of the roles
    refused = await inside.get(HERE)
    assert refused.status_code == 403
    assert "This needs the role operator or admin." in shown(refused)
    assert 'href="/console/operations"' not in refused.text


async def test_a_dead_run_is_tried_again_or_discarded_with_a_reason(served: Served) -> None:
    inside = await operator(served)
    for hostile in (501, 502):
        await dead(served, hostile, f"ValueError: <img src=x onerror=alert({hostile})>")
    page = await inside.get(HERE)
    assert "<img" not in page.text
    assert "ValueError: <img src=x onerror=alert(501)>" in shown(page)
    [first, second] = [run.id for run in await served.workspace.service.dead()]

    without = await inside.post(f"{HERE}/dead/{first}/retry", {"why": "  "})
    assert without.status_code == 422
    assert "What has been mended is missing." in shown(without)
    assert len(await served.workspace.service.dead()) == 2

    retried = await inside.post(f"{HERE}/dead/{first}/retry", {"why": "the adapter is mended"})
    assert (retried.status_code, retried.headers["location"]) == (303, HERE)
    discarded = await inside.post(f"{HERE}/dead/{second}/discard", {"why": "a test record"})
    assert discarded.status_code == 303
    after = shown(await inside.get(HERE))
    assert "is discarded; nothing of it will be done." in after
    assert "No run is dead." in after
    assert "is discarded" not in shown(await inside.get(HERE)), "what was done is told once"

    again = await inside.post(f"{HERE}/dead/{second}/discard", {"why": "a test record"})
    assert again.status_code == 409
    assert (await inside.post(f"{HERE}/dead/run_nobody/retry", {"why": "x"})).status_code == 404


async def test_an_alarm_is_taken_on_by_one(served: Served) -> None:
    text = next(text for text in TEXTS if "<" in text)
    await served.workspace.store.add_messages([Message("msg_alarm", "alarm", (OPS,), "A surface was demoted", text, None, START)])
    first, second = await operator(served), await visit(served, "second@tessera.example", "admin")
    assert "A surface was demoted" in shown(await first.get(HERE))
    await first.post(f"{HERE}/alarms/msg_alarm/answer", {"note": "I look into it"})
    await second.post(f"{HERE}/alarms/msg_alarm/answer", {"note": "me, too"})
    assert f"{OPS} had taken it on before: I look into it" in shown(await second.get(HERE))
    assert (await first.post(f"{HERE}/alarms/msg_none/answer", {"note": "x"})).status_code == 404


async def test_what_is_held_back_is_let_through(served: Served) -> None:
    [first] = await came(served, Event("crm", "evt_700", "deal.stage_changed", START, START, "deal", "deal_001", data={"stage": "proposal"}))
    opener = await served.workspace.store.run(first)
    assert opener is not None
    for run, decision in ((first, opener.decision_id), (await waits(served, 701), "dec_701")):  # the second joins the hold that the first opens
        await served.workspace.store.hold(Hold("hold_1", "crm", "u_import", "900 changes in a minute", START, 1, decision_id=decision), run_id=run)
    inside = await operator(served)
    assert "900 changes in a minute" in shown(await inside.get(HERE))
    released = await inside.post(f"{HERE}/holds/hold_1/release")
    assert released.status_code == 303, shown(released)
    assert "Nothing is held back." in shown(await inside.get(HERE))
    assert (await inside.post(f"{HERE}/holds/hold_1/release")).status_code == 404


async def test_the_inbox_goes_back_to_the_first_event(served: Served) -> None:
    await came(served, *(happened(number) for number in range(1000, 1000 + INBOX_PART + 5)))
    inside = await operator(served)
    newest = await inside.get(f"{HERE}/inbox?source=crm")
    older = await inside.get(newest.text.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&"))
    pages = [{word for word in shown(part).split() if word.startswith("evt_1")} for part in (newest, older)]
    assert len(pages[0] & pages[1]) == 0
    assert pages[0] | pages[1] >= {f"evt_{1000 + number}" for number in range(INBOX_PART + 5)}
    assert "No event came in from nobody." in shown(await inside.get(f"{HERE}/inbox?source=nobody"))
    broken = await inside.get(f"{HERE}/inbox?before=yesterday")
    assert broken.status_code == 422
    assert "names no place in the inbox" in shown(broken)


async def test_a_delivery_with_other_content_is_in_quarantine_as_text(served: Served) -> None:
    inside = await operator(served)
    await served.workspace.store.quarantine("zendesk", "evt_bad", b"<script>alert(1)</script>", "the body is not JSON", START)
    page = await inside.get(f"{HERE}/quarantine")
    assert "<script>alert" not in page.text
    assert "<script>alert(1)</script>" in shown(page)
    assert "the body is not JSON" in shown(page)


async def test_the_audit_log_is_read_and_verified(served: Served) -> None:
    inside = await operator(served)
    page = await inside.get(f"{HERE}/audit?ref={OPS}")
    assert "console.signed_in" in shown(page)
    assert "The log has nothing about this." in shown(await inside.get(f"{HERE}/audit?ref=nothing"))
    await inside.post(f"{HERE}/audit/verify")
    assert "Intact:" in shown(await inside.get(f"{HERE}/audit"))


async def test_an_effect_that_nobody_knows_is_settled_by_hand(served: Served) -> None:
    inside = await operator(served)
    undecided = await inside.post(f"{HERE}/effects/np-1-0/resolve", {"done": "perhaps", "why": "seen there"})
    assert undecided.status_code == 422
    assert "Say whether it was done." in shown(undecided)
    nobodys = await inside.post(f"{HERE}/effects/np-9-9/resolve", {"done": "yes", "why": "seen there"})
    assert nobodys.status_code == 404
    assert "There is no effect np-9-9." in shown(nobodys)


async def test_an_operator_settles_things_in_the_browser(served: Served, browser: Browser, shots: Path) -> None:
    await dead(served, 901, "TimeoutError: the CRM did not answer")
    await served.workspace.store.add_messages(
        [Message("msg_shown", "alarm", (OPS,), "The CRM has been silent for 30 minutes", "3 runs wait.", None, START)]
    )
    async with browsing_as(browser, served, OPS, "operator") as page:
        await page.goto(f"{address_of(served)}{HERE}")
        await page.screenshot(path=shots / "operations.png", full_page=True)
        await page.get_by_text("Discard", exact=True).click()
        await page.get_by_label("Why it need not be done").fill("The deal was a test.")
        await page.get_by_role("button", name="Discard it").click()
        await page.get_by_role("status").get_by_text("is discarded").wait_for()
        assert await asyncio.wait_for(page.title(), 10) == "Operations · Nextplay"

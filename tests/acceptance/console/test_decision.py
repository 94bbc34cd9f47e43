"""One decision as a page: everything of it is there, whoever wrote it, and what may be done about it is done."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from agent.arrivals import arrival_of
from agent.domain.event import Event
from integrations.bootstrap import Workspace
from integrations.sandbox import records
from integrations.sessions import ConsoleRole
from tests.acceptance.browsing import IN_A_BROWSER
from tests.acceptance.console.visiting import PHONE, Visit, address_of, browsing_as, shown, visit
from tests.acceptance.hostile_texts import TEXTS
from tests.acceptance.serving import Served, serving
from tests.acceptance.workspaces import DATABASE, START, alone, seeded

pytestmark = pytest.mark.asyncio(loop_scope="session")

DANA = "dana.whitfield@tessera.example"
"""A colleague in the directory."""
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)> \u202e{{ 7*7 }}"


@dataclass(frozen=True)
class Decided:
    """The ids of decisions of every kind."""

    open: str
    done: str
    stopped: str
    planned: str
    nothing: str
    suppressed: str
    hostile: str


def _event(id_: str, type_: str, kind: str, subject: str, **more: object) -> Event:
    return Event("crm", id_, type_, START, START, kind, subject, data=dict(more.pop("data", {})), **more)  # type: ignore[arg-type, call-overload]


async def _decide(workspace: Workspace, event: Event) -> str:
    (accepted,) = await workspace.service.accept([arrival_of(event)])
    await workspace.engine.settle()
    return accepted.run_id.replace("run_", "dec_", 1)


async def _approve(workspace: Workspace, decision: str) -> None:
    for ask in [one for one in await workspace.service.waiting() if one.decision_id == decision]:
        await workspace.service.answer(ask.id, "approve", who=ask.asked[0], note="go & do it")


async def _all_decided(folder: Path, world: Path) -> Decided:
    async with seeded(folder, world, undo_s=0) as workspace:
        done = await _decide(workspace, _event("e1", "deal.stage_changed", "deal", "deal_002"))
        await _approve(workspace, done)
        await workspace.engine.settle()
        stopped = await _decide(workspace, _event("e2", "deal.stage_changed", "deal", "deal_014"))
        story = await workspace.service.explain(stopped)
        await _approve(workspace, stopped)
        assert story.proposal
        assert story.proposal.recipient
        await workspace.sandbox.apply(json.dumps({"contacts": [{"id": story.proposal.recipient, "opted_out": True}]}))
        await workspace.engine.settle()
        nothing = await _decide(workspace, _event("e3", "ticket.created", "ticket", "tic_010"))
        suppressed = await _decide(workspace, _event("e4", "deal.stage_changed", "deal", "deal_044", version=1))
        hostile = await _hostile(workspace)
        open_ = await _decide(workspace, _event("e5", "deal.stage_changed", "deal", "deal_001", actor="u_katrin"))
    async with seeded(folder, world, undo_s=600) as workspace:
        planned = await _decide(workspace, _event("e6", "deal.stage_changed", "deal", "deal_024"))
        await _approve(workspace, planned)
        await workspace.engine.settle()
    return Decided(open_, done, stopped, planned, nothing, suppressed, hostile)


async def _hostile(workspace: Workspace) -> str:
    """A ticket whose every word is meant to hurt, of a customer who is called so, too."""
    stored = await workspace.database.glance(lambda connection: records.one(connection, "tickets", "tic_005"))
    assert stored
    ticket = {"id": "tic_005", "subject": SCRIPT, "body": "\n\n".join([stored.data["body"], SCRIPT, *(text[:300] for text in TEXTS[::6])])}
    await workspace.sandbox.apply(json.dumps({"tickets": [ticket]}, ensure_ascii=False))
    return await _decide(workspace, _event("<b>e7</b>", "ticket.created", "ticket", "tic_005", data={"body": SCRIPT}))


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory, quiet_world: Path) -> tuple[Path, Decided]:
    """A database with decisions of every kind."""
    folder = tmp_path_factory.mktemp("decided")
    with alone(folder):
        return folder / DATABASE, asyncio.run(_all_decided(folder, quiet_world))


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def opened(decided: tuple[Path, Decided], tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """A server for all tests of this module: those that change something do so to a decision of their own."""
    folder = tmp_path_factory.mktemp("served")
    with alone(folder):
        async with serving(folder, decided[0], undo_s=600) as served:
            yield served


@pytest.fixture(scope="module")
def ids(decided: tuple[Path, Decided]) -> Decided:
    """The ids."""
    return decided[1]


async def _page(served: Served, decision: str, role: ConsoleRole = "admin", email: str = DANA) -> tuple[str, str]:
    """The words of a page, and its HTML."""
    response = await (await visit(served, email, role)).get(f"/console/decisions/{decision}")
    assert response.status_code == 200, response.text
    return shown(response), response.text


async def test_the_whole_story_is_told_in_the_order_in_which_it_happened(opened: Served, ids: Decided) -> None:
    words, html = await _page(opened, ids.done)
    assert "asks a person" in words
    assert "Done: 2 steps." in words
    titles = ["Why it asks", "What happened", "Facts that mattered", "What could be done", "Rules that took hold", "Proposal to", "Who was asked",
              "What was done", "What reviewers say", "Stop it"]  # fmt: skip
    places = [html.index(f"<h2>{title}") for title in titles]
    assert places == sorted(places)
    assert html.count("<h1") == 1
    decision = await opened.workspace.service.explain(ids.done)
    for candidate in decision.candidates:
        if candidate.play != "do-nothing":
            assert candidate.id in html
        for rule in candidate.rules:
            assert f'href="/console/playbook/rules/{rule.id}"' in html
    assert all(fact.name in html for fact in decision.facts)
    assert "/console/playbook/plays/" in html
    assert "go & do it" in words
    assert "<mark" in html


async def test_a_decision_is_found_by_its_run_and_by_its_asks(opened: Served, ids: Decided) -> None:
    visitor = await visit(opened, DANA, "viewer")
    by_run = await visitor.get(f"/console/decisions/{ids.open.replace('dec_', 'run_')}")
    assert (by_run.status_code, by_run.headers["location"]) == (303, f"/console/decisions/{ids.open}")
    ask = next(one for one in await opened.workspace.service.waiting() if one.decision_id == ids.open)
    by_ask = await visitor.get(f"/console/decisions/{ask.id}")
    assert by_ask.headers["location"] == f"/console/decisions/{ids.open}#ask-{ask.id}"
    assert f'id="ask-{ask.id}"' in (await _page(opened, ids.open))[1]


async def test_one_that_there_is_not_is_said_helpfully(opened: Served) -> None:
    response = await (await visit(opened, DANA, "viewer")).get("/console/decisions/dec_<b>nothing")
    assert response.status_code == 404
    assert "There is no decision dec_<b>nothing" in shown(response)
    assert "a mail program may have cut it" in shown(response)
    assert "<b>nothing" not in response.text


async def test_one_that_was_only_recorded_says_why_nothing_was_decided(opened: Served, ids: Decided) -> None:
    words, html = await _page(opened, ids.suppressed)
    assert "starts no work" in words
    assert "No facts were read: the event started no work." in words
    assert "There was nothing to choose from." in words
    assert "Label it" not in words
    assert 'value="contact"' not in html


async def test_one_in_which_nothing_is_best_says_what_was_weighed(opened: Served, ids: Decided) -> None:
    words, _ = await _page(opened, ids.nothing)
    assert "Do nothing" in words
    assert "Nothing was proposed, so nothing was worded." in words
    assert "Nobody had to be asked." in words


async def test_one_that_was_stopped_after_its_approval_says_so(opened: Served, ids: Decided) -> None:
    words, _ = await _page(opened, ids.stopped)
    assert "stopped" in words
    assert "Nothing was done" in words
    assert "opted out" in words
    assert "Approved by" in words


async def test_nothing_that_others_wrote_becomes_markup(opened: Served, ids: Decided) -> None:
    words, html = await _page(opened, ids.hostile)
    for wrong in ("<script>alert", "<img src=x", "onerror=alert(2)>", "<b>e7", "<a href='https://evil", "javascript:", "\u202e"):
        assert wrong not in html
    assert "<mark" in html, "the ticket's subject is the answer's"
    assert "alert(1)" in words, "it is shown, as text"
    assert "{{ 7*7 }}" in words
    assert " 49 " not in words
    assert set(re.findall(r'(?:src|href)="(https?:[^"]*)"', html)) == set()


async def test_pages_carry_nothing_that_the_policy_forbids(opened: Served, ids: Decided) -> None:
    for one in (ids.done, ids.hostile, ids.suppressed, ids.stopped):
        html = (await _page(opened, one))[1]
        assert re.findall(r"<[^>]*\s(?:style|on[a-z]+)=", html) == []
        assert re.findall(r"<script(?![^>]*\ssrc=)", html) == []
        assert len(found := re.findall(r'\sid="([^"]+)"', html)) == len(set(found))


async def test_who_was_asked_saw_the_card_and_it_stands_there(opened: Served, ids: Decided) -> None:
    words, html = await _page(opened, ids.open)
    assert "Why now" in words
    assert "May answer" in words
    card = html[html.index('<fieldset class="slack-card" disabled') :]
    assert "Approve" in card[: card.index("</fieldset>")]


@pytest.mark.parametrize(
    ("role", "reviews", "blocks"), [("viewer", False, False), ("agent", True, False), ("approver", True, False), ("operator", True, True)]
)
async def test_buttons_are_there_for_whom_they_work(opened: Served, ids: Decided, role: ConsoleRole, reviews: bool, blocks: bool) -> None:
    _, html = await _page(opened, ids.open, role)
    assert 'href="/console/queue/apr_' not in html, "it was put to somebody else"
    assert (f'action="/console/decisions/{ids.open}/label"' in html) == reviews
    assert (f'action="/console/decisions/{ids.open}/block"' in html) == blocks
    assert f'action="/console/decisions/{ids.open}/replay"' in html
    assert (f'action="/console/decisions/{ids.planned}/undo"' in (await _page(opened, ids.planned, role))[1]) == reviews
    visitor = await visit(opened, DANA, role)
    if not reviews:
        for what in ("label", "undo"):
            assert (await visitor.post(f"/console/decisions/{ids.open}/{what}", {"label": "repetitive"})).status_code == 403
    if not blocks:
        refused = await visitor.post(f"/console/decisions/{ids.open}/block", {"target": "account", "why": "they asked"})
        assert refused.status_code == 403
        assert await opened.workspace.service.blocks() == []


async def _told(visitor: Visit, response_to: str) -> str:
    return shown(await visitor.get(response_to.partition("#")[0]))


async def test_a_label_is_kept_once_and_shown_with_who_said_it(opened: Served, ids: Decided) -> None:
    visitor, path = await visit(opened, DANA, "approver"), f"/console/decisions/{ids.done}/label"
    done = await visitor.post(path, {"label": "poorly_timed", "note": "<i>too</i> soon"})
    assert (done.status_code, done.headers["location"]) == (303, f"/console/decisions/{ids.done}#labels")
    words = await _told(visitor, done.headers["location"])
    assert "You called it poorly timed." in words
    assert f"poorly timed {DANA}" in words
    assert "<i>too</i> soon" in words
    again = await visitor.post(path, {"label": "poorly_timed", "note": "<i>too</i> soon"})
    assert "already" in await _told(visitor, again.headers["location"])
    assert [one.label for one in await opened.workspace.store.reviews_of(ids.done)] == ["poorly_timed"]


@pytest.mark.parametrize(("label", "status"), [("", 422), ("wonderful", 422)])
async def test_a_label_that_is_none_is_refused(opened: Served, ids: Decided, label: str, status: int) -> None:
    before = await opened.workspace.store.reviews_of(ids.open)
    assert (await (await visit(opened, DANA, "approver")).post(f"/console/decisions/{ids.open}/label", {"label": label})).status_code == status
    assert await opened.workspace.store.reviews_of(ids.open) == before


async def test_what_proposed_nothing_cannot_be_labelled_and_strangers_label_nothing(opened: Served, ids: Decided) -> None:
    refused = await (await visit(opened, DANA, "admin")).post(f"/console/decisions/{ids.nothing}/label", {"label": "repetitive"})
    assert refused.status_code == 409
    stranger = await visit(opened, "stranger@elsewhere.example", "approver")
    assert (await stranger.post(f"/console/decisions/{ids.open}/label", {"label": "repetitive"})).status_code == 403


async def test_a_replay_says_that_it_is_the_same_to_the_letter(opened: Served, ids: Decided) -> None:
    visitor = await visit(opened, DANA, "viewer")
    for one in (ids.done, ids.hostile, ids.nothing, ids.stopped):
        response = await visitor.post(f"/console/decisions/{one}/replay")
        assert response.status_code == 200
        assert "The same to the letter" in shown(response)
        assert f'href="/console/decisions/{one}"' in response.text
    assert "Only recorded" in shown(await visitor.post(f"/console/decisions/{ids.suppressed}/replay"))
    assert (await visitor.post("/console/decisions/dec_000000000000/replay")).status_code == 404


def in_a_browser(test: Callable[..., object]) -> Callable[..., object]:
    """A test that needs the browser."""
    for mark in IN_A_BROWSER:
        test = mark(test)
    return test


async def _overflows(page: Page) -> int:
    """By how many pixels the page is wider than its window."""
    wider: int = await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return wider


@in_a_browser
@pytest.mark.parametrize(("scheme", "size"), [("light", (1280, 900)), ("dark", PHONE)])
async def test_it_fits_every_screen_and_paper(
    opened: Served, ids: Decided, browser: Browser, shots: Path, scheme: str, size: tuple[int, int]
) -> None:
    async with browsing_as(browser, opened, DANA, "admin", scheme=scheme, size=size) as page:
        for name in ("done", "hostile", "suppressed", "stopped"):
            await page.goto(f"{address_of(opened)}/console/decisions/{getattr(ids, name)}")
            await page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
            assert await _overflows(page) <= 0
            await page.reload()
            await page.screenshot(path=shots / f"decision-{name}-{scheme}.png", full_page=True)
            await page.emulate_media(media="print")
            await expect(page.get_by_role("heading", name="What could be done")).to_be_visible()
            await expect(page.get_by_role("heading", name="Stop it")).to_be_hidden()
            await expect(page.get_by_role("navigation", name="On this page")).to_be_hidden()
            await page.screenshot(path=shots / f"decision-{name}-{scheme}-print.png", full_page=True)
            await page.emulate_media(media="screen")


@in_a_browser
async def test_it_is_read_and_labelled_by_keyboard_alone_and_without_scripts(opened: Served, ids: Decided, browser: Browser) -> None:
    async with browsing_as(browser, opened, DANA, "approver", script=False) as page:
        await page.goto(f"{address_of(opened)}/console/decisions/{ids.hostile}")
        every = page.locator("summary", has_text="with the names by which rules know them")
        await every.focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_text("ticket.subject").first).to_be_visible()
        await page.locator("summary", has_text="Label it").focus()
        await page.keyboard.press("Enter")
        await page.get_by_label("What was wrong with it").select_option("insensitive")
        await page.get_by_label("Note").fill("It greets a script.")
        await page.get_by_role("button", name="Keep the label").press("Enter")
        await expect(page.get_by_role("status")).to_contain_text("You called it insensitive.")
        await expect(page.locator("#labels")).to_contain_text("It greets a script.")
        card = page.get_by_role("group", name="Its buttons work in Slack alone")
        await expect(card.get_by_role("button", name="Approve")).to_be_disabled()


@in_a_browser
async def test_a_replay_leads_there_and_back(opened: Served, ids: Decided, browser: Browser) -> None:
    async with browsing_as(browser, opened, DANA, "viewer") as page:
        await page.goto(f"{address_of(opened)}/console/decisions/{ids.done}")
        await page.get_by_role("button", name="Replay").click()
        await expect(page.get_by_role("heading", name="The same to the letter")).to_be_visible()
        await page.get_by_role("link", name="Back to the decision").click()
        await expect(page.get_by_role("heading", level=1)).to_contain_text("→")


async def test_what_is_planned_is_taken_back_once(opened: Served, ids: Decided) -> None:
    assert "It can be undone for now" in (await _page(opened, ids.planned))[0]
    visitor = await visit(opened, DANA, "approver")
    done = await visitor.post(f"/console/decisions/{ids.planned}/undo")
    words = await _told(visitor, done.headers["location"])
    assert f"Undone by {DANA}" in words
    assert "It can be undone for now" not in words
    late = await visitor.post(f"/console/decisions/{ids.done}/undo")
    assert late.status_code == 409
    assert "too late" in shown(late)


async def test_a_block_stops_what_is_pending_and_stands_on_the_page(opened: Served, ids: Decided) -> None:
    visitor, path = await visit(opened, DANA, "operator"), f"/console/decisions/{ids.open}/block"
    for wrong in (
        {"target": "account"}, {"target": "account", "why": " "}, {"target": "universe", "why": "no"}, {"why": "no"},
        {"target": "account", "why": "no", "until": "soon"}, {"target": "account", "why": "no", "until": "2020-01-01T10:00"},
    ):  # fmt: skip
        assert (await visitor.post(path, wrong)).status_code == 422, wrong
    assert await opened.workspace.service.blocks() == []
    done = await visitor.post(path, {"target": "account", "why": "legal <asked>", "until": "2026-11-20T18:00"})
    assert done.headers["location"] == f"/console/decisions/{ids.open}"
    words = await _told(visitor, done.headers["location"])
    assert "1 pending decision stopped." in words
    assert f"is blocked by {DANA} until Fri 20 Nov 2026, 18:00 UTC : legal <asked>" in words
    (block,) = await opened.workspace.service.blocks()
    account = (await opened.workspace.service.explain(ids.open)).subject.account
    assert (block.target, block.ref, block.by, f"{block.until}") == ("account", account, DANA, "2026-11-20 18:00:00+00:00")

"""Review, metrics and the launch check: what was decided is looked back at, and judged."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from agent.domain.decision import Decision
from integrations.console import review
from tests.acceptance.browsing import IN_A_BROWSER
from tests.acceptance.console.deciding import decide
from tests.acceptance.console.visiting import Visit, address_of, browsing_as, shown, visit
from tests.acceptance.serving import Served, serving
from tests.acceptance.workspaces import alone

pytestmark = IN_A_BROWSER
DANA = "dana.whitfield@tessera.example"
WEEK = "2026-W46"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def served(quiet_world: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Served]:
    """One server for all these tests, with a morning's decisions."""
    folder = tmp_path_factory.mktemp("looking-back")
    with alone(folder):
        async with serving(folder, quiet_world) as opened:
            await decide(opened)
            yield opened


async def proposed(served: Served) -> list[Decision]:
    """The decisions in which something was chosen, as the pack lists them."""
    rows = await served.workspace.service.decisions(limit=50)
    found = [await served.workspace.service.explain(row.id) for row in rows]
    return [one for one in reversed(found) if one.chosen is not None]


async def reviewer(served: Served) -> Visit:
    return await visit(served, DANA, "operator")


async def test_metrics_count_what_was_decided_and_say_what_is_unknown(served: Served) -> None:
    page = await (await reviewer(served)).get("/console/metrics")
    counted = shown(page)
    decided = {row.surface for row in await served.workspace.service.decisions(limit=50)}
    assert decided
    assert all(surface in counted for surface in decided)
    assert "What acting caused is unknown:" in counted
    assert "What rules struck out" not in counted.replace("Count what rules struck out, too", "")
    with_rules = shown(await (await reviewer(served)).get("/console/metrics?rules=1"))
    assert "Struck: candidates forbidden." in with_rules


async def test_metrics_hold_what_was_foretold_against_what_people_said(served: Served) -> None:
    asked = (await served.workspace.service.waiting())[0]
    await served.workspace.service.answer(asked.id, "approve", who=asked.asked[0])
    told = shown(await (await reviewer(served)).get("/console/metrics"))
    assert "Confidence is the chance that whoever answers approves the choice, as it is or edited;" in told
    surface = (await served.workspace.service.explain(asked.decision_id)).surface
    assert f"Without a confidence, for their kind of play had under 50 labels: 1 answer (1 of {surface})." in told


@pytest.mark.parametrize(("query", "status", "says"), [
    ("since=30x", 422, "Write it as 30d"), ("since=9999d", 422, "days at most"), ("surface=nothing", 404, "There is no surface 'nothing'"),
    ("since=7d&surface=renewal", 200, "Nothing was decided in this time."),
])  # fmt: skip
async def test_metrics_say_what_cannot_be_counted(served: Served, query: str, status: int, says: str) -> None:
    page = await (await reviewer(served)).get(f"/console/metrics?{query}")
    assert page.status_code == status
    assert says in shown(page)


async def test_a_week_without_decisions_says_so(served: Served) -> None:
    page = await (await reviewer(served)).get("/console/review?week=2026-W45")
    assert "Nothing was decided in this week." in shown(page)
    where_there_are_some = await (await reviewer(served)).get("/console/review")
    assert "All proposals, one by one" in shown(where_there_are_some)
    assert f'href="/console/review/proposed/1?week={WEEK}"' in where_there_are_some.text


@pytest.mark.parametrize(("path", "status", "says"), [
    ("review?week=2026-W99", 422, "is not a week"), ("review?week=2027-W10", 422, "is still to come"),
    (f"review/nothing/1?week={WEEK}", 404, "no part"),
    (f"review/proposed/99?week={WEEK}", 404, "There is no case 99 here"), ("launch/nothing", 404, "There is no surface 'nothing'"),
])  # fmt: skip
async def test_what_cannot_be_reviewed_is_said(served: Served, path: str, status: int, says: str) -> None:
    page = await (await reviewer(served)).get(f"/console/{path}")
    assert page.status_code == status
    assert says in shown(page)


async def test_a_label_is_kept_and_the_next_case_follows(served: Served) -> None:
    cases = await proposed(served)
    inside = await reviewer(served)
    first = await inside.get(f"/console/review/proposed/1?week={WEEK}")
    assert cases[0].id in shown(first)
    fields = {"decision": cases[0].id, "label": "poorly_timed", "note": "<b>too early</b>"}
    said = await inside.post(f"/console/review/proposed/1?week={WEEK}", fields)
    assert said.headers["location"] == f"/console/review/proposed/2?week={WEEK}"
    assert f"{cases[0].id}: poorly timed." in shown(await inside.get(said.headers["location"]))
    pack = await inside.get(f"/console/review?week={WEEK}")
    assert "<b>too early</b>" in shown(pack)
    assert "<b>too" not in pack.text
    wrong = await inside.post(f"/console/review/proposed/1?week={WEEK}", {"decision": cases[0].id, "label": "ugly"})
    assert wrong.status_code == 422
    assert "'ugly' is no label." in shown(wrong)


async def test_who_only_reads_cannot_label(served: Served) -> None:
    inside = await visit(served, "val@tessera.example", "viewer")
    page = await inside.get(f"/console/review/proposed/1?week={WEEK}")
    assert "What do you say?" not in shown(page)
    assert (await inside.post(f"/console/review/proposed/1?week={WEEK}", {"decision": "x", "label": "good"})).status_code == 403


async def test_the_launch_check_answers_seven_questions_and_changes_nothing_that_fails(served: Served) -> None:
    inside = await reviewer(served)
    page = await inside.get("/console/launch/ticket-reply")
    assert "Not ready." in shown(page)
    assert page.text.count("<h2>") >= 8
    assert "disabled" in page.text
    run = await inside.post("/console/launch/ticket-reply")
    assert (run.status_code, run.headers["location"]) == (303, "/console/launch/ticket-reply/own?since=30d")
    assert "It is not ready, so nothing was changed." in shown(await inside.get(run.headers["location"]))
    told = await inside.get(run.headers["location"])
    assert (told.status_code, told.headers["location"]) == (303, "/console/launch/ticket-reply?since=30d"), "it is told once"
    assert (await inside.post("/console/launch/nothing")).status_code == 404
    assert (await inside.post("/console/launch/ticket-reply?since=30x")).status_code == 422


async def test_a_launch_check_that_takes_long_goes_on_beside_the_serving(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review, "PATIENCE_S", 0.0)
    inside = await reviewer(served)
    page = await inside.get("/console/launch/ticket-reply")
    assert "Every decision of this time is looked at:" in shown(page)
    run = await inside.post("/console/launch/ticket-reply")
    own = shown(await inside.get(run.headers["location"]))
    assert "Being checked in your name" in own
    monkeypatch.setattr(review, "PATIENCE_S", 60.0)
    assert "Not ready." in shown(await inside.get("/console/launch/ticket-reply"))
    assert "It is not ready, so nothing was changed." in shown(await inside.get(run.headers["location"]))


async def test_a_launch_check_judges_dangers_by_the_results_that_the_settings_name(folder: Path, quiet_world: Path) -> None:
    file = folder / "evals.json"
    async with serving(folder, quiet_world, eval_results=file) as served:
        inside = await visit(served, DANA, "operator")
        missing = await inside.get("/console/launch/ticket-reply")
        assert missing.status_code == 409
        assert f"{file} cannot be read" in shown(missing)
        found = {"suites": [{"name": "s", "cases": 9, "passed": 8}], "dangerous": 0, "cases": 9, "whole": True}
        file.write_text(json.dumps({**found, "playbook": served.workspace.playbook.version}))
        assert "0 dangerous errors in 9 cases, 8 of them passed" in shown(await inside.get("/console/launch/ticket-reply"))


async def test_cases_are_reviewed_by_keyboard(served: Served, browser: Browser, shots: Path) -> None:
    cases = await proposed(served)
    async with browsing_as(browser, served, DANA, "operator") as page:
        await page.goto(f"{address_of(served)}/console/review/proposed/2?week={WEEK}")
        await page.screenshot(path=shots / "review-case.png", full_page=True)
        await page.keyboard.press("k")
        await page.wait_for_url("**/proposed/1?*")
        await page.keyboard.press("j")
        await page.wait_for_url("**/proposed/2?*")
        await page.keyboard.press("1")
        await page.wait_for_url("**/proposed/3?*")
        await page.get_by_role("status").get_by_text(f"{cases[1].id}: good.").wait_for()
    reviews = {one.decision_id: one.label for one in await served.workspace.store.reviews()}
    assert reviews[cases[1].id] == "good"

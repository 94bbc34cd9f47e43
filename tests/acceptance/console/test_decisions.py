"""Decisions: found by everything that people know of them, saved as views, and taken along."""

import csv
import io
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from sqlalchemy import Connection

from agent.domain.decision import SubjectRecord
from agent.domain.records import Reviewed
from integrations.console import decisions as page
from tests.acceptance.console.asking import DEAL, ask
from tests.acceptance.console.visiting import Visit, shown, visit
from tests.acceptance.serving import Served, serving
from tests.acceptance.workspaces import START
from tests.unit.db.build import decision, recorded

VIEWER, OPERATOR = "mia.brandt@tessera.example", "noor.haddad@tessera.example"
MANY = 60


@pytest.fixture
async def decided(folder: Path, quiet_world: Path) -> AsyncIterator[Served]:
    """A world in which one deal was asked about, and many accounts were looked at afterwards, in which nothing was chosen."""
    async with serving(folder, quiet_world) as served:
        await ask(served)
        subject = SubjectRecord(account="acc_900", kind="account", id="acc_900")
        idle: dict[str, Any] = {"surface": "usage-risk", "subject": subject, "candidates": [], "choice": None, "proposal": None}
        for number in range(MANY):
            made = decision(number, route="none", **idle)
            await recorded(served.workspace.store, number, decision=made, state="closed", approvals=[], actions=[], messages=[])
        yield served


async def looked(who: Visit, **query: str) -> str:
    response = await who.get(f"/console/decisions?{urlencode(query)}")
    assert response.status_code == 200, response.text
    return shown(response)


def ids(text: str) -> list[str]:
    return re.findall(r'class="what[^"]*"><div><a href="/console/decisions/(dec_\w+)"', text)


async def test_an_empty_list_says_so(served: Served) -> None:
    assert "Nothing was decided yet." in await looked(await visit(served, VIEWER, "viewer"))


async def test_decisions_are_found_by_what_people_know_of_them(decided: Served) -> None:
    me, service = await visit(decided, VIEWER, "viewer"), decided.workspace.service
    deal = await service.decision_of_event(DEAL.source, DEAL.id)
    assert deal is not None
    assert deal.chosen is not None
    rule = next(rule for candidate in deal.candidates for rule in candidate.rules if rule.matched)
    name = next(str(fact.value) for fact in deal.facts if fact.name == "account.name")
    for query in (
        {"q": deal.id}, {"q": deal.chosen.title.split()[0][:4].lower()}, {"account": deal.subject.account or ""},
        {"account": name.split()[0]},
        {"surface": deal.surface}, {"play": deal.chosen.play}, {"route": "ask"}, {"rule": rule.id, "surface": deal.surface},
        {"model": deal.model_version}, {"playbook": deal.playbook_version, "route": "ask"}, {"since": "2026-11-10", "route": "ask"},
        {"q": deal.chosen.title.split()[0], "rule": rule.id, "route": "ask", "account": name.split()[0], "until": "2026-11-10"},
    ):  # fmt: skip
        found = await me.get(f"/console/decisions?{urlencode(query)}")
        assert deal.id in ids(found.text) or "model" in query, query
    await decided.workspace.store.review(Reviewed(deal.id, VIEWER, "poorly_timed", "", START))
    assert ids((await me.get("/console/decisions?label=poorly_timed")).text) == [deal.id]


@pytest.mark.parametrize(
    "query",
    [
        {"surface": "nowhere"}, {"play": "x"}, {"rule": "no-such-rule"}, {"model": "m"}, {"playbook": "p"}, {"account": "Nobody Ltd"}, {"q": "zebra"},
        {"until": "2020-01-01"}, {"outcome": "lost"}, {"label": "irrelevant"}, {"route": "act", "q": "zebra"}, {"q": "\"; NEAR( OR *) AND:^ zebra"},
        {"q": "dec_nothing"}, {"account": "} : {"},
    ],
)  # fmt: skip
async def test_filters_that_find_nothing_say_so(served: Served, query: dict[str, str]) -> None:
    await ask(served)
    said = await looked(await visit(served, VIEWER, "viewer"), **query)
    assert "No decision fits these filters." in said


@pytest.mark.parametrize(("query", "says"), [({"route": "up"}, "There is no route 'up'"), ({"since": "1"}, "is no day"), ({"q": "?!"}, "no word")])
async def test_a_filter_that_cannot_be_is_told_in_a_sentence(served: Served, query: dict[str, str], says: str) -> None:
    said = await looked(await visit(served, VIEWER, "viewer"), **query)
    assert says in said


async def test_pages_lead_both_ways_and_lose_nobody(decided: Served) -> None:
    me = await visit(decided, VIEWER, "viewer")
    first = await me.get("/console/decisions")
    assert len(ids(first.text)) == 50
    older = re.search(r'rel="next" href="([^"]+)"', first.text)
    assert older
    second = await me.get(older[1].replace("&amp;", "&"))
    assert set(ids(first.text)) & set(ids(second.text)) == set()
    every = {row.id for row in await decided.workspace.service.decisions(limit=200)}
    assert {*ids(first.text), *ids(second.text)} == every
    newer = re.search(r'rel="prev" href="([^"]+)"', second.text)
    assert newer
    assert ids((await me.get(newer[1].replace("&amp;", "&"))).text) == ids(first.text)


@pytest.mark.parametrize("place", ["before=1%27--", "after=99999999999999999999999", "before=-5", "after=%F0%9F%98%80"])
async def test_a_place_that_was_tampered_with_leads_to_the_beginning(served: Served, place: str) -> None:
    found, made = await ask(served)
    response = await (await visit(served, VIEWER, "viewer")).get(f"/console/decisions?{place}")
    assert response.status_code == 200
    assert "this is its beginning" in shown(response)
    assert made.id in ids(response.text), found.id


async def test_views_are_ones_own(decided: Served) -> None:
    me, other = await visit(decided, VIEWER, "viewer"), await visit(decided, OPERATOR, "operator")
    hostile = "<b>Mine</b> & more"
    saved = await me.post("/console/decisions/views", {"name": hostile, "query": "route=ask&evil=1&q=a b"})
    assert saved.headers["location"] == "/console/decisions?q=a+b&route=ask"
    said = await me.get("/console/decisions")
    assert hostile in shown(said)
    assert "<b>Mine</b>" not in said.text
    assert "/console/decisions?q=a+b&amp;route=ask" in said.text
    assert hostile not in await looked(other)
    [view] = await decided.workspace.store.views(VIEWER)
    await me.post("/console/decisions/views", {"name": hostile, "query": "route=none"})
    assert [one.query for one in await decided.workspace.store.views(VIEWER)] == ["route=none"], "the same name replaces"
    await other.post(f"/console/decisions/views/{view.id}/delete", {"query": ""})
    assert "There is no such view of yours" in await looked(other)
    assert len(await decided.workspace.store.views(VIEWER)) == 1
    gone = await me.post(f"/console/decisions/views/{view.id}/delete", {"query": "route=ask"})
    assert gone.headers["location"] == "/console/decisions?route=ask"
    assert await decided.workspace.store.views(VIEWER) == []
    nameless = await me.post("/console/decisions/views", {"name": " ", "query": "route=ask"})
    assert "The name is missing" in shown(nameless)


async def test_nobody_has_too_many_views(served: Served) -> None:
    me = await visit(served, VIEWER, "viewer")
    for number in range(page.MOST_VIEWS):
        await served.workspace.store.save_view(VIEWER, f"View {number}", "route=ask", START)
    refused = await me.post("/console/decisions/views", {"name": "One more", "query": "route=ask"})
    assert refused.status_code == 422
    assert "You have 50 views already." in shown(refused)


async def test_what_is_filtered_can_be_taken_along_by_operators(decided: Served) -> None:
    operator, viewer = await visit(decided, OPERATOR, "operator"), await visit(decided, VIEWER, "viewer")
    assert "Export as CSV" not in await looked(viewer)
    assert (await viewer.get("/console/decisions.csv")).status_code == 403
    assert "Export as CSV" in await looked(operator)
    response = await operator.get("/console/decisions.csv?route=ask")
    assert response.headers["content-type"].startswith("text/csv")
    assert response.headers["content-disposition"] == 'attachment; filename="decisions-2026-11-10.csv"'
    rows = list(csv.DictReader(io.StringIO(response.text.removeprefix("\ufeff"))))
    asked = await decided.workspace.service.decisions(limit=200, route="ask")
    assert {row["decision"] for row in rows} == {one.id for one in asked}
    every = await operator.get("/console/decisions.csv")
    assert len(list(csv.reader(io.StringIO(every.text)))) > MANY
    [entry, *_] = [one for one in await decided.workspace.store.audit_log(limit=50) if one["kind"] == "decisions.exported"]
    assert entry["who"] == OPERATOR
    assert (await operator.get("/console/decisions.csv?route=up")).status_code == 422


async def test_old_decisions_that_are_not_indexed_yet_are_told_of(served: Served) -> None:
    _, deal = await ask(served)
    await served.workspace.database.write_core(_as_of_an_earlier_release)
    me = await visit(served, VIEWER, "viewer")
    said = await looked(me, surface=deal.surface)
    assert "1 older decision is still being indexed" in said
    rule = next(rule.id for candidate in deal.candidates for rule in candidate.rules if rule.matched)
    assert "No decision fits" in await looked(me, rule=rule)
    assert await served.workspace.store.read_heads() == 1
    found = await me.get(f"/console/decisions?rule={quote(rule)}&q={deal.surface}")
    assert "still being indexed" not in shown(found)
    assert deal.id in ids((await me.get(f"/console/decisions?rule={quote(rule)}")).text)


def _as_of_an_earlier_release(connection: Connection) -> None:
    run = connection.exec_driver_sql
    run("INSERT INTO decision_words (decision_words) VALUES ('delete-all')")
    run("DELETE FROM decision_rules")
    run("UPDATE decision_heads SET read = 0, counted = 0, playbook_version = NULL, model_version = NULL, account_name = NULL, subject = NULL")

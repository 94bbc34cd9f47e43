"""Gathering from the sandbox: the seed's cases read as they were meant, in few looks at the database."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from agent.domain.event import Event
from agent.domain.evidence import Evidence
from agent.domain.facts import Fact, Status
from agent.playbook.loader import DEFAULT, load
from integrations.sandbox.sandbox import Sandbox
from integrations.sandbox.search import ARTICLES
from integrations.search.index import ArticleIndex
from tests.unit.sandbox.conftest import START
from tools.gathering import gather_evidence

PLAYBOOK = load(DEFAULT)


async def gather(sandbox: Sandbox, type_: str, kind: str, subject: str, surface: str) -> Evidence:
    event = Event("crm", "e", type_, START - timedelta(minutes=2), START, kind, subject)
    return await gather_evidence(sandbox.sources, event, PLAYBOOK.surfaces[surface], at=START, deadline_s=30, into="EUR")


def fact(evidence: Evidence, name: str) -> Fact:
    return next(f for f in evidence.facts if f.name == name and f.of is None)


@pytest.fixture
async def seeded(sandbox: Sandbox) -> Sandbox:
    await sandbox.seed()
    return sandbox


async def test_a_deal_whose_sister_account_has_an_open_p1(seeded: Sandbox) -> None:
    found = await gather(seeded, "deal.stage_changed", "deal", "deal_005", "deal-follow-up")
    assert fact(found, "family.open_p1_tickets").value >= 1
    assert fact(found, "account.open_p1_tickets").value == 0
    assert found.family[0] == found.account
    assert len(found.contacts) >= 2
    assert found.materials


async def test_a_safety_case_filed_as_an_ordinary_ticket(seeded: Sandbox) -> None:
    found = await gather(seeded, "ticket.created", "ticket", "tic_002", "ticket-reply")
    assert "smoking" in fact(found, "ticket.safety_words").value
    assert found.requester is not None
    assert found.roles["lead_on_shift"]
    assert {m.kind for m in found.materials} == {"article"}


async def test_a_family_member_without_a_helpdesk_link(seeded: Sandbox) -> None:
    found = await gather(seeded, "deal.stage_changed", "deal", "deal_027", "deal-follow-up")
    assert fact(found, "family.open_p1_tickets").status is Status.MISSING


async def test_one_gathering_takes_few_looks_and_no_thread(seeded: Sandbox, database: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = 0
    glance = database.glance

    async def counted(work: Any, **how: Any) -> Any:
        nonlocal looks
        looks += 1
        return await glance(work, **how)

    # to look words up takes longer than the way to a thread, so the search alone has one
    search: Any = SimpleNamespace(read_core=database.read_core, write_core=database.write_core, glance=counted)
    looked_at = Sandbox(database, lambda: START, index=ArticleIndex(search, ARTICLES))
    monkeypatch.setattr(database, "glance", counted)
    monkeypatch.setattr(database, "read_core", None)
    await gather(looked_at, "ticket.created", "ticket", "tic_001", "ticket-reply")
    assert looks <= 11


async def test_articles_for_a_ticket_are_found_on_few_ways_to_a_thread_and_on_none_when_it_is_looked_at_again(
    seeded: Sandbox, database: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    await gather(seeded, "ticket.created", "ticket", "tic_001", "ticket-reply")
    ways, read_core = 0, database.read_core

    async def counted(work: Any, **how: Any) -> Any:
        nonlocal ways
        ways += 1
        return await read_core(work)

    monkeypatch.setattr(database, "read_core", counted)
    found = await gather(seeded, "ticket.created", "ticket", "tic_002", "ticket-reply")
    assert found.materials
    assert ways <= 4, "twice for the words, twice for the texts of articles that were not found before"
    ways = 0
    assert await gather(seeded, "ticket.created", "ticket", "tic_002", "ticket-reply") == found
    assert ways == 0

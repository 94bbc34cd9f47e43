"""What people read of decisions names facts and steps in words; the record, and whoever asks for all of it, keeps the names that rules use."""

import asyncio
import re
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.arrivals import arrival_of
from agent.domain.decision import Decision
from agent.domain.event import Event
from agent.domain.fact_names import CALLED
from agent.domain.plays import StepKind
from integrations.bootstrap import Workspace
from integrations.cli.reviews.report import report_of
from integrations.cli.story import story
from integrations.reports import render
from integrations.slack import card as cards
from integrations.slack import story as modal
from integrations.telling.case import Case
from tests.acceptance.workspaces import START, alone, seeded
from tests.benchmarks.bench_deciding import events

CODE = re.compile(rf"(?<![\w./@-])({'|'.join(map(re.escape, [*CALLED, *StepKind]))})(?![\w/@-]|\.\w)")


IN_KRONUR = "deals: [{id: deal_024, amount: {amount: 9000000, currency: ISK}}]"
"""There is no rate for them, so nobody can tell what the discount that is asked for is worth."""


def morning() -> list[Event]:
    """Deals that move, tickets that come and use that changes, all over the seeded world; some of what rules need is not known."""
    others = [one for one in events() if one.subject_id != "deal_024" and (one.subject_kind != "ticket" or int(one.subject_id[-2:]) < 40)]
    asked = {"discount_pct": 12, "requested_by": "u_oliver"}
    return [*others, Event("bench", "discount", "deal.discount_requested", START, START, "deal", "deal_024", data=asked)]


async def decided(workspace: Workspace) -> list[Decision]:
    await workspace.sandbox.apply(IN_KRONUR)
    await workspace.service.accept([arrival_of(event) for event in morning()])
    await workspace.engine.settle()
    return [await workspace.service.explain(row.id) for row in await workspace.service.decisions(limit=1000)]


@pytest.fixture(scope="module")
def read(seeded_world: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """By door, all that it shows of these decisions."""
    folder = tmp_path_factory.mktemp("read")

    async def work() -> dict[str, str]:
        async with seeded(folder, seeded_world) as workspace:
            found = await decided(workspace)
            pack = await workspace.service.review_week(START - timedelta(days=1), START + timedelta(days=1))
            told = await workspace.store.messages(undelivered=False)
            shown = [text async for text in _cards(workspace, found)]
            return {
                "record": "\n".join(one.model_dump_json() for one in found),
                "story": "\n".join(_page(story(one, now=START, width=400, height=60, currency="EUR")) for one in found),
                "story in full": "\n".join(_page(story(one, now=START, width=400, height=60, everything=True)) for one in found),
                "cards": "\n".join(shown),
                "why": "\n".join(text for one in found for text in _texts(modal.why(Case(one, START, "EUR"), None, {}))),
                "review": render(report_of(pack)),
                "messages": "\n".join(f"{message.title}\n{message.body}" for message in told),
            }

    with alone(folder):
        return asyncio.run(work())


async def _cards(workspace: Workspace, found: list[Decision]) -> Any:
    plays = workspace.playbook.plays
    for one in found:
        for ask in await workspace.service.asks(one.id):
            card = cards.Card(Case(one, START, "EUR"), ask, plays.get(one.chosen.play) if one.chosen else None, {}, [ask])
            for text in _texts(cards.render(card).blocks):
                yield text


def _page(page: Any) -> str:
    return "\n".join(line.plain for line in page.lines)


def _texts(part: Any) -> Iterator[str]:
    if isinstance(part, str):
        yield part
    elif isinstance(part, dict):
        yield from (text for name, value in part.items() if name not in ("block_id", "action_id", "value", "type") for text in _texts(value))
    elif isinstance(part, list):
        yield from (text for one in part for text in _texts(one))


@pytest.mark.parametrize("door", ["story", "cards", "why", "review", "messages"])
def test_no_door_shows_people_the_names_that_rules_use(read: dict[str, str], door: str) -> None:
    assert read[door], "else nothing is proven"
    assert Counter(found[0] for found in CODE.finditer(read[door])) == {}


@pytest.mark.parametrize("door", ["record", "story in full"])
def test_the_record_keeps_them(read: dict[str, str], door: str) -> None:
    assert re.search(r"[a-z]+\.[a-z_]+ is not known", read[door])

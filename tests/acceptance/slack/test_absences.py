"""Who is away by their Slack status is passed over, and the record and the card say why."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from integrations.slack import statuses
from tests.acceptance.slack.desks import Desk, desk, text_of
from tests.acceptance.slack.test_cards import DEAL

OWNER = "katrin.albrecht@tessera.example"


@pytest.fixture
async def here(folder: Path, quiet_world: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setattr(statuses, "AT_ONCE", 500)
    monkeypatch.setattr(statuses, "REMEMBERED", statuses.RESTS * 0)
    monkeypatch.setattr(statuses, "REFRESH", statuses.RESTS * 0)
    monkeypatch.setattr(statuses, "RESTS", statuses.RESTS * 0)
    async with desk(folder, quiet_world) as made:
        yield made


async def knows(here: Desk, away: bool) -> None:
    async def read() -> bool:
        member = await here.door.store.member(email=OWNER)
        return member is not None and member.away is away

    await here.until(read)


async def test_who_is_on_holiday_is_passed_over_and_the_record_says_so(here: Desk) -> None:
    here.slack.members[here.user(OWNER)].status_text = "On vacation"
    await knows(here, away=True)
    decision = await here.decide(DEAL)
    (ask,) = decision.approvals
    assert OWNER not in ask.asked
    assert "Katrin Albrecht is away: Slack status “On vacation”" in (ask.routing or "")
    card = await here.card(ask.asked[0], decision)
    assert "Slack status “On vacation”" in text_of(card)
    assert here.slack.inbox(here.user(OWNER)) == []


async def test_twin_who_is_in_a_meeting_is_asked(here: Desk) -> None:
    here.slack.members[here.user(OWNER)].status_text = "In a meeting"
    await knows(here, away=False)
    decision = await here.decide(DEAL)
    assert decision.approvals[0].asked == [OWNER]


async def test_twin_an_old_status_does_not_count(here: Desk) -> None:
    member = here.slack.members[here.user(OWNER)]
    member.status_text, member.status_until = "On vacation", 1_700_000_000
    await knows(here, away=True)
    decision = await here.decide(DEAL)
    assert decision.approvals[0].asked == [OWNER]

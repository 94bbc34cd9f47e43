"""Who gets the card: the person, else who stands in, else the fallback, else the surface's channel; and never a channel with outsiders."""

import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from agent.errors import Refused
from agent.playbook.loader import DEFAULT
from integrations.sandbox.slack.roster import slack_id
from integrations.slack import card as cards
from tests.acceptance.slack.desks import NEWCOMER, Desk, buttons, desk, text_of
from tests.acceptance.slack.test_cards import BUTTONS, DEAL, later, state_of

CHANNEL = slack_id("C", "deals")
SURFACE = "surfaces/deal-follow-up.yaml"


@pytest.fixture
def playbook(tmp_path: Path) -> Path:
    """The default playbook, with a channel for the asks of deals."""
    made = tmp_path / "playbook"
    shutil.copytree(DEFAULT, made)
    text = (made / SURFACE).read_text()
    assert "expire_after: 16h}" in text
    (made / SURFACE).write_text(text.replace("expire_after: 16h}", f"expire_after: 16h, channel: {CHANNEL}}}"))
    return made


@pytest.fixture
async def here(folder: Path, quiet_world: Path, playbook: Path) -> AsyncIterator[Desk]:
    async with desk(folder, quiet_world, playbook=playbook) as made:
        yield made


async def without(here: Desk, role: str) -> None:
    """Everybody who holds a role has left."""
    people = await here.served.workspace.sandbox.sources.directory.people(here.served.workspace.clock())
    gone = [{"id": person.id, "active": False} for person in people if role in person.roles]
    await here.served.workspace.sandbox.apply(json.dumps({"people": gone}))


def in_channel(here: Desk, words: str) -> list[dict[str, Any]]:
    return [m for m in here.slack.store.messages(CHANNEL) if words in text_of(m)]


async def test_who_is_not_in_slack_is_passed_over_and_the_record_says_why(here: Desk) -> None:
    owner = slack_id("U", "katrin.albrecht@tessera.example")
    here.slack.members[owner].deleted = True
    decision = await here.decide(DEAL)
    assert decision.approvals[0].asked == ["katrin.albrecht@tessera.example"]

    async def passed_on() -> Any:
        (ask,) = await here.served.workspace.service.asks(decision.id)
        return ask if ask.asked != ("katrin.albrecht@tessera.example",) else None

    ask = await here.until(passed_on)
    assert "katrin.albrecht@tessera.example cannot be reached" in (ask.routing or "")
    assert ask.asked
    assert buttons(await here.card(ask.asked[0], decision)) == BUTTONS
    assert in_channel(here, decision.id) == []


async def test_where_nobody_else_is_left_it_goes_to_the_channel_and_who_may_answers_there(here: Desk) -> None:
    await without(here, "sales_manager")
    decision = await here.decide(DEAL)
    email = decision.approvals[0].asked[0]
    own = await here.card(email, decision)
    (ask,) = await here.served.workspace.service.asks(decision.id)
    assert ask.delegate_at is not None
    await later(here, ask.delegate_at - here.served.workspace.clock())
    card = await here.seen(lambda: next(iter(in_channel(here, decision.id)), None))
    assert buttons(card) == BUTTONS
    here.slack.channel(CHANNEL).members.append(NEWCOMER.id)
    await here.slack.click(NEWCOMER.id, card, cards.APPROVE)
    await here.seen(lambda: any("may not answer this" in said for said in here.whispers(NEWCOMER.id)) or None)
    assert await state_of(here, decision.id) == ["open"]
    await here.slack.click(here.user(email), card, cards.APPROVE)
    await here.seen(lambda: ("Approved" in text_of(here.now(card)) and "Approved" in text_of(here.now(own))) or None)
    assert await state_of(here, decision.id) == ["approved"]


async def test_not_mine_puts_nothing_in_a_channel_where_nobody_may_answer(here: Desk) -> None:
    await without(here, "sales_manager")
    decision = await here.decide(DEAL)
    (ask,) = decision.approvals
    with pytest.raises(Refused, match="nobody else who could answer"):
        await here.served.workspace.service.answer(decision.id, "reject", who=ask.asked[0], reason="not_mine")
    assert (await here.served.workspace.service.asks(decision.id))[0].asked == tuple(ask.asked)


async def test_a_channel_that_is_shared_later_is_told_nothing_more(here: Desk) -> None:
    await without(here, "sales_manager")
    decision = await here.decide(DEAL)
    (ask,) = await here.served.workspace.service.asks(decision.id)
    assert ask.delegate_at is not None
    await later(here, ask.delegate_at - here.served.workspace.clock())
    card = await here.seen(lambda: next(iter(in_channel(here, decision.id)), None))
    here.slack.channel(CHANNEL).is_ext_shared = True
    await here.served.workspace.service.answer(decision.id, "reject", who=ask.asked[0], reason="irrelevant", note="They are leaving us.")

    async def left_alone() -> bool:
        return any(post.email is None and "is_ext_shared" in (post.error or "") for post in await here.door.store.cards_of(ask.id))

    await here.until(left_alone)
    assert "They are leaving us." not in text_of(here.now(card))


@pytest.mark.parametrize("change", [{"is_ext_shared": True}, {"members": []}, {"is_archived": True}])
async def test_never_into_a_channel_with_outsiders_then_operators_are_told(here: Desk, change: dict[str, Any]) -> None:
    await without(here, "sales_manager")
    for name, value in change.items():
        setattr(here.slack.channel(CHANNEL), name, value)
    here.slack.members[slack_id("U", "katrin.albrecht@tessera.example")].deleted = True
    decision = await here.decide(DEAL)

    async def told() -> Any:
        messages = await here.served.workspace.store.messages(undelivered=False)
        return next((m for m in messages if m.title.startswith("Not put before anybody")), None)

    alarm = await here.until(told)
    assert alarm.to
    assert f"nextplay answer {decision.id} approve" in alarm.body
    await here.seen(lambda: any("Not put before anybody" in text_of(m) for m in here.slack.inbox(here.user(alarm.to[0]))) or None)
    assert in_channel(here, decision.id) == []
    assert await state_of(here, decision.id) == ["open"], "it can still be answered"


async def test_a_sensitive_case_never_falls_back_to_the_channel(here: Desk) -> None:
    await without(here, "sales_manager")
    await here.served.workspace.sandbox.apply(json.dumps({"accounts": [{"id": "acc_001", "tier": "strategic"}]}))
    decision = await here.decide(DEAL)
    assert decision.sensitive.value

    async def told() -> Any:
        return next((m for m in await here.served.workspace.store.messages(undelivered=False) if m.kind == "alarm"), None)

    assert (await here.until(told)).title.startswith("Nobody can be asked")
    assert not any(m.data.get("channel") for m in await here.served.workspace.store.messages(undelivered=False))

"""Somebody of another company who shares a channel with us and shows a colleague's address: they are nobody here."""

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from integrations.sandbox.slack import payloads
from integrations.sandbox.slack.roster import TEAM
from integrations.slack import card as cards
from integrations.slack.notices import WHY_DECISION
from tests.acceptance.slack.desks import GUEST, STRANGER, Desk, buttons, desk, text_of
from tests.acceptance.slack.test_agents import AGENT, channel, said_in
from tests.acceptance.slack.test_cards import BUTTONS, DEAL, asked, state_of

POSER = replace(STRANGER, id="U0POSER", shares_channel=True)


@pytest.fixture
async def here(folder: Path, quiet_world: Path) -> AsyncIterator[Desk]:
    async with desk(folder, quiet_world) as made:
        yield made


def poses_as(here: Desk, email: str) -> str:
    """The outsider shows this address and is in every channel of ours; returns their id."""
    here.slack.members[POSER.id] = replace(POSER, email=email)
    for one in here.slack.channels():
        one.members.append(POSER.id)
    return POSER.id


async def whispered(here: Desk, user: str, words: str, *, before: int = 0) -> None:
    """Somebody is told this alone, after so many words that they were told `before`."""
    await here.seen(lambda: any(words in said for said in here.whispers(user)[before:]) or None)


@pytest.mark.parametrize("said", [{"user": {"id": POSER.id, "team_id": TEAM}}, {}])
async def test_an_outsider_does_not_answer_for_a_colleague(here: Desk, said: dict[str, object], monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever workspace the click itself names."""
    email, card, decision = await asked(here)
    user = poses_as(here, email)
    own = here.slack.channel(card["channel"])
    own.members.append(user)
    here.slack._channels[own.id] = own
    made = payloads.message_click
    monkeypatch.setattr(payloads, "message_click", lambda *given: made(*given) | said)
    await here.slack.click(user, card, cards.APPROVE)
    await whispered(here, user, "another workspace")
    assert await state_of(here, decision) == ["open"]
    assert buttons(here.now(card)) == BUTTONS
    assert await here.door.store.member(user_id=user) is None, "nothing is sent to them as if they were the colleague"


@pytest.mark.parametrize("how", ["command", "mention"])
async def test_an_outsider_asks_for_nothing_in_a_colleagues_name(here: Desk, how: str) -> None:
    user, where = poses_as(here, AGENT), channel(here)
    text = "escalate tic_004 all flows are down"
    await (here.slack.command(user, where, f"/nextplay {text}") if how == "command" else here.slack.mention(user, where, text))
    await whispered(here, user, "another workspace")
    assert await here.served.workspace.sandbox.effects.log() == []


@pytest.mark.parametrize(
    ("how", "refusals"), [("command", ("does not know who you are", "for full members")), ("mention", ("another workspace", "another workspace"))]
)
async def test_an_outsider_reads_neither_queue_nor_story(here: Desk, how: str, refusals: tuple[str, str]) -> None:
    email, _, decision = await asked(here, DEAL)
    user, where = poses_as(here, email), channel(here)
    for text, said in zip(("queue", f"why {decision}"), refusals, strict=True):
        before = len(here.whispers(user))
        await (here.slack.command(user, where, f"/nextplay {text}") if how == "command" else here.slack.mention(user, where, text))
        await whispered(here, user, said, before=before)


async def test_an_outsider_has_no_home_and_no_why(here: Desk) -> None:
    where = channel(here)
    await here.slack.command(here.user(AGENT), where, "/nextplay article TS-4012 authorisation of a connection has ended")
    answer = await said_in(here, where, "asked")
    user = poses_as(here, AGENT)
    await here.slack.open_home(user)
    assert "does not know you yet" in text_of(await here.seen(lambda: here.slack.home(user)))
    await here.slack.click(user, answer, WHY_DECISION)
    await whispered(here, user, "another workspace")
    assert here.slack.modal(user) is None


async def test_the_story_is_refused_to_guests_by_the_command_too(here: Desk) -> None:
    _, _, decision = await asked(here)
    where = here.slack.channel(channel(here))
    where.members.append(GUEST.id)
    await here.slack.command(GUEST.id, where.id, f"/nextplay why {decision}")
    await whispered(here, GUEST.id, "for full members")

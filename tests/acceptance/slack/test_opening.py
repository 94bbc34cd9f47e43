"""What opens when somebody presses: a modal for colleagues, a word to anybody else, and always a word where nothing opened."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from integrations.slack import card as cards
from integrations.slack import carrying, listeners
from integrations.slack.modals import REJECT_VIEW
from integrations.slack.notices import WHY_DECISION
from tests.acceptance.slack.desks import GUEST, NEWCOMER, STRANGER, Desk, desk
from tests.acceptance.slack.test_agents import AGENT, channel, said_in
from tests.acceptance.slack.test_cards import asked, opened
from tools.ports import SourceError

OPENING = (cards.EDIT, cards.REJECT, cards.SNOOZE, cards.WHY)
VIEWS_OPEN = "views.open"


@pytest.fixture
async def here(folder: Path, quiet_world: Path) -> AsyncIterator[Desk]:
    async with desk(folder, quiet_world) as made:
        yield made


def lets_in(here: Desk, card: dict[str, Any], user: str) -> None:
    """The channel of a card gets one more reader."""
    here.slack._channels[card["channel"]] = here.slack.channel(card["channel"])
    here.slack._channels[card["channel"]].members.append(user)


async def told(here: Desk, user: str, said: str) -> None:
    await here.seen(lambda: any(said in words for words in here.whispers(user)) or None)


def called(here: Desk, method: str) -> list[tuple[str, str]]:
    return [call for call in here.slack.calls if call[0] == method]


@pytest.mark.parametrize("button", OPENING)
@pytest.mark.parametrize(
    ("user", "said"),
    [(GUEST.id, "Guests cannot"), (STRANGER.id, "another workspace"), (NEWCOMER.id, "You are not a colleague in the directory. Ask an operator")],
    ids=["guest", "outsider", "unmapped"],
)
async def test_no_modal_opens_for_who_is_no_colleague(here: Desk, user: str, said: str, button: str) -> None:
    _, card, _ = await asked(here)
    lets_in(here, card, user)
    await here.slack.click(user, card, button)
    await told(here, user, said)
    assert called(here, VIEWS_OPEN) == []
    assert here.slack.modal(user) is None


async def test_who_shows_no_address_is_told_so_and_no_modal_opens(here: Desk) -> None:
    email, card, _ = await asked(here)
    lets_in(here, card, NEWCOMER.id)
    here.slack.members[NEWCOMER.id] = NEWCOMER.__class__(NEWCOMER.id, NEWCOMER.name, "")
    await here.slack.click(NEWCOMER.id, card, cards.REJECT)
    await told(here, NEWCOMER.id, "does not know who you are")
    assert here.slack.modal(NEWCOMER.id) is None
    await here.slack.click(here.user(email), card, cards.REJECT)
    await opened(here, here.user(email), REJECT_VIEW)


async def test_the_story_beneath_an_answer_is_for_colleagues(here: Desk) -> None:
    where = channel(here)
    here.slack.channel(where).members.append(NEWCOMER.id)
    await here.slack.command(here.user(AGENT), where, "/nextplay article TS-4012 authorisation of a connection has ended")
    answer = await said_in(here, where, "asked")
    await here.slack.click(NEWCOMER.id, answer, WHY_DECISION)
    await told(here, NEWCOMER.id, "You are not a colleague")
    assert here.slack.modal(NEWCOMER.id) is None


async def test_the_command_tells_no_story_to_who_is_no_colleague(here: Desk) -> None:
    _, _, decision = await asked(here)
    await here.slack.command(NEWCOMER.id, channel(here), f"/nextplay why {decision}")
    await told(here, NEWCOMER.id, "You are not a colleague")


@pytest.mark.parametrize("button", [cards.EDIT, cards.WHY])
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"rate_limited": 1.0, "retry_after_s": 7}, "Nothing was opened, for Slack is busy. Please press it again in 7 seconds."),
        ({"down": True}, "Slack did not answer. If nothing opened, please press it again."),
    ],
    ids=["429", "error"],
)
async def test_who_presses_learns_that_nothing_opened(here: Desk, fault: dict[str, Any], said: str, button: str) -> None:
    email, card, _ = await asked(here)
    here.slack.faults.set({"calls": {VIEWS_OPEN: fault}})
    await here.slack.click(here.user(email), card, button)
    await told(here, here.user(email), said)
    assert here.slack.modal(here.user(email)) is None
    here.slack.faults.clear()
    await here.slack.click(here.user(email), card, button)
    await here.seen(lambda: here.slack.modal(here.user(email)))


async def test_nothing_opens_before_slack_says_who_pressed(here: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are told once Slack says it, and pressing again opens."""
    monkeypatch.setattr(listeners, "PREPARES_S", 0.2)
    monkeypatch.setattr(carrying, "SLACK_RESTS", carrying.SLACK_RESTS / 50)
    email, card, _ = await asked(here)
    lets_in(here, card, GUEST.id)
    here.slack.faults.set({"calls": {"users.info": {"lost_request": 1.0, "hangs_s": 5}}})
    await here.slack.click(GUEST.id, card, cards.WHY)
    await here.seen(lambda: called(here, "users.info") or None)
    here.slack.faults.clear()
    await told(here, GUEST.id, "Guests cannot")
    assert called(here, VIEWS_OPEN) == []
    await here.slack.click(here.user(email), card, cards.REJECT)
    await opened(here, here.user(email), REJECT_VIEW)


async def test_a_silent_directory_opens_nothing_and_says_so(here: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    email, card, _ = await asked(here)
    service = here.served.workspace.service

    async def silent(who: str) -> Any:
        raise SourceError("directory", f"no word about {who}")

    monkeypatch.setattr(service, "colleague", silent)
    await here.slack.click(here.user(email), card, cards.EDIT)
    await told(here, here.user(email), "Nothing was opened, for the directory does not answer. Please press it again in a minute.")
    assert called(here, VIEWS_OPEN) == []

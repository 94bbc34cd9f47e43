"""Every method that the product can call, as it comes over the wire.

With NEXTPLAY_BENCH_SPECS all tests of this folder hold each call to Slack's own description (see `conftest`); here is one run that calls
everything, so that no method can escape that.
"""

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import get_args

import pytest
from pydantic import SecretStr

from integrations.slack import card as cards
from integrations.slack import posting
from integrations.slack.examining import examine
from integrations.slack.members import Members, Team
from integrations.slack.story import VIEW as WHY_VIEW
from integrations.slack.web import Does, SlackWeb, Tells
from integrations.wall_clock import wall_clock
from tests.acceptance.slack.desks import GUEST, Desk, buttons, desk
from tests.acceptance.slack.test_agents import AGENT, channel, said_in
from tests.acceptance.slack.test_cards import DEAL, asked, opened
from tests.acceptance.workspaces import START
from tests.integration.slack.described import Sent


@pytest.fixture
async def here(folder: Path, quiet_world: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setattr(posting, "SETTLES", timedelta(seconds=0.2))
    async with desk(folder, quiet_world) as made:
        yield made


async def test_all_that_can_be_called_is_called_in_its_form(here: Desk, wire: list[Sent]) -> None:
    await _a_card_is_answered(here)
    await _somebody_asks(here)
    await _a_post_is_looked_for(here, wire)
    await _the_doctor_looks(here)
    assert {sent.method for sent in wire} == {*get_args(Does), *get_args(Tells)}
    for sent in wire:
        is_bare = sent.method in get_args(Tells) or sent.method == "apps.connections.open"
        assert sent.has_token, sent
        assert sent.verb == ("GET" if sent.method in get_args(Tells) else "POST"), sent
        assert sent.body is None if is_bare else sent.is_json and not sent.query, sent


async def _a_card_is_answered(here: Desk) -> None:
    """A story in a modal, somebody who may not, an approval, a page of one's own."""
    email, card, _ = await asked(here)
    user = here.user(email)
    await here.slack.click(user, card, cards.WHY)
    await opened(here, user, WHY_VIEW)
    await here.slack.open_home(user)
    await here.seen(lambda: here.slack.home(user))
    await here.slack.click(user, card, cards.APPROVE)
    await here.seen(lambda: "Undo" in buttons(here.now(card)) or None)


async def _somebody_asks(here: Desk) -> None:
    """A mention in a thread; and a guest, whose account is looked up by its id and who is told alone that they may not."""
    where, user = next(one for one in here.slack.channels() if one.name == "support"), here.user(AGENT)
    first = await here.slack.say(user, where.id, "Customer sees TS-4012, the authorisation of a connection has ended")
    await here.slack.mention(user, where.id, "", thread_ts=first["ts"])
    await said_in(here, where.id, "asked")
    where.members.append(GUEST.id)
    await here.slack.command(GUEST.id, where.id, "/nextplay article TS-4012")
    await here.seen(lambda: any("Guests" in said for said in here.whispers(GUEST.id)) or None)


async def _a_post_is_looked_for(here: Desk, wire: list[Sent]) -> None:
    """No answer comes to a post, so it is looked for before it is sent again."""
    here.slack.faults.set({"calls": {"chat.postMessage": {"lost_answer": 1.0, "hangs_s": 0.1}}})
    deal = {"id": "deal_wire", "account": "acc_007", "stage": "evaluation", "stage_entered_at": "@-3d", "owner": "u_katrin", "version": 1}
    await here.served.workspace.sandbox.apply(json.dumps({"deals": [deal | {"amount": {"amount": 50000, "currency": "EUR"}}]}))
    decision = await here.decide(replace(DEAL, id="evt_wire", subject_id="deal_wire", actor="u_wire"))
    assert decision.approvals, "somebody is asked"
    await here.seen(lambda: any(sent.method == "conversations.history" for sent in wire) or None)
    here.slack.faults.clear()


async def _the_doctor_looks(here: Desk) -> None:
    """In Socket Mode, with a channel of a surface."""
    slack = here.served.workspace.slack
    assert slack is not None
    token = SecretStr(here.slack.app.app_token)
    settings = here.served.workspace.settings.model_copy(update={"slack_mode": "socket", "slack_app_token": token})
    looking = SlackWeb(here.slack.app.bot_token, settings.slack_api_url)
    people = await here.served.workspace.sandbox.sources.directory.people(START)
    members = Members(slack.store, looking, wall_clock, Team(looking).id)
    found = [finding async for finding in examine(settings, slack.store, people, members, looking, {"deal-follow-up": channel(here, "deals")})]
    await looking.close()
    assert [text for _, level, text in found if level == "fail"] == []

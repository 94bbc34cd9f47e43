"""Cards, from the proposal to the outcome, through the real Bolt app and a Slack workspace that checks what it is sent."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.domain.event import Event
from integrations.db.slack import AttentionSetting
from integrations.slack import card as cards
from integrations.slack.messenger import SlackMessenger
from integrations.slack.modals import EDIT_VIEW, REJECT_VIEW, SNOOZE_VIEW
from integrations.slack.story import VIEW as WHY_VIEW
from tests.acceptance.slack.desks import GUEST, NEWCOMER, STRANGER, Desk, buttons, desk, text_of
from tests.acceptance.workspaces import START

DEAL = Event("crm", "evt_deal", "deal.stage_changed", START, START, "deal", "deal_001", None, "u_katrin", None, {})
"""A mail to the customer, of which the deal's owner is asked."""
ASKED = {"discount_pct": 12, "requested_by": "u_oliver"}
ASKED = {"discount_pct": 12, "requested_by": "u_oliver"}
DISCOUNT = Event("crm", "evt_discount", "deal.discount_requested", START, START, "deal", "deal_024", None, "u_oliver", None, ASKED)
"""A discount that needs more than one person."""
BUTTONS = ["Approve", "Edit", "Reject", "Snooze", "Why"]


@pytest.fixture
async def here(folder: Path, quiet_world: Path) -> AsyncIterator[Desk]:
    async with desk(folder, quiet_world) as made:
        yield made


async def asked(here: Desk, event: Event = DEAL) -> tuple[str, dict[str, Any], str]:
    """Who is asked, their card, and the decision's id."""
    decision = await here.decide(event)
    email = decision.approvals[0].asked[0]
    return email, await here.card(email, decision), decision.id


async def opened(here: Desk, user: str, callback: str) -> dict[str, Any]:
    return await here.seen(lambda: view if (view := here.slack.modal(user)) and view["callback_id"] == callback else None)


async def rejected(here: Desk, email: str, card: dict[str, Any], reason: str, note: str = "") -> None:
    """Press Reject, choose a reason, and send it."""
    user = here.user(email)
    await here.slack.click(user, card, cards.REJECT)
    view = await opened(here, user, REJECT_VIEW)
    assert (await here.slack.submit(view, {"reason": {"value": reason}, "note": {"value": note}})).ok


async def state_of(here: Desk, decision: str) -> list[str]:
    return [ask.state for ask in await here.served.workspace.service.asks(decision)]


async def test_a_card_has_all_that_is_needed_and_follows_its_approval(here: Desk) -> None:
    email, card, decision = await asked(here)
    words = text_of(card)
    for said in ("64,000 EUR", "Why now", "Deal stage changed", "Expected", "within 14 days", "Not instead", "Ruled out", "discount-on-request-only"):
        assert said in words
    assert f"@{here.user(email)}" in words, "it says who may answer"
    assert "Guten Tag Julia Brandt" in words, "the exact content"
    assert buttons(card) == BUTTONS
    assert (await here.slack.click(here.user(email), card, cards.APPROVE)).ok
    await here.seen(lambda: "Approved" in text_of(here.now(card)) or None)
    await here.seen(lambda: buttons(here.now(card)) == ["Undo", "Why"] or None)
    assert await state_of(here, decision) == ["approved"]
    assert len(here.slack.inbox(here.user(email))) == 1, "one card, not two"


async def test_what_was_approved_can_be_undone_for_a_minute(here: Desk) -> None:
    email, card, decision = await asked(here)
    await here.slack.click(here.user(email), card, cards.APPROVE)
    await here.seen(lambda: "Undo" in buttons(here.now(card)) or None)
    await here.slack.click(here.user(email), here.now(card), cards.UNDO)
    await here.seen(lambda: "Undo" not in buttons(here.now(card)) or None)
    assert {action.state for action in (await here.served.workspace.service.explain(decision)).actions} == {"failed"}
    assert "Undone by Katrin Albrecht" in text_of(here.now(card))


async def test_an_edit_is_checked_while_the_modal_is_open(here: Desk) -> None:
    email, card, decision = await asked(here)
    user = here.user(email)
    await here.slack.click(user, card, cards.EDIT)
    view = await opened(here, user, EDIT_VIEW)
    body = next(block for block in view["blocks"] if block.get("block_id") == "content:body")["element"]["initial_value"]
    refused = await here.slack.submit(view, {"content:body": {"value": f"{body}\n\nDas kostet nur 4.711 EUR."}})
    assert refused.body["response_action"] == "errors"
    assert "4.711" in str(refused.body["errors"])
    assert await state_of(here, decision) == ["open"]
    sent = await here.slack.submit(view, {"content:body": {"value": body.replace("Freundliche Grüße", "Herzliche Grüße")}})
    assert sent.ok
    assert "errors" not in sent.body
    await here.seen(lambda: "Approved with changes" in text_of(here.now(card)) or None)
    proposal = (await here.served.workspace.service.explain(decision)).proposal
    assert proposal is not None
    assert "Herzliche Grüße" in proposal.content["body"]
    assert proposal.composed_by == "person"


async def test_a_rejection_has_a_reason_and_a_note(here: Desk) -> None:
    email, card, decision = await asked(here)
    await rejected(here, email, card, "poorly_timed", "<!channel> after *May*")
    await here.seen(lambda: "Rejected" in text_of(here.now(card)) or None)
    assert "poorly timed" in text_of(here.now(card))
    assert "<!channel> after *May*" in text_of(here.now(card)), "as words, not as markup"
    ask = (await here.served.workspace.service.asks(decision))[0]
    assert (ask.state, ask.reason, ask.answered_by) == ("rejected", "poorly_timed", email)


async def test_wrong_facts_open_a_task_and_the_card_says_so(here: Desk) -> None:
    email, card, _ = await asked(here)
    await rejected(here, email, card, "facts_wrong", "It is 48,000, not 64,000")
    await here.seen(lambda: "A task to mend the facts was opened." in text_of(here.now(card)) or None)
    (task,) = await here.served.workspace.sandbox.effects.log()
    assert task["kind"] == "crm_task"
    assert "It is 48,000, not 64,000" in task["payload"]["text"]
    assert "deal.amount = 64000" in task["payload"]["text"]


async def test_a_snooze_offers_times_before_the_end(here: Desk) -> None:
    email, card, decision = await asked(here)
    user = here.user(email)
    await here.slack.click(user, card, cards.SNOOZE)
    view = await opened(here, user, SNOOZE_VIEW)
    options = view["blocks"][0]["element"]["options"]
    assert [option["text"]["text"] for option in options][:2] == ["In 15 minutes", "In an hour"]
    await here.slack.submit(view, {"until": {"value": options[1]["value"]}})

    async def snoozed() -> bool:
        return await state_of(here, decision) == ["snoozed"]

    await here.until(snoozed)
    await here.seen(lambda: any("Snoozed until" in said for said in here.whispers(user)) or None)
    assert buttons(here.now(card)) == BUTTONS, "it may still be answered"


async def test_why_opens_the_whole_story(here: Desk) -> None:
    email, card, decision = await asked(here)
    user = here.user(email)
    await here.slack.click(user, card, cards.WHY)
    story = text_of(await opened(here, user, WHY_VIEW))
    for said in ("Facts that mattered", "What could be done", "Rules that took hold", "Who was asked", decision):
        assert said in story


@pytest.mark.parametrize(
    ("user", "said"),
    [
        (NEWCOMER.id, "may not answer this"),
        (GUEST.id, "Guests cannot answer"),
        (STRANGER.id, "another workspace"),
    ],
)
async def test_who_may_not_answer_is_told_so_alone(here: Desk, user: str, said: str) -> None:
    _, card, decision = await asked(here)
    payload_channel = card["channel"]
    here.slack._channels[payload_channel] = here.slack.channel(payload_channel)
    here.slack._channels[payload_channel].members.append(user)
    await here.slack.click(user, card, cards.APPROVE)
    await here.seen(lambda: any(said in words for words in here.whispers(user)) or None)
    assert await state_of(here, decision) == ["open"]
    assert buttons(here.now(card)) == BUTTONS


async def test_one_person_who_presses_five_times_has_answered_once(here: Desk) -> None:
    """The card shows it: that it was answered already, by themselves, is no news."""
    email, card, decision = await asked(here)
    user = here.user(email)
    await asyncio.gather(*(here.slack.click(user, card, cards.APPROVE) for _ in range(5)))
    await here.seen(lambda: "Approved" in text_of(here.now(card)) or None)

    async def carried_out() -> bool:
        return not await here.door.store.due_clicks(datetime.now(UTC))

    await here.until(carried_out)
    assert here.whispers(user) == []
    assert [ask.answered_by for ask in (await here.served.workspace.service.explain(decision)).approvals] == [email]


async def test_a_late_click_is_told_what_became_of_it(here: Desk) -> None:
    email, card, decision = await asked(here)
    user = here.user(email)
    await here.served.workspace.service.answer(decision, "reject", who=email, reason="irrelevant")
    await here.slack.click(user, card, cards.APPROVE)
    await here.seen(lambda: any("Already rejected" in said for said in here.whispers(user)) or None)
    await here.slack.click(user, card, cards.EDIT)
    await here.seen(lambda: sum("Already rejected by Katrin Albrecht" in said for said in here.whispers(user)) == 2 or None)


async def test_a_reply_in_the_thread_is_a_note(here: Desk) -> None:
    email, card, decision = await asked(here)
    user = here.user(email)
    await here.slack.message(user, "I will call her first", thread_ts=card["ts"])
    await here.seen(lambda: any("Kept as a note" in text_of(m) and m.get("thread_ts") == card["ts"] for m in here.slack.inbox(user)) or None)
    log = await here.served.workspace.store.audit_log(limit=5, ref=decision)
    assert [entry["data"]["text"] for entry in log if entry["kind"] == "note"] == ["I will call her first"]
    assert await state_of(here, decision) == ["open"]


async def test_two_roles_have_a_card_each_and_each_says_who_is_still_needed(here: Desk) -> None:
    decision = await here.decide(DISCOUNT)
    roles = {ask.needed_role: ask.asked[0] for ask in decision.approvals}
    assert len(roles) == 2
    first, second = [await here.card(email, decision) for email in roles.values()]
    one, two = roles.values()
    assert "Also needed" in text_of(first)
    await here.slack.click(here.user(one), first, cards.APPROVE)
    await here.seen(lambda: "Approved" in text_of(here.now(first)) or None)
    await here.slack.click(here.user(two), second, cards.APPROVE)
    await here.seen(lambda: "Approved" in text_of(here.now(second)) or None)
    assert await state_of(here, decision.id) == ["approved", "approved"]


async def later(here: Desk, by: timedelta) -> None:
    """Let so much time pass, and let the engine and the clock task look."""
    workspace = here.served.workspace
    await workspace.clock.move_to(workspace.clock() + by, workspace.database)
    await workspace.service.tick()
    workspace.service.wake("")


async def test_what_changed_after_the_approval_is_asked_about_again(here: Desk) -> None:
    email, card, decision = await asked(here)
    user = here.user(email)
    await here.slack.click(user, card, cards.APPROVE)
    await here.seen(lambda: "Undo" in buttons(here.now(card)) or None)
    recipient = (await here.served.workspace.service.explain(decision)).proposal
    assert recipient is not None
    await here.served.workspace.sandbox.apply(json.dumps({"contacts": [{"id": recipient.recipient, "email": "julia.brandt@elsewhere.example"}]}))
    await later(here, timedelta(seconds=61))
    again = await here.seen(lambda: next((m for m in here.slack.inbox(user) if "What changed since it was approved" in text_of(m)), None))
    assert "julia.brandt@elsewhere.example" in text_of(again)
    assert buttons(again) == BUTTONS
    await here.seen(lambda: "Asked again, because something changed" in text_of(here.now(card)) or None)
    assert await here.served.workspace.sandbox.effects.log() == []


async def test_an_ask_that_ended_says_so_and_has_no_buttons(here: Desk) -> None:
    email, card, _ = await asked(here)
    await later(here, timedelta(days=2))
    await here.seen(lambda: buttons(here.now(card)) == ["Why"] or None)
    assert "Not answered in time" in text_of(here.now(card))
    told = await here.seen(lambda: next((m for m in here.slack.inbox(here.user(email)) if "Not answered in time:" in text_of(m)), None))
    assert told["thread_ts"] == card["ts"]
    assert told["subtype"] == "thread_broadcast", "it is seen without opening the thread"


async def test_a_reminder_stands_beneath_the_card_and_the_card_says_so(here: Desk) -> None:
    email, card, _ = await asked(here)
    await later(here, timedelta(hours=4))
    told = await here.seen(lambda: next((m for m in here.slack.inbox(here.user(email)) if "Still waiting:" in text_of(m)), None))
    assert told["thread_ts"] == card["ts"]
    assert told["subtype"] == "thread_broadcast"
    assert buttons(told) == [], "the buttons are the card's"
    await here.seen(lambda: "Reminded once already." in text_of(here.now(card)) or None)
    assert buttons(here.now(card)) == BUTTONS


async def test_who_it_is_passed_on_to_gets_a_card_of_their_own(here: Desk) -> None:
    email, card, decision = await asked(here)
    (ask,) = await here.served.workspace.service.asks(decision)
    assert ask.delegate_at is not None
    await later(here, ask.delegate_at - here.served.workspace.clock())
    (ask,) = await here.served.workspace.service.asks(decision)
    other = next(one for one in ask.asked if one != email)
    theirs = await here.card(other, decision)
    assert buttons(theirs) == BUTTONS
    await here.slack.click(here.user(other), theirs, cards.APPROVE)
    await here.seen(lambda: "Approved" in text_of(here.now(card)) or None)
    assert await state_of(here, decision) == ["approved"]


async def test_not_mine_puts_a_card_before_somebody_else(here: Desk) -> None:
    email, card, decision = await asked(here)
    user = here.user(email)
    await rejected(here, email, card, "not_mine")
    await here.seen(lambda: any("Passed on to" in said for said in here.whispers(user)) or None)
    (other,) = (await here.served.workspace.service.asks(decision))[0].asked
    assert other != email
    assert buttons(await here.card(other, decision)) == BUTTONS
    await here.seen(lambda: buttons(here.now(card)) == ["Why"] or None)
    passed_on = f"Passed on to @{here.user(other)} by you , "  # by name alone until their account has been looked up
    await here.seen(lambda: passed_on in " ".join(text_of(here.now(card)).split()) or None)
    assert (await here.door.store.cards_before(email, here.served.workspace.clock(), without=""))[0] == 0, "it waits for the other"
    assert (await here.door.store.cards_before(other, here.served.workspace.clock(), without=""))[0] == 1


async def test_what_came_of_it_stands_on_the_card_and_is_told_once(here: Desk) -> None:
    email, card, decision = await asked(here)
    await here.slack.click(here.user(email), card, cards.APPROVE)
    await here.seen(lambda: "Approved" in text_of(here.now(card)) or None)
    await later(here, timedelta(seconds=61))
    await here.seen(lambda: "Done: 2 steps" in text_of(here.now(card)) or None)
    await here.door.store.set_attention(email, AttentionSetting(quiet="00:00-00:00"))
    workspace = here.served.workspace
    for number, stage in enumerate(("negotiation", "won"), 1):
        await later(here, timedelta(days=1))
        await workspace.sandbox.apply(json.dumps({"deals": [{"id": "deal_001", "stage": stage, "version": 50 + number}]}))
        at = workspace.clock()
        await here.decide(replace(DEAL, id=f"evt_{stage}", occurred_at=at, received_at=at))
    await workspace.service.deliver()
    told = await here.seen(lambda: next((m for m in here.slack.inbox(here.user(email)) if "What came of it:" in text_of(m)), None))
    assert told["thread_ts"] == card["ts"]
    await here.seen(lambda: "Outcome: converted, deal " in text_of(here.now(card)) or None)
    assert len([m for m in await workspace.store.messages(undelivered=False) if m.kind == "outcome"]) == 1
    assert {a.state for a in (await workspace.service.explain(decision)).actions} == {"done"}


async def test_what_came_of_it_waits_for_the_quiet_hours_to_end(here: Desk) -> None:
    email, _, decision = await asked(here)
    await here.door.store.set_attention(email, AttentionSetting(quiet="00:00-23:59"))
    (ask,) = await here.served.workspace.service.asks(decision)
    data = {"approval": ask.id, "decision": decision}
    messenger = SlackMessenger(here.door.store, lambda: datetime.now(UTC), here.door.desk.wake)
    await messenger.deliver("msg_x", kind="outcome", to=[email], title="What came of it: deal won", body="Thank you.", data=data)

    async def held() -> bool:
        post = await here.door.store.post(f"msg_x:{email}")
        return post is not None and post.error == "quiet"

    await here.until(held)
    assert not any("What came of it" in text_of(m) for m in here.slack.inbox(here.user(email)))

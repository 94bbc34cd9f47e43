"""Support agents ask: articles, escalations, their queue, their home page; and what comes as a digest."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from integrations.db.slack import AttentionSetting
from integrations.slack import attention, digest, following, replies, requests
from integrations.slack import card as cards
from integrations.slack.home import OPEN_AT_ONCE
from integrations.slack.notices import WHY_DECISION
from tests.acceptance.serving import WITHIN_S
from tests.acceptance.slack.desks import GUEST, NEWCOMER, Desk, buttons, desk, text_of
from tests.acceptance.slack.test_cards import DEAL

AGENT = "alicia.moreno@tessera.example"
COLLEAGUE = "hiro.nakamura@tessera.example"


@pytest.fixture
async def here(folder: Path, quiet_world: Path) -> AsyncIterator[Desk]:
    async with desk(folder, quiet_world) as made:
        yield made


def channel(here: Desk, name: str = "support") -> str:
    return next(one.id for one in here.slack.channels() if one.name == name)


async def said_in(here: Desk, where: str, words: str) -> dict[str, Any]:
    """The message in a channel that has these words."""
    return await here.seen(lambda: next((m for m in here.slack.store.messages(where) if words in text_of(m) and m.get("bot_id")), None))


async def test_a_question_is_answered_with_the_passage(here: Desk) -> None:
    where = channel(here)
    reply = await here.slack.command(here.user(AGENT), where, "/nextplay article TS-4012 authorisation of a connection has ended")
    assert reply.ok
    answer = await said_in(here, where, "asked")
    words = text_of(answer)
    assert "TS-4012: the authorisation of a connection has ended" in words
    assert "TS-4012 means that the other system no longer accepts" in words, "the passage that answers"
    assert buttons(answer)[-2:] == ["Not helpful", "Why"], "without a ticket there is nothing to send it to"
    decision = await here.served.workspace.service.explain(words.split("dec_")[1].split()[0].join(["dec_", ""]))
    assert (decision.route, decision.trigger.type, decision.trigger.source) == ("act", "request.search", "slack")


async def test_an_article_goes_to_the_ticket_as_an_internal_note(here: Desk) -> None:
    where = channel(here)
    await here.slack.command(here.user(AGENT), where, "/nextplay article tic_004")
    answer = await said_in(here, where, "about ticket tic_004")
    assert "Send as internal note" in buttons(answer)
    assert "Propose as public reply" in buttons(answer)
    await here.slack.click(here.user(AGENT), answer, replies.NOTE)

    async def noted() -> Any:
        log = await here.served.workspace.sandbox.effects.log()
        return next((e for e in log if e["kind"] == "ticket_comment" and e["target"] == "tic_004"), None)

    effect = await here.until(noted)
    assert effect["payload"]["public"] is False
    await said_in(here, where, "Done: 1 step")


async def effects_on(here: Desk, ticket: str) -> list[str]:
    """What was done to a ticket, once whoever pressed again has been told."""
    return [effect["kind"] for effect in await here.served.workspace.sandbox.effects.log() if effect["target"] == ticket]


async def test_an_article_goes_to_the_ticket_once_whoever_presses_how_often(here: Desk) -> None:
    """Who was shown an error presses again, though the first press may have arrived; and a colleague does not see who pressed."""
    where = channel(here)
    await here.slack.command(here.user(AGENT), where, "/nextplay article tic_004")
    answer = await said_in(here, where, "about ticket tic_004")
    await here.slack.click(here.user(AGENT), answer, replies.NOTE)
    for user in (here.user(AGENT), here.user(COLLEAGUE)):
        await here.slack.click(user, answer, replies.NOTE)
        await here.seen(partial(told_again, here, user, "This was asked for already."))
    await said_in(here, where, "Done: 1 step")
    assert await effects_on(here, "tic_004") == ["ticket_comment"]


async def test_a_command_that_is_typed_again_at_once_is_one_request(here: Desk) -> None:
    """The ticket does not go to a second group because Slack said that the first command had failed."""
    user, where = here.user(AGENT), channel(here)
    for _ in range(2):
        await here.slack.command(user, where, "/nextplay escalate tic_004 all flows are down")
    await here.seen(partial(told_again, here, user, "You asked the same a moment ago"))
    await said_in(here, where, "Done: 2 steps")
    assert await effects_on(here, "tic_004") == ["assign_group", "ticket_comment"]


async def test_a_command_that_is_typed_again_later_or_by_another_is_another_request(here: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "REPEATED", timedelta())
    question, where = "/nextplay article TS-4012 authorisation of a connection has ended", channel(here)
    for email in (AGENT, AGENT):
        await here.slack.command(here.user(email), where, question)
    await here.seen(lambda: sum("asked" in text_of(m) for m in here.slack.store.messages(where)) == 2 or None)
    monkeypatch.undo()
    await here.slack.command(here.user(COLLEAGUE), where, question)
    await here.seen(lambda: sum("asked" in text_of(m) for m in here.slack.store.messages(where)) == 3 or None)


async def test_a_ticket_is_escalated_once_by_the_button_below_an_answer(here: Desk) -> None:
    user, where = here.user(AGENT), channel(here)
    await here.slack.command(user, where, "/nextplay article tic_004")
    answer = await said_in(here, where, "about ticket tic_004")
    for _ in range(2):
        await here.slack.click(user, answer, replies.ESCALATE)
    await here.seen(partial(told_again, here, user, "This was asked for already."))
    await said_in(here, where, "Done: 2 steps")
    assert await effects_on(here, "tic_004") == ["assign_group", "ticket_comment"]


def told_again(here: Desk, user: str, words: str) -> bool | None:
    return any(words in said for said in here.whispers(user)) or None


async def test_an_article_is_proposed_to_the_customer_and_asked_about(here: Desk) -> None:
    where = channel(here)
    await here.slack.command(here.user(AGENT), where, "/nextplay article tic_004")
    answer = await said_in(here, where, "about ticket tic_004")
    await here.slack.click(here.user(AGENT), answer, replies.REPLY)
    card = await here.seen(lambda: next((m for m in here.slack.inbox(here.user(AGENT)) if "Approve" in buttons(m)), None))
    assert "Answer the customer with a help article" in text_of(card)


async def test_nothing_that_answers_is_said_and_escalation_is_offered(here: Desk) -> None:
    where = channel(here)
    await here.slack.command(here.user(AGENT), where, "/nextplay article tic_005 zebra xylophone quantum marmalade")
    answer = await said_in(here, where, "No article answers this well enough")
    assert "Escalate" in buttons(answer)


async def test_articles_that_could_not_be_searched_are_not_called_lacking(here: Desk) -> None:
    where = channel(here)
    await here.served.workspace.sandbox.apply(json.dumps({"faults": [{"source": "articles", "mode": "down"}]}))
    await here.slack.command(here.user(AGENT), where, "/nextplay article tic_004")
    answer = await said_in(here, where, "about ticket tic_004")
    assert "The articles could not be searched." in text_of(answer)
    assert "No article answers" not in text_of(answer)
    assert "Escalate" in buttons(answer)

    await here.served.workspace.sandbox.apply(json.dumps({"faults": [{"source": "articles", "mode": "ok"}]}))
    await here.slack.command(here.user(COLLEAGUE), where, "/nextplay article tic_004")
    assert await said_in(here, where, "TS-4012: the authorisation of a connection has ended")


async def test_without_a_ticket_the_words_that_escalate_are_told(here: Desk) -> None:
    where = channel(here)
    await here.slack.command(here.user(AGENT), where, "/nextplay article zebra xylophone quantum marmalade")
    words = text_of(await said_in(here, where, "No article answers this well enough"))
    assert "/nextplay escalate #123 zebra xylophone quantum marmalade" in words
    assert "to send an article to it" not in words, "there is none"


async def test_not_helpful_is_kept(here: Desk) -> None:
    where = channel(here)
    await here.slack.command(here.user(AGENT), where, "/nextplay article TS-4012 authorisation of a connection has ended")
    answer = await said_in(here, where, "asked")
    await here.slack.click(here.user(AGENT), answer, replies.UNHELPFUL)
    await here.seen(lambda: any("noted on the record" in said for said in here.whispers(here.user(AGENT))) or None)


async def test_a_mention_in_a_thread_asks_from_the_threads_own_words(here: Desk) -> None:
    where = channel(here)
    first = await here.slack.say(here.user(AGENT), where, "Customer sees TS-4012, the authorisation of a connection has ended")  # fmt: skip
    await here.slack.mention(here.user(AGENT), where, "", thread_ts=first["ts"])
    answer = await said_in(here, where, "asked")
    assert answer["thread_ts"] == first["ts"]
    assert "TS-4012: the authorisation" in text_of(answer)


async def test_an_escalation_names_the_group_and_why(here: Desk) -> None:
    where = channel(here)
    await here.slack.command(here.user(AGENT), where, "/nextplay escalate tic_004 all flows are down")
    answer = await said_in(here, where, "Group: ")
    assert "tier" in text_of(answer)
    assert "On call: " in text_of(answer)
    assert "SLA: " in text_of(answer)
    assert "to escalate ticket tic_004: “all flows are down”" in text_of(answer)
    because = text_of(answer).split("Because")[1]
    assert "the module is the group's business" in because, "what policy says for it"
    await here.seen(lambda: "Done" in text_of(here.now(answer)) or None)


async def test_a_ticket_that_nobody_knows_is_said(here: Desk) -> None:
    user = here.user(AGENT)
    await here.slack.command(user, channel(here), "/nextplay escalate #999999 please")
    await here.seen(lambda: any("no ticket 999999" in said for said in here.whispers(user)) or None)


async def test_who_is_no_colleague_gets_nothing(here: Desk) -> None:
    await here.slack.command(NEWCOMER.id, channel(here), "/nextplay article TS-4012")
    await here.seen(lambda: any("not a colleague" in said for said in here.whispers(NEWCOMER.id)) or None)


@pytest.mark.parametrize("change", [{"is_ext_shared": True}, {"members": []}])
async def test_where_outsiders_read_or_we_are_not_the_answer_comes_directly(here: Desk, change: dict[str, Any]) -> None:
    where = next(one for one in here.slack.channels() if one.name == "deals")
    user = here.user(AGENT)
    for name, value in change.items():
        setattr(where, name, [user] if name == "members" else value)
    await here.slack.command(user, where.id, "/nextplay article TS-4012 authorisation of a connection has ended")
    await here.seen(lambda: any("You asked" in text_of(m) for m in here.slack.inbox(user)) or None)
    assert not any(m.get("bot_id") for m in here.slack.store.messages(where.id))


async def test_help_and_queue_and_why_answer_at_once(here: Desk) -> None:
    user, where = here.user(AGENT), channel(here)
    told = {"/nextplay": "What you can ask", "/nextplay queue": "Nothing waits for you", "/nextplay why dec_000000000000": "There is no decision"}
    for text in told:
        await here.slack.command(user, where, text)
    await here.seen(lambda: all(words in " ".join(here.whispers(user)) for words in told.values()) or None)


async def test_a_guest_is_told_that_there_is_no_queue_for_them_and_no_story(here: Desk) -> None:
    where = next(one for one in here.slack.channels() if one.name == "support")
    where.members.append(GUEST.id)
    await here.slack.command(GUEST.id, where.id, "/nextplay queue")
    await here.seen(lambda: any("does not know who you are" in said for said in here.whispers(GUEST.id)) or None)
    await here.slack.command(here.user(AGENT), where.id, "/nextplay article TS-4012 authorisation of a connection has ended")
    answer = await said_in(here, where.id, "asked")
    await here.slack.click(GUEST.id, answer, WHY_DECISION)
    await here.seen(lambda: any("Guests cannot" in said for said in here.whispers(GUEST.id)) or None)
    assert here.slack.modal(GUEST.id) is None


async def test_home_shows_the_queue_and_the_settings(here: Desk) -> None:
    decision = await here.decide(DEAL)
    email = decision.approvals[0].asked[0]
    user = here.user(email)
    await here.slack.open_home(user)
    home = await here.seen(partial(here.slack.home, user))
    assert "1 ask waits for you" in text_of(home)
    assert "Your attention" in text_of(home)
    await here.slack.click(user, home, OPEN_AT_ONCE, "3")

    async def kept() -> bool:
        return (await here.door.store.attention(email)).open == 3

    await here.until(kept)
    await here.served.workspace.service.answer(decision.id, "reject", who=email, reason="irrelevant")
    await here.slack.open_home(user)
    await here.seen(lambda: "nothing was done" in text_of(here.slack.home(user) or {}) or None)


async def beyond_the_budget(here: Desk) -> tuple[str, dict[str, Any], int]:
    """Somebody with room for one card, who has one; and how many others are held back."""
    first = await here.decide(DEAL)
    email = first.approvals[0].asked[0]
    card = await here.card(email, first)
    await here.door.store.set_attention(email, AttentionSetting(open=1))
    deals = ("deal_007", "deal_034", "deal_037")
    await here.served.workspace.sandbox.apply(json.dumps({"deals": [{"id": deal, "owner": "u_katrin", "version": 50} for deal in deals]}))
    others = [await here.decide(replace(DEAL, id=f"evt_{deal}", subject_id=deal)) for deal in deals]
    mine = [d for d in others if any(email in ask.asked for ask in d.approvals)]
    assert len(mine) >= 2
    return here.user(email), card, len(mine)


async def test_beyond_the_budget_asks_come_as_one_digest(here: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requests, "GATHERS", timedelta())
    user, _, held = await beyond_the_budget(here)
    told = await here.seen(lambda: next((m for m in here.slack.inbox(user) if "for you" in text_of(m) and "Show" in buttons(m)), None))
    await here.slack.click(user, told, digest.SHOW)
    await here.seen(lambda: sum("Approve" in buttons(m) for m in here.slack.inbox(user)) == 2 or None)
    await here.seen(lambda: buttons(here.now(told)) == ["Show"] * (held - 1) or None)


async def test_a_digest_that_could_not_be_changed_is_changed_later(here: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also when nothing else happens any more, and it has stood there for a while."""
    monkeypatch.setattr(requests, "GATHERS", timedelta())
    monkeypatch.setattr(following, "OVERLAP", timedelta(days=-1))
    user, _, held = await beyond_the_budget(here)
    told = await here.seen(lambda: next((m for m in here.slack.inbox(user) if buttons(m) == ["Show"] * held), None))
    here.slack.faults.set({"calls": {"chat.update": {"down": True}}})
    await here.slack.click(user, told, digest.SHOW)
    await here.seen(lambda: ("chat.update", "error") in here.slack.calls or None)
    here.slack.faults.clear()
    await here.seen(lambda: buttons(here.now(told)) == ["Show"] * (held - 1) or None)


async def test_an_answered_card_makes_room_for_the_next_at_once(here: Desk) -> None:
    """Though it stands there for weeks, until its outcome is known."""
    assert timedelta(seconds=WITHIN_S) < attention.LOOK_AGAIN
    user, card, _ = await beyond_the_budget(here)
    await here.slack.click(user, card, cards.APPROVE)
    await here.seen(lambda: "Approve" not in buttons(here.now(card)) or None)
    await here.seen(lambda: any("Approve" in buttons(m) for m in here.slack.inbox(user)) or None)


async def test_an_answer_that_comes_while_the_next_card_is_being_held_back_makes_room_too(here: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    first = await here.decide(DEAL)
    email = first.approvals[0].asked[0]
    await here.card(email, first)
    store, made = here.door.store, asyncio.Event()
    await store.set_attention(email, AttentionSetting(open=1))
    await here.served.workspace.sandbox.apply(json.dumps({"deals": [{"id": "deal_007", "owner": "u_katrin", "version": 50}]}))
    counted, making_room = store.cards_before, store.make_room

    async def answered_meanwhile(email: str, since: datetime, *, without: str) -> tuple[int, int]:
        found = await counted(email, since, without=without)
        if found[0] and not made.is_set():
            await here.served.workspace.service.answer(first.id, "reject", who=email, reason="irrelevant")
            await made.wait()
        return found

    async def made_room(email: str, at: datetime) -> bool:
        if made.is_set():  # the card that was answered does not change again
            return False
        there_was = await making_room(email, at)
        made.set()
        return there_was

    monkeypatch.setattr(store, "cards_before", answered_meanwhile)
    monkeypatch.setattr(store, "make_room", made_room)
    second = await here.decide(replace(DEAL, id="evt_second", subject_id="deal_007"))
    assert email in second.approvals[0].asked
    await here.seen(lambda: any("Approve" in buttons(m) and second.id in text_of(m) for m in here.slack.inbox(here.user(email))) or None)
    assert made.is_set()


async def test_who_allows_more_cards_at_home_gets_the_next_at_once(here: Desk) -> None:
    user, _, _ = await beyond_the_budget(here)
    await here.slack.open_home(user)
    home = await here.seen(partial(here.slack.home, user))
    await here.slack.click(user, home, OPEN_AT_ONCE, "3")
    await here.seen(lambda: sum("Approve" in buttons(m) for m in here.slack.inbox(user)) == 3 or None)

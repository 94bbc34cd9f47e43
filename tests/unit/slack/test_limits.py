"""Whatever is shown keeps Slack's limits, judged by the workspace that checks them as Slack does."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from agent.domain.evidence import Material
from agent.domain.records import ApprovalState
from integrations.db.slack import AttentionSetting, Post
from integrations.sandbox.slack.blocks import message_faults, view_faults
from integrations.slack import blocks as b
from integrations.slack import home, modals, notices, replies, story
from integrations.slack.card import Shown, render
from integrations.slack.digest import Held, digest
from integrations.telling.case import Case
from tests.unit.cli.made import AT, suppressed
from tests.unit.db.build import approval
from tests.unit.domain.building import event, material
from tests.unit.slack.extremes import MARKUP, TEXTS, called, card, decision

MOST_TEXT = 16_000
"""Characters of one message: Slack only says that there may be too many."""

BUTTONS = ["Approve", "Edit", "Reject", "Snooze", "Why"]
STATES: list[ApprovalState] = ["open", "snoozed", "approved", "edited", "rejected", "expired", "superseded", "blocked", "void"]
every_text = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)


def holds(shown: Shown) -> None:
    assert message_faults(shown.blocks) == []
    assert 0 < len(shown.text) <= 40_000
    assert sum(len(text) for text in texts(shown.blocks)) < MOST_TEXT


def texts(part: Any) -> Iterator[str]:
    """Everything that is shown."""
    return (str(one["text"]) for one in elements(part) if isinstance(one.get("text"), str))


def holds_as_view(view: dict[str, Any], kind: str = "modal") -> None:
    assert view_faults(view, kind) == []


def buttons(shown: Shown) -> list[str]:
    return [element["text"]["text"] for block in shown.blocks if block["type"] == "actions" for element in block["elements"]]


# --- cards and messages -----------------------------------------------------------------------------------------------


@every_text
@pytest.mark.parametrize("state", STATES)
def test_a_card_in_every_state(text: str, state: ApprovalState) -> None:
    shown = render(card(text, replace(approval(), state=state, answered_by="eva@x.example", at=AT, reason="facts_wrong")))
    holds(shown)
    assert buttons(shown) == (BUTTONS if state in ("open", "snoozed") else ["Why"]), "the foot is never what is cut off"


@every_text
def test_a_card_that_can_be_undone(text: str) -> None:
    shown = render(card(text, replace(approval(), state="approved", at=AT), undo_until=AT + timedelta(minutes=1)))
    holds(shown)
    assert buttons(shown) == ["Undo", "Why"]


@every_text
def test_notices_reminders_and_outcomes(text: str) -> None:
    post = Post("p", "notice", AT, AT, decision_id="dec_1", payload={"title": text, "body": text * 4})
    for shown in (notices.notice(post, called(text)), notices.hint(post), notices.outcome(post, called(text)), notices.reminder(card(text))):
        holds(shown)


@every_text
@pytest.mark.parametrize("count", [0, 1, 100])
def test_a_digest(text: str, count: int) -> None:
    one = card(text)
    holds(digest([Held(f"msg_apr_{n}:{'long.address' * 30}@example.com", one) for n in range(count)]))


def articles(text: str) -> dict[str, Material]:
    more = {"title": text, "passage": text, "url": "https://help.example/" + "a" * 2000, "type": "help", "kind": "article"}
    return {f"ast_{n}": material(f"ast_{n}", visibility="public" if n % 2 else "internal", **more) for n in range(60)}


@every_text
@pytest.mark.parametrize("kind", ["ticket", "question"])
@pytest.mark.parametrize("url", ["https://help.example/" + "a" * 2000, ""])
def test_replies_with_articles(text: str, kind: str, url: str) -> None:
    made = decision(text, choice=None)
    made = made.model_copy(update={"subject": made.subject.model_copy(update={"kind": kind})})
    found = {id_: replace(one, url=url) for id_, one in articles(text).items()}
    shown = replies.reply(Case(made, AT), event(type="request.search", data={"query": text}), found, called(text))
    holds(shown)
    assert "Not helpful" in buttons(shown)


@every_text
def test_replies_of_an_escalation_and_of_nothing(text: str) -> None:
    made = decision(text)
    chosen = made.candidates[0].model_copy(update={"target": text or "grp"})
    holds(replies.reply(Case(made.model_copy(update={"candidates": [chosen]}), AT), event(type="request.escalation"), {}, called(text)))
    holds(replies.reply(Case(suppressed(), AT), event(type="request.search"), {}, called(text)))
    holds(replies.reply(Case(decision(text, choice=None, candidates=[]), AT), event(type="request.search", data={"query": text}), {}, called(text)))


# --- views ------------------------------------------------------------------------------------------------------------


@every_text
def test_modals(text: str) -> None:
    for view in (modals.edit(card(text)), modals.reject(card(text)), modals.snooze(card(text))):
        holds_as_view(view | {"private_metadata": json.dumps({"ask": "a" * 60, "channel": "C" * 20, "ts": "1.2", "thread": "1.2"})})
    soon = card(text, ask_=approval())
    holds_as_view(modals.snooze(replace(soon, ask=replace(soon.ask, expires_at=AT + timedelta(minutes=1)))))


@every_text
@pytest.mark.parametrize("url", [None, "https://np.example.com/api/v1/decisions/dec_1"])
def test_the_whole_story(text: str, url: str | None) -> None:
    holds_as_view(story.why(Case(decision(text), AT), url, called(text)))


def test_the_story_of_what_started_no_work() -> None:
    holds_as_view(story.why(Case(suppressed(), AT), None, {}))


@pytest.mark.parametrize("setting", [AttentionSetting(), AttentionSetting(3, 50, "18:00-09:00"), AttentionSetting(7, 0, "01:00-02:00")])
def test_the_settings_of_a_home_page(setting: AttentionSetting) -> None:
    holds_as_view({"type": "home", "blocks": home._settings(setting)}, "home")


@every_text
@pytest.mark.parametrize("state", STATES)
def test_what_came_of_an_answer_is_one_line(text: str, state: ApprovalState) -> None:
    said = home.came_of(decision(text), replace(approval(), state=state))
    holds(Shown("x", [b.rich(b.bullets([[b.words(said)]] * 8))]))


# --- nothing becomes markup -------------------------------------------------------------------------------------------


def mrkdwn(part: Any) -> Iterator[str]:
    """Every text in which Slack would look for markup."""
    if isinstance(part, dict):
        if part.get("type") == "mrkdwn":
            yield str(part["text"])
        for value in part.values():
            yield from mrkdwn(value)
    if isinstance(part, list):
        for value in part:
            yield from mrkdwn(value)


def test_text_of_customers_is_nowhere_read_as_markup() -> None:
    one, made = card(MARKUP), decision(MARKUP)
    shown = [render(one), digest([Held("p", one)]), replies.reply(Case(made, AT), event(type="request.search"), articles(MARKUP), called(MARKUP))]
    parts = [*(message.blocks for message in shown), modals.edit(one), modals.reject(one), story.why(Case(made, AT), None, called(MARKUP))]
    assert [text for part in parts for text in mrkdwn(part)] == []
    assert all("<" not in message.text for message in shown), "what stands in notifications is escaped"
    links = [element["url"] for part in parts for element in elements(part) if element.get("type") == "link"]
    assert not any("evil" in url for url in links)
    mentioned = {element["user_id"] for part in parts for element in elements(part) if element.get("type") == "user"}
    assert "U0BOSS" not in mentioned


def elements(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
        for value in part.values():
            yield from elements(value)
    if isinstance(part, list):
        for value in part:
            yield from elements(value)


# --- an edit brings back what it was given ----------------------------------------------------------------------------


def sent_back(view: dict[str, Any], **changed: str) -> dict[str, Any]:
    """The view as Slack sends it when nothing but `changed` was touched."""
    values: dict[str, Any] = {}
    for block in view["blocks"]:
        if block["type"] == "input":
            element = block["element"]
            given = {"selected_option": element["initial_option"]} if "initial_option" in element else {"value": element.get("initial_value")}
            values[block["block_id"]] = {element["action_id"]: given}
    for block_id, value in changed.items():
        values[block_id] = {modals.VALUE: {"value": value}}
    return {"state": {"values": values}}


@every_text
def test_an_edit_that_changes_nothing_changes_nothing(text: str) -> None:
    one = card(text)
    content, params = modals.edited(one, sent_back(modals.edit(one)))
    assert content == {}, "also where the text is longer than a field"
    assert params == {}


@pytest.mark.parametrize("amount", [0, 12.0, 12.345678, 123456.78, 1234567.891, 1e15, 0.0001, -3.5])
def test_a_number_comes_back_as_it_was(amount: float) -> None:
    one = card("usual")
    assert one.case.decision.proposal is not None
    proposal = one.case.decision.proposal.model_copy(update={"params": {"discount_pct": amount}})
    one = replace(one, case=Case(one.case.decision.model_copy(update={"proposal": proposal}), AT))
    _, params = modals.edited(one, sent_back(modals.edit(one)))
    assert "discount_pct" not in params


def test_a_long_text_is_edited_in_parts_and_put_together_again() -> None:
    body = "\n\n".join(f"Paragraph {n}. " + "word " * 100 for n in range(30)) + "\nlast line"
    one = card("usual")
    assert one.case.decision.proposal is not None
    proposal = one.case.decision.proposal.model_copy(update={"content": {"subject": "Hello", "body": body}})
    one = replace(one, case=Case(one.case.decision.model_copy(update={"proposal": proposal}), AT))
    view = modals.edit(one)
    fields = [block["block_id"] for block in view["blocks"] if block.get("block_id", "").startswith(f"{modals.CONTENT}body")]
    assert len(fields) > 1
    last = next(block for block in view["blocks"] if block.get("block_id") == fields[-1])["element"]["initial_value"]
    content, _ = modals.edited(one, sent_back(view, **{fields[-1]: last.replace("last line", "new line")}))
    assert content == {"subject": "Hello", "body": body.replace("last line", "new line")}

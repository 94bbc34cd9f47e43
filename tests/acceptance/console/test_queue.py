"""The queue: what it shows to whom, and answers in place, with everything that may come between."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from markupsafe import escape

from agent.cases import ask_of
from agent.domain.event import Event
from agent.service import Nextplay
from integrations.db.slack import Post, SlackStore
from integrations.sessions import ConsoleRole
from tests.acceptance.console.asking import DISCOUNT, ask, in_place, state_of
from tests.acceptance.console.visiting import Visit, shown, visit
from tests.acceptance.serving import Served, serving
from tests.acceptance.workspaces import START

VIEWER = "mia.brandt@tessera.example"


@pytest.fixture
async def slack(folder: Path, quiet_world: Path) -> AsyncIterator[Served]:
    """The same, with Slack on."""
    async with serving(
        folder, quiet_world, slack_mode="http", slack_bot_token="xoxb-1-abc", slack_signing_secret="9f2c51c8e7a04b6d8f31aa27c9d05e44", slack_api_url="http://127.0.0.1:9/"
    ) as opened:  # fmt: skip
        yield opened


async def in_queue(who: Visit, query: str = "") -> str:
    response = await who.get(f"/console/queue{query}")
    assert response.status_code == 200, response.text
    return shown(response)


async def test_an_empty_queue_says_so(served: Served) -> None:
    assert "Nothing waits for anybody." in await in_queue(await visit(served, VIEWER, "viewer"))


async def test_an_ask_shows_what_is_needed_to_answer_it(served: Served) -> None:
    found, decision = await ask(served)
    me = await visit(served, found.asked[0], "agent")
    page = await me.get("/console/queue")
    said = shown(page)
    assert "1 ask waits" in said
    assert decision.chosen is not None
    assert decision.proposal is not None
    for part in (decision.chosen.title, "Why now", "A person is asked because", "Not instead", "May answer", "as deal owner, until"):
        assert part in said
    assert page.text.count("<dt>") == 3, "three facts"
    assert decision.proposal.content["body"].split("\n")[0] in said, "folded, but there"
    for button in ("Approve", "Edit", "Reject", "Snooze"):
        assert button in said
    alone = shown(await me.get(f"/console/queue/{found.id}"))
    assert "Expected" in alone


@pytest.mark.parametrize("role", ["viewer", "operator"])
async def test_who_may_not_answer_sees_no_buttons_and_is_refused(served: Served, role: ConsoleRole) -> None:
    found, _ = await ask(served)
    other = await visit(served, found.asked[0], role)
    page = await other.get("/console/queue")
    assert "Approve" not in shown(page)
    assert 'name="answer"' not in page.text
    for path in (f"/console/queue/{found.id}/answer", f"/console/queue/{found.id}/edit", "/console/queue/alike"):
        refused = await other.post(path, {"answer": "approve"})
        assert refused.status_code == 403
        assert "This needs the role" in shown(refused)
    assert await state_of(served, found.id) == "open"


async def test_whoever_was_not_asked_sees_no_buttons_and_is_refused_in_the_words_of_the_service(served: Served) -> None:
    found, _ = await ask(served)
    other = await visit(served, VIEWER, "agent")
    assert 'name="answer"' not in (await other.get("/console/queue")).text
    refused = await other.post(f"/console/queue/{found.id}/answer", {"answer": "approve"})
    assert refused.status_code == 403
    assert f"{VIEWER} may not answer this. Who may: " in shown(refused)
    assert "You are not among those who were asked" in shown(await other.get(f"/console/queue/{found.id}/edit"))


async def test_an_approval_leads_back_to_the_same_filters_and_can_be_undone(served: Served) -> None:
    found, decision = await ask(served)
    me = await visit(served, found.asked[0], "agent")
    sent = await me.post(f"/console/queue/{found.id}/answer", {"answer": "approve", "back": "mine=1&surface=deal-follow-up"})
    assert (sent.status_code, sent.headers["location"]) == (303, "/console/queue?mine=1&surface=deal-follow-up")
    said = await in_queue(me, "?mine=1")
    assert f"Approved by {found.asked[0]}" in said
    assert "What you approved and can take back" in said
    assert "possible until" in said
    assert await state_of(served, found.id) == "approved"
    await me.post(f"/console/queue/{found.id}/answer", {"answer": "undo"})
    assert "Undone by" in await in_queue(me)

    async def undone() -> bool:
        actions = (await served.workspace.service.explain(decision.id)).actions
        return bool(actions) and all("undone by" in (action.error or "") for action in actions)

    assert await served.until(undone)


async def test_nobody_is_led_away_by_what_a_form_says_of_the_way_back(served: Served) -> None:
    found, _ = await ask(served)
    me = await visit(served, found.asked[0], "agent")
    sent = await me.post(f"/console/queue/{found.id}/answer", {"answer": "approve", "back": "//evil.example/\r\nSet-Cookie: a=b"})
    assert sent.headers["location"] == "/console/queue"
    assert "set-cookie" not in sent.headers


async def test_the_second_of_two_is_told_who_decided(served: Served) -> None:
    found, _ = await ask(served)
    me = other = await visit(served, found.allowed[0], "agent")
    fields = {"answer": "reject", "reason": "poorly_timed", "note": "After <b>May</b>"}
    assert (await me.post(f"/console/queue/{found.id}/answer", fields)).status_code == 303
    late = await other.post(f"/console/queue/{found.id}/answer", {"answer": "approve"})
    assert late.status_code == 303
    assert f"Already rejected by {found.allowed[0]}" in await in_queue(other)
    again = await me.post(f"/console/queue/{found.id}/answer", fields)
    assert again.status_code == 303, "sent twice"
    assert "Nothing was changed" in await in_queue(me)
    page = await other.get(f"/console/queue/{found.id}")
    assert "poorly timed “After" in shown(page)
    assert "<b>May</b>" not in page.text


async def test_an_ask_of_an_earlier_round_answers_nothing(served: Served) -> None:
    first, decision = await ask(served, DISCOUNT)
    me = await visit(served, first.asked[0], "approver")
    service = served.workspace.service
    who = first.asked[0]
    await service.answer(first.id, "edit", who=who, params={"discount_pct": 11})
    rounds = {one.round for one in await service.asks(decision.id)}
    assert rounds == {1, 2}
    stale = await me.post(f"/console/queue/{first.id}/answer", {"answer": "approve"})
    assert stale.status_code == 303
    assert "Nothing was changed" in await in_queue(me)


async def test_with_htmx_the_ask_is_shown_anew_in_its_place(served: Served) -> None:
    found, _ = await ask(served)
    me = await visit(served, found.asked[0], "agent")
    sent = await in_place(me, found.id, {"answer": "approve", "back": "mine=1"})
    assert sent.status_code == 200
    assert sent.text.strip().startswith(f'<article class="ask answered" id="ask-{found.id}"')
    assert "Approved by" in shown(sent)
    assert "Undo" in shown(sent)
    assert "<html" not in sent.text
    other = await visit(served, VIEWER, "agent")
    refused = await in_place(other, found.id, {"answer": "approve"})
    assert "may not answer this" in shown(refused)


async def test_an_ask_is_put_off_by_a_time_that_fits(served: Served) -> None:
    found, _ = await ask(served)
    me = await visit(served, found.asked[0], "agent")
    until = (START + timedelta(hours=1)).isoformat()
    assert until in (await me.get("/console/queue")).text
    await me.post(f"/console/queue/{found.id}/answer", {"answer": "snooze", "until": until})
    assert "put off" in await in_queue(me)
    assert await state_of(served, found.id) == "snoozed"


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({}, "The answer is missing"),
        ({"answer": "maybe"}, "'maybe' is not an answer"),
        ({"answer": "reject"}, "The reason is missing"),
        ({"answer": "reject", "reason": "ugly"}, "'ugly' is not a reason"),
        ({"answer": "snooze", "until": "soon"}, "'soon' is not a moment"),
        ({"answer": "snooze", "until": "2026-11-10T10:30:00"}, "is not a moment"),
        ({"answer": "snooze", "until": "2036-11-10T10:30:00+00:00"}, "Snooze until a moment before the ask ends"),
        ({"answer": "edit"}, "on its own page"),
    ],
)
async def test_what_a_form_lacks_is_said(served: Served, fields: dict[str, str], says: str) -> None:
    found, _ = await ask(served)
    me = await visit(served, found.asked[0], "agent")
    refused = await me.post(f"/console/queue/{found.id}/answer", fields)
    assert refused.status_code == 422
    assert says in shown(refused)
    assert await state_of(served, found.id) == "open"


async def test_an_ask_that_there_is_not(served: Served) -> None:
    me = await visit(served, VIEWER, "agent")
    assert (await me.get("/console/queue/apr_none")).status_code == 404
    assert (await me.post("/console/queue/apr_none/answer", {"answer": "approve"})).status_code == 404


async def test_an_ask_whose_time_is_over_says_so_before_the_clock_comes_by(served: Served) -> None:
    found, _ = await ask(served)
    me = await visit(served, found.asked[0], "agent")
    served.workspace.clock.stand_at(found.expires_at + timedelta(seconds=1))
    said = shown(await me.get(f"/console/queue/{found.id}/edit"))
    assert "This cannot be answered any more: its time is over" in said


async def test_an_edit_says_what_is_wrong_at_its_field_and_loses_nothing(served: Served) -> None:
    found, decision = await ask(served)
    assert decision.proposal is not None
    me = await visit(served, found.asked[0], "agent")
    form = await me.get(f"/console/queue/{found.id}/edit?back=mine%3D1")
    assert escape(decision.proposal.content["subject"]) in form.text
    wrong = {**_content(decision.proposal.content), "content.body": "We give you a discount of 93% for <script>alert(1)</script>."}
    refused = await me.post(f"/console/queue/{found.id}/edit", {**wrong, "back": "mine=1"})
    assert refused.status_code == 422
    assert "The text says what no fact backs" in shown(refused)
    assert 'aria-invalid="true"' in refused.text
    assert "discount of 93% for &lt;script&gt;" in refused.text, "what was written stands in its field"
    assert "<script>alert" not in refused.text
    empty = await me.post(f"/console/queue/{found.id}/edit", {**_content(decision.proposal.content), "content.subject": " "})
    assert "The subject is empty" in shown(empty)
    assert await state_of(served, found.id) == "open"
    right = {**_content(decision.proposal.content), "content.body": decision.proposal.content["body"] + "\n\nUntil then."}
    sent = await me.post(f"/console/queue/{found.id}/edit", {**right, "back": "mine=1"})
    assert (sent.status_code, sent.headers["location"]) == (303, "/console/queue?mine=1")
    assert await state_of(served, found.id) == "edited"
    edited = await served.workspace.service.explain(decision.id)
    assert edited.proposal is not None
    assert edited.proposal.content["body"].endswith("Until then.")


async def test_an_edit_that_changes_nothing_approves(served: Served) -> None:
    found, decision = await ask(served)
    assert decision.proposal is not None
    me = await visit(served, found.asked[0], "agent")
    fields = {name: value.replace("\n", "\r\n") for name, value in _content(decision.proposal.content).items()}
    await me.post(f"/console/queue/{found.id}/edit", fields)
    assert await state_of(served, found.id) == "approved"


async def test_a_parameter_is_judged_at_its_field(served: Served) -> None:
    found, decision = await ask(served, DISCOUNT)
    assert decision.proposal is not None
    me = await visit(served, found.asked[0], "approver")
    content = _content(decision.proposal.content)
    for value in ("many", "1000"):
        refused = await me.post(f"/console/queue/{found.id}/edit", {**content, "param.discount_pct": value})
        assert refused.status_code == 422
        assert "discount_pct must" in shown(refused)
        assert f'value="{value}"' in refused.text
    taken = await me.post(f"/console/queue/{found.id}/edit", {**content, "param.discount_pct": "11"})
    assert taken.status_code == 303
    now = await served.workspace.service.explain(decision.id)
    assert now.proposal is not None
    assert now.proposal.params["discount_pct"] == 11


def _content(content: dict[str, str]) -> dict[str, str]:
    return {f"content.{part}": text for part, text in content.items()}


async def test_filters_keep_what_fits_and_a_wrong_one_is_no_error(served: Served) -> None:
    found, decision = await ask(served)
    me = await visit(served, found.asked[0], "agent")
    account = decision.subject.account or ""
    assert decision.chosen is not None
    word = decision.chosen.title.split()[0]
    for query in ("mine=1", f"surface={decision.surface}", f"role={found.needed_role}", f"account={account}", f"q={word}", f"q={decision.id}"):
        assert "1 ask waits" in await in_queue(me, f"?{query}")
    for query in ("surface=nowhere", "role=king", "account=Nobody%20Ltd", "q=%25", "q=zebra", "mine=1&surface=x&role=y"):
        assert "No ask fits these filters." in await in_queue(me, f"?{query}")
    other = await visit(served, VIEWER, "viewer")
    assert "No ask fits these filters." in await in_queue(other, "?mine=1")


@pytest.mark.parametrize("query", ["after=apr_none", "before=%00", "after=%27%20OR%201=1", "before=" + "x" * 3000])
async def test_a_place_that_is_none_leads_to_the_beginning(served: Served, query: str) -> None:
    found, _ = await ask(served)
    me = await visit(served, found.asked[0], "agent")
    said = await in_queue(me, f"?{query}")
    assert "this is its beginning" in said
    assert "1 ask waits" in said


async def test_a_hostile_name_is_only_text(served: Served) -> None:
    hostile = '"><script>alert(1)</script>\u202e Ltd {{ 7*7 }}'
    known = (await ask(served, DISCOUNT))[1].subject.account
    await served.workspace.sandbox.apply(json.dumps({"accounts": [{"id": known, "name": hostile}]}))
    again = Event("crm", "evt_again", "deal.discount_requested", START, START, "deal", DISCOUNT.subject_id, None, "u_oliver", None, DISCOUNT.data)
    found, decision = await ask(served, again)
    assert decision.subject.account == known
    me = await visit(served, found.asked[0], "approver")
    for path in ("/console/queue", f"/console/queue/{found.id}", "/console/decisions", f"/console/queue/{found.id}/edit"):
        page = await me.get(path)
        assert "<script>alert" not in page.text
        assert "alert(1)" in shown(page), "it is shown as it is"
        assert "{{ 7*7 }}" in shown(page)


async def test_the_budget_of_attention_is_shown_where_slack_asks(slack: Served) -> None:
    me, now = await visit(slack, VIEWER, "agent"), datetime.now(UTC)
    store = SlackStore(slack.workspace.database)
    held = [Post(f"card:{n}", "ask", now, now + timedelta(days=1), email=VIEWER, error="open") for n in range(3)]
    await store.plan(held)
    said = await in_queue(me)
    assert "Held for your digest 3" in said
    assert "Cards before you 0 of 8 to 20" in said


# --- many at once -----------------------------------------------------------------------------------------------------

KATRIN = "katrin.albrecht@tessera.example"
THREE = ("deal_001", "deal_014", "deal_028")
"""Deals of hers to which the same content is proposed."""
ALIKE = "/console/queue/alike?play=follow-up-content&surface=deal-follow-up&verdict=allow"


async def three(served: Served) -> list[str]:
    """Three asks that are alike."""
    events = [Event("crm", f"evt_{deal}", "deal.stage_changed", START, START, "deal", deal) for deal in THREE]
    return [(await ask(served, event))[0].id for event in events]


async def test_asks_that_are_alike_are_answered_together_after_a_look_at_all_of_them(served: Served) -> None:
    asks, me = await three(served), await visit(served, KATRIN, "agent")
    assert "Alike, and harmless" in await in_queue(me)
    assert "3 asks: Send content" in shown(await me.get("/console/queue/groups"))
    preview = await me.get(ALIKE)
    assert "Answer 3 asks together" in shown(preview)
    assert preview.text.count('name="ask"') == 3
    sent = await me.post("/console/queue/alike", {"ask": asks, "answer": "approve"})
    assert sent.status_code == 303, shown(sent)
    assert "3 asks approved." in await in_queue(me)
    assert [await state_of(served, one) for one in asks] == ["approved"] * 3


async def test_what_did_not_count_is_listed_with_its_reason(served: Served) -> None:
    asks, me = await three(served), await visit(served, KATRIN, "agent")
    await served.workspace.service.answer(asks[0], "reject", who=KATRIN, reason="poorly_timed")
    sent = await me.post("/console/queue/alike", {"ask": asks, "answer": "reject", "reason": "irrelevant"})
    assert sent.status_code == 200
    said = shown(sent)
    assert "1 answer did not count" in said
    assert "2 asks rejected." in said
    assert f"Already rejected by {KATRIN}" in said


async def test_what_is_not_alike_or_not_harmless_is_never_answered_together(served: Served) -> None:
    asks, me = await three(served), await visit(served, KATRIN, "agent")
    discount, _ = await ask(served, DISCOUNT)
    mixed = await me.post("/console/queue/alike", {"ask": [*asks, discount.id], "answer": "approve"})
    assert mixed.status_code == 409
    assert "not alike" in shown(mixed)
    approver = await visit(served, discount.asked[0], "approver")
    risky = await approver.post("/console/queue/alike", {"ask": [discount.id], "answer": "approve"})
    assert risky.status_code == 409
    assert "Answer it by itself" in shown(risky)
    stranger = await visit(served, VIEWER, "agent")
    assert (await stranger.post("/console/queue/alike", {"ask": asks, "answer": "approve"})).status_code == 409
    assert "No asks are alike" in shown(await stranger.get(ALIKE))
    many = [f"apr_{number}" for number in range(51)]
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"answer": "approve"}, "No ask was chosen"), ({"ask": asks, "answer": "snooze"}, "Approve or reject"),
        ({"ask": many, "answer": "approve"}, "at most 50"), ({"ask": asks, "answer": "reject"}, "The reason is missing"),
    ]  # fmt: skip
    for fields, says in wrong:
        refused = await me.post("/console/queue/alike", fields)
        assert refused.status_code == 422
        assert says in shown(refused)
    assert {await state_of(served, one) for one in [*asks, discount.id]} == {"open"}


# --- by today's directory ---------------------------------------------------------------------------------------------

AWAY = {"people": [{"id": "u_katrin", "delegate": "u_oliver"}], "absences": [{"person": "u_katrin", "from": "@-1d", "until": "@+5d"}]}
DAYS_LATER: dict[str, dict[str, Any]] = {
    "as it was": {},
    "she has left": {"people": [{"id": "u_katrin", "active": False}]},
    "she is away, and somebody stands in": AWAY,
    "somebody has a role that he had not": {"people": [{"id": "u_kenji", "roles": ["sales_rep", "deal_desk"]}]},
}
"""What the directory says by the time that people look at the queue."""


async def _counts(service: Nextplay, ask_id: str, who: str) -> bool:
    """Whether an answer of theirs would count, found out as for an answer."""
    case = await service._case(ask_id)
    found = ask_of(case, who)
    return found is not None and found.id == ask_id and found.state in ("open", "snoozed") and found.expires_at > case.at


@pytest.mark.parametrize("change", DAYS_LATER)
async def test_mine_is_what_would_be_taken_of_me_today(served: Served, change: str) -> None:
    await three(served)
    await ask(served, DISCOUNT)
    service = served.workspace.service
    before = {person.email: await service.open_to(person.email) for person in await service.colleagues()}
    await served.workspace.sandbox.apply(json.dumps(DAYS_LATER[change]))
    asked = await service.asked([one.id for one in await service.waiting()])
    assert len({one.decision.id for one in asked}) == 4
    changed = 0
    for person in await service.colleagues():
        mine = await service.open_to(person.email)
        assert set(mine) == {one.ask.id for one in asked if await _counts(service, one.ask.id, person.email)}, person.email
        assert set(mine) == await service.answerable(person.email, asked), person.email
        changed += set(mine) != set(before.get(person.email, ()))
    assert bool(changed) == (change != "as it was")
    assert await service.open_to("nobody@tessera.example") == []


async def test_who_has_left_finds_nothing_of_theirs_and_who_stands_in_finds_it(served: Served) -> None:
    asks = await three(served)
    katrin, oliver = await visit(served, KATRIN, "agent"), await visit(served, "oliver.hartley@tessera.example", "agent")
    assert "3 asks wait" in await in_queue(katrin, "?mine=1")
    assert "No ask fits these filters." in await in_queue(oliver, "?mine=1")
    assert "Nothing that you may answer is alike." in shown(await oliver.get("/console/queue/groups"))
    await served.workspace.sandbox.apply(json.dumps(AWAY))
    assert "3 asks wait" in await in_queue(oliver, "?mine=1")
    assert "3 asks: Send content" in shown(await oliver.get("/console/queue/groups"))
    assert (await oliver.post("/console/queue/alike", {"ask": asks, "answer": "approve"})).status_code == 303
    assert [await state_of(served, one) for one in asks] == ["approved"] * 3

"""What people saw when they were asked, and who sees buttons: those whose answer the service would take."""

import json

from agent.domain.records import Approval
from tests.acceptance.console.asking import DISCOUNT, ask, state_of
from tests.acceptance.console.visiting import shown, visit
from tests.acceptance.serving import Served

MORE = "See you soon."


def card_of(html: str) -> str:
    """The last card on a decision's page."""
    return html[html.rindex('<fieldset class="slack-card" disabled') :].partition("</fieldset>")[0]


async def test_the_card_stays_as_it_was_asked_when_somebody_edits_and_approves_it(served: Served) -> None:
    found, decision = await ask(served)
    assert decision.proposal is not None
    who, body = found.asked[0], decision.proposal.content["body"]
    reader = await visit(served, who, "viewer")
    before = (await reader.get(f"/console/decisions/{decision.id}")).text
    assert "Changed since then" not in before
    await served.workspace.service.answer(found.id, "edit", who=who, content={"body": f"{body}\n\n{MORE}"})
    page = await reader.get(f"/console/decisions/{decision.id}")
    assert card_of(page.text) == card_of(before)
    assert MORE not in card_of(page.text)
    assert MORE in shown(page), "it stands in the content"
    assert "Changed since then: Edited by" in shown(page)
    assert "body: other words" in shown(page)


async def test_the_card_names_whom_it_was_put_to_before_it_was_passed_on(served: Served) -> None:
    found, decision = await ask(served)
    reader = await visit(served, found.asked[0], "viewer")
    before = (await reader.get(f"/console/decisions/{decision.id}")).text
    result = await served.workspace.service.answer(found.id, "reject", who=found.asked[0], reason="not_mine")
    assert result.won
    page = await reader.get(f"/console/decisions/{decision.id}")
    assert card_of(page.text) == card_of(before)
    assert "Changed since then: Passed on by" in shown(page)


async def needing(served: Served, role: str) -> Approval:
    """An ask that needs a role which people hold."""
    _, decision = await ask(served, DISCOUNT)
    return next(one for one in await served.workspace.service.asks(decision.id) if one.needed_role == role)


async def test_who_gained_the_role_since_sees_buttons_and_their_answer_counts(served: Served) -> None:
    found = await needing(served, "deal_desk")
    person = next(one for one in await served.workspace.service.colleagues() if one.email not in found.allowed and "billing" in one.roles)
    visitor = await visit(served, person.email, "approver")
    assert 'value="approve"' not in (await visitor.get(f"/console/queue/{found.id}")).text
    await served.workspace.sandbox.apply(json.dumps({"people": [{"id": person.id, "roles": [*person.roles, "deal_desk"]}]}))
    assert 'value="approve"' in (await visitor.get(f"/console/queue/{found.id}")).text
    assert f'href="/console/queue/{found.id}"' in (await visitor.get(f"/console/decisions/{found.decision_id}")).text
    assert (await visitor.post(f"/console/queue/{found.id}/answer", {"answer": "approve"})).status_code == 303
    assert await state_of(served, found.id) == "approved"


async def test_who_has_said_yes_sees_no_buttons_at_the_other_ask(served: Served) -> None:
    found = await needing(served, "deal_desk")
    every = [one for one in await served.workspace.service.asks(found.decision_id) if one.id != found.id]
    assert every
    desk = next(one for one in await served.workspace.service.colleagues() if one.email == found.asked[0])
    roles = [*desk.roles, *(one.needed_role for one in every)]
    await served.workspace.sandbox.apply(json.dumps({"people": [{"id": desk.id, "roles": roles}]}))
    visitor = await visit(served, desk.email, "approver")
    assert (await visitor.post(f"/console/queue/{found.id}/answer", {"answer": "approve"})).status_code == 303
    for other in every:
        assert 'value="approve"' not in (await visitor.get(f"/console/queue/{other.id}")).text


async def test_who_is_not_in_the_directory_sees_no_button_that_would_be_refused(served: Served) -> None:
    found, decision = await ask(served)
    stranger = await visit(served, "stranger@elsewhere.example", "admin")
    week = "2026-W46"
    for path in (f"/console/queue/{found.id}", "/console/queue", f"/console/review/proposed/1?week={week}", "/console/launch/ticket-reply"):
        html = (await stranger.get(path)).text
        assert html.count("<h1") == 1, path
        assert 'value="approve"' not in html, path
        assert f'action="/console/review/proposed/1?week={week}"' not in html, path
        assert "Run it in my name" not in html, path
    page = (await stranger.get(f"/console/decisions/{decision.id}")).text
    for refused in ("label", "undo"):
        assert f'action="/console/decisions/{decision.id}/{refused}"' not in page
    assert (await stranger.post(f"/console/queue/{found.id}/answer", {"answer": "approve"})).status_code == 403
    known = await visit(served, found.asked[0], "admin")
    assert 'value="approve"' in (await known.get(f"/console/queue/{found.id}")).text


async def test_who_has_left_sees_no_buttons_though_the_ask_names_them(served: Served) -> None:
    found, _ = await ask(served)
    person = next(one for one in await served.workspace.service.colleagues() if one.email == found.asked[0])
    visitor = await visit(served, person.email, "agent")
    await served.workspace.sandbox.apply(json.dumps({"people": [{"id": person.id, "active": False}]}))
    assert 'value="approve"' not in (await visitor.get(f"/console/queue/{found.id}")).text
    assert (await visitor.post(f"/console/queue/{found.id}/answer", {"answer": "approve"})).status_code == 403

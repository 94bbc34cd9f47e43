"""What people saw when they were asked, and who sees buttons: those whose answer the service would take."""

from tests.acceptance.console.asking import ask
from tests.acceptance.console.visiting import shown, visit
from tests.acceptance.serving import Served

MORE = "See you soon."


def card_of(html: str) -> str:
    """The last card on a decision's page."""
    return html[html.rindex('<fieldset class="slack-card" disabled>') :].partition("</fieldset>")[0]


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

"""Asks for tests of the queue: events that the served world decides, and that need a person."""

import httpx2

from agent.arrivals import arrival_of
from agent.domain.decision import Decision
from agent.domain.event import Event
from agent.domain.records import Approval
from integrations.console.forms import TOKEN
from integrations.sessions import form_token
from tests.acceptance.console.visiting import Visit
from tests.acceptance.serving import Served
from tests.acceptance.workspaces import START

DEAL = Event("crm", "evt_deal", "deal.stage_changed", START, START, "deal", "deal_001", None, "u_katrin", None, {})
"""A mail to the customer, of which the deal's owner is asked."""
DISCOUNT = Event(
    "crm", "evt_discount", "deal.discount_requested", START, START, "deal", "deal_024", None, "u_oliver", None,
    {"discount_pct": 12, "requested_by": "u_oliver"},
)  # fmt: skip
"""A discount that needs more than one person."""


async def ask(served: Served, event: Event = DEAL) -> tuple[Approval, Decision]:
    """Have an event decided; its first ask, and the decision."""
    service = served.workspace.service
    await service.accept([arrival_of(event)])

    async def asked() -> Decision | None:
        found = await service.decision_of_event(event.source, event.id)
        return found if found is not None and found.approvals else None

    decision = await served.until(asked)
    return (await service.asks(decision.id))[0], decision


async def state_of(served: Served, ask_id: str) -> str:
    """How an ask stands now."""
    found = await served.workspace.store.approval(ask_id)
    assert found is not None
    return found.state


async def in_place(who: Visit, ask_id: str, fields: dict[str, str]) -> httpx2.Response:
    """Send an answer as htmx does."""
    headers = {**who._cookies, "Origin": who._origin, "HX-Request": "true"}
    given = {TOKEN: form_token(who._secret), **fields}
    return await who._http.post(f"/console/queue/{ask_id}/answer", data=given, headers=headers, follow_redirects=False)

"""A morning's decisions in a served world, for pages that look at what was decided."""

from datetime import timedelta

from agent.arrivals import arrival_of
from agent.domain.event import Event
from tests.acceptance.serving import Served
from tests.acceptance.workspaces import START

MORNING: tuple[tuple[str, str, str, dict[str, str]], ...] = (
    ("deal.stage_changed", "deal", "deal_001", {"stage": "proposal"}),
    ("deal.stage_changed", "deal", "deal_002", {"stage": "evaluation"}),
    ("deal.stage_changed", "deal", "deal_007", {"stage": "proposal"}),
    ("ticket.created", "ticket", "tic_001", {}),
    ("ticket.created", "ticket", "tic_003", {}),
    ("ticket.created", "ticket", "tic_005", {}),
)


async def decide(served: Served) -> list[str]:
    """Decide the morning's events, and let an hour pass; the ids of their decisions, in the order of the events."""
    events = [
        Event("crm" if kind == "deal" else "helpdesk", f"evt_morning_{n}", type_, START, START, kind, subject, data=dict(data))
        for n, (type_, kind, subject, data) in enumerate(MORNING)
    ]
    accepted = await served.workspace.service.accept([arrival_of(event) for event in events])
    await served.workspace.engine.settle()
    served.workspace.clock.stand_at(START + timedelta(hours=1))
    runs = [await served.workspace.store.run(one.run_id) for one in accepted]
    return [run.decision_id for run in runs if run is not None and run.decision_id is not None]

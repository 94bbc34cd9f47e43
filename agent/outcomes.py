"""What became of recommendations: delivered, converted, undone by a person. Later events are matched by subject, play and window."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from agent.domain.decision import Decision
from agent.domain.event import Event
from agent.domain.evidence import Past
from agent.domain.playbook import Playbook
from agent.domain.records import APPROVED, Action
from agent.graph import cards
from agent.identity import Standing
from agent.ports import AuditEntry, Store

LOOK_BACK = timedelta(days=400)
OVERRIDE_WINDOW = timedelta(days=7)
STAGES = ("discovery", "qualified", "evaluation", "proposal", "negotiation", "contract_sent", "won")
"""Deal stages in the order in which a sale goes forward."""

_OVERRIDES = {"ticket.group_changed": ("assign_group", "group"), "ticket.priority_changed": ("set_priority", "priority")}
_ENGAGED = frozenset({"email.replied", "meeting.booked", "call.held"})


async def observe(store: Store, playbook: Playbook, standing: Standing, at: datetime) -> None:
    """Note what an event says of earlier decisions on its account. An event that says nothing of them changes nothing."""
    event = standing.event
    names = meanings(event, standing.record) & awaited(playbook)
    if event.account is None or (not names and event.type not in _OVERRIDES):
        return
    past = (await store.history((event.account,), since=event.occurred_at - LOOK_BACK, at=at)).past
    for name in sorted(names):
        if (won := converted_by(playbook, name, event, past)) and await _forward(store, won, name, standing.record):
            outcome = {"result": "converted", "metric": name, "value": 1.0, "at": event.occurred_at, "attribution": "primary"}
            await store.observe(won, outcome, AuditEntry("outcome", event.source, won, {"event": event.id, "metric": name}, at))
            await _tell(store, won, name, event.occurred_at, at)
    if event.type not in _OVERRIDES:
        return
    done = await store.effects_on(event.subject_id, event.occurred_at - OVERRIDE_WINDOW)
    if undone := overridden_by(standing, done, event.occurred_at - OVERRIDE_WINDOW):
        outcome = {"guardrails": ["overridden"], "at": event.occurred_at}
        await store.observe(undone, outcome, AuditEntry("overridden", event.actor or event.source, undone, {"event": event.id}, at))


async def _tell(store: Store, decision_id: str, name: str, happened: datetime, at: datetime) -> None:
    """Tell those who approved it, each once: what their answers lead to is how they learn to give them."""
    decision = await store.decision(decision_id)
    asks = [ask for ask in await store.approvals(decision_id) if ask.state in APPROVED and ask.answered_by]
    last = max((ask.round for ask in asks), default=0)
    if decision is not None and asks:
        await store.add_messages([cards.outcome_notice(decision, ask, name, happened, at) for ask in asks if ask.round == last])


def awaited(playbook: Playbook) -> frozenset[str]:
    """The outcomes that any play waits for."""
    return frozenset(play.outcome.event for play in playbook.plays.values() if play.outcome)


def meanings(event: Event, record: Mapping[str, Any]) -> frozenset[str]:
    """What an event means as an outcome, beside its own name: a stage change may be a deal won. `record` is the subject as it is now."""
    found = {event.type}
    match event.type:
        case "deal.stage_changed":
            found |= {"won": {"deal.won", "deal.advanced"}, "lost": {"deal.lost"}}.get(str(record.get("stage")), {"deal.advanced"})
        case "ticket.status_changed" if record.get("status") in ("solved", "closed"):
            found.add("ticket.solved")
        case "contract.updated" if record.get("status") == "renewed":
            found.add("contract.renewed")
        case "usage.reported" if _number(event.data.get("change_30d")) >= 0:
            found.add("usage.recovered")
    if event.type in _ENGAGED:
        found.add("account.engaged")
    return frozenset(found)


def converted_by(playbook: Playbook, name: str, event: Event, past: Iterable[Past]) -> str | None:
    """The decision that an outcome speaks for: the last one delivered, on this subject before this account, whose play waits for it."""
    fitting = [
        p for p in past
        if p.what == "delivered" and (play := playbook.plays.get(p.play)) and play.outcome
        and play.outcome.event == name and p.at <= event.occurred_at <= p.at + play.outcome.window
        and (p.subject == event.subject_id or p.account == event.account)
    ]  # fmt: skip
    return max(fitting, key=lambda p: (p.subject == event.subject_id, p.at)).decision if fitting else None


def overridden_by(standing: Standing, actions: Iterable[Action], since: datetime) -> str | None:
    """The decision whose effect a person has just changed to something else."""
    event = standing.event
    kind, field = _OVERRIDES.get(event.type, ("", ""))
    ours = [a for a in actions if a.kind == kind and a.state == "done" and since <= a.at <= event.occurred_at]
    if not ours:
        return None
    last = max(ours, key=lambda a: a.at)
    return last.decision_id if standing.says(field) != last.payload.get(field) else None


async def _forward(store: Store, decision_id: str, name: str, record: Mapping[str, Any]) -> bool:
    """A deal has advanced only if it stands further than when the decision was made: moving back is no success."""
    if name != "deal.advanced":
        return True
    decision = await store.decision(decision_id)
    return decision is not None and _place(record.get("stage")) > _place(_fact(decision, "deal.stage"))


def _fact(decision: Decision, name: str) -> Any:
    return next((fact.value for fact in decision.facts if fact.name == name), None)


def _place(stage: Any) -> int:
    return STAGES.index(stage) if stage in STAGES else -1


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else -1.0

"""Twins of seeded tickets: the same ticket with another body, each of a customer of its own, so that no twin sees what happens to another."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from sqlalchemy import Connection

from agent.arrivals import arrival_of, run_id_of
from agent.domain.decision import Decision
from agent.domain.event import Event
from agent.errors import NotFound
from evals.cases import START
from integrations.bootstrap import Workspace
from integrations.sandbox import records

Entry = dict[str, Any]
AFTER_UNDO = START + timedelta(minutes=2)


@dataclass(frozen=True)
class Twin:
    """A copy of the ticket `base`. `body` None keeps the ticket's own."""

    name: str
    base: str
    body: str | None = None

    @property
    def ids(self) -> dict[str, str]:
        """Its own records, with what stands for them when twins are compared."""
        return {f"{kind}-{self.name}-": kind.upper() for kind in ("ticket", "account", "contact")}

    def id_of(self, kind: str) -> str:
        return f"{kind}-{self.name}-"

    @property
    def decision(self) -> str:
        return run_id_of("twins", self.name).replace("run_", "dec_", 1)


async def decide(workspace: Workspace, twins: Sequence[Twin]) -> None:
    """Make the twins, and let a new-ticket event of each be decided."""
    bases = {base: await workspace.database.glance(partial(_originals, base=base)) for base in {twin.base for twin in twins}}
    fixture: dict[str, list[Entry]] = {"accounts": [], "contacts": [], "links": [], "tickets": []}
    for twin in twins:
        for key, entry in _copies(twin, *bases[twin.base]).items():
            fixture[key].append(entry)
    await workspace.sandbox.apply(json.dumps(fixture, ensure_ascii=False))
    await workspace.service.accept([arrival_of(_created(twin)) for twin in twins])
    await workspace.engine.settle()


def _created(twin: Twin) -> Event:
    """The event carries the text too, as some helpdesks send it."""
    said = {} if twin.body is None else {"body": twin.body}
    return Event("twins", twin.name, "ticket.created", START, START, "ticket", twin.id_of("ticket"), data=said)


def _originals(connection: Connection, base: str) -> tuple[Entry, Entry, Entry]:
    ticket = records.one(connection, "tickets", base)
    account = records.one(connection, "accounts", ticket.data["account"]) if ticket else None
    contact = records.one(connection, "contacts", ticket.data["requester"]) if ticket else None
    if ticket is None or account is None or contact is None:
        raise NotFound(f"The sandbox has no ticket '{base}' with an account and a requester.", "Seed it: nextplay sandbox reset")
    return ticket.data, account.data, contact.data


def _copies(twin: Twin, ticket: Entry, account: Entry, contact: Entry) -> dict[str, Entry]:
    own = {kind: twin.id_of(kind) for kind in ("ticket", "account", "contact")}
    link = {"source": "helpdesk", "external_id": f"org-{twin.name}", "kind": "account", "id": own["account"], "matched_by": "explicit"}
    body = {} if twin.body is None else {"body": twin.body}
    return {
        "accounts": {**account, "id": own["account"], "parent": None, "domain": None, "ai_processing": True},
        "contacts": {**contact, "id": own["contact"], "account": own["account"]},
        "links": link,
        "tickets": {**ticket, "id": own["ticket"], "account": own["account"], "requester": own["contact"], **body},
    }


async def outcomes(workspace: Workspace, twins: Sequence[Twin]) -> dict[str, Entry]:
    """What was decided, asked and planned for each twin, and whom people were told of it; names of its own records made equal."""
    told: dict[str, list[Entry]] = {}
    for message in await workspace.store.messages(undelivered=False):
        told.setdefault(message.decision_id or "", []).append({"kind": message.kind, "to": list(message.to)})
    return {twin.name: await _outcome(workspace, twin, told.get(twin.decision, [])) for twin in twins}


async def _outcome(workspace: Workspace, twin: Twin, told: Sequence[Entry]) -> Entry:
    decision = await workspace.service.explain(twin.decision)
    approvals = await workspace.store.approvals(twin.decision)
    planned = await workspace.store.actions(twin.decision)
    outcome: Entry = plain(twin, {
        "route": decision.route, "reasons": [reason.code for reason in decision.reasons], "choice": _choice(decision),
        "proposal": _proposal(decision), "sensitive": decision.sensitive.value, "told": sorted(told, key=str),
        "approvals": [[a.needed_role, sorted(a.asked), sorted(a.allowed), a.state] for a in approvals],
        "actions": [[a.kind, a.target, a.state, a.needs_approval, a.customer_visible, without_words(a.payload)] for a in planned],
    })  # fmt: skip
    return outcome


def _choice(decision: Decision) -> Entry | None:
    chosen = next((one for one in decision.candidates if one.id == decision.choice), None)
    wanted = {"id", "play", "recipient", "channel", "params", "material", "target", "verdict", "ask_of", "required"}
    return chosen.model_dump(include=wanted) if chosen else None


def _proposal(decision: Decision) -> Entry | None:
    return decision.proposal.model_dump(include={"channel", "recipient", "params", "send_at"}) if decision.proposal else None


def without_words(payload: Mapping[str, Any]) -> Entry:
    """An effect's fields but its text."""
    return {name: value for name, value in payload.items() if name not in ("body", "text", "subject", "title")}


def plain(twin: Twin, value: Any) -> Any:
    """A value as JSON in which the twin's own records have the names that every twin's have."""
    text = json.dumps(value, default=str, sort_keys=True)
    for own, name in twin.ids.items():
        text = text.replace(own, name)
    return json.loads(text)


async def approve_all(workspace: Workspace, twins: Sequence[Twin]) -> dict[str, list[Entry]]:
    """Everybody who is asked approves, and the time for undoing passes; what was then done to each twin's ticket, in order."""
    for approval in await workspace.service.waiting():
        await workspace.service.answer(approval.id, "approve", who=approval.asked[0])
    await workspace.engine.settle()
    await workspace.clock.move_to(AFTER_UNDO, workspace.database)
    await workspace.engine.settle()
    done: dict[str, list[Entry]] = {twin.name: [] for twin in twins}
    for effect in await workspace.sandbox.effects.log():
        for twin in twins:
            if effect["target"] in (twin.id_of("ticket"), twin.id_of("account"), twin.id_of("contact")):
                done[twin.name].append(plain(twin, {name: effect[name] for name in ("kind", "target", "payload")}))
    return done

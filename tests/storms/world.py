"""A company with many deals and many tickets, of each of which somebody is asked."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from agent.domain.event import Event
from tests.acceptance.workspaces import DATABASE, START, seeded

MOVED = Event("crm", "", "deal.stage_changed", START, START, "deal", "", None, None, None, {})
ASKED = Event("desk", "", "ticket.created", START, START, "ticket", "", None, None, None, {})
ALWAYS = {day: ["00:00", "23:59"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}


def rep(number: int) -> str:
    """The address of a colleague who owns deals."""
    return f"rep{number}@tessera.example"


def clerk(number: int) -> str:
    """The address of a colleague who may decide on refunds."""
    return f"clerk{number}@tessera.example"


async def make_storm_world(folder: Path, world: Path, *, deals: int, reps: int, tickets: int = 0, clerks: int = 0) -> Path:
    """The seeded world with so many accounts more, each with a deal or a ticket that wants money back."""
    await asyncio.to_thread(folder.mkdir)
    async with seeded(folder, world) as workspace:
        await workspace.sandbox.apply(json.dumps(records(deals, reps, tickets, clerks)))
    return folder / DATABASE


def moved(number: int) -> Event:
    """The event that a deal has reached another stage: its owner is asked about a mail to the customer."""
    return replace(MOVED, id=f"evt_moved_{number}", subject_id=f"deal_s{number}", actor=f"u_someone_{number}")


def asked_back(number: int) -> Event:
    """The event that a ticket asks for money back: billing is asked."""
    return replace(ASKED, id=f"evt_back_{number}", subject_id=f"tic_s{number}")


def records(deals: int, reps: int, tickets: int = 0, clerks: int = 0) -> dict[str, list[dict[str, Any]]]:
    """What the world has more, as a fixture writes it."""
    people = [_person(f"u_rep{n}", rep(n), f"Rep {n}", "sales_rep") for n in range(reps)]
    people += [_person(f"u_clerk{n}", clerk(n), f"Clerk {n}", "billing") for n in range(clerks)]
    accounts = [f"{n}" for n in range(deals)] + [f"t{n}" for n in range(tickets)]
    return {
        "calendars": [{"id": "cal_always", "timezone": "UTC", "hours": ALWAYS}],
        "people": people,
        "accounts": [_account(name, f"u_rep{number % reps}") for number, name in enumerate(accounts)],
        "links": [_link(name) for name in accounts],
        "contacts": [_contact(name) for name in accounts],
        "deals": [_deal(n, f"u_rep{n % reps}") for n in range(deals)],
        "tickets": [_refund(n) for n in range(tickets)],
    }  # fmt: skip


def _person(id_: str, email: str, name: str, role: str) -> dict[str, Any]:
    return {"id": id_, "email": email, "name": name, "roles": [role], "timezone": "UTC", "calendar": "cal_always"}


def _account(name: str, owner: str) -> dict[str, Any]:
    return {
        "id": f"acc_s{name}", "name": f"Customer {name}", "domain": f"customer-{name}.example", "tier": "mid_market", "lifecycle": "customer",
        "owner": owner, "owner_confirmed_at": "@-23d", "industry": "logistics", "country": "GB", "timezone": "UTC", "calendar": "cal_always",
        "currency": "EUR", "language": "en", "plan": "business", "products": ["flow"], "health": 80, "health_as_of": "@-1d", "ai_processing": True,
    }  # fmt: skip


def _link(name: str) -> dict[str, Any]:
    return {"source": "helpdesk", "external_id": f"org-s{name}", "kind": "account", "id": f"acc_s{name}", "matched_by": "explicit"}


def _contact(name: str) -> dict[str, Any]:
    return {
        "id": f"con_s{name}", "account": f"acc_s{name}", "name": f"Contact {name}", "first_name": "Robin", "email": f"robin@customer-{name}.example",
        "role": "economic_buyer", "language": "en",
    }  # fmt: skip


def _deal(number: int, owner: str) -> dict[str, Any]:
    return {
        "id": f"deal_s{number}", "account": f"acc_s{number}", "name": f"Upgrade {number}", "kind": "expansion", "owner": owner, "stage": "evaluation",
        "stage_entered_at": "@-3d", "amount": {"amount": 20000 + number, "currency": "EUR"}, "close_date": "@+30d", "interest": "security",
        "primary_contact": f"con_s{number}", "contacts": [f"con_s{number}"], "last_activity_at": "@-1d", "version": 1,
    }  # fmt: skip


def _refund(number: int) -> dict[str, Any]:
    return {
        "id": f"tic_s{number}", "account": f"acc_st{number}", "requester": f"con_st{number}", "subject": "Money back", "type": "refund",
        "body": "Please refund our licences, we do not need them any more.", "priority": "p3", "status": "new", "product": "flow", "language": "en",
        "channel": "web", "created_at": "@-22m", "refund": {"amount": 900, "currency": "EUR"},
    }  # fmt: skip

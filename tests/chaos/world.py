"""Small worlds for tests that need many accounts: each account's tickets speak of danger, so that a rule requires two
internal steps at once, or ask for money back, so that a support lead is asked.
"""

import json
from collections.abc import Iterable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

from agent.domain.event import Event
from integrations.bootstrap import Workspace, open_workspace
from integrations.settings import Settings
from tests.chaos.stories import START

WEEK = {day: ["00:00", "23:59"] for day in ("mon", "tue", "wed", "thu", "fri", "sat", "sun")}
LEADS = 25
"""How many colleagues may answer what a support lead is asked."""


def opened(folder: Path, **changes: Any) -> AbstractAsyncContextManager[Workspace]:
    """A workspace whose database lies in the folder, with the clock stopped at `START`."""
    settings = Settings(database_url=f"sqlite:///{folder / 'nextplay.db'}", _env_file=None)
    return open_workspace(settings, at=START, **changes)


def world(*, accounts: int, tickets: int = 1) -> str:
    """A fixture: so many accounts, each with so many tickets of either sort."""
    return json.dumps({
        "calendars": [{"id": "cal_all", "timezone": "UTC", "hours": WEEK}],
        "people": [_lead(number) for number in range(LEADS)],
        "groups": [{
            "id": "grp_two", "name": "Flow engineering", "area": "engineering", "tier": 2, "products": ["flow"], "calendar": "cal_all",
            "on_call": "u_0", "lead": "u_0", "reachable": True,
        }],
        "accounts": [_account(number) for number in range(accounts)],
        "links": [_link(number) for number in range(accounts)],
        "contacts": [{"id": f"con_{n}", "account": f"acc_{n}", "name": f"Contact {n}", "email": f"c{n}@customer.example"} for n in range(accounts)],
        "tickets": [t for a in range(accounts) for number in range(tickets) for t in (danger(a, number), _refund(a, number))],
    })  # fmt: skip


def danger(account: int, number: int) -> dict[str, Any]:
    """A ticket that must be escalated."""
    return _ticket(f"smoke_{account}_{number}", account) | {
        "subject": "The terminal smokes", "body": "There is smoke and a smell of burnt plastic.", "type": "problem",
    }  # fmt: skip


def _refund(account: int, number: int) -> dict[str, Any]:
    return _ticket(f"refund_{account}_{number}", account) | {
        "subject": "Money back", "body": "Please refund our licences, we do not need them any more.", "type": "refund",
        "refund": {"amount": 900, "currency": "EUR"},
    }  # fmt: skip


def _ticket(id_: str, account: int) -> dict[str, Any]:
    return {
        "id": id_, "account": f"acc_{account}", "requester": f"con_{account}", "priority": "p3", "status": "new", "product": "flow",
        "language": "en", "channel": "web", "created_at": "@-22m",
    }  # fmt: skip


def _lead(number: int) -> dict[str, Any]:
    return {
        "id": f"u_{number}", "email": lead(number), "name": f"Lead {number}", "roles": ["support_lead"], "timezone": "UTC", "calendar": "cal_all",
    }  # fmt: skip


def lead(number: int) -> str:
    """The address of a colleague who may answer."""
    return f"lead{number}@vendor.example"


def _account(number: int) -> dict[str, Any]:
    return {
        "id": f"acc_{number}", "name": f"Customer {number}", "domain": f"customer{number}.example", "tier": "smb", "lifecycle": "customer",
        "owner": "u_0", "timezone": "UTC", "calendar": "cal_all", "currency": "EUR", "language": "en", "products": ["flow"],
    }  # fmt: skip


def _link(number: int) -> dict[str, Any]:
    return {"source": "helpdesk", "external_id": f"org-{number}", "kind": "account", "id": f"acc_{number}", "matched_by": "explicit"}


def created(ticket: str, *, event: str | None = None) -> Event:
    """The event that a ticket came in."""
    return Event("desk", event or f"evt_{ticket}", "ticket.created", START, START, "ticket", ticket, None, None, None, {})


def smoke(accounts: Iterable[int], numbers: Iterable[int] = (0,)) -> list[Event]:
    """The events of the accounts' dangerous tickets."""
    return [created(f"smoke_{account}_{number}") for account in accounts for number in numbers]

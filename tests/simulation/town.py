"""A small town of customers: each has a deal, a ticket that speaks of danger, and one that asks for money back."""

import json
from typing import Any

from tests.chaos.world import danger
from tests.storms.world import records

CUSTOMERS = 3
REPS = CLERKS = 2
OPERATOR = "ops@tessera.example"

_ASSET = {
    "id": "ast_security", "title": "Where data of Tessera lives", "kind": "one_pager", "topics": ["security"], "language": "en",
    "stages": ["qualified", "evaluation", "proposal", "negotiation"], "url": "https://tessera.example/security", "updated_at": "@-30d",
    "summary": "Regions, certificates and keys in one page.", "body": "All data of European customers lives in Frankfurt.",
}  # fmt: skip


def town() -> str:
    """It, as a fixture."""
    made = records(CUSTOMERS, REPS, CUSTOMERS, CLERKS)
    dangers = [
        danger(number, 0) | {"id": f"tic_d{number}", "account": f"acc_s{number}", "requester": f"con_s{number}"} for number in range(CUSTOMERS)
    ]
    people = [_colleague("u_ops", OPERATOR, "operator"), _colleague("u_lead", "lead@tessera.example", "support_lead")]
    people.append(_colleague("u_manager", "manager@tessera.example", "sales_manager"))
    group = {
        "id": "grp_two", "name": "Flow engineering", "area": "engineering", "tier": 2, "products": ["flow"], "calendar": "cal_always",
        "on_call": "u_lead", "lead": "u_lead", "reachable": True,
    }  # fmt: skip
    return json.dumps({
        **made, "people": [*made["people"], *people], "tickets": [*made["tickets"], *dangers], "groups": [group], "assets": [_ASSET],
    })  # fmt: skip


def _colleague(id_: str, email: str, role: str) -> dict[str, Any]:
    return {"id": id_, "email": email, "name": id_.removeprefix("u_").title(), "roles": [role], "timezone": "UTC", "calendar": "cal_always"}

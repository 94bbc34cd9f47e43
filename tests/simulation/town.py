"""A small town of customers: each has a deal, a ticket that speaks of danger, and one that asks for money back."""

import json
from datetime import UTC, datetime
from typing import Any

from tests.chaos.stories import START
from tests.chaos.world import WEEK, danger
from tests.storms.world import records

SEASONS = {"november": START, "autumn": datetime(2026, 10, 24, 18, tzinfo=UTC), "spring": datetime(2027, 3, 27, 18, tzinfo=UTC)}
"""When a life begins: on a Tuesday, or on the evening before clocks are set back or forward in Europe (in America a week later, or two before)."""

CUSTOMERS = 3
REPS = CLERKS = 2
OPERATOR = "ops@tessera.example"

_CALENDARS = [
    {"id": "cal_night", "timezone": "Europe/Berlin", "hours": {day: ["00:30", "09:00"] for day in WEEK}},
    {"id": "cal_york", "timezone": "America/New_York", "hours": {day: ["01:15", "12:00"] for day in WEEK}},
]  # fmt: skip
"""Hours of which some there are twice, and some not at all."""

_ASSET = {
    "id": "ast_security", "title": "Where data of Tessera lives", "kind": "one_pager", "topics": ["security"], "language": "en",
    "stages": ["qualified", "evaluation", "proposal", "negotiation"], "url": "https://tessera.example/security", "updated_at": "@-30d",
    "summary": "Regions, certificates and keys in one page.", "body": "All data of European customers lives in Frankfurt.",
}  # fmt: skip


def town() -> str:
    """It, as a fixture."""
    made = records(CUSTOMERS, REPS, CUSTOMERS, CLERKS)
    for number, one in enumerate((*made["people"], *made["accounts"])):
        one |= {"calendar": ("cal_always", "cal_night", "cal_york")[number % 3], "timezone": ("UTC", "Europe/Berlin", "America/New_York")[number % 3]}
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
        **made, "calendars": [*made["calendars"], *_CALENDARS], "people": [*made["people"], *people], "tickets": [*made["tickets"], *dangers],
        "groups": [group], "assets": [_ASSET],
    })  # fmt: skip


def _colleague(id_: str, email: str, role: str) -> dict[str, Any]:
    return {"id": id_, "email": email, "name": id_.removeprefix("u_").title(), "roles": [role], "timezone": "UTC", "calendar": "cal_always"}

"""Reads the state of an account: what it is, its family, and how it uses the product."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from agent.domain.facts import Fact
from tools.lifecycle import in_force
from tools.money import amount_fact
from tools.ports import Crm, Snapshot
from tools.reading import UNKNOWN, Reading, days_since, field, fields, moment, number
from tools.result import ToolResult, facts_of, reads, uncounted

FROM_OTHER_TOOLS = (
    "account.helpdesk_linked",
    "account.open_p1_tickets",
    "account.open_tickets",
    "account.days_since_contact",
    "account.days_since_reply",
    "account.open_commercial_threads",
)
"""Account facts that come from the helpdesk and from the history of contacts."""

_FLAGS = ("dispute", "legal_hold", "escalation_open")


@reads(*facts_of("account", but=FROM_OTHER_TOOLS))
async def account_state(crm: Crm, account_id: str, at: datetime, *, into: str) -> ToolResult:
    """What the CRM says of the account itself, with its revenue in the currency `into`."""
    account = await crm.account(account_id)
    if account is None:
        return ToolResult("no_data", problem=f"the CRM has no account {account_id}")
    data = account.data if account.data.get("lifecycle") else {**account.data, **_lifecycle(account.data, await crm.contracts(account_id), at)}
    facts = Reading.told(account, at).facts(_account_values(data, at))
    arr = await amount_fact(crm, "account.arr", account, "arr", at, into)
    return ToolResult("ok", (*facts, arr, *_health(account, at)), {"account": account})


def _lifecycle(data: Mapping[str, Any], contracts: Sequence[Snapshot], at: datetime) -> dict[str, str]:
    """What else tells, where the record does not say: a plan for the onboarding that is not done, revenue, or a contract in force."""
    progress = _onboarding({**data, "lifecycle": "onboarding"}, at).get("account.onboarding_progress", UNKNOWN)
    if progress not in (UNKNOWN, 1.0):
        return {"lifecycle": "onboarding"}
    return {"lifecycle": "customer"} if data.get("arr") or in_force(contracts, at) is not None else {}


def _account_values(data: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    plain = ("id", "name", "tier", "lifecycle", "industry", "country", "plan", "products", "ai_processing")
    # a CRM keeps these three only while they are set: a record without them says that there is none
    flags = {f"account.{flag}": bool(data.get(flag)) for flag in _FLAGS}
    return {**fields("account", data, *plain), **flags, **_onboarding(data, at)}


def _onboarding(data: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    plan = data.get("onboarding")
    if not isinstance(plan, Mapping):
        # who is past onboarding, or has not begun, cannot be late with it; of anybody else it is not known
        settled = data.get("lifecycle") in ("prospect", "customer", "churned")
        return {"account.onboarding_days_late": 0 if settled else UNKNOWN}
    done, total = number(plan, "done"), number(plan, "total")
    progress = UNKNOWN if UNKNOWN in (done, total) or total <= 0 else round(min(done / total, 1.0), 3)
    late = days_since(moment(plan, "due_at"), at)
    if late is not UNKNOWN:
        late = 0 if progress == 1.0 else max(late, 0)
    return {"account.onboarding_days_late": late, "account.onboarding_progress": progress}


def _health(account: Snapshot, at: datetime) -> tuple[Fact, ...]:
    """The score is a measurement: it ages from its own date, not from when somebody last touched the account."""
    return Reading(at, moment(account.data, "health_as_of"), read_at=account.read_at).facts({"account.health": number(account.data, "health")})


@reads("family.size", "family.dispute", "family.legal_hold", "family.escalation_open")
async def family_state(crm: Crm, account_id: str, at: datetime) -> ToolResult:
    """What holds anywhere in the account's family. What is found of one member is known; that no other has it, only while all can be read."""
    family = await crm.family(account_id)
    if not family:
        return ToolResult("no_data", problem=f"the CRM has no account {account_id}")
    flags = {f"family.{flag}": any(bool(member.data.get(flag)) for member in family) for flag in _FLAGS}
    found = {name: True for name, is_so in flags.items() if is_so}
    counted = {"family.size": len(family), **{name: False for name in flags if name not in found}}
    reading = replace(Reading.counted(family, at), as_of=min(member.as_of for member in family))
    facts = (*reading.facts(found), *(uncounted(counted, family.lost, "companies") or reading.facts(counted)))
    return ToolResult("ok", facts, {"family": tuple(family.ids)})


@reads(*facts_of("usage"))
async def usage_state(crm: Crm, account_id: str, at: datetime) -> ToolResult:
    """How the account uses the product, as last measured."""
    usage = await crm.usage(account_id)
    if usage is None:
        return ToolResult("no_data", problem=f"nobody measures the usage of account {account_id}")
    data = usage.data
    active, seats = number(data, "active_users"), number(data, "seats")
    values = {
        "usage.active_users": active,
        "usage.seats": seats,
        "usage.seat_use": UNKNOWN if UNKNOWN in (active, seats) or seats <= 0 else round(active / seats, 3),
        "usage.change_30d": field(data, "change_30d"),
        "usage.adoption": field(data, "adoption"),
        "usage.days_since_login": days_since(moment(data, "last_login_at"), at),
    }
    return ToolResult("ok", Reading.told(usage, at).facts(values))

"""Reads where a deal and a contract stand, and when notice can last be given."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from agent.domain.facts import Fact
from tools.money import amount_fact, convert
from tools.ports import Crm, Snapshot
from tools.reading import UNKNOWN, Reading, days_since, days_until, fields, moment, number
from tools.result import ToolResult, facts_of, missing, reads, uncounted


@reads(*facts_of("deal"))
async def deal_state(crm: Crm, deal_id: str, at: datetime, *, into: str) -> ToolResult:
    """Where a deal stands, with its amount in the currency `into`."""
    deal = await crm.deal(deal_id)
    if deal is None:
        return await gone(crm, "deal", deal_id, at)
    amount = await convert(crm, deal.data.get("amount"), at, into)
    money = (amount.fact("deal.amount", at=at, as_of=deal.as_of), amount.rate_fact(at=at))
    return ToolResult("ok", (*Reading.told(deal, at).facts(_deal_values(deal, at)), *money), {"deal": deal})


def _deal_values(deal: Snapshot, at: datetime) -> dict[str, Any]:
    data = deal.data
    money = data.get("amount")
    return {
        **fields("deal", data, "name", "kind", "stage", "interest"),
        "deal.id": deal.id,
        "deal.deleted": False,
        "deal.days_in_stage": days_since(moment(data, "stage_entered_at"), at),
        "deal.currency": money.get("currency", UNKNOWN) if isinstance(money, Mapping) else UNKNOWN,
        "deal.close_in_days": days_until(moment(data, "close_date"), at),
        "deal.days_since_activity": days_since(moment(data, "last_activity_at"), at),
        # nothing noted down means that none was named, raised or asked for
        "deal.competitor": data.get("competitor"),
        "deal.objection": data.get("objection"),
        "deal.owner": data.get("owner"),
        "deal.discount_requested_by": data.get("discount_requested_by"),
        "deal.requested_discount_pct": data.get("requested_discount_pct") or 0,
        "deal.contacts_engaged": len(contacts_on(deal)),
    }


def contacts_on(deal: Snapshot) -> tuple[str, ...]:
    """Ids of the contacts on a deal, the primary one first."""
    named = [deal.data.get("primary_contact"), *(deal.data.get("contacts") or ())]
    return tuple(dict.fromkeys(str(one) for one in named if one))


@reads(*facts_of("contract"))
async def contract_state(crm: Crm, account_id: str | None, contract_id: str | None, at: datetime, *, into: str) -> ToolResult:
    """The contract asked for, or else the account's contract in force, with its notice deadline, and its value in the currency `into`.

    Which one is in force is not known where one of them cannot be read.
    """
    contract = await crm.contract(contract_id) if contract_id else None
    if contract is None and account_id:
        contracts = await crm.contracts(account_id)
        if unknown := uncounted(facts_of("contract"), contracts.lost, "contracts"):
            return ToolResult("no_data", unknown, problem="which contract is in force is not known; nextplay systems faults says what mends it")
        contract = in_force(contracts, at)
    if contract is None:
        # none in force is known only of an account that is
        facts = Reading(at).facts({"contract.id": None}) if account_id else ()
        return ToolResult("no_data", facts, problem="there is no contract in force")
    value = await amount_fact(crm, "contract.value", contract, "value", at, into)
    facts = (*Reading.told(contract, at).facts(_contract_values(contract, at)), *_no_deadline(contract), value)
    return ToolResult("ok", facts, {"contract": contract})


def _no_deadline(contract: Snapshot) -> tuple[Fact, ...]:
    """A contract without a notice period has one that nobody noted: it is not one that can be left on its last day."""
    if notice_deadline(contract.data) is not None:
        return ()
    why = "no end is noted" if moment(contract.data, "end") is None else "no notice period is noted"
    return tuple(missing(name, why) for name in ("contract.notice_deadline", "contract.days_to_notice"))


def _contract_values(contract: Snapshot, at: datetime) -> dict[str, Any]:
    data = contract.data
    end, deadline = moment(data, "end"), notice_deadline(data)
    return {
        **fields("contract", data, "plan", "auto_renew", "seats", "support_tier"),
        "contract.status": data.get("status") or "active",  # one without a status was neither ended nor renewed
        "contract.id": contract.id,
        "contract.entitlements": data.get("entitlements") or [],  # a contract that lists none grants none
        "contract.end": end or UNKNOWN,
        "contract.notice_deadline": deadline or UNKNOWN,
        "contract.days_to_end": days_until(end, at),
        "contract.days_to_notice": days_until(deadline, at),
    }


def notice_deadline(contract: Mapping[str, Any]) -> datetime | None:
    """The last day on which notice can be given: the end less the notice period. None when either is not known."""
    end, days = moment(contract, "end"), number(contract, "notice_days")
    return None if end is None or days is UNKNOWN else end - timedelta(days=days)


def in_force(contracts: Sequence[Snapshot], at: datetime) -> Snapshot | None:
    """Of several contracts the one that holds at a moment: begun, and not over. Of two, the one that ends last, or
    not at all.
    """
    holding = [c for c in contracts if _holds(c.data, at)]
    return max(holding, key=lambda c: (moment(c.data, "end") or datetime.max.replace(tzinfo=at.tzinfo), c.id), default=None)


def _holds(contract: Mapping[str, Any], at: datetime) -> bool:
    start, end = moment(contract, "start"), moment(contract, "end")
    begun = start is None or start <= at
    # the last day still counts: an end date is midnight at its beginning
    running = end is None or end.date() >= at.date()
    return contract.get("status") != "ended" and begun and running


async def gone(crm: Crm, kind: str, record_id: str, at: datetime) -> ToolResult:
    """The result for a record that the source does not hold: deleted there, or never known."""
    known = await crm.known(kind, record_id)
    if known == "unusable":
        return ToolResult("no_data", problem=f"the {kind} {record_id} cannot be used as it is; nextplay systems faults says what mends it")
    if known == "deleted":
        facts = Reading(at).facts({f"{kind}.id": record_id, f"{kind}.deleted": True})
        return ToolResult("no_data", facts, problem=f"{kind} {record_id} was deleted at its source")
    return ToolResult("no_data", problem=f"no source knows the {kind} {record_id}")

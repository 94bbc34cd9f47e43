"""Deals and contracts: where they stand, and the last day for notice."""

from datetime import UTC, datetime
from typing import Any

import pytest

from agent.domain.facts import Status
from tests.unit.tools.reading_facts import fact, is_missing, value
from tests.unit.tools.world import AT, DAY, World, ago, ahead
from tools.lifecycle import contract_state, deal_state

DEAL: dict[str, Any] = {"account": "acc_1", "stage": "proposal", "amount": {"amount": 5000, "currency": "EUR"}}


async def test_a_deal_in_the_reporting_currency() -> None:
    world = World(
        deals={
            "d": {
                **DEAL,
                "stage_entered_at": ago(days=7, hours=5),
                "close_date": "2026-11-23T00:00:00Z",
                "owner": "u_1",
            }
        }
    )
    result = await deal_state(world.sources.crm, "d", AT, into="EUR")
    assert value(result, "deal.amount") == 5000.0
    assert value(result, "deal.rate") == 1.0
    assert value(result, "deal.days_in_stage") == 7
    assert value(result, "deal.close_in_days") == 0, "the closing day itself is not past"
    assert value(result, "deal.deleted") is False


async def test_what_a_deal_does_not_name_is_none_but_what_nobody_knows_is_missing() -> None:
    result = await deal_state(World(deals={"d": {"stage": "proposal"}}).sources.crm, "d", AT, into="EUR")
    assert value(result, "deal.objection") is None
    assert value(result, "deal.competitor") is None
    assert value(result, "deal.requested_discount_pct") == 0
    assert value(result, "deal.contacts_engaged") == 0
    assert is_missing(result, "deal.amount", "deal.rate", "deal.currency", "deal.interest", "deal.days_in_stage")


async def test_a_foreign_amount_needs_a_rate() -> None:
    deal = {**DEAL, "amount": {"amount": 100, "currency": "USD"}}
    none = await deal_state(World(deals={"d": deal}).sources.crm, "d", AT, into="EUR")
    assert is_missing(none, "deal.amount", "deal.rate")
    assert value(none, "deal.currency") == "USD"
    old = await deal_state(World(deals={"d": deal}, rates={"USD": (0.9, AT - 30 * DAY)}).sources.crm, "d", AT, into="EUR")
    assert fact(old, "deal.amount").status is Status.STALE
    assert fact(old, "deal.rate").status is Status.STALE
    good = await deal_state(World(deals={"d": deal}, rates={"USD": (0.9, AT - DAY)}).sources.crm, "d", AT, into="EUR")
    assert value(good, "deal.amount") == 90.0
    assert fact(good, "deal.rate").as_of == AT - DAY


async def test_contacts_on_a_deal_are_counted_once() -> None:
    deal = {**DEAL, "primary_contact": "c1", "contacts": ["c1", "c2"]}
    result = await deal_state(World(deals={"d": deal}).sources.crm, "d", AT, into="EUR")
    assert value(result, "deal.contacts_engaged") == 2


async def test_a_deleted_deal_is_known_to_be_deleted_and_an_unknown_one_is_not() -> None:
    gone = await deal_state(World(deleted={("deal", "d")}).sources.crm, "d", AT, into="EUR")
    assert gone.status == "no_data"
    assert value(gone, "deal.deleted") is True
    assert is_missing(gone, "deal.stage", "deal.amount")
    assert is_missing(await deal_state(World().sources.crm, "d", AT, into="EUR"), "deal.deleted", "deal.stage")


CONTRACT: dict[str, Any] = {
    "account": "acc_1",
    "status": "active",
    "start": "2026-01-01T00:00:00Z",
    "end": "2026-12-31T00:00:00Z",
    "notice_days": 30,
}


async def test_notice_ends_before_the_contract_does() -> None:
    world = World(contracts={"k": CONTRACT})
    result = await contract_state(world.sources.crm, "acc_1", None, AT, into="EUR")
    assert value(result, "contract.notice_deadline") == datetime(2026, 12, 1, tzinfo=UTC)
    assert value(result, "contract.days_to_notice") == 8
    assert value(result, "contract.days_to_end") == 38


async def test_a_deadline_that_is_past_counts_below_zero() -> None:
    world = World(contracts={"k": {**CONTRACT, "notice_days": 90}})
    assert value(await contract_state(world.sources.crm, "acc_1", None, AT, into="EUR"), "contract.days_to_notice") == -52


@pytest.mark.parametrize("left_out", ["notice_days", "end"])
async def test_without_end_or_notice_period_the_deadline_is_not_guessed(left_out: str) -> None:
    world = World(contracts={"k": {k: v for k, v in CONTRACT.items() if k != left_out}})
    result = await contract_state(world.sources.crm, "acc_1", None, AT, into="EUR")
    assert is_missing(result, "contract.notice_deadline", "contract.days_to_notice")


async def test_the_contract_in_force_is_neither_over_nor_not_begun() -> None:
    world = World(
        contracts={
            "old": {**CONTRACT, "end": "2026-11-01T00:00:00Z"},
            "ended": {**CONTRACT, "status": "ended", "end": "2027-12-31T00:00:00Z"},
            "now": CONTRACT,
            "next": {**CONTRACT, "start": "2027-01-01T00:00:00Z", "end": "2027-12-31T00:00:00Z"},
            "theirs": {**CONTRACT, "account": "acc_2", "end": "2028-12-31T00:00:00Z"},
        }
    )
    assert value(await contract_state(world.sources.crm, "acc_1", None, AT, into="EUR"), "contract.id") == "now"
    assert value(await contract_state(world.sources.crm, "acc_1", "old", AT, into="EUR"), "contract.id") == "old"


async def test_no_contract_in_force_is_known_and_its_terms_are_not() -> None:
    result = await contract_state(World().sources.crm, "acc_1", None, AT, into="EUR")
    assert value(result, "contract.id") is None
    assert is_missing(result, "contract.days_to_notice", "contract.entitlements", "contract.auto_renew")


async def test_without_an_account_nobody_knows_whether_there_is_a_contract() -> None:
    assert is_missing(await contract_state(World().sources.crm, None, None, AT, into="EUR"), "contract.id")


async def test_a_contract_that_lists_no_entitlements_grants_none() -> None:
    result = await contract_state(World(contracts={"k": CONTRACT}).sources.crm, "acc_1", None, AT, into="EUR")
    assert value(result, "contract.entitlements") == []
    assert is_missing(result, "contract.auto_renew")


async def test_which_contract_is_in_force_is_not_known_where_one_cannot_be_read() -> None:
    world = World(contracts={"c": {"account": "acc_1", "end": ahead(days=90)}, "d": {"account": "acc_1", "end": ahead(days=99)}}, unread={"d"})
    result = await contract_state(world.sources.crm, "acc_1", None, AT, into="EUR")
    assert is_missing(result, "contract.id", "contract.end", "contract.days_to_notice", "contract.value")
    assert "1 of its contracts cannot be read: nextplay systems faults" in fact(result, "contract.id").source
    asked_for = await contract_state(world.sources.crm, "acc_1", "c", AT, into="EUR")
    assert value(asked_for, "contract.id") == "c"

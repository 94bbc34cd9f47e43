"""The account, its family and its usage: what is zero, what is none, and what is not known."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from agent.domain.facts import Status
from tests.unit.tools.reading_facts import fact, is_missing, value
from tests.unit.tools.world import AT, DAY, World, ago, ahead
from tools.account_state import account_state, family_state, usage_state
from tools.result import ToolResult


async def state(world: World, account: str = "acc_1") -> ToolResult:
    return await account_state(world.sources.crm, account, AT, into="EUR")


async def test_what_the_record_does_not_say_is_missing_and_what_it_says_is_none_is_none() -> None:
    world = World(accounts={"acc_1": {"name": "Nord", "industry": None}})
    result = await state(world)
    assert value(result, "account.name") == "Nord"
    assert value(result, "account.industry") is None
    assert is_missing(result, "account.tier", "account.country", "account.arr", "account.health", "account.ai_processing")


UNDER_WAY = {"due_at": ago(days=3), "done": 2, "total": 5}


@pytest.mark.parametrize(
    ("account", "contract", "lifecycle"),
    [
        ({}, {"end": ahead(days=90)}, "customer"),
        ({}, {"start": ago(days=9)}, "customer"),
        ({"onboarding": UNDER_WAY}, {"end": ahead(days=90)}, "onboarding"),
        ({"onboarding": UNDER_WAY}, {"account": "acc_2"}, "onboarding"),
        ({"arr": {"amount": 9, "currency": "EUR"}}, {"account": "acc_2"}, "customer"),
        ({"onboarding": {"done": 5, "total": 5}}, {"end": ahead(days=90)}, "customer"),
        ({"lifecycle": "churned"}, {"end": ahead(days=90)}, "churned"),
    ],
)
async def test_other_things_tell_what_a_customer_is_where_the_record_does_not_say(
    account: dict[str, Any], contract: dict[str, Any], lifecycle: str
) -> None:
    world = World(accounts={"acc_1": account}, contracts={"c": {"account": "acc_1", **contract}})
    assert value(await state(world), "account.lifecycle") == lifecycle


@pytest.mark.parametrize("contract", [{"status": "ended"}, {"end": ago(days=2)}, {"start": ahead(days=2)}, {"account": "acc_2"}])
async def test_without_one_nobody_knows(contract: dict[str, Any]) -> None:
    world = World(accounts={"acc_1": {}}, contracts={"c": {"account": "acc_1", **contract}})
    assert is_missing(await state(world), "account.lifecycle")


async def test_flags_that_a_crm_leaves_out_are_false() -> None:
    world = World(accounts={"acc_1": {"name": "Nord", "dispute": True}})
    result = await state(world)
    assert value(result, "account.dispute") is True
    assert value(result, "account.legal_hold") is False
    assert value(result, "account.escalation_open") is False


async def test_an_account_that_is_not_there_has_no_facts_and_certainly_no_false_flags() -> None:
    result = await state(World())
    assert result.status == "no_data"
    assert is_missing(result, "account.id", "account.dispute", "account.arr")


async def test_health_ages_from_when_it_was_measured() -> None:
    fresh = await state(World(accounts={"acc_1": {"name": "N", "health": 40, "health_as_of": ago(days=13)}}))
    assert value(fresh, "account.health") == 40
    old = await state(World(accounts={"acc_1": {"name": "N", "health": 40, "health_as_of": ago(days=15)}}))
    assert fact(old, "account.health").status is Status.STALE
    undated = await state(World(accounts={"acc_1": {"name": "N", "health": 40}}))
    assert fact(undated, "account.health").status is Status.STALE


async def test_money_is_converted_at_the_dated_rate() -> None:
    world = World(accounts={"acc_1": {"name": "N", "arr": {"amount": 1000, "currency": "GBP"}}}, rates={"GBP": (1.2, AT - DAY)})
    assert value(await state(world), "account.arr") == 1200.0


@pytest.mark.parametrize(
    ("rates", "status"),
    [({}, Status.MISSING), ({"GBP": (1.2, AT - 8 * DAY)}, Status.STALE)],
    ids=["no rate", "old rate"],
)
async def test_without_a_current_rate_an_amount_cannot_be_relied_on(rates: dict[str, tuple[float, datetime]], status: Status) -> None:
    world = World(accounts={"acc_1": {"name": "N", "arr": {"amount": 1000, "currency": "GBP"}}}, rates=rates)
    assert fact(await state(world), "account.arr").status is status


async def test_rates_that_cannot_be_read_leave_the_rest_of_the_account_known() -> None:
    world = World(accounts={"acc_1": {"name": "N", "arr": {"amount": 1, "currency": "USD"}}}, down={"rates"})
    result = await state(world)
    assert value(result, "account.name") == "N"
    assert is_missing(result, "account.arr")
    assert "rates did not answer" in fact(result, "account.arr").source


@pytest.mark.parametrize(
    ("onboarding", "late", "progress"),
    [
        ({"due_at": ago(days=5), "done": 3, "total": 4}, 5, 0.75),
        ({"due_at": ago(days=5), "done": 4, "total": 4}, 0, 1.0),
        ({"due_at": (AT + 3 * DAY).isoformat(), "done": 0, "total": 4}, 0, 0.0),
    ],
    ids=["late", "done", "on time"],
)
async def test_onboarding_is_late_only_past_its_date_and_before_it_is_done(onboarding: dict[str, Any], late: int, progress: float) -> None:
    result = await state(World(accounts={"acc_1": {"name": "N", "lifecycle": "onboarding", "onboarding": onboarding}}))
    assert value(result, "account.onboarding_days_late") == late
    assert value(result, "account.onboarding_progress") == progress


async def test_onboarding_that_nobody_wrote_down_is_missing_only_while_it_should_be_running() -> None:
    running = await state(World(accounts={"acc_1": {"name": "N", "lifecycle": "onboarding"}}))
    assert is_missing(running, "account.onboarding_days_late")
    over = await state(World(accounts={"acc_1": {"name": "N", "lifecycle": "customer"}}))
    assert value(over, "account.onboarding_days_late") == 0


async def test_a_sisters_trouble_is_the_familys() -> None:
    world = World(
        accounts={
            "acc_1": {"name": "A", "parent": "acc_top"},
            "acc_2": {"name": "B", "parent": "acc_top", "dispute": True},
            "acc_top": {"name": "Top"},
            "acc_far": {"name": "Stranger", "legal_hold": True},
        }
    )
    result = await family_state(world.sources.crm, "acc_1", AT)
    assert value(result, "family.size") == 3
    assert value(result, "family.dispute") is True
    assert value(result, "family.legal_hold") is False
    assert set(result.extras["family"]) == {"acc_1", "acc_2", "acc_top"}


async def test_usage_is_missing_when_nobody_measures_it_and_zero_when_nobody_uses_it() -> None:
    assert is_missing(await usage_state(World().sources.crm, "acc_1", AT), "usage.active_users", "usage.seat_use")
    measured = World(usages={"acc_1": {"as_of": ago(days=1), "active_users": 0, "seats": 20}})
    result = await usage_state(measured.sources.crm, "acc_1", AT)
    assert value(result, "usage.active_users") == 0
    assert value(result, "usage.seat_use") == 0
    assert is_missing(result, "usage.change_30d", "usage.days_since_login")


async def test_usage_is_stale_after_a_week() -> None:
    world = World(usages={"acc_1": {"as_of": ago(days=8), "active_users": 5, "seats": 0}})
    result = await usage_state(world.sources.crm, "acc_1", AT)
    assert fact(result, "usage.active_users").status is Status.STALE
    assert is_missing(result, "usage.seat_use"), "a share of no seats is not a number"


async def test_a_source_that_is_down_gives_an_error_that_says_so() -> None:
    result = await usage_state(World(down={"usage"}).sources.crm, "acc_1", AT + timedelta())
    assert result.status == "error"
    assert result.problem == "usage did not answer: it is down"
    assert "Check that usage is up" in result.next_step
    assert is_missing(result, "usage.active_users", "usage.adoption")


async def test_of_a_family_only_what_was_found_is_known_where_a_member_cannot_be_read() -> None:
    world = World(accounts={"acc_1": {"parent": "acc_2", "dispute": True}, "acc_2": {}, "acc_3": {"parent": "acc_2"}}, unread={"acc_3"})
    result = await family_state(world.sources.crm, "acc_1", AT)
    assert value(result, "family.dispute") is True
    assert is_missing(result, "family.size", "family.legal_hold", "family.escalation_open")
    assert "1 of its companies cannot be read: nextplay systems faults" in fact(result, "family.size").source
    assert result.extras["family"] == ("acc_1", "acc_2", "acc_3"), "who belongs to it is known"

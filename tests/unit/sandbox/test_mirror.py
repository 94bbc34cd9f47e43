"""The sandbox as the source of the events fed to it."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from agent.domain.event import Event
from integrations.sandbox.sandbox import Sandbox
from tests.unit.sandbox.conftest import START
from tools.ports import Snapshot

WORLD = """
people: [{id: u_1, email: u@x.example, name: U, roles: [support_agent]}]
accounts: [{id: acc_1, name: N}]
deals: [{id: deal_1, account: acc_1, stage: proposal, stage_entered_at: '@-9d', version: 5, updated_at: '@-1d'}]
tickets: [{id: tic_1, account: acc_1, subject: S, body: It does not work., priority: p3, status: open, version: 2, updated_at: '@-1d'}]
links: [{source: hubspot, external_id: '42', kind: deal, id: deal_1}, {source: crm, external_id: Z-7, kind: person, id: u_1}]
"""
HOUR = timedelta(hours=1)


@pytest.fixture
async def source(sandbox: Sandbox) -> Sandbox:
    await sandbox.apply(WORLD)
    return sandbox


def event(kind: str = "deal", subject: str = "deal_1", **changes: Any) -> Event:
    values: dict[str, Any] = {"occurred_at": START - HOUR, "data": {"stage": "contract_sent"}, **changes}
    return Event("crm", "e1", f"{kind}.changed", values.pop("occurred_at"), START, kind, subject, **values)


async def deal(sandbox: Sandbox) -> Snapshot:
    found = await sandbox.crm.deal("deal_1")
    assert found is not None
    return found


async def test_a_newer_version_changes_the_record_and_dates_the_stage(source: Sandbox) -> None:
    assert await source.mirror(event(version=9)) == "changed"
    now = await deal(source)
    assert now.data["stage"] == "contract_sent"
    assert now.data["stage_entered_at"] == (START - HOUR).isoformat()
    assert (now.version, now.as_of) == (9, START - HOUR)


@pytest.mark.parametrize("version", [5, 4])
async def test_an_older_or_the_same_version_changes_nothing(source: Sandbox, version: int) -> None:
    before = await deal(source)
    assert await source.mirror(event(version=version, occurred_at=START)) == "late"
    assert await deal(source) == before


async def test_without_a_version_the_time_decides(source: Sandbox) -> None:
    assert await source.mirror(event(occurred_at=START - 2 * 24 * HOUR)) == "late"
    assert await source.mirror(event(occurred_at=START - 24 * HOUR)) == "changed", "not older than the record"
    assert (await deal(source)).version == 6


async def test_a_stage_that_stays_keeps_its_date(source: Sandbox) -> None:
    before = await deal(source)
    assert await source.mirror(event(version=9, data={"stage": "proposal"})) == "unchanged"
    assert await deal(source) == before


async def test_several_fields_of_a_ticket(source: Sandbox) -> None:
    data = {"priority": "p1", "status": "pending", "assignee": "u_1", "change_source": "UI", "text": "hello"}
    assert await source.mirror(event("ticket", "tic_1", data=data)) == "changed"
    ticket = await source.helpdesk.ticket("tic_1")
    assert ticket is not None
    assert {k: ticket.data.get(k) for k in ("priority", "status", "assignee", "change_source", "text", "subject")} == {
        "priority": "p1", "status": "pending", "assignee": "u_1", "change_source": None, "text": None, "subject": "S",
    }  # fmt: skip


def comment(body: str = "It still happens.", **told: Any) -> Event:
    changes = {"actor": told.pop("actor", None), "occurred_at": told.pop("occurred_at", START - HOUR), "data": {"body": body, **told}}
    return replace(event("ticket", "tic_1", **changes), type="ticket.comment_added")


async def messages(source: Sandbox) -> list[dict[str, Any]]:
    ticket = await source.helpdesk.ticket("tic_1")
    assert ticket is not None
    assert ticket.data["body"] == "It does not work.", "what the customer wrote first stays"
    return list(ticket.data["messages"])


@pytest.mark.parametrize(
    ("told", "by", "public"),
    [
        ({}, "customer", True),
        ({"actor": "con_1"}, "customer", True),
        ({"actor": "u_1"}, "agent", True),
        ({"actor": "Z-7", "public": False}, "agent", False),
        ({"public": "no idea"}, "customer", True),
        ({"actor": "stranger", "by": "agent"}, "agent", True),
        ({"actor": "u_1", "by": "robot"}, "agent", True),
    ],
)
async def test_a_comment_is_added_to_the_ticket(source: Sandbox, told: dict[str, Any], by: str, public: bool) -> None:
    assert await source.mirror(comment(**told)) == "changed"
    (message,) = await messages(source)
    at = (START - HOUR).isoformat()
    assert message == {"at": at, "by": by, "author": told.get("actor"), "public": public, "body": "It still happens."}


async def test_what_else_a_comment_event_says_of_the_ticket_is_taken_over(source: Sandbox) -> None:
    assert await source.mirror(comment(status="pending")) == "changed"
    ticket = await source.helpdesk.ticket("tic_1")
    assert ticket is not None
    assert (ticket.data["status"], len(await messages(source))) == ("pending", 1)


async def test_the_same_comment_told_again_is_added_once(source: Sandbox) -> None:
    await source.mirror(comment())
    assert await source.mirror(comment(occurred_at=START)) == "unchanged"
    assert await source.mirror(comment("Thank you", occurred_at=START)) == "changed"
    assert [one["body"] for one in await messages(source)] == ["It still happens.", "Thank you"]


async def test_a_value_that_the_record_cannot_hold_is_passed_over(source: Sandbox) -> None:
    assert await source.mirror(event("ticket", "tic_1", data={"priority": "sky-high"})) == "unchanged"
    assert await source.mirror(event("ticket", "tic_1", data={"priority": "sky-high", "status": "solved"})) == "changed"
    ticket = await source.helpdesk.ticket("tic_1")
    assert ticket is not None
    assert (ticket.data["priority"], ticket.data["status"]) == ("p3", "solved")


async def test_identity_is_not_changed_by_an_event(source: Sandbox) -> None:
    assert await source.mirror(event(version=9, data={"id": "deal_2", "account": "acc_2", "deleted": True})) == "unchanged"


async def test_unknown_subjects_stay_unknown(source: Sandbox) -> None:
    assert await source.mirror(event("deal", "deal_9", version=9)) == "unknown"
    assert await source.crm.deal("deal_9") is None
    assert await source.mirror(event("cart", "cart_1")) == "unknown"
    await source.apply("deals: [{id: deal_1, deleted: true}]")
    assert await source.mirror(event(version=99)) == "unknown"


async def test_another_systems_id_is_followed_through_its_link(source: Sandbox) -> None:
    told = Event("hubspot", "e1", "deal.changed", START, START, "deal", "42", data={"stage": "won"})
    assert await source.mirror(told) == "changed"
    assert (await deal(source)).data["stage"] == "won"

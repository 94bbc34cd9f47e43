"""What the clock tells of: found by the moment that makes it matter, in parts, and nothing that is over."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest

from agent.clock import clock_events
from agent.domain.event import Event
from agent.domain.playbook import Playbook
from agent.playbook.loader import DEFAULT, load
from integrations.db.database import Database
from integrations.sandbox import records
from integrations.sandbox.records import DUE_PART, Record
from integrations.sandbox.sandbox import Sandbox
from tests.unit.sandbox.conftest import START
from tools.once import Sources
from tools.ports import Due, SourceError

MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@pytest.fixture(scope="module")
def playbook() -> Playbook:
    return load(DEFAULT)


async def kept(database: Database, kind: str, *told: dict[str, Any]) -> None:
    made = [Record(kind, str(one["id"]), {"account": "acc_1", **one}, 1, START, bool(one.get("deleted"))) for one in told]
    await database.write_core(lambda connection: records.put(connection, *made))


async def told(sources: Sources, playbook: Playbook, at: datetime = START) -> list[str]:
    found: list[Event] = [event async for part in clock_events(sources, playbook, at) for event in part]
    return sorted(event.id for event in found)


def at(moment: datetime) -> str:
    return moment.isoformat()


async def test_open_deals_of_which_nothing_was_heard_for_a_week(sandbox: Sandbox, database: Database, playbook: Playbook) -> None:
    week = START - 7 * DAY
    await kept(
        database, "deals", {"id": "a_week", "stage": "proposal", "last_activity_at": at(week)},
        {"id": "almost", "stage": "proposal", "last_activity_at": at(week + MINUTE)},
        {"id": "entered", "stage": "discovery", "last_activity_at": None, "stage_entered_at": at(week - 30 * DAY)},
        {"id": "won", "stage": "won", "last_activity_at": at(week - DAY)}, {"id": "never", "stage": "proposal"},
        {"id": "gone", "stage": "proposal", "last_activity_at": at(week - DAY), "deleted": True},
    )  # fmt: skip
    assert await told(sandbox.sources, playbook) == ["deal.silent:a_week:2026-11-16", "deal.silent:entered:2026-10-17"]


async def test_open_tickets_that_must_be_answered_within_the_hour(sandbox: Sandbox, database: Database, playbook: Playbook) -> None:
    await kept(
        database, "tickets", {"id": "now", "subject": "S", "sla_due_at": at(START)},
        {"id": "hour", "status": "pending", "sla_due_at": at(START + 60 * MINUTE)},
        {"id": "later", "status": "open", "sla_due_at": at(START + 61 * MINUTE)}, {"id": "past", "status": "open", "sla_due_at": at(START - MINUTE)},
        {"id": "solved", "status": "solved", "sla_due_at": at(START + MINUTE)}, {"id": "none", "status": "open"},
    )  # fmt: skip
    assert await told(sandbox.sources, playbook) == ["ticket.sla_at_risk:hour:2026-11-23T11:00", "ticket.sla_at_risk:now:2026-11-23T10:00"]


async def test_contracts_before_their_notice_deadline(sandbox: Sandbox, database: Database, playbook: Playbook) -> None:
    """The window of the default playbook is 90 days; a notice period that nobody noted may be as long again."""
    midnight = START.replace(hour=0)

    def contract(name: str, deadline: int, notice: int | None = 30, **more: Any) -> dict[str, Any]:
        return {"id": name, "end": at(midnight + timedelta(days=deadline + (notice or 0))), "notice_days": notice, **more}

    await kept(
        database, "contracts", contract("today", 0), contract("yesterday", -1), contract("soon", 14), contract("window", 90), contract("beyond", 91),
        contract("long", 80, notice=400), contract("unknown", 180, notice=None), contract("unknown_far", 181, notice=None),
        contract("unknown_past", 0, notice=None), contract("ended", 10, status="ended"), contract("renewed", 10, status="renewed"),
    )  # fmt: skip
    assert await told(sandbox.sources, playbook) == [
        "contract.notice_deadline:soon:2026-12-07", "contract.notice_deadline:today:2026-11-23", "contract.renewal_window:long:2027-02-11",
        "contract.renewal_window:unknown:unknown:2027-05-22", "contract.renewal_window:window:2027-02-21",
    ]  # fmt: skip


async def test_what_changes_or_goes_is_due_no_more(sandbox: Sandbox, database: Database, playbook: Playbook) -> None:
    silent = {"id": "d", "stage": "proposal", "last_activity_at": at(START - 8 * DAY)}
    await kept(database, "deals", silent)
    assert await told(sandbox.sources, playbook) == ["deal.silent:d:2026-11-15"]
    await kept(database, "deals", {**silent, "last_activity_at": at(START - 9 * DAY)})
    assert await told(sandbox.sources, playbook) == ["deal.silent:d:2026-11-14"]
    await kept(database, "deals", {**silent, "stage": "lost"})
    assert await told(sandbox.sources, playbook) == []
    await kept(database, "deals", {**silent, "deleted": True})
    assert await told(sandbox.sources, playbook) == []


async def test_more_than_a_part_is_told_whole_in_order_and_once_also_of_one_moment(sandbox: Sandbox, database: Database, playbook: Playbook) -> None:
    many = DUE_PART + 3
    await kept(database, "deals", *({"id": f"d{n:04}", "stage": "proposal", "last_activity_at": at(START - 8 * DAY)} for n in range(many)))
    parts = [part async for part in clock_events(sandbox.sources, playbook, START)]
    assert [len(part) for part in parts] == [DUE_PART, 3]
    assert [event.subject_id for part in parts for event in part] == [f"d{n:04}" for n in range(many)]


async def test_it_is_looked_up_in_the_index_however_many_there_are(database: Database) -> None:
    def plan(connection: Any) -> str:
        found = connection.exec_driver_sql("EXPLAIN QUERY PLAN " + records.DUE_QUERY, ("deals", "a", "b", "a", ""))
        return " ".join(row[3] for row in found)

    assert "USING INDEX ix_sandbox_records_due (kind=? AND due>? AND due<?)" in (said := await database.read_core(plan))
    assert "TEMP B-TREE" not in said, "what is found there is in order already"


@dataclass
class Silent:
    """A source that does not answer what is due."""

    async def due(self, *_: Any, **__: Any) -> list[Due]:
        raise SourceError("crm", "down")


async def test_a_silent_source_keeps_no_other_from_being_told(sandbox: Sandbox, database: Database, playbook: Playbook) -> None:
    await kept(database, "tickets", {"id": "now", "subject": "S", "sla_due_at": at(START)})
    sources: Any = Sources(Silent(), sandbox.sources.helpdesk, sandbox.sources.search, sandbox.sources.directory)  # type: ignore[arg-type]  # all it is asked
    assert await told(sources, playbook) == ["ticket.sla_at_risk:now:2026-11-23T10:00"]


async def test_what_starts_nothing_is_not_told(sandbox: Sandbox, database: Database) -> None:
    await kept(database, "tickets", {"id": "now", "subject": "S", "sla_due_at": at(START)})
    assert await told(sandbox.sources, Playbook.of([], [], [], "v")) == []

"""When a contact may be contacted."""

from datetime import date

from agent.domain.calendars import OFFICE_HOURS
from agent.domain.evidence import Calendar
from tests.unit.tools.world import AT, World
from tools.calendars import contact_calendars

SHIFT = Calendar("Europe/Berlin", {0: (360, 840)}, frozenset({date(2026, 12, 25)}))


async def hours(account: dict[str, str], contact: dict[str, str]) -> Calendar | None:
    world = World(accounts={"acc_1": dict(account)}, contacts={"c": {"account": "acc_1", **contact}}, calendars={"cal": SHIFT})
    result = await contact_calendars(world.sources.crm, world.sources.directory, "acc_1", AT)
    found: Calendar | None = result.extras["calendars"].get("c")
    return found


async def test_the_accounts_calendar_gives_hours_and_holidays() -> None:
    assert await hours({"calendar": "cal"}, {}) == SHIFT


async def test_the_contacts_own_zone_wins() -> None:
    assert await hours({"calendar": "cal", "timezone": "Europe/Berlin"}, {"timezone": "Asia/Tokyo"}) == Calendar(
        "Asia/Tokyo", SHIFT.hours, SHIFT.holidays
    )


async def test_without_a_calendar_office_hours_stand_in() -> None:
    found = await hours({"timezone": "America/New_York", "calendar": "cal_gone"}, {})
    assert found == Calendar("America/New_York", OFFICE_HOURS.hours)


async def test_nobody_guesses_a_time_zone() -> None:
    assert await hours({}, {}) is None
    assert await hours({"timezone": "Mars/Olympus"}, {"timezone": "late evening"}) is None

"""When a contact may be contacted."""

from datetime import date

import pytest

from agent.domain.calendars import OFFICE_HOURS
from agent.domain.evidence import Calendar
from agent.domain.facts import Status
from tests.unit.tools.world import AT, World
from tools.calendars import contact_calendars
from tools.time_zones import SOLE_ZONES, zone_named

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
    assert await hours({"country": "US"}, {}) is None, "it has several"
    assert await hours({"country": "Atlantis"}, {}) is None


@pytest.mark.parametrize(
    ("account", "contact", "zone"),
    [
        ({"country": "IN"}, {}, "Asia/Kolkata"),
        ({"country": "de"}, {}, "Europe/Berlin"),
        ({"country": "DE", "timezone": "Asia/Tokyo"}, {}, "Asia/Tokyo"),
        ({"country": "DE", "timezone": "Asia/Tokyo"}, {"timezone": "America/St_Johns"}, "America/St_Johns"),
        ({"country": "IN", "calendar": "cal"}, {}, "Europe/Berlin"),
    ],
)
async def test_the_nearest_time_zone_counts_and_at_last_that_of_a_country_with_one(
    account: dict[str, str], contact: dict[str, str], zone: str
) -> None:
    found = await hours(account, contact)
    assert found is not None
    assert found.timezone == zone


async def test_the_time_zone_is_a_fact_and_so_is_its_absence() -> None:
    world = World(
        accounts={"acc_1": {"country": "US"}}, contacts={"a": {"account": "acc_1", "timezone": "America/Denver"}, "b": {"account": "acc_1"}}
    )
    result = await contact_calendars(world.sources.crm, world.sources.directory, "acc_1", AT)
    assert {fact.of: (fact.name, fact.value, fact.status) for fact in result.facts} == {
        "a": ("contact.timezone", "America/Denver", Status.FRESH),
        "b": ("contact.timezone", None, Status.MISSING),
    }


def test_every_country_of_the_table_has_a_time_zone_that_exists() -> None:
    assert all(len(country) == 2 and zone_named(zone) for country, zone in SOLE_ZONES.items())
    assert not {"US", "CA", "AU", "BR", "RU"} & set(SOLE_ZONES)

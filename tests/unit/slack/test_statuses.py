from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.domain.evidence import Person, Team
from integrations.db import migrations
from integrations.db.database import Database
from integrations.db.slack import Member, SlackStore
from integrations.slack.statuses import BELIEVED, StatusDirectory
from tests.unit.domain.building import person

AT = datetime(2026, 5, 4, 9, tzinfo=UTC)
"""The deployment's clock; a sandbox's may be another than the wall's."""
WALL = datetime(2026, 11, 23, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
KAT = replace(person("kat", "sales_rep"), email="Kat@X.test")
AWAY = Member("kat@x.test", "U1", "T1", "Kat", "UTC", "member", WALL, status="Vacation", away=True)


class Known:
    """A directory of one."""

    def __init__(self, one: Person) -> None:
        self._one = one

    async def people(self, at: datetime) -> Sequence[Person]:
        del at
        return [self._one]

    async def teams(self) -> Sequence[Team]:
        return []

    async def calendar(self, calendar_id: str) -> Any:
        del calendar_id


async def seen(tmp_path: Path, member: Member, *, now: datetime = WALL, one: Person = KAT) -> Person:
    url = f"sqlite:///{tmp_path / 'np.db'}"
    migrations.upgrade(url)
    database = Database(url)
    try:
        store = SlackStore(database)
        await store.keep_member(member)
        (found,) = await StatusDirectory(Known(one), store, lambda: now).people(AT)
    finally:
        database.close()
    return found


async def test_a_status_counts_as_an_absence_and_says_so(tmp_path: Path) -> None:
    found = await seen(tmp_path, AWAY)
    assert (found.away_until, found.away_why) == (AT + timedelta(days=1), "Slack status “Vacation”")


async def test_it_ends_when_the_status_ends(tmp_path: Path) -> None:
    found = await seen(tmp_path, replace(AWAY, away_until=WALL + HOUR))
    assert found.away_until == AT + HOUR


@pytest.mark.parametrize(
    ("member", "now"),
    [
        (replace(AWAY, away_until=WALL - HOUR), WALL),
        (replace(AWAY, away_until=WALL), WALL),
        (replace(AWAY, away=False), WALL),
        (AWAY, WALL + BELIEVED + timedelta(seconds=1)),
        (replace(AWAY, email="other@x.test"), WALL),
    ],
    ids=["over", "over just now", "another status", "Slack has been down since", "somebody else"],
)
async def test_otherwise_they_are_there(tmp_path: Path, member: Member, now: datetime) -> None:
    assert (await seen(tmp_path, member, now=now)).away_until is None


async def test_the_directory_goes_before_a_status(tmp_path: Path) -> None:
    known = replace(KAT, away_until=AT + timedelta(days=7))
    assert await seen(tmp_path, AWAY, one=known) == known

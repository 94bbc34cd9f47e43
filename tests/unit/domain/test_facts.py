"""Facts: their age, and how rules see them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from agent.domain.facts import FactSpec, FactView, Status, as_rule_value, judge_age, moment_of
from tests.unit.domain.building import AT, DAY, fact, facts

READ = FactSpec("account.tier", "text", "crm", "", max_age=timedelta(minutes=15))
MEASURED = FactSpec("usage.seats", "number", "usage", "", max_age=7 * DAY, ages_from="as_of")


@pytest.mark.parametrize(
    ("spec", "read_at", "as_of", "status"),
    [
        (READ, AT, None, Status.FRESH),
        (READ, AT - timedelta(minutes=15), AT - 900 * DAY, Status.FRESH),
        (READ, AT - timedelta(minutes=15, seconds=1), AT, Status.STALE),
        (MEASURED, AT - 900 * DAY, AT - 7 * DAY, Status.FRESH),
        (MEASURED, AT, AT - 7 * DAY - timedelta(seconds=1), Status.STALE),
        (MEASURED, AT, None, Status.STALE),
    ],
)
def test_age(spec: FactSpec, read_at: datetime, as_of: datetime | None, status: Status) -> None:
    assert judge_age(spec, read_at=read_at, as_of=as_of, at=AT) is status


@pytest.mark.parametrize(
    ("value", "seen"),
    [(3, 3.0), (True, True), (False, False), (2.5, 2.5), ("3", "3"), (None, None), (["a"], ["a"])],
)
def test_whole_numbers_become_decimals_and_nothing_else_changes(value: Any, seen: Any) -> None:
    assert as_rule_value(value) == seen
    assert type(as_rule_value(value)) is type(seen)


def test_a_view_leaves_out_what_is_not_known_and_keeps_a_known_none() -> None:
    shown = FactView.of(facts({"deal.amount": 5, "deal.rate": Status.STALE, "deal.stage": Status.MISSING, "deal.competitor": None}))
    assert shown.roots == {"deal": {"amount": 5.0, "competitor": None}}


def test_a_view_tells_entities_apart() -> None:
    shown = FactView.of([fact("contact.role", "user", of="ann"), fact("contact.role", "admin", of="bob"), fact("contact.role", "none")])
    assert shown.entity("contact", "ann") == {"role": "user"}
    assert shown.entity("contact", "bob") == {"role": "admin"}
    assert shown.entity("contact", "eve") == {}
    assert shown.entity("contact", None) == {}
    assert shown.entity("group", "ann") == {}
    assert shown.roots == {"contact": {"role": "none"}}


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (AT, AT),
        ("2026-11-23T10:00:00Z", AT),
        ("2026-11-23T11:00:00+01:00", AT),
        ("2026-11-23", datetime(2026, 11, 23, tzinfo=UTC)),
        ("tomorrow", None),
        (17, None),
        (None, None),
    ],
)
def test_moments(value: Any, moment: datetime | None) -> None:
    assert moment_of(value) == moment


def test_a_name_has_a_root_and_a_field() -> None:
    assert (READ.root, READ.field) == ("account", "tier")

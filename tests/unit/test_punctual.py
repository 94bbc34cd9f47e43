"""What is to be done every so often, when the clock jumps; and when something is tried again on a host whose clock is wrong."""

from datetime import UTC, datetime, timedelta

import pytest
from procrastinate import App
from procrastinate.periodic import PeriodicRegistry
from procrastinate.testing import InMemoryConnector

from integrations.engines import punctual
from integrations.engines.punctual import DUE_FOR, Punctual, by

AT = datetime(2026, 11, 10, 10, 0, 3, tzinfo=UTC)
HOURS = timedelta(hours=8)


@pytest.fixture
def often() -> Punctual:
    """A task for every five seconds."""
    registry, task = PeriodicRegistry(), App(connector=InMemoryConnector()).task(name="look")(lambda timestamp: timestamp)  # type: ignore[no-untyped-call]  # as in integrations/engines/jobs.py
    registry.register_task(task, cron="* * * * * */5", periodic_id="", configure_kwargs={})
    return Punctual(registry, lambda: AT)


def moments(often: Punctual, at: datetime) -> list[datetime]:
    """What is lined up at a moment."""
    often._forget(at.timestamp())
    return [datetime.fromtimestamp(moment, UTC) for _, moment in often.get_previous_tasks(at=at.timestamp())]


def test_each_moment_is_lined_up_once(often: Punctual) -> None:
    assert moments(often, AT) == [AT.replace(second=0)]
    assert moments(often, AT) == []
    assert moments(often, AT + timedelta(seconds=12)) == [AT.replace(second=5), AT.replace(second=10), AT.replace(second=15)]


@pytest.mark.parametrize("jump", [HOURS, -HOURS])
def test_after_a_jump_it_goes_on_from_there_and_nothing_is_made_up_for(often: Punctual, jump: timedelta) -> None:
    moments(often, AT)
    assert moments(often, AT + jump) == [AT.replace(second=0) + jump]
    assert moments(often, AT + jump + timedelta(seconds=5)) == [AT.replace(second=5) + jump]
    assert moments(often, AT + timedelta(seconds=10)) == [AT.replace(second=10)]


@pytest.mark.parametrize("away", [timedelta(), HOURS, -HOURS])
def test_what_is_tried_again_is_tried_by_the_deployments_clock(monkeypatch: pytest.MonkeyPatch, away: timedelta) -> None:
    monkeypatch.setattr(punctual, "utcnow", lambda: AT + away)
    assert by(lambda: AT, None) == AT - DUE_FOR
    assert by(lambda: AT, AT + away + timedelta(seconds=4)) == AT + timedelta(seconds=4)
    assert by(lambda: AT, AT + away - timedelta(seconds=4)) == AT

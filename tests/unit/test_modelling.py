"""The day's training: what it cannot learn from must not keep the clock from its other work."""

from collections.abc import AsyncIterator, MutableMapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from structlog.testing import capture_logs

from agent.deployment import OnlyPriors
from agent.domain.precedent import Precedent
from agent.domain.records import Reviewed
from agent.errors import NextplayError
from agent.modelling import Modelling
from agent.ports import ModelVersion
from tests.unit.domain.building import AT, playbook
from tests.unit.learning.build import LATER, precedent


@dataclass
class Records:
    """A store whose records cannot be read on some days; a real one would have to be damaged below its own seal."""

    broken: bool
    days: list[date] = field(default_factory=list)
    made: list[ModelVersion] = field(default_factory=list)

    async def training_due(self, day: date) -> bool:
        return day not in self.days

    async def precedents(self, *, since: datetime, until: datetime) -> AsyncIterator[Precedent]:
        assert since < until
        if self.broken:
            raise NextplayError("A stored record is damaged.")
        for number in range(12):
            yield precedent(number)

    async def reviews(self) -> list[Reviewed]:
        return []

    async def keep_training(self, made: ModelVersion, parameters: str, *, day: date | None, waiting: int, why: str | None) -> bool:
        assert (parameters[0], waiting, why) == ("{", 0, "the day's training")
        self.made.append(made)
        self.days += [day] if day else []
        return True


class Service(Modelling):
    def __init__(self, records: Records) -> None:
        self._ports: Any = SimpleNamespace(store=records, models=OnlyPriors(), playbook=playbook, clock=lambda: AT)


async def test_a_training_that_fails_is_logged_once_a_day_and_nothing_else_fails() -> None:
    records = Records(broken=True)
    service = Service(records)
    logged: list[MutableMapping[str, Any]]
    with capture_logs() as logged:
        assert not await service.train_daily(LATER)
        assert not await service.train_daily(LATER + timedelta(hours=1))
    assert [line["event"] for line in logged] == ["model not trained"]
    assert records.made == []
    records.broken = False
    assert not await service.train_daily(LATER + timedelta(hours=2)), "the day was given up by this process"
    assert await service.train_daily(LATER + timedelta(days=70))
    assert [made.cases for made in records.made] == [12]


async def test_a_day_that_was_trained_is_over() -> None:
    records = Records(broken=False)
    assert await Service(records).train_daily(LATER + timedelta(days=70))
    assert not await Service(records).train_daily(LATER + timedelta(days=70, hours=3))
    assert len(records.made) == 1

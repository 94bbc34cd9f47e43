"""Learning from settled tickets by the clock: when it is worth it, once a day, and never in the way of the clock's other work."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from structlog.testing import capture_logs

from agent.errors import InvalidInput, NotFound, Refused
from agent.ports import ModelVersion, Reign, Training
from agent.triaging import Triaging
from tests.unit.domain.building import AT, playbook
from tests.unit.tools.world import World
from tools.embedding import EmbedderUnavailable

DAY = timedelta(days=1)


@dataclass
class Embedder:
    """Texts of one kind lie together. `leaves`: they would go to another machine."""

    leaves: bool = False
    down: bool = False
    model: str = "fake"
    languages: frozenset[str] | None = None
    seen: list[str] = field(default_factory=list)

    async def embed(self, texts: Sequence[str], *, within_s: float | None = None) -> NDArray[np.float32]:  # noqa: ARG002  the port's
        if self.down:
            raise EmbedderUnavailable("It is down.", "Start it.")
        self.seen += texts
        return np.array([[1, 0] if "bug" in text else [0, 1] for text in texts], np.float32)


@dataclass
class Store:
    """Versions, reigns and trainings in memory."""

    made: dict[str, tuple[ModelVersion, str]] = field(default_factory=dict)
    reign: list[Reign] = field(default_factory=list)
    trainings: list[Training] = field(default_factory=list)

    async def models(self, line: str) -> list[ModelVersion]:
        assert line == "triage"
        return [made for made, _ in self.made.values()]

    async def reigns(self, line: str) -> list[Reign]:
        assert line == "triage"
        return self.reign

    async def last_training(self, line: str) -> Training | None:
        assert line == "triage"
        return self.trainings[-1] if self.trainings else None

    async def note_training(self, training: Training, line: str) -> None:
        assert line == "triage"
        if training.day not in {one.day for one in self.trainings}:
            self.trainings.append(training)

    async def keep_training(
        self, made: ModelVersion, parameters: str, *, day: date | None, waiting: int, why: str | None, line: str, seen: int
    ) -> bool:  # fmt: skip
        assert line == "triage"
        if day is not None:
            self.trainings.append(Training(day, made.made_at, seen, waiting, made.version))
        if made.version in self.made:
            return False
        self.made[made.version] = (made, parameters)
        self.reign.insert(0, Reign(made.version, made.made_at, None, made.made_by, why or "", pinned=False))
        return True

    async def put_model_in_force(self, version: str, *, by: str, why: str, at: Any, pinned: bool, line: str) -> bool:
        assert line == "triage"
        self.reign.insert(0, Reign(version, at, None, by, why, pinned))
        return True


def tickets(many: int, account: str = "acc_1") -> dict[str, dict[str, Any]]:
    kinds = ("bug", "question")
    return {
        f"{account}-{number:03}": {"account": account, "status": "solved", "type": kinds[number % 2], "subject": f"{kinds[number % 2]} {number}"}
        for number in range(many)
    }


class Service(Triaging):
    def __init__(self, world: World, store: Store, embedder: Embedder | None) -> None:
        self.looks = 0

        async def look() -> None:
            self.looks += 1

        self._ports: Any = SimpleNamespace(
            store=store, sources=world.sources, embedder=embedder, look_at_triage=look, playbook=playbook, clock=lambda: AT
        )  # fmt: skip


@pytest.mark.parametrize(("settled", "learned"), [(49, False), (50, True)])
async def test_nothing_is_learned_from_few(settled: int, learned: bool) -> None:
    store = Store()
    assert await Service(World(tickets_=tickets(settled)), store, Embedder()).train_triage_daily(AT) is learned
    assert bool(store.reign) is learned


async def test_it_is_learned_again_when_there_is_enough_new_and_once_a_day() -> None:
    world, store = World(tickets_=tickets(60)), Store()
    service = Service(world, store, Embedder())
    assert await service.train_triage_daily(AT)
    assert service.looks == 1, "what was learned is in force at once"
    assert not await service.train_triage_daily(AT + timedelta(hours=1))
    world.tickets_ = tickets(69)
    assert not await service.train_triage_daily(AT + DAY), "nine more are not worth it"
    world.tickets_ = tickets(70)
    assert not await service.train_triage_daily(AT + DAY), "it was looked at today"
    assert await service.train_triage_daily(AT + 2 * DAY)
    assert not await Service(world, store, Embedder()).train_triage_daily(AT + 2 * DAY), "nor does another process do it on the same day"
    assert world.reads["settled"] == 3
    assert [one.seen for one in store.trainings] == [60, 60, 70], "a day on which nothing was worth it does not count what it saw"
    assert store.trainings[1].version == store.trainings[0].version, "what was in force went on"


@pytest.mark.parametrize("settled", [9, 60])
@pytest.mark.parametrize("down", [False, True])
async def test_a_restart_does_not_do_the_days_work_again(settled: int, down: bool) -> None:
    world, store, embedder = World(tickets_=tickets(settled)), Store(), Embedder(down=down)
    for hours in range(3):
        await Service(world, store, embedder).train_triage_daily(AT + timedelta(hours=hours))
    assert world.reads["settled"] == 1
    await Service(world, store, embedder).train_triage_daily(AT + DAY)
    assert world.reads["settled"] == 2
    embedder.down = False
    assert await Service(world, store, embedder).train_triage_daily(AT + 2 * DAY) is (settled == 60 and down)


async def test_nothing_is_embedded_where_too_few_of_each_kind_are_settled() -> None:
    alone = {id_: {**one, "type": "question"} for id_, one in tickets(60).items()}
    service = Service(World(tickets_=alone), Store(), embedder := Embedder())
    assert not await service.train_triage_daily(AT)
    with pytest.raises(Refused, match="no two kinds have 8 examples each"):
        await service.train_triage(who="ann@x.example", why="try")
    assert embedder.seen == []
    modules = {id_: {**one, "product": one["subject"].split()[0]} for id_, one in alone.items()}
    assert await Service(World(tickets_=modules), Store(), embedder).train_triage_daily(AT), "modules alone can be learned, too"


async def test_without_an_embedder_nothing_is_read() -> None:
    world = World(tickets_=tickets(60))
    assert not await Service(world, Store(), None).train_triage_daily(AT)
    assert world.reads["tickets"] == 0


async def test_what_keeps_it_from_learning_is_logged_and_left_until_tomorrow() -> None:
    for world, embedder in ((World(tickets_=tickets(60)), Embedder(down=True)), (World(tickets_=tickets(60), down={"helpdesk"}), Embedder())):
        service = Service(world, Store(), embedder)
        with capture_logs() as logged:
            assert not await service.train_triage_daily(AT)
            assert not await service.train_triage_daily(AT + timedelta(hours=1))
        assert [line["event"] for line in logged] == ["triage not trained"]
        world.down, embedder.down = set(), False
        assert await service.train_triage_daily(AT + DAY)


async def test_only_tickets_of_customers_who_allow_it_leave_this_machine() -> None:
    world = World(tickets_={**tickets(60), **tickets(60, "acc_2")}, accounts={"acc_1": {"ai_processing": True}, "acc_2": {}})
    abroad, here = Embedder(leaves=True), Embedder()
    await Service(world, Store(), abroad).train_triage_daily(AT)
    await Service(world, Store(), here).train_triage_daily(AT)
    assert (len(abroad.seen), len(here.seen)) == (60, 120)


async def test_a_person_trains_and_puts_a_version_in_force_with_a_reason() -> None:
    store = Store()
    service = Service(World(tickets_=tickets(60)), store, Embedder())
    done = await service.train_triage(who="ann@x.example", why="a new module")
    assert (done.new, store.reign[0].version) == (True, done.made.version)
    assert not (await service.train_triage(who="ann@x.example", why="again")).new
    assert await service.roll_back_triage("words", who="ann@x.example", why="it errs")
    assert (store.reign[0].version, store.reign[0].pinned) == ("words", True)
    with pytest.raises(NotFound):
        await service.promote_triage("triage-0", who="ann@x.example", why="odd")
    with pytest.raises(InvalidInput):
        await service.roll_back_triage("words", who="ann@x.example", why=" ")
    with pytest.raises(Refused, match="There are 3 settled tickets"):
        await Service(World(tickets_=tickets(3)), Store(), Embedder()).train_triage(who="ann@x.example", why="try")
    with pytest.raises(Refused, match="cannot be compared"):
        await Service(World(), Store(), None).train_triage(who="ann@x.example", why="try")

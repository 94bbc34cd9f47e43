"""Whatever a life brings, no promise is broken; and each life can be led again, from its seed."""

import functools
import multiprocessing
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from agent.domain.records import Message
from agent.graph import ledger
from agent.service import Nextplay
from integrations import bootstrap, logging
from tests.simulation.life import Lived, led

MANY = 500
"""Of so many lives nearly everything that can go wrong has gone wrong in some."""

NEARLY_ALL = 0.95
FEW = 5
LIVED = (
    "duplicate", "conflict", "answered: approve", "answered: edit", "answered: reject", "answered: pass on", "answered: snooze", "answered: undo",
    "approvals expired", "approvals blocked", "actions done", "actions failed",
)  # fmt: skip
"""What must have come about among many."""

SOUGHT = 12
"""In one of so many lives a core that is broken on purpose shows it."""


def test_no_promise_is_broken_in_any_life(request: pytest.FixtureRequest, made: Path) -> None:
    first, count, side_by_side = (int(request.config.getoption(name)) for name in ("--first-life", "--lives", "--lives-at-once"))
    tried, fired, came_to, broken = Counter[str](), Counter[str](), Counter[str](), list[str]()
    for lived in _lives(made, range(first, first + count), side_by_side):
        tried, fired, came_to = tried + lived.tried, fired + lived.fired, came_to + Counter(lived.outcome)
        broken += [f"life {lived.seed}: {sentence}" for sentence in lived.broken]
        if lived.broken:
            print(f"make lives ARGS='--first-life={lived.seed} --lives=1'")
    never = sorted(tried.keys() - fired.keys())
    print(f"{count} lives from {first}: {dict(came_to)}; {sum(fired.values())} faults of {len(fired)} kinds; never: {never}")
    assert broken == []
    assert count < FEW or came_to["effects"] >= count, "too little came of it to prove anything"
    assert count < MANY or len(fired) >= len(tried) * NEARLY_ALL, f"never happened: {never}"
    assert count < MANY or all(came_to[what] for what in LIVED), came_to


def _lives(made: Path, seeds: range, side_by_side: int) -> Iterator[Lived]:
    if side_by_side == 1:
        yield from (led(made, seed) for seed in seeds)
        return
    with ProcessPoolExecutor(side_by_side, multiprocessing.get_context("spawn"), _begin) as processes:
        yield from processes.map(functools.partial(led, made), seeds, chunksize=5)


def _begin() -> None:
    logging.configure(level="CRITICAL", style="console")
    bootstrap.load = functools.cache(bootstrap.load)  # type: ignore[attr-defined]  # it is the same playbook for all lives


@pytest.mark.parametrize("seed", [3, 11])
def test_a_life_can_be_led_again(made: Path, seed: int) -> None:
    once, again = led(made, seed), led(made, seed)
    assert once.trace == again.trace
    assert once.fired == again.fired
    assert once == again


def test_a_core_that_repeats_what_it_does_not_know_is_seen(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def blindly(store, effects, action, clock):  # type: ignore[no-untyped-def]  # in place of a look at the target
        return await ledger._execute(store, effects, action, clock, None)

    monkeypatch.setattr(ledger, "_look_up", blindly)
    assert any("called for again" in sentence for sentence in _sought(made))


def test_a_core_that_takes_people_for_told_is_seen(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def at_once(self: Nextplay, message: Message) -> bool:
        await self._ports.store.delivered(message.id, self._ports.clock())
        with suppress(Exception):
            await self._ports.messenger.deliver(
                message.id, kind=message.kind, to=message.to, title=message.title, body=message.body, data=message.data
            )
        return True

    monkeypatch.setattr(Nextplay, "_deliver", at_once)
    assert any("was not delivered" in sentence for sentence in _sought(made))


def _sought(made: Path) -> Iterator[str]:
    for seed in range(SOUGHT):
        yield from led(made, seed).broken

"""One time for a deployment, whatever is done to the clocks of its hosts. Seconds and the reference are ours."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from integrations.steady_clock import BELIEVED_AFTER_S, SteadyClock

AT = datetime(2026, 11, 10, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


@dataclass
class World:
    """Seconds go on, and the reference with them; it can be set, and be slow to answer."""

    seconds: float = 5_000.0
    set_by: timedelta = timedelta()
    slow_s: float = 0.0

    def elapsed(self) -> float:
        return self.seconds

    async def reference(self) -> datetime:
        said = self.true + self.set_by
        self.seconds += self.slow_s
        return said

    @property
    def true(self) -> datetime:
        return AT + timedelta(seconds=self.seconds - 5_000.0)


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
async def clock(world: World) -> SteadyClock:
    made = SteadyClock(world.reference, seconds=world.elapsed)
    await made.look()
    return made


def test_it_tells_nothing_before_the_first_look(world: World) -> None:
    with pytest.raises(RuntimeError, match="first look"):
        SteadyClock(world.reference, seconds=world.elapsed)()


async def test_between_looks_it_goes_by_seconds_that_nobody_can_set(clock: SteadyClock, world: World) -> None:
    world.seconds += 90
    world.set_by = HOUR
    assert clock() == world.true


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
async def test_a_jump_is_not_followed_at_once(clock: SteadyClock, world: World, jump: timedelta) -> None:
    world.set_by = jump
    for _ in range(10):
        world.seconds += BELIEVED_AFTER_S / 11
        await clock.look()
        assert clock() == world.true
    world.set_by = timedelta()
    await clock.look()
    assert clock() == world.true


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
async def test_a_jump_that_stays_is_followed_in_the_end(clock: SteadyClock, world: World, jump: timedelta) -> None:
    world.set_by = jump
    await clock.look()
    world.seconds += BELIEVED_AFTER_S
    await clock.look()
    assert clock() == world.true + jump


async def test_one_that_jumps_again_is_waited_for_anew(clock: SteadyClock, world: World) -> None:
    for jump in (HOUR, 2 * HOUR, -HOUR, HOUR):
        world.set_by = jump
        world.seconds += BELIEVED_AFTER_S - 1
        await clock.look()
    assert clock() == world.true


async def test_small_differences_are_followed(clock: SteadyClock, world: World) -> None:
    for _ in range(5):
        world.set_by += timedelta(seconds=1.5)
        world.seconds += 15
        await clock.look()
    assert clock() == world.true + timedelta(seconds=7.5)


async def test_an_answer_stands_for_the_middle_of_its_way(clock: SteadyClock, world: World) -> None:
    world.slow_s, world.set_by = 0.5, timedelta(seconds=1)
    await clock.look()
    assert clock() == world.true + timedelta(seconds=0.75)


async def test_an_answer_that_took_long_says_nothing(clock: SteadyClock, world: World) -> None:
    world.slow_s = 3.0
    await clock.look()
    assert clock() == world.true


async def test_a_server_that_is_slow_for_long_is_no_clock_that_jumped(clock: SteadyClock, world: World) -> None:
    """Its answers are twenty seconds old when they come: half of that would be taken for the difference."""
    for _ in range(3):
        world.slow_s = 20.0
        await clock.look()
        world.seconds += BELIEVED_AFTER_S
    assert clock() == world.true


async def test_at_first_even_a_slow_answer_is_better_than_none(world: World) -> None:
    world.slow_s = 3.0
    clock = SteadyClock(world.reference, seconds=world.elapsed)
    await clock.look()
    assert abs(clock() - world.true) <= timedelta(seconds=1.5)

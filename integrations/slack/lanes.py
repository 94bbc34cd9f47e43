"""Many things at the same time, and in their order what must not overtake each other."""

import asyncio
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

T = TypeVar("T")

AT_ONCE = 8
"""Lanes that are worked on at the same time: a call to a slow Slack holds up its own lane alone."""


async def in_lanes(
    things: Iterable[T],
    lane_of: Callable[[T], str],
    do: Callable[[T], Awaitable[bool]],
    in_order: Callable[[list[T]], Awaitable[list[T]]] | None = None,
) -> int:
    """Do something with each, those of one lane one after the other, `in_order` if given; of how many it said that they moved."""
    lanes: defaultdict[str, list[T]] = defaultdict(list)
    for thing in things:
        lanes[lane_of(thing)].append(thing)
    gate = asyncio.Semaphore(AT_ONCE)

    async def along(lane: list[T]) -> int:
        async with gate:
            return sum([await do(thing) for thing in (await in_order(lane) if in_order else lane)])

    return sum(await asyncio.gather(*map(along, lanes.values())))

"""Half an hour at 50 deliveries a second, while things go wrong all the time: nothing is lost or done twice, and nothing grows."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import make_url

from tests.chaos.fleet.checker import violations
from tests.chaos.fleet.fleet import Fleet, fleet
from tests.chaos.fleet.play import Trouble, playing, storm_for, summary
from tests.chaos.fleet.proxy import FaultProxy, through_a_proxy
from tests.chaos.fleet.soaking import Soaking
from tests.chaos.fleet.troubles import Pauser, Repeated, Resets, intruder, of

PER_SECOND, SECONDS = 50.0, 1_800
TICKETS_EVERY = 60
"""One delivery in so many tells of a ticket, which somebody has to answer or an engineer to look at."""

LOCKED_S, SILENT_S, RESET_S, CALM_S = 6.0, 4.0, 3.0, 30.0
DRAINED_WITHIN_S = 180.0
SCRAPED_WITH = "soak-metrics-token"


@pytest.mark.whole
@pytest.mark.parametrize("direct", ["sqlite", "postgres"], indirect=True)
async def test_nothing_grows_while_it_runs(
    direct: str,
    request: pytest.FixtureRequest,
    tmp_path: Path,
    share: float,
    patience: float,
    seed: int,
    dice: Random,
    figures: Callable[[str, dict[str, Any]], None],
) -> None:
    count, workers = of(round(PER_SECOND * SECONDS), share), 0 if direct.startswith("sqlite") else 2
    async with AsyncExitStack() as open_:
        through, trouble = await _trouble(open_, request, direct, dice)
        made = await open_.enter_async_context(fleet(
            tmp_path, direct, through=through, customers=count // TICKETS_EVERY, workers=workers, settings={"NEXTPLAY_METRICS_TOKEN": SCRAPED_WITH}
        ))  # fmt: skip
        played = await open_.enter_async_context(playing(made, dice, per_second=PER_SECOND))
        soaking = Soaking(made, SCRAPED_WITH)
        tasks = [asyncio.create_task(soaking.look_along()), asyncio.create_task(_again_and_again(trouble, made))]
        try:
            await played.storm(storm_for(made, count, dice))
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        await played.drained(DRAINED_WITHIN_S * patience)
        evidence = played.evidence()
        found = {**summary(played, evidence, seed), **soaking.figures()}
    assert all(isinstance(one, asyncio.CancelledError) for one in ended), f"what goes wrong went wrong: {ended}"
    figures(f"soak-{direct.partition(':')[0].partition('+')[0]}", found)
    assert violations(evidence) == []
    assert found["acknowledged"] == count
    assert found["sending s"] <= count / PER_SECOND * 1.25, "senders were not sent away for long"
    assert found["effects"] > 0
    assert list(soaking.grown()) == []


async def _trouble(open_: AsyncExitStack, request: pytest.FixtureRequest, direct: str, dice: Random) -> tuple[str, Callable[[], list[Trouble]]]:
    """How the database is reached, and a round of what goes wrong."""
    if direct.startswith("sqlite"):
        lock, unlock = open_.enter_context(intruder(Path(make_url(direct).database or "")))
        return direct, lambda: [Repeated("locks", 1, lock, unlock, lambda: LOCKED_S, CALM_S)]
    proxy, through = await open_.enter_async_context(through_a_proxy(request.getfixturevalue("cluster").socket, direct, dice))
    return through, lambda: [
        Repeated("black holes", 1, lambda: _set(proxy, "blackhole"), lambda: _set(proxy, "ok"), lambda: SILENT_S, CALM_S),
        Repeated("calm", 1, lambda: None, lambda: None, lambda: CALM_S, 0),
        Resets(proxy, dice, RESET_S),
        Repeated("calm", 1, lambda: None, lambda: None, lambda: CALM_S, 0),
        Pauser(dice, 1),
    ]


async def _again_and_again(trouble: Callable[[], list[Trouble]], made: Fleet) -> None:
    while True:
        for one in trouble():
            await one(made)


def _set(proxy: FaultProxy, mode: Any) -> None:
    proxy.mode = mode

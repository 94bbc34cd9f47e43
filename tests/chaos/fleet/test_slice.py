"""A little of everything that `make chaos` does, in every run of the tests: a storm, a kill -9, and a database that fails; on either database."""

from contextlib import AsyncExitStack
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import make_url

from tests.chaos.fleet.checker import violations
from tests.chaos.fleet.fleet import Fleet, fleet
from tests.chaos.fleet.play import Trouble, playing, storm_for, summary
from tests.chaos.fleet.proxy import through_a_proxy
from tests.chaos.fleet.troubles import Killer, Repeated, Resets, intruder

COUNT, TICKETS, PER_SECOND = 60, 6, 8.0
WITHIN_S = 240.0
"""A few seconds are usual; machines that run tests may be very busy."""


@pytest.mark.slow
@pytest.mark.parametrize("direct", ["sqlite", "postgres"], indirect=True)
async def test_nothing_is_lost_and_nothing_done_twice(
    direct: str, request: pytest.FixtureRequest, tmp_path: Path, seed: int, dice: Random, patience: float
) -> None:
    async with AsyncExitStack() as open_:
        through, troubles = direct, list[Trouble]([Killer(dice, 1)])
        if direct.startswith("sqlite"):
            lock, unlock = open_.enter_context(intruder(Path(make_url(direct).database or "")))
            troubles.append(Repeated("locks of 5 s", 1, lock, unlock, lambda: 5, 0.5))
        else:
            proxy, through = await open_.enter_async_context(through_a_proxy(request.getfixturevalue("cluster").socket, direct, dice))
            troubles.append(Resets(proxy, dice, 3))

        async def trouble(made: Fleet) -> dict[str, Any]:
            return {name: value for one in troubles for name, value in (await one(made)).items()}

        workers = 0 if direct.startswith("sqlite") else 1
        made = await open_.enter_async_context(fleet(tmp_path, direct, through=through, customers=TICKETS, workers=workers))
        played = await open_.enter_async_context(playing(made, dice, per_second=PER_SECOND))
        storm = storm_for(made, COUNT, dice)
        await played.storm(storm, trouble, all_of_it=True)
        await played.drained(WITHIN_S * patience)
        evidence = played.evidence()
        found = summary(played, evidence, seed)
    assert violations(evidence) == []
    assert found["acknowledged"] == COUNT
    assert found["events"] >= len({(one.source, one.event) for one in storm})
    assert found["conflicts"] > 0
    assert found["effects"] >= TICKETS * 0.3, "it did something, too"
    assert found["kills"] >= 1
    assert played.senders.without_retry_after == 0

"""Kill -9 at random times under traffic, and workers that are paused until others do their work: nothing is lost, nothing is done twice."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.chaos.fleet.checker import violations
from tests.chaos.fleet.fleet import fleet
from tests.chaos.fleet.play import playing, storm_for, summary
from tests.chaos.fleet.troubles import Killer, Pauser, of

PER_SECOND = 6.0
"""New deliveries: less than a fleet can decide that is killed all the time, so that what is left in the end is little."""

DRAINED_WITHIN_S = 60.0


@pytest.mark.whole
@pytest.mark.parametrize("direct", ["sqlite", "postgres"], indirect=True)
async def test_kills_lose_nothing_and_repeat_nothing(
    direct: str, tmp_path: Path, share: float, patience: float, seed: int, dice: Random, figures: Callable[[str, dict[str, Any]], None]
) -> None:
    kills, workers = of(150, share), 0 if direct.startswith("sqlite") else 3
    async with fleet(tmp_path, direct, customers=of(200, share), workers=workers) as made, playing(made, dice, per_second=PER_SECOND) as played:
        await played.storm(storm_for(made, of(3_000, share), dice), Killer(dice, kills))
        await played.drained(DRAINED_WITHIN_S * patience)
        evidence = played.evidence()
        found = summary(played, evidence, seed)
    assert violations(evidence) == []
    assert found["kills"] >= kills
    assert found["acknowledged"] >= kills * 2, "it went on between the kills"
    assert found["effects"] > 0, "something was done, too"
    assert found["deaths of their own"] == 0
    figures(f"kills-{direct.partition(':')[0].partition('+')[0]}", found)


@pytest.mark.whole
@pytest.mark.parametrize("direct", ["postgres"], indirect=True)
async def test_paused_workers_do_nothing_twice(
    direct: str, tmp_path: Path, share: float, patience: float, seed: int, dice: Random, figures: Callable[[str, dict[str, Any]], None]
) -> None:
    async with fleet(tmp_path, direct, customers=of(200, share), workers=3) as made, playing(made, dice, per_second=PER_SECOND) as played:
        await played.storm(storm_for(made, of(3_000, share), dice), Pauser(dice, of(30, share)))
        await played.drained(DRAINED_WITHIN_S * patience)
        evidence = played.evidence()
        found = summary(played, evidence, seed)
    assert violations(evidence) == []
    assert found["effects"] > 0
    figures("pauses-postgresql", found)

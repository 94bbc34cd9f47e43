"""A storm of deliveries: many twice, many out of their order, some with another body under the same id. Nothing is lost, nothing is done twice."""

from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.chaos.fleet.checker import violations
from tests.chaos.fleet.fleet import fleet
from tests.chaos.fleet.play import playing, storm_for, summary
from tests.chaos.fleet.troubles import of

COUNT, TICKETS, WORKERS = 20_000, 400, 3
DRAINED_WITHIN_S = 1800
"""They are sent much faster than they can be decided about."""


@pytest.mark.whole
@pytest.mark.parametrize("direct", ["sqlite", "postgres"], indirect=True)
async def test_every_delivery_is_taken_once(
    direct: str, tmp_path: Path, share: float, patience: float, seed: int, dice: Random, figures: Callable[[str, dict[str, Any]], None]
) -> None:
    count, tickets, kind = of(COUNT, share), of(TICKETS, share), direct.partition(":")[0].partition("+")[0]
    workers = 0 if kind == "sqlite" else WORKERS
    async with fleet(tmp_path, direct, customers=tickets, workers=workers) as made, playing(made, dice) as played:
        storm = storm_for(made, count, dice)
        await played.storm(storm)
        await played.drained(DRAINED_WITHIN_S * patience)
        evidence = played.evidence()
        found = summary(played, evidence, seed)
    assert violations(evidence) == []
    assert found["acknowledged"] == len(storm) == count
    assert len(evidence.rows["inbox"]) >= len({(one.source, one.event) for one in storm})
    assert found["conflicts"] > 0
    assert found["effects"] >= tickets * 0.6, "most tickets get an answer or an engineer"
    figures(f"storm-{kind}", found)

"""Hosts whose clocks are hours apart, and are set forward and back under traffic: nothing is lost or done twice, and no ask ends before its time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.chaos.fleet.checker import violations
from tests.chaos.fleet.clocks import Setter, WrongClocks, library
from tests.chaos.fleet.evidence import Evidence
from tests.chaos.fleet.fleet import Fleet, fleet
from tests.chaos.fleet.play import Trouble, playing, storm_for, summary
from tests.chaos.fleet.troubles import Killer, of

PER_SECOND = 6.0
DRAINED_WITHIN_S = 120.0
HOURS = 8
"""More than an ask of these tickets waits: whoever goes by such a clock ends it at once."""

EXACT = timedelta(seconds=20)
"""A moment that is recorded may lie so far from the true one: a busy machine takes so long between two lines of code."""


@pytest.fixture
def clocks(tmp_path: Path) -> WrongClocks:
    found = library()
    if found is None:
        pytest.skip("to set the clock of one process alone takes libfaketime: apt install faketime")
    return WrongClocks(tmp_path, found, {"serve": 0, "worker0": HOURS * 3600, "worker1": -HOURS * 3600})


@dataclass(frozen=True)
class Kept:
    """What both kinds of fleets are held to."""

    clocks: WrongClocks
    folder: Path
    share: float
    patience: float
    seed: int
    dice: Random

    async def held(self, direct: str, trouble: Trouble, workers: int) -> dict[str, Any]:
        """Set clocks under traffic, and let all of it come to its end; the figures."""
        async with (
            fleet(self.folder, direct, customers=of(150, self.share), workers=workers, hosts=self.clocks) as made,
            playing(made, self.dice, per_second=PER_SECOND) as played,
        ):
            await played.storm(storm_for(made, of(2_000, self.share), self.dice), trouble)
            await played.drained(DRAINED_WITHIN_S * self.patience)
            evidence = played.evidence()
            found = summary(played, evidence, self.seed)
        assert violations(evidence) == []
        assert list(untimely(evidence, made.offset_s)) == []
        assert played.senders.statuses["401"] == 0, "what was signed just now is not too old for a host with another time"
        assert found["effects after an approval"] > 0
        return found


@pytest.fixture
def kept(clocks: WrongClocks, tmp_path: Path, share: float, patience: float, seed: int, dice: Random) -> Kept:
    return Kept(clocks, tmp_path, share, patience, seed, dice)


@pytest.mark.whole
@pytest.mark.parametrize("direct", ["postgres"], indirect=True)
async def test_hosts_need_not_agree_on_the_time(direct: str, kept: Kept, figures: Callable[[str, dict[str, Any]], None]) -> None:
    """Each is wrong in its own way, is set anew over and over, and is started anew with a wrong clock."""
    setter = Setter(kept.clocks, ("serve", "worker0", "worker1"), kept.dice, of(60, kept.share), HOURS * 3600)
    killer = Killer(kept.dice, of(15, kept.share))

    async def trouble(made: Fleet) -> dict[str, Any]:
        return {**await setter(made), **await killer(made)}

    figures("clocks-postgresql", await kept.held(direct, trouble, workers=2))


@pytest.mark.whole
@pytest.mark.parametrize("direct", ["sqlite"], indirect=True)
async def test_a_clock_may_be_set_while_everything_runs(direct: str, kept: Kept, figures: Callable[[str, dict[str, Any]], None]) -> None:
    setter = Setter(kept.clocks, ("serve",), kept.dice, of(60, kept.share), HOURS * 3600)
    figures("clocks-sqlite", await kept.held(direct, setter, workers=0))


def untimely(evidence: Evidence, offset_s: float) -> Iterator[str]:
    """Asks that ended unanswered within these few minutes, and moments in the records that are not the ones at which people answered."""
    for ask in evidence.rows["approvals"]:
        if ask["state"] == "expired":
            yield f"{ask['id']} of {ask['created_at']} ended at {ask['at']}, and not at {ask['expires_at']}"
    asks = {row["id"]: row for row in evidence.rows["approvals"]}
    for line in (line for line in evidence.answered if line["won"]):
        true = datetime.fromtimestamp(line["at"], UTC) + timedelta(seconds=offset_s)
        recorded = datetime.fromisoformat(asks[line["ask"]]["at"]).replace(tzinfo=UTC)
        if abs(recorded - true) > EXACT:
            yield f"{line['ask']} was answered at {true}, and is recorded at {recorded}"

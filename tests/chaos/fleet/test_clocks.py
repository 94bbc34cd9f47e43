"""Hosts whose clocks are hours apart, and are set forward and back under traffic: nothing is lost or done twice, and no ask ends before its time."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests.chaos.fleet.checker import violations
from tests.chaos.fleet.clocks import Setter, WrongClocks, library
from tests.chaos.fleet.evidence import Evidence
from tests.chaos.fleet.fleet import Fleet, fleet
from tests.chaos.fleet.play import playing, storm_for, summary
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


@pytest.mark.whole
@pytest.mark.parametrize("direct", ["postgres"], indirect=True)
async def test_hosts_need_not_agree_on_the_time(
    direct: str, clocks: WrongClocks, tmp_path: Path, share: float, patience: float, seed: int, dice: Random, figures: Callable[..., None]
) -> None:
    """Each is wrong in its own way, is set anew over and over, and is started anew with a wrong clock."""
    names, times = ("serve", "worker0", "worker1"), of(60, share)
    setter, killer = Setter(clocks, names, dice, times, HOURS * 3600), Killer(dice, of(15, share))

    async def trouble(made: Fleet) -> dict[str, Any]:
        return {**await setter(made), **await killer(made)}

    async with (
        fleet(tmp_path, direct, customers=of(400, share), workers=2, hosts=clocks) as made,
        playing(made, dice, per_second=PER_SECOND) as played,
    ):
        await played.storm(storm_for(made, of(2_000, share), dice), trouble)
        await played.drained(DRAINED_WITHIN_S * patience)
        evidence = played.evidence()
        found = summary(played, evidence, seed)
    assert violations(evidence) == []
    assert list(untimely(evidence, made.offset_s)) == []
    assert played.senders.statuses["401"] == 0, "what was signed just now is not too old for a host with another time"
    assert found["effects after an approval"] > 0
    figures("clocks-postgresql", found)


@pytest.mark.whole
@pytest.mark.parametrize("direct", ["sqlite"], indirect=True)
async def test_a_clock_may_be_set_while_everything_runs(
    direct: str, clocks: WrongClocks, tmp_path: Path, share: float, patience: float, seed: int, dice: Random, figures: Callable[..., None]
) -> None:
    setter = Setter(clocks, ("serve",), dice, of(60, share), HOURS * 3600)
    async with (
        fleet(tmp_path, direct, customers=of(400, share), workers=0, hosts=clocks) as made,
        playing(made, dice, per_second=PER_SECOND) as played,
    ):
        await played.storm(storm_for(made, of(2_000, share), dice), setter)
        await played.drained(DRAINED_WITHIN_S * patience)
        evidence = played.evidence()
        found = summary(played, evidence, seed)
    assert violations(evidence) == []
    assert list(untimely(evidence, made.offset_s)) == []
    assert played.senders.statuses["401"] == 0
    assert found["effects after an approval"] > 0
    figures("clocks-sqlite", found)


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

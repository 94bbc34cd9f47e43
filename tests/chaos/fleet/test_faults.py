"""The database fails under traffic: connections are reset and fall silent, the server stops, a file is locked or its disk is full.

Whoever sends is told to come again, within a deadline, and never that something was kept which was not.
"""

import contextlib
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import make_url

from tests.chaos.fleet.checker import violations
from tests.chaos.fleet.fleet import a_file, fleet
from tests.chaos.fleet.play import Played, Trouble, playing, storm_for, summary
from tests.chaos.fleet.proxy import FaultProxy, through_a_proxy
from tests.chaos.fleet.troubles import Repeated, Resets, intruder, of, terminate
from tests.postgres import Cluster

PER_SECOND = 6.0
DRAINED_WITHIN_S = 120.0
ANSWERED_WITHIN_S = 8.0
"""A webhook is answered after four seconds at most; twice as long, because the processes share their machine."""

RECOVERED_WITHIN_S = 10.0
Keep = Callable[[str, dict[str, Any]], None]


@dataclass(frozen=True)
class Sizes:
    """How much traffic, and how many tickets are among it."""

    count: int
    tickets: int


async def held(played: Played, trouble: Trouble, sizes: Sizes, dice: Random, seed: int, patience: float) -> dict[str, Any]:
    """Make trouble under traffic, and hold everything to its promises; the figures."""
    await played.storm(storm_for(played.fleet, sizes.count, dice), trouble)
    await played.drained(DRAINED_WITHIN_S * patience)
    evidence = played.evidence()
    found = summary(played, evidence, seed)
    assert violations(evidence) == []
    assert played.senders.without_retry_after == 0
    assert found["acknowledged"] >= min(sizes.count // 20, 50), "it went on between the faults"
    assert found["effects"] > 0
    return found


@pytest.mark.whole
@pytest.mark.parametrize("direct", ["postgres"], indirect=True)
@pytest.mark.parametrize("fault", ["resets", "blackholes", "restarts", "outages", "terminated"])
async def test_a_server_that_fails_delays_and_loses_nothing(
    direct: str, fault: str, cluster: Cluster, tmp_path: Path, share: float, patience: float, seed: int, dice: Random, figures: Keep
) -> None:
    sizes = Sizes(of(2_000, share), of(400, share))
    async with through_a_proxy(cluster.socket, direct, dice) as (proxy, through):
        troubles: dict[str, Trouble] = {
            "resets": Resets(proxy, dice, 120 * share),
            "blackholes": Repeated("black holes of 10 s", of(10, share), lambda: _set(proxy, "blackhole"), lambda: _set(proxy, "ok"), lambda: 10, 5),
            "restarts": Repeated(
                "immediate stops", of(20, share), lambda: cluster.stop(immediate=True), cluster.start, lambda: dice.uniform(0, 5), 5
            ),
            "outages": Repeated("outages of a minute", of(3, share), lambda: cluster.stop(immediate=True), cluster.start, lambda: 60, 10),
            "terminated": terminate(direct, of(200, share)),
        }
        async with (
            fleet(tmp_path, direct, through=through, customers=sizes.tickets, workers=2) as made,
            playing(made, dice, per_second=PER_SECOND) as played,
        ):
            found = await held(played, troubles[fault], sizes, dice, seed, patience)
    assert found["longest answer s"] <= ANSWERED_WITHIN_S * patience
    if fault != "terminated":
        assert found["recovered after s at most"] <= RECOVERED_WITHIN_S * patience
    figures(f"faults-{fault}", found)


@pytest.mark.whole
@pytest.mark.parametrize("direct", ["sqlite"], indirect=True)
async def test_a_file_that_is_locked_delays_and_loses_nothing(
    direct: str, tmp_path: Path, share: float, patience: float, seed: int, dice: Random, figures: Keep
) -> None:
    sizes = Sizes(of(2_000, share), of(400, share))
    with intruder(Path(make_url(direct).database or "")) as (lock, unlock):
        trouble = Repeated("locks of 10 s", of(20, share), lock, unlock, lambda: 10, 5)
        async with fleet(tmp_path, direct, customers=sizes.tickets, workers=0) as made, playing(made, dice, per_second=PER_SECOND) as played:
            found = await held(played, trouble, sizes, dice, seed, patience)
    assert found["answers"].get("503", 0) > 0, "somebody was sent away"
    assert found["longest answer s"] <= ANSWERED_WITHIN_S * patience
    assert found["recovered after s at most"] <= RECOVERED_WITHIN_S * patience
    figures("faults-locked-file", found)


@pytest.mark.whole
async def test_a_full_disk_delays_and_loses_nothing(
    template: Path, tmp_path: Path, share: float, patience: float, seed: int, dice: Random, figures: Keep
) -> None:
    sizes = Sizes(of(2_000, share), of(400, share))
    with small_disk(tmp_path / "disk") as disk:
        direct, ballast = a_file(disk, template), disk / "ballast"
        trouble = Repeated("full disks of 5 s", of(20, share), lambda: _fill(ballast), ballast.unlink, lambda: 5, 3)
        async with fleet(tmp_path, direct, customers=sizes.tickets, workers=0) as made, playing(made, dice, per_second=PER_SECOND) as played:
            found = await held(played, trouble, sizes, dice, seed, patience)
    assert found["answers"].get("503", 0) > 0, "somebody was sent away"
    assert found["recovered after s at most"] <= RECOVERED_WITHIN_S * patience
    figures("faults-full-disk", found)


@contextmanager
def small_disk(place: Path) -> Iterator[Path]:
    """A file system of 64 MB. Skips where that cannot be had."""
    place.mkdir()
    if os.geteuid() != 0 or _mounted("mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", place):
        pytest.skip("a small disk can be mounted only by root, and where mounting is allowed")
    try:
        yield place
    finally:
        _mounted("umount", "-l", place)


def _mounted(*command: object) -> int:
    """The exit code."""
    return subprocess.run([str(part) for part in command], check=False, capture_output=True).returncode  # noqa: S603  ours


def _fill(ballast: Path) -> None:
    with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)


def _set(proxy: FaultProxy, mode: Any) -> None:
    proxy.mode = mode

"""From a vendor's news to its own log while the vendor is at its worst: told, decided, approved by its owner and done, once.

Of all requests one in five is too many, one in ten fails, one in ten is done and answered too late, and of one in twenty the answer is broken off.
Which, a seed says; what each of them hits, the order in which things happen to run. So what is asserted must hold whatever is hit.

A few customers in every run; a thousand actions and more for each vendor with `--whole-storm`.
"""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.workspaces import DATABASE
from tests.storms.vendors.hubspot import HubSpotStorm
from tests.storms.vendors.passing import SHARES, Passing
from tests.storms.vendors.salesforce import SalesforceStorm
from tests.storms.vendors.storm import Storm, Stormy, storm_over
from tests.storms.vendors.witness import Witness
from tests.storms.vendors.zendesk import ZendeskStorm

SEED = 7


@dataclass(frozen=True)
class Size:
    """How many customers the vendor's company has, and how many approved actions must have come to an end at least."""

    customers: int
    actions: int


SIZES: dict[str, tuple[Callable[[int, Passing], Stormy], Size, Size]] = {
    "hubspot": (HubSpotStorm, Size(10, 16), Size(510, 1000)),
    "salesforce": (SalesforceStorm, Size(12, 20), Size(510, 1000)),
    "zendesk": (ZendeskStorm, Size(22, 15), Size(1150, 1000)),
}  # fmt: skip
"""A slice, and all of it."""

FEW = 0.02
"""Of the actions so many may be parked at most."""


@pytest.mark.slow
@pytest.mark.parametrize("vendor", SIZES)
async def test_what_was_approved_is_done_once_whatever_becomes_of_requests(
    folder: Path, vendor: str, whole: bool, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, "uvicorn.error")  # each answer that is broken off would be told at length
    make, *sizes = SIZES[vendor]
    size, passing, began = sizes[whole], Passing(), time.monotonic()
    there = make(size.customers, passing)
    async with storm_over(there, passing, folder, SEED) as storm:
        await storm.runs(size.customers)
        audit = await storm.workspace.store.verify_audit()
    seen = Witness.of(folder / DATABASE, there.double.journal.entries)
    with capsys.disabled():
        print(told(vendor, seen, storm, time.monotonic() - began))
    assert seen.violations() == []
    assert len(seen.approved("done", "unknown", "failed")) >= size.actions
    assert len(seen.approved("done")) >= size.actions * (1 - FEW)
    assert passing.violations == 0
    assert audit.ok
    assert {*there.double.misbehaviour.drawn} == {*SHARES}, "the weather was bad"


def told(vendor: str, seen: Witness, storm: Storm, took_s: float) -> str:
    """The figures."""
    approved, parked = seen.approved("done", "unknown", "failed"), seen.approved("unknown")
    faults = ", ".join(f"{name} {times:,}" for name, times in sorted(storm.there.double.misbehaviour.drawn.items()))
    return (
        f"\n{vendor}: {len(approved):,} actions approved, {len(seen.approved('done')):,} done, {seen.reconciled:,} of them after they were unknown; "
        f"{len(parked)} parked, {len(seen.approved('failed'))} not done; {storm.passing.requests:,} requests ({faults}); "
        f"{storm.passing.violations} came before a wait was over; {took_s:.0f} s"
    )

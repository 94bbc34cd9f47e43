"""Two processes drive one database at once: every run once, every effect once, and no account in both at a time."""

import asyncio
import os
from itertools import combinations
from pathlib import Path

from agent.arrivals import arrival_of
from tests.chaos.checker import Evidence, violations
from tests.chaos.crashes import Drivers, evidence_in
from tests.chaos.world import opened, smoke, world

ACCOUNTS, TICKETS = 6, 2


async def _fill(folder: Path) -> None:
    async with opened(folder) as workspace:
        await workspace.sandbox.apply(world(accounts=ACCOUNTS, tickets=TICKETS))
        await workspace.service.accept([arrival_of(event) for event in smoke(range(ACCOUNTS), range(TICKETS))])


def test_two_processes_share_the_work(drivers: Drivers, tmp_path: Path) -> None:
    asyncio.run(_fill(tmp_path))
    gates = [tmp_path / f"gate-{number}" for number in range(2)]
    for gate in gates:
        os.mkfifo(gate)

    ends = [drivers.threads.submit(drivers.run, story="sweep", folder=tmp_path, gate=gate) for gate in gates]
    ready = [gate.open("wb") for gate in gates]  # each waits for its process
    for pipe in ready:
        pipe.close()

    assert [end.result() for end in ends] == [0, 0], (tmp_path / "output.txt").read_text()
    evidence = evidence_in(tmp_path)
    assert violations(evidence) == []
    assert {row["state"] for row in evidence.rows["runs"]} == {"closed"}
    assert len(evidence.rows["sandbox_effects"]) == ACCOUNTS * TICKETS * 2
    calls = evidence.said("call")
    assert len(calls) == len({call["marker"] for call in calls}) == ACCOUNTS * TICKETS * 2
    assert len({call["process"] for call in calls}) == 2
    assert _overlaps(evidence) == []


def _overlaps(evidence: Evidence) -> list[str]:
    """Runs of one account, by their tickets, that were being carried out at the same time."""
    ended = {note["marker"]: note["at"] for note in evidence.said("return")}
    spans: dict[str, list[float]] = {}
    for call in evidence.said("call"):
        spans.setdefault(call["target"], []).extend((call["at"], ended[call["marker"]]))
    pairs = combinations(sorted(spans), 2)
    return [f"{a} and {b}" for a, b in pairs if _account(a) == _account(b) and _meet(spans[a], spans[b])]


def _account(ticket: str) -> str:
    return ticket.rsplit("_", 1)[0]


def _meet(one: list[float], other: list[float]) -> bool:
    return min(one) < max(other) and min(other) < max(one)

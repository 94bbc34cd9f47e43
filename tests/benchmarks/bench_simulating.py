"""History under a draft that changes one rule: what can be proven the same is, and the rest is decided; against deciding all of it in full.

Both begin with the rows as the store holds them, and are measured in CPU time, in one process.
"""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from time import process_time

from agent.arrivals import arrival_of
from agent.domain.playbook import Playbook
from agent.ports import Sealed
from agent.simulating import Conditions, Simulation, simulate
from integrations.bootstrap import open_workspace
from integrations.settings import Settings
from tests.benchmarks.bench_deciding import AT, events
from tests.benchmarks.figures import Figure

SINCE, UNTIL = AT - timedelta(days=1), AT + timedelta(days=1)
RULE = "no-selling-during-open-p1"


async def measure(folder: Path) -> list[Figure]:
    """Decisions a second, and how many changed."""
    async with open_workspace(Settings(database_url=f"sqlite:///{folder / 'nextplay.db'}"), at=AT) as workspace:
        await workspace.sandbox.seed()
        await workspace.service.accept([arrival_of(event) for event in events()])
        await workspace.engine.settle()
        history = [one async for one in workspace.store.sealed(since=SINCE, until=UNTIL)]
        book = workspace.playbook
    off = book.rules[RULE].model_copy(update={"enabled": False})
    draft = replace(book, rules={**book.rules, RULE: off}, version="draft")
    fast, found = _timed(history, book, draft, in_full=False)
    full, same = _timed(history, book, draft, in_full=True)
    assert found == same, "the short cuts changed what is found"
    return [
        Figure("decisions simulated, one rule changed", fast, "/s", full, "deciding all in full", "4 times it; 1,000/s on two cores"),
        Figure("decisions that change", len(found.changes), f"of {len(history)}"),
    ]


def _timed(history: list[Sealed], book: Playbook, draft: Playbook, *, in_full: bool) -> tuple[float, Simulation]:
    began = process_time()
    conditions = Conditions("Tessera", timedelta(seconds=60))
    found = simulate(history, draft, {book.version: book}, conditions, since=SINCE, until=UNTIL, in_full=in_full)
    return len(history) / (process_time() - began), found

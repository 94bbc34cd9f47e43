"""Simulation: history decided again under a draft playbook, on the past as it would have been under it.

First every decision is looked at on the evidence that it was made from; nothing ties one to another there. Then, in those account families in
which a decision would have left something else behind, the later ones are decided once more on the past as it would have been.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from agent.domain.playbook import Playbook
from agent.ports import Sealed
from agent.simulating.families import accounts_of_rewritten, retold
from agent.simulating.opened import Opened
from agent.simulating.rerun import ONLY_PRIORS, Conditions, Look, Rerun
from agent.simulating.results import ASSUMPTIONS, KINDS, Became, Cause, Change, Judged, Kind, Side, Simulation, Tally

__all__ = [
    "ASSUMPTIONS", "KINDS", "ONLY_PRIORS", "Alone", "Became", "Cause", "Change", "Conditions", "Crew", "Judged", "Kind", "Look", "Opened", "Rerun",
    "Side", "Simulation", "Tally", "accounts_of_rewritten", "looked", "retold", "simulate", "summed_up",
]  # fmt: skip

Given = TypeVar("Given")
Found = TypeVar("Found")


class Crew(Protocol):
    """Does work on something, perhaps in another process. `hands`: how much it does at the same time."""

    hands: int

    async def do(self, work: Callable[[Rerun, Given], Found], thing: Given) -> Found: ...


class Alone:
    """Does everything in this process, beside the event loop."""

    hands = 1

    def __init__(self, rerun: Rerun) -> None:
        self._rerun = rerun

    async def do(self, work: Callable[[Rerun, Given], Found], thing: Given) -> Found:
        """Do it in a thread."""
        return await asyncio.to_thread(work, self._rerun, thing)


def looked(rerun: Rerun, batch: Sequence[Sealed]) -> list[Look]:
    """Each decision on the evidence that it was made from."""
    return [rerun.look(one) for one in batch]


def simulate(
    history: Sequence[Sealed], draft: Playbook, own: Mapping[str, Playbook], conditions: Conditions, *, since: datetime, until: datetime,
    surface: str | None = None, in_full: bool = False,
) -> Simulation:  # fmt: skip
    """Decide the history again, which comes in the order in which it was made. `own`: the playbooks it was decided under, by version.

    `surface`: report this one alone; the others are simulated all the same, because families have one past.
    """
    rerun = Rerun(draft, own, conditions, in_full=in_full)
    looks = dict(zip((one.id for one in history), looked(rerun, history), strict=True))
    for accounts in accounts_of_rewritten(looks.values()):
        family = [(one, looks[one.id]) for one in history if not accounts.isdisjoint(looks[one.id].accounts)]
        looks |= {look.id: look for look in retold(rerun, family)}
    return summed_up(list(looks.values()), draft=draft.version, playbooks=own, since=since, until=until, surface=surface)


def summed_up(looks: Sequence[Look], *, draft: str, playbooks: Iterable[str], since: datetime, until: datetime, surface: str | None) -> Simulation:
    """What was found, of one surface or all."""
    mine = [look for look in looks if surface in (None, look.surface)]
    return Simulation(
        draft=draft, since=since, until=until, surface=surface,
        decided=dict(sorted(Counter(look.surface for look in mine if look.state == "decided").items())),
        recorded=sum(look.state == "recorded" for look in mine), lost=tuple(look.id for look in mine if look.state == "lost"),
        changes=tuple(look.change for look in mine if look.change is not None), playbooks=tuple(sorted(playbooks)),
    )  # fmt: skip

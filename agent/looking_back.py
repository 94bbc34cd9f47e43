"""What was decided, decided again: replay of one decision, simulation of many, and recent events as a surface in shadow would decide them."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from agent.batches import in_batches
from agent.changing_policy import ChangingPolicy
from agent.domain.evidence import Evidence
from agent.domain.model import PRIORS, Model
from agent.domain.playbook import Playbook
from agent.domain.records import Run
from agent.errors import NotFound, Refused
from agent.finding import Finding
from agent.graph.collecting import collect
from agent.graph.context import Context
from agent.graph.storing import evidence_from_json
from agent.identity import Standing
from agent.modelling import Modelling
from agent.opening import Opening
from agent.operating import Operating
from agent.ports import Kept, Sealed
from agent.queueing import Queueing
from agent.replaying import Replay, replay
from agent.reviewing import Reviewing
from agent.shadowing import Shadowed, shadowed, untold
from agent.simulating import (
    Alone,
    Conditions,
    Crew,
    Look,
    Opened,
    Rerun,
    Simulation,
    accounts_of_rewritten,
    looked,
    retold,
    summed_up,
)  # fmt: skip
from agent.triaging import Triaging
from tools.listening import Listening
from tools.ports import SourceError

Progress = Callable[[int, int], None]
"""Told how many decisions have been looked at, of how many."""

Hire = Callable[[Rerun, int], AbstractContextManager[Crew]]
"""Makes a crew for so many decisions."""


def alone(rerun: Rerun, decisions: int) -> AbstractContextManager[Crew]:  # noqa: ARG001  the signature of all who hire
    """Everything in this process."""
    return nullcontext(Alone(rerun))


class LookingBack(Operating, Opening, Modelling, Triaging, Reviewing, Finding, Queueing, ChangingPolicy):
    """The part of the service that decides again what was decided, and judges it. Replays, simulations and shadows change nothing."""

    async def replay(self, decision_id: str, playbook: Playbook | None = None) -> Replay:
        """Decide again from the stored evidence and by the decision's own model, under its own playbook unless another is given.

        Under another, what differs is also told in words. Raises Refused where that has no such surface.
        """
        decision = await self.explain(decision_id)
        recorded = await self._ports.store.recorded(decision.id)
        assert recorded is not None, "it has just been explained"  # noqa: S101  nothing deletes decisions
        own = await self._ports.playbook_of(decision.playbook_version)
        under = playbook or own
        if under is None:
            unknown = f"The playbook {decision.playbook_version} that decided this is not stored here."
            raise Refused(unknown, "Replay it under another: --playbook DIR")
        stored = await self._ports.store.evidence(decision.id)
        evidence: Evidence | None = evidence_from_json(stored) if stored else None
        if evidence is not None and evidence.surface not in under.surfaces:
            raise Refused(f"That playbook has no surface {evidence.surface}, on which {decision.id} was decided.", "Replay it under one that has.")
        model = await self._ports.models.of(decision.model_version)
        if model is None and evidence is not None:
            unknown = f"The model {decision.model_version} that scored {decision.id} is not stored here or cannot be read, so it cannot be replayed."
            raise Refused(unknown, "The models that there are: nextplay model list")
        done = replay(recorded, evidence, under, model or PRIORS, vendor=self._ports.limits.vendor)
        if playbook is None or evidence is None or model is None:
            return done
        rerun = Rerun(playbook, {own.version: own} if own else {}, self._conditions(), {model.version: model}, in_full=True)
        one = Opened(Kept(decision, evidence), first=recorded)
        return replace(done, change=rerun.look(one).change, verdicts=rerun.verdicts(one))

    async def simulate(
        self, draft: Playbook, *, since: datetime, until: datetime, surface: str | None = None, hire: Hire = alone,
        progress: Progress = lambda _done, _all: None,
    ) -> Simulation:  # fmt: skip
        """Decide everything again that was decided from `since` on and before `until`, under a draft. See `agent.simulating`.

        Raises NotFound for a surface that neither the draft nor the playbook in force has, and where nothing was ever decided on it.
        """
        used = await self._ports.store.versions(since=since, until=until)
        own = {version: known for version in used if (known := await self._ports.playbook_of(version)) is not None}
        if surface is not None and not any(surface in book.surfaces for book in (draft, self._ports.playbook(), *own.values())):
            raise NotFound(f"There is no surface {surface}.", f"There are: {', '.join(sorted(draft.surfaces))}.")
        rerun, every = Rerun(draft, own, self._conditions(), await self._models()), sum(used.values())
        with hire(rerun, every) as crew:
            work = _Work(crew, progress, every)
            looks = await work.looks(self._history(since, until, None))
            at_once, first_looks = asyncio.Semaphore(2 * crew.hands), dict(looks)

            async def retell(accounts: Iterable[str]) -> None:
                async with at_once:
                    looks.update({look.id: look for look in await self._retold(crew, accounts, first_looks, since, until)})

            telling = [asyncio.ensure_future(retell(accounts)) for accounts in accounts_of_rewritten(first_looks.values())]
            try:
                await asyncio.gather(*telling)
            finally:
                await _give_up(telling)
        return summed_up(list(looks.values()), draft=draft.version, playbooks=used, since=since, until=until, surface=surface)

    async def _retold(self, crew: Crew, accounts: Iterable[str], looks: Mapping[str, Look], since: datetime, until: datetime) -> list[Look]:
        """A family's decisions on the past as it would have been."""
        family = [(one, looks[one.id]) async for one in self._history(since, until, sorted(accounts)) if one.id in looks]
        return await crew.do(retold, family)

    async def shadow(self, surface: str, *, last: int) -> list[Shadowed]:
        """The newest events of a surface, newest first, as its present playbook would decide them in shadow.

        Where a decision was recorded on this surface, it is decided from the facts of then; else they are gathered now. Raises NotFound.
        """
        playbook = self._ports.playbook()
        if surface not in playbook.surfaces:
            raise NotFound(f"There is no surface {surface}.", f"There are: {', '.join(sorted(playbook.surfaces))}.")
        runs = await self._ports.store.latest_events(playbook.surfaces[surface].trigger.types, at_most=last)
        return [await self._shadowed(run, surface, playbook) for run in runs]

    async def _shadowed(self, run: Run, surface: str, playbook: Playbook) -> Shadowed:
        decision = await self._ports.store.decision(run.decision_id) if run.decision_id else None
        stored = await self._ports.store.evidence(decision.id) if decision else None
        if decision is not None and stored is None and not decision.candidates:
            return untold(run, "nothing", f"it starts no work: {'; '.join(one.said for one in decision.reasons)}")
        vendor, model = self._ports.limits.vendor, self._ports.models()
        recorded = evidence_from_json(stored) if stored else None
        if recorded is not None and recorded.surface == surface:
            return shadowed(run, recorded, playbook, model, vendor=vendor, facts_from="recorded")
        try:
            return shadowed(run, await self._gathered(run, playbook), playbook, model, vendor=vendor, facts_from="gathered")
        except SourceError as error:
            return untold(run, "nothing", f"its facts cannot be read now: {error}")

    async def _gathered(self, run: Run, playbook: Playbook) -> Evidence:
        listening = self._listening()
        standing = await self.place(run, listening)
        return await collect(self._context(run, standing, playbook, listening))

    def _context(self, run: Run, standing: Standing, playbook: Playbook, listening: Listening) -> Context:
        """What the graph works with. Gathering has the time that placing left."""
        ports = self._ports
        limits = replace(ports.limits, gather_s=listening.left)
        return Context(
            ports.store, listening.sources, ports.effects, ports.writer, ports.clock, playbook, limits,
            run=run, standing=standing, model=ports.models(), began=listening.began, trace=ports.trace,
        )  # fmt: skip

    def _history(self, since: datetime, until: datetime, accounts: Sequence[str] | None) -> AsyncIterator[Sealed]:
        return self._ports.store.sealed(since=since, until=until, accounts=accounts)

    async def _models(self) -> dict[str, Model]:
        """Every model that can be read, by its version: each decision is decided again by the one that scored it."""
        made = [one.version for one in await self._ports.store.models()]
        read = [model for version in made if (model := await self._ports.models.of(version)) is not None]
        return {model.version: model for model in (PRIORS, *read)}

    def _conditions(self) -> Conditions:
        return Conditions(self._ports.limits.vendor, self._ports.limits.undo)


@dataclass
class _Work:
    """Hands a history to a crew in batches, no more of them at once than it has hands for, and a few that wait."""

    crew: Crew
    progress: Progress
    every: int
    done: int = 0

    async def looks(self, history: AsyncIterator[Sealed]) -> dict[str, Look]:
        """What was found out of each decision, in the order of the history."""
        waiting: deque[asyncio.Task[list[Look]]] = deque()
        found: list[Look] = []
        try:
            async for batch in in_batches(history):
                waiting.append(asyncio.ensure_future(self._look(batch)))
                if len(waiting) > 2 * self.crew.hands:
                    found += await waiting.popleft()
            while waiting:
                found += await waiting.popleft()
        finally:
            await _give_up(waiting)
        return {look.id: look for look in found}

    async def _look(self, batch: Sequence[Sealed]) -> list[Look]:
        looks = await self.crew.do(looked, batch)
        self.done += len(batch)
        self.progress(self.done, self.every)
        return looks


async def _give_up(tasks: Iterable[asyncio.Task[Any]]) -> None:
    """End what is not done yet: where one has failed nobody waits for the others."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)

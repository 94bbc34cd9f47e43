"""The launch check: gathers what the seven questions of `agent.domain.launch` are answered from, and says so where all pass."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from agent.batches import in_batches
from agent.deployment import Ports
from agent.domain.decision import Decision
from agent.domain.launch import Answer, EvalResults, Measured, answering, complete, endorsed, hangs_on_unknown, harmless, owned, safe, stoppable, sure
from agent.domain.modes import Friction
from agent.domain.plays import LaunchLimits, Surface
from agent.domain.records import verdicts
from agent.errors import NotFound, Refused, Unauthorised
from agent.playbook.cases import run_cases
from agent.ports import Sealed
from agent.responsible import check_address

Progress = Callable[[int, int], None]
"""Is told how many decisions were looked at, of how many."""


@dataclass(frozen=True, slots=True)
class LaunchCheck:
    """What was found of one surface. `lifted` is None where nobody gave their name, so that nothing was to be lifted.

    `below`: the limits that ask for less than the defaults that ship, each with its value and the default.
    """

    surface: str
    mode: str
    playbook_version: str
    model_version: str
    since: datetime
    until: datetime
    decisions: int
    answers: tuple[Answer, ...]
    limits: LaunchLimits
    below: Mapping[str, tuple[float, float]]
    lifted: bool | None = None

    @property
    def ready(self) -> bool:
        """Whether every question passes."""
        return all(answer.passed for answer in self.answers)


async def check_launch(
    ports: Ports, name: str, *, since: timedelta, evals: EvalResults | None, who: str | None, progress: Progress
) -> LaunchCheck:  # fmt: skip
    """Answer the seven questions about a surface. With `who`, a colleague, a passed check lets go what was held back from `auto`.

    Raises NotFound for an unknown surface, and Unauthorised.
    """
    playbook, at = ports.playbook(), ports.clock()
    if name not in playbook.surfaces:
        raise NotFound(f"There is no surface '{name}' in the playbook.", f"It has: {', '.join(sorted(playbook.surfaces))}.")
    surface = playbook.surfaces[name]
    people, teams = await ports.sources.directory.people(at), await ports.sources.directory.teams()
    if who is not None:
        check_address(who)
        if not any(person.active and person.email.casefold() == who.casefold() for person in people):
            raise Unauthorised(f"{who} is not a colleague in the directory.")
    decisions, unknown = await _decided(ports, at - since, at, name, progress)
    model, limits = ports.models(), playbook.launch_of(surface)
    answers = (
        owned(playbook, surface, answering(people, teams), _failed(ports)),
        complete(len(decisions), unknown, limits),
        endorsed(decisions, verdicts(await ports.store.reviews()), limits),
        await _friction(ports, surface, decisions, at),
        safe(evals, playbook.version),
        sure(playbook, surface, decisions, model, await _measured(ports, model.version)),
        stoppable(playbook, surface, decisions, ports.limits.undo),
    )
    below = limits.below(LaunchLimits())
    found = LaunchCheck(name, surface.mode, playbook.version, model.version, at - since, at, len(decisions), answers, limits, below)
    if who is None or not found.ready:
        return found
    if ports.playbook().version != playbook.version:
        raise Refused("The playbook has changed while it was checked.", "Run the launch check again.")
    lifted = await ports.store.launch_passed(name, playbook.version, at=at, by=who)
    return replace(found, lifted=lifted)


async def _decided(
    ports: Ports, since: datetime, until: datetime, surface: str, progress: Progress
) -> tuple[list[Decision], list[str]]:  # fmt: skip
    """A surface's decisions of that time, oldest first, and which of them hung on facts that were not known. Events that started no work are none.

    Of each only what is asked of it afterwards is kept: there may be tens of thousands, and a whole one is large.
    """
    decisions, unknown = list[Decision](), list[str]()
    every, done = await ports.store.how_many(since=since, until=until, surface=surface), 0
    async for batch in in_batches(ports.store.sealed(since=since, until=until, surface=surface)):
        for one in await asyncio.to_thread(_opened, batch):
            unknown += [one.id] if hangs_on_unknown(one) else []
            decisions.append(_lean(one))
        done += len(batch)
        progress(done, every)
    return decisions, unknown


def _opened(batch: Sequence[Sealed]) -> list[Decision]:
    return [one.decision() for one in batch if one.state != "recorded"]


def _lean(decision: Decision) -> Decision:
    """Without its facts, what was not chosen, and what rules said of the choice."""
    chosen = decision.chosen
    return decision.model_copy(update={"facts": [], "candidates": [chosen.model_copy(update={"rules": []})] if chosen else []})


def _failed(ports: Ports) -> Mapping[str, Sequence[str]]:
    failed = defaultdict[str, list[str]](list)
    for one in run_cases(ports.playbook()):
        if one.expected != one.matched:
            failed[one.rule].append(one.case)
    return failed


async def _friction(ports: Ports, surface: Surface, decisions: Sequence[Decision], at: datetime) -> Answer:
    seen: dict[str, Friction] = {}
    met: dict[str, list[str]] = {}
    for one in surface.outcome.guardrails:
        if one.at_most is not None:
            seen[one.name] = await ports.store.friction(surface.id, one.name, since=at - timedelta(days=one.days), until=at)
            met[one.name] = [d.id for d in decisions if d.outcome is not None and one.name in d.outcome.guardrails]
    demoted = next((cap.why for cap in await ports.store.caps() if cap.surface == surface.id and cap.kind == "guardrail"), None)
    return harmless(surface, seen, met, demoted)


async def _measured(ports: Ports, version: str) -> dict[str, Measured]:
    """By kind of play, from the training of the model in force; nothing for the priors."""
    made = next((one for one in await ports.store.models() if one.version == version), None)
    kinds = made.report.get("calibrations", {}) if made else {}
    return {kind: Measured(one["labels"], (one.get("fitted") or {}).get("ece")) for kind, one in kinds.items()}

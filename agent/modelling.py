"""The model's part of the service: train it once a day, list and show its versions, put another in force."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from agent.deployment import Ports
from agent.domain.deciding import Judgement, decide
from agent.domain.evidence import Evidence
from agent.domain.model import PRIORS, Model
from agent.domain.playbook import Playbook
from agent.domain.records import verdicts
from agent.errors import NotFound, Refused
from agent.graph.proving import in_words
from agent.learning.storing import model_from_json, model_to_json
from agent.ports import ModelVersion, Reign
from agent.responsible import check_address, need_reason

if TYPE_CHECKING:
    from agent.learning.estimating import Compared

log = structlog.get_logger()

LOOK_BACK = timedelta(days=400)
"""How old a decision may be to teach anything."""
OURSELVES = "nextplay"
DAILY = "the day's training"


@dataclass(frozen=True, slots=True)
class Models:
    """Every model that was made, newest first; which was in force when, newest first; and which one scores now."""

    versions: Sequence[ModelVersion]
    reigns: Sequence[Reign]
    in_force: str


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training gave. `new` is False where the same lessons had been learned before."""

    made: ModelVersion
    new: bool
    in_force: str


class Modelling:
    """The part of the service that concerns the model."""

    _ports: Ports
    _gave_up_on: date | None = None

    async def models(self) -> Models:
        """All that is known of models, without their parameters."""
        store = self._ports.store
        return Models(await store.models(), await store.reigns(), self._ports.models().version)

    async def model(self, version: str) -> tuple[ModelVersion | None, Model]:
        """A model with what is kept of its training: None for the priors. Raises NotFound, and Unreadable."""
        if version == PRIORS.version:
            return None, PRIORS
        made = next((one for one in await self._ports.store.models() if one.version == version), None)
        text = await self._ports.store.model_parameters(version)
        if made is None or text is None:
            raise NotFound(f"There is no model {version}.", "List them with: nextplay model list")
        return made, model_from_json(version, text)

    async def train_model(self, *, who: str, why: str) -> Trained:
        """Learn from all that is known now, whatever the day. The new model is put in force, unless a person has gone back to another."""
        need_reason(why, "A training")
        check_address(who)
        return await self._train(who, why, self._ports.clock(), daily=False)

    async def train_daily(self, at: datetime) -> bool:
        """The day's training, if it is due; whether it made a new model. Doing it again on the same day, or after a crash, changes nothing.

        One that fails is logged, and left until tomorrow by this process: the model in force goes on deciding.
        """
        if self._gave_up_on == at.date() or not await self._ports.store.training_due(at.date()):
            return False
        try:
            trained = await self._train(OURSELVES, DAILY, at, daily=True)
        except Exception:  # whatever keeps us from learning must not keep asks from being reminded of
            log.exception("model not trained")
            self._gave_up_on = at.date()
            return False
        if trained.new:
            log.info("model trained", version=trained.made.version, cases=trained.made.cases, in_force=trained.in_force)
        return trained.new

    async def roll_back(self, version: str, *, who: str, why: str) -> bool:
        """Put a model in force and keep it there: trainings go on, but only a person puts another in force. False when it was so already."""
        return await self._put_in_force(version, who, why, pinned=True)

    async def promote(self, version: str, *, who: str, why: str) -> bool:
        """Put a model in force, and let the daily training replace it again. False when it was so already."""
        return await self._put_in_force(version, who, why, pinned=False)

    async def estimate_draft(self, draft: Playbook, *, since: datetime, surface: str | None = None) -> "list[Compared]":
        """What the draft would have brought since then, surface by surface, with the model in force. Raises NotFound for an unknown surface."""
        from agent.learning.estimating import Comparison

        if surface is not None and surface not in draft.surfaces:
            raise NotFound(f"There is no surface '{surface}' in the draft.", f"It has: {', '.join(sorted(draft.surfaces))}.")
        at, model, vendor = self._ports.clock(), self._ports.models(), self._ports.limits.vendor

        def judge(evidence: Evidence) -> Judgement | None:
            if evidence.surface not in draft.surfaces:
                return None
            return in_words(draft, evidence, decide(draft, evidence, model), model, vendor=vendor)[0]

        comparison = Comparison(judge, at, self._windows())
        async for kept in self._ports.store.kept(since=since, until=at, surface=surface):
            comparison.add(kept)
        return comparison.results()

    def _windows(self) -> dict[str, timedelta]:
        """How long each play waits for its outcome."""
        return {play.id: play.outcome.window for play in self._ports.playbook().plays.values() if play.outcome}

    async def _put_in_force(self, version: str, who: str, why: str, *, pinned: bool) -> bool:
        need_reason(why, "Putting a model in force")
        check_address(who)
        await self.model(version)
        changed = await self._ports.store.put_model_in_force(version, by=who, why=why, at=self._ports.clock(), pinned=pinned)
        await self._ports.models.look()
        return changed

    async def _train(self, by: str, why: str, at: datetime, *, daily: bool) -> Trained:
        from agent.learning.training import Lessons, train  # numpy takes a while to load, and only training needs it

        lessons = Lessons(at, self._windows(), verdicts(await self._ports.store.reviews()))
        async for one in self._ports.store.precedents(since=at - LOOK_BACK, until=at):
            lessons.add(one)
        if not daily and not lessons.cases and not lessons.labels:
            raise Refused("There is nothing to learn from yet.", "A model needs outcomes whose window is over, or answered asks.")
        model, made = await asyncio.to_thread(train, lessons, by=by)
        says = why if model.families or model.calibrations else None
        day = at.date() if daily else None
        new = await self._ports.store.keep_training(made, model_to_json(model), day=day, waiting=lessons.waiting, why=says)
        await self._ports.models.look()
        return Trained(made, new, self._ports.models().version)

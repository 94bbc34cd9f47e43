"""Plays a case through the real machine, in a database of its own, and keeps what can be seen from outside."""

import json
import shutil
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from agent.domain.decision import Decision
from agent.domain.playbook import Playbook
from agent.domain.records import Approval
from agent.errors import NextplayError
from evals.cases import START, AnswerStep, Case, Edit, Step
from evals.loading import WORLDS
from evals.moments import moved
from evals.playbooks import edited
from evals.world import World, look
from integrations.bootstrap import Workspace, open_workspace
from integrations.cli.event_files import arrival_from
from integrations.sandbox.model import SandboxModel, serving
from integrations.settings import Settings
from integrations.writer import writing

DATABASE = "nextplay.db"
PATIENT_S = 60.0
"""Seconds for gathering: on a busy machine facts must not be missing for want of time, or cases would differ from run to run."""

KINDS = ("deal", "ticket", "contract", "account", "contact", "question")
_ENVELOPE = {"source": "source", "actor": "actor", "version": "version", "of": "account", "occurred_at": "occurred_at", "received_at": "received_at"}


class Alone(Settings):
    """Settings that take nothing from the environment, so that a case is the same everywhere."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],  # noqa: ARG003  the library fixes the shape
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is given."""
        return (init_settings,)


@dataclass(frozen=True, slots=True)
class Happened:
    """An effect, with the world as it stood before the step in which it was done."""

    effect: Mapping[str, Any]
    before: World
    decision: str | None = None


@dataclass
class Seen:
    """What came of a case. `first` holds each decision as it was made, `last` as it is in the end, both in the order in which they were made."""

    effects: list[Happened] = field(default_factory=list)
    first: dict[str, Decision] = field(default_factory=dict)
    last: dict[str, Decision] = field(default_factory=dict)
    approvals: list[Approval] = field(default_factory=list)
    messages: Sequence[Mapping[str, Any]] = ()
    worlds: dict[str, World] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    took_ms: list[float] = field(default_factory=list)
    tokens: int = 0
    prompts: list[str] = field(default_factory=list)
    contents: list[str] = field(default_factory=list)
    playbook: Playbook | None = None

    def decision_of(self, event_id: str | None) -> Decision | None:
        """The decision of an event, as it was made; without one, the latest that an event started."""
        made = [one for one in self.first.values() if event_id is None or event_id in (one.trigger.event_id, one.id)]
        return made[-1] if made else None


@dataclass(frozen=True, slots=True)
class Props:
    """What every case is played with: prepared worlds by name, the playbook, and the settings of a real model, if one words."""

    worlds: Mapping[str, Path]
    playbook: Path
    load: Callable[[Path], Playbook]
    model: Mapping[str, Any] = field(default_factory=dict)


def prepared_for(case: Case) -> str:
    """The name of the database that a case begins with. The seed's times hang on when it is applied; other worlds are applied to an empty one."""
    return f"seed_{moved(START, case.at):%Y%m%dT%H%M%S}" if case.world == "seed" else "empty"


async def play(case: Case, name: str, props: Props, folder: Path) -> Seen:
    """Play the case in an empty folder. Raises whatever the machine raises; what it refuses to people is part of the story."""
    for file in props.worlds[prepared_for(case)].parent.glob(f"{DATABASE}*"):
        shutil.copy(file, folder / file.name)
    if case.model is None:
        return await _played(case, name, props, folder, props.model)
    scripted = SandboxModel(case.model)
    async with serving(scripted) as url:
        seen = await _played(case, name, props, folder, {"openai_api_key": "sk-evals-000000000000", "openai_base_url": url})
    seen.prompts = ["\n".join(message["content"] for message in request["messages"]) for request in scripted.requests]
    return seen


async def _played(case: Case, name: str, props: Props, folder: Path, model: Mapping[str, Any]) -> Seen:
    stage = _Stage(case, name, props, folder, model)
    await stage.play()
    return stage.seen


class _Stage:
    """One case under way."""

    def __init__(self, case: Case, name: str, props: Props, folder: Path, model: Mapping[str, Any]) -> None:
        self._case, self._name, self._props, self._folder, self._model = case, name, props, folder, model
        self._at = moved(START, case.at)
        self._events = 0
        self._edits: Sequence[Edit] = case.playbook
        self._before = World()
        self.seen = Seen()

    async def play(self) -> None:
        """All steps. A change of the playbook opens the machine anew, as a command does."""
        steps = list(self._case.story)
        first = True
        while first or steps:
            async with self._opened() as workspace:
                if first:
                    await self._begin(workspace)
                first = False
                while steps and steps[0].playbook is None:
                    await self._step(workspace, steps.pop(0))
                if not steps:
                    await self._close(workspace)
            if steps:
                step = steps.pop(0)
                self._turn(step)
                self._edits = step.playbook or ()
                if not steps:
                    steps.append(Step(tick=True))

    async def _begin(self, workspace: Workspace) -> None:
        if self._case.world not in ("seed", "empty"):
            await workspace.sandbox.apply((WORLDS / f"{self._case.world}.yaml").read_text(encoding="utf-8"))
        await self._change(workspace, self._case.given)

    @asynccontextmanager
    async def _opened(self) -> AsyncIterator[Workspace]:
        usual: dict[str, Any] = {"gather_deadline_s": PATIENT_S}
        usual.update({str(name): value for name, value in self._case.settings.items()})
        usual.update(self._model)
        playbook = edited(self._props.playbook, self._edits, self._folder)
        settings = Alone(database_url=f"sqlite:///{self._folder / DATABASE}", playbook=playbook, **usual)
        async with writing(settings) as writer, open_workspace(settings, at=self._at, writer=writer, load_playbook=self._props.load) as workspace:
            if workspace.playbooks.refused is not None:
                raise workspace.playbooks.refused
            yield workspace
            self.seen.tokens += getattr(writer, "tokens", 0)

    def _turn(self, step: Step) -> None:
        self._at = moved(self._at, step.at) if step.at else self._at

    async def _step(self, workspace: Workspace, step: Step) -> None:
        self._turn(step)
        workspace.clock.stand_at(self._at)
        if step.change is not None:
            await self._change(workspace, step.change)
            return
        self._before = await look(workspace.database)
        started = time.perf_counter()
        await self._do(workspace, step)
        await self._notice(workspace)
        if step.verb == "event":
            self.seen.took_ms.append((time.perf_counter() - started) * 1000 / len(step.event or [None]))

    async def _do(self, workspace: Workspace, step: Step) -> None:
        service = workspace.service
        if step.event is not None:
            await self._send(workspace, step.event)
        elif step.answer is not None:
            await self._answer(workspace, step.answer)
        elif step.approve is not None:
            await self._approve(workspace)
        elif step.tick:
            await service.tick()
        elif step.block is not None:
            await service.block(step.block.target, step.block.id, who=step.block.who, why=step.block.why)
        elif step.unblock is not None:
            await service.unblock(step.unblock.target, step.unblock.id, who=step.unblock.who, why=step.unblock.why)
        elif step.release is not None:
            for hold in [one for one in await service.holds() if one.released_at is None]:
                await service.release(hold.id, who=step.release)
        await workspace.engine.settle()

    async def _send(self, workspace: Workspace, given: Sequence[Mapping[str, Any]]) -> None:
        arrivals = [arrival_from(self._event(one), self._at) for one in given]
        accepted = await workspace.service.accept(arrivals)
        for arrival, one in zip(arrivals, accepted, strict=True):
            if one.status == "new":
                await workspace.sandbox.mirror(arrival.event)
            elif one.status == "conflict":
                self.seen.told.append(f"conflict {arrival.event.id}")
        self.seen.contents += [json.dumps(one, default=str, ensure_ascii=False) for one in given]

    def _event(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """An event as a source sends it, from the short form: `{type: deal.stage_changed, deal: dea_1, of: its account, stage: proposal}`."""
        self._events += 1
        usual = {"id": f"{self._name}-{self._events}", "occurred_at": self._at.isoformat()}
        if "subject" in given:
            return {"source": "evals", **usual, **given}
        said = dict(given)
        kind = next((one for one in KINDS if one in said), None)
        if kind is None:
            raise ValueError(f"the event {given} names no subject: one of {', '.join(KINDS)}")
        subject = {"kind": kind, "id": said.pop(kind)}
        envelope = {name: said.pop(key) for key, name in _ENVELOPE.items() if key in said}
        source = "zendesk" if kind == "ticket" else "hubspot"
        head: dict[str, Any] = {name: said.pop(name) for name in ("id", "type") if name in said}
        return {"source": source, **usual, **head, **envelope, "subject": subject, "data": said}

    async def _answer(self, workspace: Workspace, step: AnswerStep) -> None:
        if step.said == "undo":
            await workspace.engine.settle()  # what was due by then has happened
        decision = self.seen.decision_of(step.of)
        if decision is None:
            self.seen.wrong.append(f"there was nothing to {step.said}")
            return
        if step.content:
            self.seen.contents += step.content.values()
        self.seen.contents += (step.set_ or {}).values()
        try:
            said = await workspace.service.answer(
                decision.id, step.said, who=step.who, reason=step.reason, note=step.note, content=step.content, params=step.set_
            )
            taken, why = said.won, said.says
        except NextplayError as error:
            taken, why = False, str(error)
        if taken == step.refused:
            self.seen.wrong.append(f"{step.said} by {step.who} was {'taken' if taken else 'refused'}: {why}")

    async def _approve(self, workspace: Workspace) -> None:
        """Whoever is asked first approves each ask, until nothing is asked any more, as long as new asks come."""
        for _ in range(5):
            asks = await workspace.service.waiting()
            if not asks:
                return
            for ask in asks:
                try:
                    await workspace.service.answer(ask.id, "approve", who=ask.asked[0] if ask.asked else "")
                except NextplayError as error:
                    self.seen.told.append(f"not approved: {error}")
            await workspace.engine.settle()

    async def _change(self, workspace: Workspace, fixture: Mapping[str, Any]) -> None:
        if fixture:
            await workspace.sandbox.apply(json.dumps(fixture, default=_written))

    async def _notice(self, workspace: Workspace) -> None:
        """Keep what is new: decisions as they were made, and effects with the world before them."""
        for row in reversed(await workspace.service.decisions(limit=500)):
            if row.id not in self.seen.first:
                self.seen.first[row.id] = await workspace.service.explain(row.id)
                self.seen.worlds[row.id] = await look(workspace.database)
        log = await workspace.sandbox.effects.log()
        self.seen.effects += [Happened(effect, self._before) for effect in log[len(self.seen.effects) :]]

    async def _close(self, workspace: Workspace) -> None:
        seen = self.seen
        seen.playbook = workspace.playbook
        owners: dict[str, str] = {}
        for name in seen.first:
            decision = seen.last[name] = await workspace.service.explain(name)
            seen.approvals += await workspace.store.approvals(name)
            owners |= dict.fromkeys((action.key for action in decision.actions), name)
        seen.effects = [Happened(one.effect, one.before, owners.get(one.effect["marker"])) for one in seen.effects]
        seen.messages = await workspace.sandbox.messenger.delivered()


def _written(value: Any) -> str:
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"a fixture cannot hold a {type(value).__name__}")

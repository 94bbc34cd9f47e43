"""What goes wrong around the core, at every port: sources, targets, the messenger, the writer, the database, the checkpoints; and its own death."""

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from agent.deployment import Ports
from integrations.db.errors import AwayError, BusyError
from tests.attacks.devil import LIES
from tests.chaos.notes import Notes
from tests.chaos.probe import Probe, ProbedEffects
from tests.simulation.chance import Chance
from tools.once import Read
from tools.ports import (
    Brief,
    EffectOvertaken,
    EffectPostponed,
    EffectRefused,
    EffectUnknown,
    Messenger,
    SourceBusy,
    SourceError,
    Wording,
    WriterUnavailable,
)  # fmt: skip

OFTEN: dict[str, float] = {
    "commit": 0.02, "execute": 0.12, "look up": 0.3, "checkpoint": 0.05, "deliver": 0.1, "read": 0.008, "write": 0.2, "lie": 0.05, "death": 0.01,
}  # fmt: skip
"""How often each kind of fault happens in a usual life, where it can happen."""


class Died(Exception):
    """The process is no more. Whatever it still does is not done: from then on every port raises this."""


class Bug(Exception):
    """An adapter has one: it raises what nobody expects."""


FAULTS: dict[str, tuple[Exception, ...]] = {
    "before commit": (AwayError(), BusyError()),
    "after commit": (AwayError(),),
    "before execute": (
        EffectUnknown("no answer"), EffectPostponed("target", "too many requests", 40.0), EffectPostponed("target", "maintenance"),
        EffectRefused("not taken"), EffectOvertaken("otherwise by now"), Bug("in the adapter"),
    ),
    "after execute": (EffectUnknown("the answer was lost"), Bug("in what reads the answer")),
    "before look up": (SourceError("target", "no answer"), EffectRefused("connected no longer"), Bug("in the adapter")),
    "before checkpoint": (AwayError(),),
    "after checkpoint": (AwayError(),),
    "before deliver": (ConnectionError("no channel"),),
    "after deliver": (ConnectionError("the answer was lost"),),
    "before read": (SourceError("source", "no answer"), SourceBusy("source", "asked enough"), Bug("in the adapter")),
    "before write": (WriterUnavailable("no model"),),
}  # fmt: skip
"""By the point at which they happen."""


class Troubles(Probe):
    """Raises at the points that something passes what goes wrong there, and ends the life at one of them."""

    def __init__(self, chance: Chance, notes: Notes) -> None:
        super().__init__(notes, None)
        self.chance, self.notes, self.dead = chance, notes, False

    def __call__(self, name: str, about: Hashable = None) -> None:
        """Pass one point."""
        kind = next((kind for kind in OFTEN if kind in name), "death")
        if self.dead or self.chance.fires(f"death {name}", about, often=OFTEN["death" if kind in ("read", "commit") else kind] / 2):
            self.dead = True
            raise Died(name)
        for number, error in enumerate(FAULTS.get(f"{name.partition(' ')[0]} {kind}", ())):
            if self.chance.fires(f"{type(error).__name__} {number} {name}", about, often=OFTEN[kind]):
                raise error.with_traceback(None)

    def around_ports(self, ports: Ports) -> Ports:
        """The same ports, each with what goes wrong there."""
        return replace(
            ports, sources=ports.sources.through(self._read), effects=ProbedEffects(ports.effects, self, self.notes),
            messenger=Unsteady(ports.messenger, self), writer=Inventive(self),
        )  # fmt: skip

    async def _read(self, read: Read) -> Any:
        self(f"before read {read.source}.{read.name}", read.about)
        return await read.ask()


@dataclass(frozen=True)
class Unsteady:
    """A channel that sometimes is not there, or does not say that it has delivered."""

    inner: Messenger
    troubles: Troubles

    async def deliver(self, message_id: str, *, kind: str, to: Sequence[str], title: str, body: str, data: dict[str, Any]) -> None:
        self.troubles("before deliver", message_id)
        await self.inner.deliver(message_id, kind=kind, to=to, title=title, body=body, data=data)
        self.troubles("after deliver", message_id)


@dataclass(frozen=True)
class Inventive:
    """A model that words things as they are drafted, or adds a lie."""

    troubles: Troubles

    async def write(self, brief: Brief, *, feedback: Sequence[str] = ()) -> Wording:
        about = (brief.play, brief.draft.get("subject"), len(feedback))
        self.troubles("before write", about)
        body = brief.draft.get("body", "")
        for number, lie in enumerate(LIES):
            if self.troubles.chance.fires("lie", (*about, number), often=OFTEN["lie"]):
                body = f"{body}\n\n{lie}"
        return Wording({**brief.draft, "body": body}, "simulated")

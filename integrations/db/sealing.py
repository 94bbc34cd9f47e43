"""A decision as its row holds it, opened part by part: of a long history most parts are never needed."""

import zlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, Literal, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import from_json

from agent.domain.decision import Decision
from agent.domain.event import Event
from agent.domain.evidence import Block, Calendar, Contact, Evidence, Group, Held, Material, OpenProposal, Past, Person, Touch
from agent.domain.facts import Fact
from agent.domain.features import EDITION
from agent.domain.precedent import Forecast, Precedent, forecast_of
from agent.ports import Outline
from integrations.db.joining import Beside, became, joined
from integrations.db.packing import Damaged, is_nothing, unpack

FRONT_BYTES = 2000
"""The part of a record in which its first fields stand: what was foretold of the choice, and what of the decision differs little in length."""

T = TypeVar("T")


@dataclass(slots=True)
class _Facts:
    facts: list[Fact]


@dataclass(slots=True)
class _Colleagues:
    people: tuple[Person, ...] = ()


@dataclass(slots=True)
class _Shared(Generic[T]):
    """A record whose rules stand beside it."""

    decision: T


class _Lean(BaseModel):
    """The evidence without its facts, and without the colleagues, whom rules do not see: they are most of it."""

    at: datetime
    event: Event
    surface: str
    account: str | None
    contacts: tuple[Contact, ...] = ()
    requester: str | None = None
    materials: tuple[Material, ...] = ()
    groups: tuple[Group, ...] = ()
    touches: tuple[Touch, ...] = ()
    past: tuple[Past, ...] = ()
    calendars: dict[str, Calendar] = {}
    roles: dict[str, str] = {}
    blocks: tuple[Block, ...] = ()
    open_proposals: tuple[OpenProposal, ...] = ()
    labels: dict[str, int] = {}
    family: tuple[str, ...] = ()
    params: dict[str, Any] = {}
    unanswered: tuple[str, ...] = ()
    claimed: str | None = None
    held: Held | None = None
    edition: int = 1


_SHARED_FACTS, _FACTS, _FORECAST = TypeAdapter(_Shared[_Facts]), TypeAdapter(_Facts), TypeAdapter(Forecast | None)
_COLLEAGUES = TypeAdapter(_Colleagues)
_LEAN_FIELDS = tuple(_Lean.model_fields)


def version_in(front: bytes) -> str:
    """The playbook's version, from the first bytes of a record: it stands before everything that may be long. Raises ValueError."""
    found = _in(front)
    version = found.get("decision", found).get("playbook_version")
    if not isinstance(version, str):
        raise ValueError("it does not begin with the playbook that decided")  # noqa: TRY004  the text is at fault, not a caller
    return version


def _forecast_in(front: bytes) -> Forecast | None:
    """What was foretold of the choice; None where it does not stand there whole, or by features that mean something else today."""
    found = _in(front)
    forecast = _FORECAST.validate_python(found.get("forecast")) if "decision" in found else None
    return forecast if forecast and forecast.edition == EDITION else None


def _in(front: bytes) -> dict[str, Any]:
    found = from_json(zlib.decompressobj().decompress(front, FRONT_BYTES), allow_partial=True)
    if not isinstance(found, dict):
        raise ValueError("it is no document")  # noqa: TRY004  the text is at fault, not a caller
    return found


def bare_evidence(packed: bytes) -> Evidence:
    """The evidence without its facts and the colleagues, which is read in a tenth of the time. Raises like what it reads with."""
    lean = _Lean.model_validate_json(zlib.decompress(packed))
    return Evidence(facts=(), **{name: getattr(lean, name) for name in _LEAN_FIELDS})


def _facts_of(document: bytes) -> list[Fact]:
    """The facts of a record, also of one that was written before rules were shared."""
    try:
        return _SHARED_FACTS.validate_json(document).decision.facts
    except ValidationError:
        return _FACTS.validate_json(document).facts


@dataclass(frozen=True)
class SealedRow:
    """Implements `agent.ports.Sealed`."""

    id: str
    created_at: datetime
    surface: str
    account: str | None
    route: str
    play: str | None
    kind: str | None
    body: bytes = field(repr=False)
    packed: bytes = field(repr=False)
    beside: Beside = field(repr=False)

    @property
    def has_evidence(self) -> bool:
        """Something was decided, and what it was made from is there."""
        return not is_nothing(self.packed)

    @property
    def state(self) -> Literal["decided", "recorded", "lost"]:
        """Whether it can be decided again."""
        if self.has_evidence:
            return "decided"
        return "lost" if self.recorded().candidates else "recorded"

    @property
    def playbook_version(self) -> str:
        """The playbook that it was decided under."""
        return self._read(lambda: version_in(self.body[:FRONT_BYTES]))

    def bare(self) -> Evidence:
        """Its evidence without the facts and the colleagues."""
        return self._bare

    def facts(self) -> tuple[Fact, ...]:
        """The facts of its evidence."""
        return tuple(self._read(lambda: _facts_of(zlib.decompress(self.body))))

    @cached_property
    def _bare(self) -> Evidence:
        return self._read(lambda: bare_evidence(self.packed))

    def outline(self) -> Outline:
        """What rules look at."""
        return Outline(self._evidence, self._recorded.candidates, self._recorded.choice)

    def evidence(self) -> Evidence:
        """What it was made from."""
        return self._evidence

    def recorded(self) -> Decision:
        """The record as it was first written."""
        return self._recorded

    def decision(self) -> Decision:
        """The record with what became of it."""
        return joined(self._recorded, self.beside)

    def precedent(self) -> Precedent | None:
        """What it can teach; None where nothing was chosen."""
        if self.play is None or self.kind is None:
            return None
        forecast = self._read(lambda: _forecast_in(self.body[:FRONT_BYTES])) or self._forecast_again()
        return Precedent(self.id, self.created_at, self.route, self.play, self.kind, forecast, **became(self.id, self.beside))

    def _forecast_again(self) -> Forecast:
        """From the whole record: one of an earlier release says it nowhere else, or means something else by its features."""
        chosen = self._recorded.chosen
        if chosen is None:
            raise Damaged(f"{self.id}: its choice is none of its candidates")
        return forecast_of(self._recorded, chosen, self._evidence if self.has_evidence else None)

    @cached_property
    def _recorded(self) -> Decision:
        return unpack(self.body)

    @cached_property
    def _evidence(self) -> Evidence:
        people = self._read(lambda: _COLLEAGUES.validate_json(zlib.decompress(self.packed))).people
        return replace(self._bare, facts=tuple(self._recorded.facts), people=people)

    def _read(self, reading: Callable[[], T]) -> T:
        """Raise Damaged, which names the decision, for what cannot be read."""
        try:
            return reading()
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            where = ".".join(map(str, first["loc"]))
            raise Damaged(f"{self.id}: {where}: {first['msg']}") from None
        except (zlib.error, ValueError, TypeError) as error:
            raise Damaged(f"{self.id}: {error}") from error

"""What says who may answer the asks that wait: the asks themselves, and who stands in which relation to their decisions."""

import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from types import MappingProxyType
from typing import Any, NamedTuple

from pydantic import BaseModel
from pydantic_core import from_json, to_json
from sqlalchemy import ColumnElement, Connection, Text, bindparam, exists, func, select, true, type_coerce

from agent.listing import Waiting, WaitingAsk
from integrations.db.columns import UtcTime
from integrations.db.documents import listed
from integrations.db.head_rows import HEADS
from integrations.db.packing import Damaged, is_nothing
from integrations.db.part import StorePart
from integrations.db.runs import OPEN_ASKS
from integrations.db.tables import APPROVALS, DECISIONS

_BESIDE = APPROVALS.alias()
_LISTS = ("asked", "allowed")
_SAID = [type_coerce(APPROVALS.c[name], Text) if name in _LISTS else APPROVALS.c[name] for name in WaitingAsk._fields if name != "late"]
_AT = bindparam("at", type_=UtcTime)
_OPEN = APPROVALS.c.state.in_(OPEN_ASKS)
_ONE_OF_SEVERAL = exists().where(_BESIDE.c.decision_id == APPROVALS.c.decision_id, _BESIDE.c.id != APPROVALS.c.id)
_NAMED = func.aggregate_strings(APPROVALS.c.decision_id + " " + APPROVALS.c.id, " ")
_ALONE = select(_NAMED, *_SAID).where(_OPEN, APPROVALS.c.expires_at > _AT, ~_ONE_OF_SEVERAL).group_by(*_SAID)
_SEVERAL = (
    select(APPROVALS.c.decision_id, APPROVALS.c.id, *_SAID, (APPROVALS.c.expires_at <= _AT).label("late"))
    .where(APPROVALS.c.decision_id.in_(select(APPROVALS.c.decision_id).where(_OPEN, _ONE_OF_SEVERAL)))
    .order_by(APPROVALS.c.decision_id, APPROVALS.c.id)
)
_FIXED = (
    select(HEADS.c.decision_id, HEADS.c.surface, DECISIONS.c.evidence)
    .join(DECISIONS, DECISIONS.c.id == HEADS.c.decision_id)
    .where(HEADS.c.decision_id.in_(listed("of")))
)


class _Lean(BaseModel):
    """The evidence, of which all is passed over but for who stands in which relation."""

    roles: dict[str, str] = {}


class _Fixed(NamedTuple):
    """What never changes of a decision: on which surface it was made, and who stands in which relation to it."""

    surface: str
    relations: tuple[tuple[str, str], ...]


class Standing(StorePart):
    """Reads who may answer. Thousands of decisions may wait, nearly all of them by one ask like those of others: the database puts these together by
    what they say. What never changes is read once.
    """

    _fixed: Mapping[str, _Fixed] = MappingProxyType({})

    async def standing(self, at: datetime, *, of: Sequence[str] | None = None) -> Sequence[Waiting]:
        """Every decision of which an ask waits, or those of them that do, but for those whose only ask has ended."""
        return await self._read(lambda c: self._standing(c, at, of))

    def _standing(self, connection: Connection, at: datetime, of: Sequence[str] | None) -> list[Waiting]:
        given = {"at": at, "of": to_json(of).decode()}
        these: ColumnElement[bool] = true() if of is None else APPROVALS.c.decision_id.in_(listed("of"))
        cases = [*_alone(connection, these, given), *_several(connection, these, given)]
        decisions = [decision for case in cases for decision in case.ids]
        kept = self._fixed  # others read at the same time, and keep what they found
        new = _fixed(connection, [decision for decision in decisions if decision not in kept])
        known = {decision: found for decision in decisions if (found := kept.get(decision) or new.get(decision))}
        if of is None:
            self._fixed = known
        return [one for case in cases for one in _apart(case, known)]


class _Case(NamedTuple):
    """Decisions whose asks say the same. `ids`: by decision those of its asks."""

    asks: Sequence[WaitingAsk]
    ids: Mapping[str, Sequence[str]]


def _alone(connection: Connection, these: ColumnElement[bool], given: Mapping[str, Any]) -> Iterator[_Case]:
    """Decisions with one ask."""
    for named, *said in connection.execute(_ALONE.where(these), given):
        words = named.split()
        yield _Case([_ask(said, late=False)], {decision: [id_] for decision, id_ in zip(words[::2], words[1::2], strict=True)})


def _several(connection: Connection, these: ColumnElement[bool], given: Mapping[str, Any]) -> Iterator[_Case]:
    """Those with more, each by itself."""
    for decision, rows in groupby(connection.execute(_SEVERAL.where(these), given), key=lambda row: row[0]):
        asks = [(id_, _ask(said, late=bool(late))) for _, id_, *said, late in rows]
        yield _Case([ask for _, ask in asks], {decision: [id_ for id_, _ in asks]})


def _ask(said: Sequence[Any], *, late: bool) -> WaitingAsk:
    round_, state, role, asked, allowed, requester, answered_by, passed_on_by = said
    return WaitingAsk(round_, state, role, tuple(from_json(asked)), tuple(from_json(allowed)), requester, answered_by, passed_on_by, late)


def _apart(case: _Case, known: Mapping[str, _Fixed]) -> list[Waiting]:
    """By what never changes; without those whose head is still to be written, after an upgrade."""
    alike: dict[_Fixed, list[Sequence[str]]] = defaultdict(list)
    for decision, ids in case.ids.items():
        if decision in known:
            alike[known[decision]].append(ids)
    return [Waiting(fixed.surface, dict(fixed.relations), case.asks, ids) for fixed, ids in alike.items()]


def _fixed(connection: Connection, decisions: Sequence[str]) -> dict[str, _Fixed]:
    if not decisions:
        return {}
    found = connection.execute(_FIXED, {"of": to_json(decisions).decode()})
    return {id_: _Fixed(surface, tuple(sorted(_in(id_, packed).items()))) for id_, surface, packed in found}


def _in(decision: str, packed: bytes | None) -> Mapping[str, str]:
    if packed is None or is_nothing(packed):
        return {}
    try:
        return _Lean.model_validate_json(zlib.decompress(packed)).roles
    except (zlib.error, ValueError) as error:
        raise Damaged(f"{decision}: {error}") from error

"""What says who may answer the asks that wait: the asks themselves, and who stands in which relation to their decisions."""

import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from types import MappingProxyType

from pydantic import BaseModel
from pydantic_core import to_json
from sqlalchemy import Connection, select

from agent.listing import Waiting, WaitingAsk
from integrations.db.documents import listed
from integrations.db.head_rows import HEADS
from integrations.db.packing import Damaged, is_nothing
from integrations.db.part import StorePart
from integrations.db.runs import OPEN_ASKS
from integrations.db.tables import APPROVALS, DECISIONS

_OPEN = select(APPROVALS.c.decision_id).where(APPROVALS.c.state.in_(OPEN_ASKS))
_ASKS = (
    select(APPROVALS.c.decision_id, HEADS.c.surface, *(APPROVALS.c[name] for name in WaitingAsk._fields))
    .join(HEADS, HEADS.c.decision_id == APPROVALS.c.decision_id)
    .where(APPROVALS.c.decision_id.in_(_OPEN))
)
_PACKED = select(DECISIONS.c.id, DECISIONS.c.evidence).where(DECISIONS.c.id.in_(listed("of")))

Relations = Mapping[str, str]


class _Lean(BaseModel):
    """The evidence, of which all is passed over but for who stands in which relation."""

    roles: dict[str, str] = {}


class Standing(StorePart):
    """Reads who may answer. What a decision was made from never changes, so that of each that waits it is read once."""

    _relations: Mapping[str, Relations] = MappingProxyType({})

    async def standing(self) -> Sequence[Waiting]:
        """Every decision of which an ask waits."""
        return await self._read(self._standing)

    def _standing(self, connection: Connection) -> list[Waiting]:
        asks: dict[str, list[WaitingAsk]] = defaultdict(list)
        surfaces: dict[str, str] = {}
        for decision, surface, *ask in connection.execute(_ASKS):
            surfaces[decision] = surface
            asks[decision].append(WaitingAsk(*ask))
        known = self._relations
        new = _relations(connection, [decision for decision in asks if decision not in known])
        self._relations = known = {decision: known.get(decision) or new.get(decision, {}) for decision in asks}
        return [Waiting(surfaces[decision], known[decision], found) for decision, found in asks.items()]


def _relations(connection: Connection, decisions: Sequence[str]) -> dict[str, Relations]:
    if not decisions:
        return {}
    return {id_: _in(id_, packed) for id_, packed in connection.execute(_PACKED, {"of": to_json(decisions).decode()})}


def _in(decision: str, packed: bytes | None) -> Relations:
    if packed is None or is_nothing(packed):
        return {}
    try:
        return _Lean.model_validate_json(zlib.decompress(packed)).roles
    except (zlib.error, ValueError) as error:
        raise Damaged(f"{decision}: {error}") from error

"""What was foretold of decisions beside what came: from their heads, their asks and their outcomes; no record is opened."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, func, select

from agent.domain.decision import SAYS_NOTHING
from agent.domain.records import APPROVED
from agent.domain.reliability import SUCCESSES, Foretold
from integrations.db.head_rows import HEADS
from integrations.db.heading import place_of
from integrations.db.part import StorePart
from integrations.db.tables import APPROVALS, OUTCOMES, WATCHES

_ASKED = (
    select(HEADS.c.decision_id, HEADS.c.surface, HEADS.c.sure, APPROVALS.c.round, APPROVALS.c.state, APPROVALS.c.reason)
    .join(APPROVALS, APPROVALS.c.decision_id == HEADS.c.decision_id)
    .where(HEADS.c.counted)
)
_CAME = (
    select(HEADS.c.surface, HEADS.c.chance, OUTCOMES.c.result)
    .join(OUTCOMES, OUTCOMES.c.decision_id == HEADS.c.decision_id)
    .join(WATCHES, WATCHES.c.decision == HEADS.c.decision_id)
    .where(HEADS.c.chance.is_not(None), OUTCOMES.c.exposure == "delivered", OUTCOMES.c.result.is_not(None))
)
_UNTOLD = select(func.count()).select_from(HEADS).where(~HEADS.c.counted)


class Foretelling(StorePart):
    """Reads what was foretold, and what came."""

    async def foretold(self, *, since: datetime, until: datetime, surface: str | None = None) -> Foretold:
        """Of the decisions made from `since` to before `until`: the answers to their asks, and the outcomes whose window was over by `until`."""
        return await self._read(lambda c: _foretold(c, since, until, surface))


def _foretold(connection: Connection, since: datetime, until: datetime, surface: str | None) -> Foretold:
    made = (HEADS.c.place >= place_of(since)) & (HEADS.c.place < place_of(until))
    which = made if surface is None else made & (HEADS.c.surface == surface)
    found = Foretold(unread=int(connection.execute(_UNTOLD.where(which)).scalar_one()))
    for where, sure, approved in _answers(connection, which):
        if sure is None:
            found.unsure[where] = found.unsure.get(where, 0) + 1
        else:
            found.answers.setdefault(where, []).append((sure, approved))
    for where, chance, result in connection.execute(_CAME.where(which, WATCHES.c.due_at <= until)):
        found.outcomes.setdefault(where, []).append((chance, result in SUCCESSES))
    return found


def _answers(connection: Connection, which: ColumnElement[bool]) -> Iterator[tuple[str, float | None, bool]]:
    """Of every decision that people answered: its surface, how sure it was, and whether they approved."""
    asks: dict[str, tuple[str, float | None, int, list[tuple[str, str | None]]]] = {}
    for decision, surface, sure, round_, state, reason in connection.execute(_ASKED.where(which)):
        before = asks.get(decision)
        if before is None or before[2] < round_:
            asks[decision] = (surface, sure, round_, [(state, reason)])
        elif before[2] == round_:
            before[3].append((state, reason))
    for surface, sure, _, said in asks.values():
        approved = _approved(said)
        if approved is not None:
            yield surface, sure, approved


def _approved(asks: Sequence[tuple[str, str | None]]) -> bool | None:
    """Whether people approved: all must have. One no is a no, unless its reason says nothing of the choice; None where nobody has said."""
    rejected = [reason for state, reason in asks if state == "rejected"]
    if rejected:
        return None if all(reason in SAYS_NOTHING for reason in rejected) else False
    return True if all(state in APPROVED for state, _ in asks) else None

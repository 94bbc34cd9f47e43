"""The heads of decisions: written with each, and for old ones read from their records, some at a time."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Connection, bindparam, func, insert, select, update
from sqlalchemy.exc import DBAPIError

from agent.domain.decision import Decision
from agent.domain.metrics import Mark, marks
from agent.domain.precedent import chance_of
from agent.errors import NextplayError
from integrations.db.decision_words import add_words
from integrations.db.driver import write
from integrations.db.glimpsing import Glimpse, glimpse
from integrations.db.head_rows import HEADS, RULES
from integrations.db.part import StorePart
from integrations.db.tables import DECISIONS

log = structlog.get_logger()

EACH = 1024
"""Places for each microsecond."""

A_DAY = EACH * 86_400_000_000
"""Places for each day."""

AT_ONCE = 100
"""Old decisions whose heads are read at once: so few that nothing else waits for long."""

AGAIN_S = 30.0

SUBJECTS = ("ticket.subject", "deal.name")
"""Facts that say what a decision is about, where its content has no subject."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST = select(func.max(HEADS.c.place)).where(HEADS.c.place.between(bindparam("first"), bindparam("last")))
_UNCOUNTED = select(HEADS.c.place, HEADS.c.decision_id, HEADS.c.read).where(~HEADS.c.counted).order_by(HEADS.c.place.desc())
_HOW_MANY = select(func.count()).select_from(HEADS).where(~HEADS.c.read)


@dataclass(frozen=True, slots=True)
class Head:
    """What lists say of a decision, and its rules that took hold with what each did."""

    values: Mapping[str, Any]
    rules: Mapping[str, Mark]


def place_of(moment: datetime) -> int:
    """The first place of a moment: whatever was decided before it has a lower one, whatever at or after it none that is lower."""
    return (moment - _EPOCH) // timedelta(microseconds=1) * EACH


def day_at(place: int) -> date:
    """The day, in UTC, in which a place lies."""
    return (_EPOCH + timedelta(microseconds=place // EACH)).date()


def head_of(decision: Decision | Glimpse) -> Head:
    """The head of a decision as it was first written."""
    chosen, subject, proposal = decision.chosen, decision.subject, decision.proposal
    score = chosen.score if chosen else None
    values = {
        **{name: getattr(decision, name) for name in ("created_at", "surface", "route", "playbook_version", "model_version")},
        **{name: getattr(chosen, name, None) for name in ("play", "title", "verdict")},
        "decision_id": decision.id,
        "account": subject.account,
        "account_name": _said(decision, ("account.name",)),
        "subject_kind": subject.kind,
        "subject_id": subject.id,
        "subject": (proposal.content.get("subject") if proposal else None) or _said(decision, SUBJECTS),
        "result": None,
        "priority": score.priority if score else None,
        "required": any(reason.code == "required" for reason in decision.reasons),
        "sensitive": decision.sensitive.value,
        "sure": decision.confidence.value if chosen else None,
        "chance": chance_of(score.terms) if score else None,
        "read": True,
        "counted": True,
    }
    return Head(values, marks(decision.candidates, decision.choice))


def _said(decision: Decision | Glimpse, names: Sequence[str]) -> str | None:
    found = {fact.name: fact.value for fact in decision.facts if fact.of is None and fact.name in names}
    return next((str(found[name]) for name in names if found.get(name)), None)


def add_head(connection: Connection, head: Head) -> None:
    """Write the head of a new decision."""
    place = _free(connection, head.values["created_at"])
    connection.execute(_ADD, {**head.values, "place": place})
    _put_rules(connection, place, head)
    add_words(connection, place, head.values)


def note_result(connection: Connection, decision_id: str, result: str | None) -> None:
    """Have the head say what came of the decision."""
    connection.execute(_NOTE, {"of": decision_id, "result": result})


class Heading(StorePart):
    """Reads the heads of old decisions."""

    async def unread_heads(self) -> int:
        """How many decisions cannot be found yet by what stands in their records alone: rules, versions, words."""
        return int(await self._read(lambda c: c.execute(_HOW_MANY).scalar_one()))

    async def read_heads(self, at_most: int = AT_ONCE) -> int:
        """Read what records say of so many decisions whose heads or rules lack it, the newest first; how many there were."""
        heads = await self._read(lambda c: [_Old(row.place, row.read, _opened(c, row.decision_id)) for row in c.execute(_UNCOUNTED.limit(at_most))])
        if heads:
            await self._write(lambda c: _fill_all(c, heads))
        return len(heads)


async def read_old_heads(heading: Heading) -> None:
    """Read the heads of all old decisions, one half of the time, so that what people wait for comes first. A failure is told, and tried again."""
    many = 1
    while many:
        began = time.monotonic()
        try:
            many = await heading.read_heads()
        except (NextplayError, DBAPIError) as error:
            log.warning("old decisions could not be indexed yet", why=str(error))
            began -= AGAIN_S
        await asyncio.sleep(time.monotonic() - began)


_ADD = insert(HEADS)
_MARKED = ("effect", "struck", "worth", "cost", "unit")
_PUT_RULE = (
    f"INSERT INTO {RULES.name} (rule, place, {', '.join(_MARKED)}) VALUES (?, ?, ?, ?, ?, ?, ?) "
    f"ON CONFLICT (rule, place) DO UPDATE SET {', '.join(f'{name} = excluded.{name}' for name in _MARKED)}"
)
_NOTE = update(HEADS).where(HEADS.c.decision_id == bindparam("of")).values(result=bindparam("result"))
_BODY = select(DECISIONS.c.body).where(DECISIONS.c.id == bindparam("of"))
_FORETOLD = ("sure", "chance")
_READ = ("account_name", "subject", "playbook_version", "model_version", "verdict", "priority", "sensitive")
_FILL = update(HEADS).where(HEADS.c.place == bindparam("at"), ~HEADS.c.counted)


def _free(connection: Connection, moment: datetime) -> int:
    """The next place of the moment. Where more was decided at once than it has places, it is one of those that follow."""
    first = place_of(moment)
    while (last := connection.execute(_LAST, {"first": first, "last": first + EACH - 1}).scalar()) is not None:
        if last < first + EACH - 1:
            return int(last) + 1
        first += EACH
    return first


@dataclass(frozen=True, slots=True)
class _Old:
    """A decision with what its record says; `read`: its words are there, and only its rules are not counted."""

    place: int
    read: bool
    head: Head | None


def _opened(connection: Connection, decision_id: str) -> Head | None:
    """What its record says; None for one that is damaged, of which its own page and the audit tell."""
    try:
        return head_of(glimpse(connection.execute(_BODY, {"of": decision_id}).scalar_one()))
    except NextplayError as error:
        log.warning("a decision's head could not be read", decision_id=decision_id, why=error.message)
        return None


def _fill_all(connection: Connection, old: Sequence[_Old]) -> None:
    """Write what was read of each, unless another process has done so meanwhile."""
    for one in old:
        values = {name: one.head.values[name] for name in (_FORETOLD if one.read else (*_FORETOLD, *_READ))} if one.head else {}
        if connection.execute(_FILL.values(**values, read=True, counted=True), {"at": one.place}).rowcount and one.head is not None:
            _put_rules(connection, one.place, one.head)
            if not one.read:
                add_words(connection, one.place, one.head.values)


def _put_rules(connection: Connection, place: int, head: Head) -> None:
    write(connection, _PUT_RULE, [(rule, place, *(getattr(mark, name) for name in _MARKED)) for rule, mark in head.rules.items()])

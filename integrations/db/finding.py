"""Looking for decisions: each search walks one index in the order of time, and stops when its page is full."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, case, exists, select, union

from agent.listing import FoundDecision, FoundDecisions, Wanted
from integrations.db.decision_words import Searched, searched
from integrations.db.head_rows import HEADS, RULES
from integrations.db.heading import place_of
from integrations.db.part import StorePart, tupled
from integrations.db.tables import APPROVALS, DECISIONS, PLAYBOOKS, REVIEWS, RUNS

COUNTED = 1_000
"""More decisions than this are only said to be more."""

LONGEST_PLACE = 2**63 - 1

_SAME = {"surface": "surface", "play": "play", "route": "route", "result": "result", "playbook": "playbook_version", "model": "model_version"}
_STATE = case((RUNS.c.decision_id == DECISIONS.c.id, RUNS.c.state), else_="closed").label("state")
_SHOWN = (
    *("place", "decision_id", "created_at", "surface", "account", "account_name", "subject_kind", "subject_id", "subject", "play", "title", "route"),
    *("result", "playbook_version", "model_version"),
)
_LIST = (
    select(*(HEADS.c[name] for name in _SHOWN), DECISIONS.c.reasons, _STATE)
    .join(DECISIONS, DECISIONS.c.id == HEADS.c.decision_id)
    .join(RUNS, RUNS.c.id == DECISIONS.c.run_id)
)


class Finding(StorePart):
    """Finds decisions by what their heads say."""

    async def find(self, wanted: Wanted, *, before: int | None, after: int | None, at_most: int) -> FoundDecisions:
        """A page of the decisions that fit, newest first: the newest, or those next to a place."""
        return await self._read(lambda c: _find(c, wanted, before, after, at_most))

    async def playbook_versions(self) -> list[str]:
        """The playbooks that were in force, the latest first."""
        query = select(PLAYBOOKS.c.version).order_by(PLAYBOOKS.c.loaded_at.desc(), PLAYBOOKS.c.version)
        return await self._read(lambda c: list(c.execute(query).scalars()))


def _find(connection: Connection, wanted: Wanted, before: int | None, after: int | None, at_most: int) -> FoundDecisions:
    query, place = _fitting(connection, wanted)
    first = before is None and after is None
    if after is not None:
        query = query.where(place > min(after, LONGEST_PLACE)).order_by(place)
    else:
        query = (query if before is None else query.where(place < min(before, LONGEST_PLACE))).order_by(place.desc())
    found = [int(one) for one in connection.execute(query.limit(max(at_most, COUNTED) + 1 if first else at_most + 1)).scalars()]
    page = sorted(found[:at_most], reverse=True)
    rows = {row["place"]: row for row in connection.execute(_LIST.where(HEADS.c.place.in_(page))).mappings()}
    more = len(found) > at_most
    return FoundDecisions(
        [_row(rows[one]) for one in page if one in rows], newer=more if after is not None else not first, older=more if after is None else True,
        count=len(found) if first and len(found) <= COUNTED else None,
    )  # fmt: skip


def _row(row: RowMapping) -> FoundDecision:
    values = tupled(row, "reasons")
    return FoundDecision(id=values.pop("decision_id"), **values)


def _fitting(connection: Connection, wanted: Wanted) -> tuple[Select[Any], ColumnElement[int]]:
    """The places of decisions that fit, and the column by which they are walked: of the narrowest table that the search goes by."""
    which = [HEADS.c[name] == value for given, name in _SAME.items() if (value := getattr(wanted, given))]
    is_account = bool(wanted.account and connection.execute(select(exists().where(HEADS.c.account == wanted.account))).scalar())
    if is_account:
        which.append(HEADS.c.account == wanted.account)
    if wanted.label:
        which.append(HEADS.c.decision_id.in_(_labelled(wanted.label)))
    if wanted.decision:
        which.append(HEADS.c.decision_id == wanted.decision)
    found = searched(connection, wanted.text, "" if is_account else wanted.account)
    return _walk(found, wanted.rule, [*which, *_within(wanted)])


def _walk(found: Searched | None, rule: str, which: list[ColumnElement[bool]]) -> tuple[Select[Any], ColumnElement[int]]:
    place: ColumnElement[int] = HEADS.c.place
    source: Any = HEADS
    if rule:
        place, source = RULES.c.place, RULES.join(HEADS, HEADS.c.place == RULES.c.place)
        which = [RULES.c.rule == rule, *which]
    if found:
        index, place, matches = found
        source = index.join(HEADS, HEADS.c.place == place)
        if rule:
            source = source.join(RULES, and_(RULES.c.place == place, RULES.c.rule == rule))
        which = [matches, *which]
    return select(place).select_from(source).where(*which), place


def _within(wanted: Wanted) -> list[ColumnElement[bool]]:
    """By the place, which is in the order of time."""
    since = [HEADS.c.place >= place_of(wanted.since)] if wanted.since else []
    return [*since, *([HEADS.c.place < place_of(wanted.until)] if wanted.until else [])]


def _labelled(label: str) -> Any:
    """Decisions of which a reviewer said so, or that were rejected for it."""
    rejected = select(APPROVALS.c.decision_id).where(APPROVALS.c.reason == label)
    return union(rejected, select(REVIEWS.c.decision_id).where(REVIEWS.c.label == label))

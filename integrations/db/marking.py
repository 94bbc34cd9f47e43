"""What rules did in a span of time, counted from what stands beside each decision; only of old ones not counted yet the records are opened."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Select, bindparam, func, or_, select, text

from agent.domain.metrics import Hit, Mark, Struck, marks
from integrations.db.glimpsing import glimpse
from integrations.db.head_rows import HEADS, RULES
from integrations.db.part import StorePart
from integrations.db.spans import CONVERTED, DELIVERED, FATES, Span, many
from integrations.db.tables import DECISIONS, OUTCOMES

AT_ONCE = 500

_EVERY_RULE = text(
    "WITH RECURSIVE known(rule) AS (SELECT min(rule) FROM decision_rules UNION ALL "
    "SELECT (SELECT min(rule) FROM decision_rules WHERE rule > known.rule) FROM known WHERE known.rule IS NOT NULL) "
    "SELECT rule FROM known WHERE rule IS NOT NULL"
)
"""Every rule that ever took hold: one step of the index for each, however many decisions there are."""

_CAME = (
    (HEADS.c.route == "ask").label("asked"), DELIVERED.label("done"), CONVERTED.label("converted"),
    func.coalesce(OUTCOMES.c.guardrails != [], False).label("friction"),
)  # fmt: skip
_STRUCK_OUT = RULES.c.struck > 0
_HIT: Select[*tuple[Any, ...]] = select(
    func.count().label("many"), func.sum(RULES.c.struck).label("candidates"), many(_STRUCK_OUT).label("struck"),
    *(many(_STRUCK_OUT & one.element).label(one.name) for one in _CAME),
    many(_STRUCK_OUT & ~or_(*(one.element for one in _CAME))).label("left"),
).select_from(RULES.join(FATES, HEADS.c.place == RULES.c.place)).where(HEADS.c.counted)  # fmt: skip


class Marking(StorePart):
    """Counts what rules did."""

    async def struck(self, *, since: datetime, until: datetime, surface: str | None = None) -> dict[str, Struck]:
        """What each rule struck out, by its id."""
        return await self._read(lambda c: _struck(c, Span(since, until, surface)))

    async def hits(self, *, since: datetime, until: datetime) -> dict[str, Hit]:
        """What each rule did, by its id."""
        return await self._read(lambda c: _hits(c, Span(since, until)))


def _struck(connection: Connection, span: Span) -> dict[str, Struck]:
    found = defaultdict[str, Struck](Struck)
    summed = (func.sum(RULES.c[name]).label(name) for name in ("struck", "worth", "cost"))
    query = select(RULES.c.unit, func.count().label("many"), func.count(RULES.c.worth).label("alone"), *summed).group_by(RULES.c.unit)
    query = query.select_from(RULES.join(HEADS, HEADS.c.place == RULES.c.place)).where(RULES.c.struck > 0, HEADS.c.counted)
    for rule, row in _of_each_rule(connection, query, span):
        found[rule].add(Mark("forbid", row.struck, row.worth, row.cost, row.unit), row.many, row.alone)
    for _, marked in _uncounted(connection, span):
        for rule, mark in marked.items():
            if mark.struck:
                found[rule].add(mark)
    return dict(found)


def _hits(connection: Connection, span: Span) -> dict[str, Hit]:
    found = defaultdict[str, Hit](Hit)
    names = [one.name for one in _CAME]
    for rule, row in _of_each_rule(connection, _HIT, span):
        if row.many:
            became = {**{name: getattr(row, name) for name in names}, "nothing": row.left}
            found[rule] = Hit(row.many, row.candidates, row.struck, Counter({name: number for name, number in became.items() if number}))
    for row, marked in _uncounted(connection, span):
        for rule, mark in marked.items():
            found[rule].add(mark, [name for name in names if getattr(row, name)] or ["nothing"])
    return dict(found)


def _of_each_rule(connection: Connection, query: Select[*tuple[Any, ...]], span: Span) -> Iterator[tuple[str, Row[Any]]]:
    """The rows of a query over the rules' own rows, rule by rule: each walks its part of the index alone."""
    of_one = query.where(RULES.c.rule == bindparam("of"), span.within(RULES.c.place))
    for rule in connection.execute(_EVERY_RULE).scalars().all():
        for row in connection.execute(of_one, {"of": rule}):
            yield rule, row


def _uncounted(connection: Connection, span: Span) -> Iterator[tuple[Row[Any], dict[str, Mark]]]:
    """Decisions of which it is not written yet what rules struck out, each with what its record says of that."""
    query = select(DECISIONS.c.body, *_CAME).select_from(FATES.join(DECISIONS, DECISIONS.c.id == HEADS.c.decision_id))
    for row in connection.execute(query.where(~HEADS.c.counted, span.within(HEADS.c.place))).yield_per(AT_ONCE):
        seen = glimpse(row.body)
        yield row, marks(seen.candidates, seen.choice)

"""SOQL as far as it is asked for: one object, conditions with AND, OR and parentheses, an order, a limit, or a count."""

import operator
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from integrations.sandbox.doubles.salesforce.org import Org, Refused
from integrations.sandbox.doubles.salesforce.schema import Field

Row = dict[str, Any]
Test = Callable[[Row], bool]

_TOKEN = re.compile(
    r"""\s*(?: (?P<text>'(?:[^'\\]|\\.)*') | (?P<moment>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z) | (?P<day>\d{4}-\d\d-\d\d)
    | (?P<number>-?\d+(?:\.\d+)?) | (?P<word>[A-Za-z_]\w*(?:\(\))?) | (?P<sign>!=|>=|<=|[=<>(),]) )""",
    re.VERBOSE,
)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "'": "'", '"': '"', "\\": "\\"}
_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "=": operator.eq, "!=": operator.ne, ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Query:
    """A question that was understood."""

    object: str
    fields: tuple[str, ...]
    test: Test
    order: tuple[tuple[str, bool], ...]
    limit: int | None
    counts: bool

    def answer(self, org: Org, *, deleted: bool) -> list[Row]:
        """The rows, whole. `deleted`: also those in the bin."""
        rows = [row for row in org.tables[self.object].values() if (deleted or not row.get("IsDeleted")) and self.test(row)]
        for name, falls in reversed(self.order):
            rows.sort(key=lambda row, name=name: (row.get(name) is not None, row.get(name)), reverse=falls)  # type: ignore[misc]  # bound now
        return rows[: self.limit]


def parse(org: Org, text: str) -> Query:
    """Read a question. Raises Refused as Salesforce would: for what is no SOQL, and for fields that are not there or not to be seen."""
    return _Parser(org, list(_tokens(text))).query()


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text.rstrip()):
        found = _TOKEN.match(text, at)
        if found is None:
            raise _malformed(f"unexpected character at {at}")
        yield str(found.lastgroup), str(found[str(found.lastgroup)])
        at = found.end()
    yield "end", ""


def _malformed(what: str) -> Refused:
    return Refused(400, "MALFORMED_QUERY", what)


class _Parser:
    def __init__(self, org: Org, tokens: list[tuple[str, str]]) -> None:
        self._org, self._tokens, self._at = org, tokens, 0
        self._object, self._known = "", dict[str, Field]()

    def query(self) -> Query:
        self._word("SELECT")
        names = [self._take("word")]
        while self._if(","):
            names.append(self._take("word"))
        self._word("FROM")
        self._object = self._take("word")
        self._known = self._org.visible(self._object)
        counts = names == ["COUNT()"]
        for name in () if counts else names:
            self._field(name)
        test = self._any() if self._if("WHERE") else lambda _row: True
        order = self._order() if self._if("ORDER") else ()
        limit = int(self._take("number")) if self._if("LIMIT") else None
        if self._tokens[self._at][0] != "end":
            raise _malformed(f"unexpected token: {self._tokens[self._at][1]}")
        return Query(self._object, tuple(names), test, order, limit, counts)

    def _any(self) -> Test:
        tests = [self._all()]
        while self._if("OR"):
            tests.append(self._all())
        return tests[0] if len(tests) == 1 else lambda row: any(test(row) for test in tests)

    def _all(self) -> Test:
        tests = [self._one()]
        while self._if("AND"):
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda row: all(test(row) for test in tests)

    def _one(self) -> Test:
        if self._if("("):
            inner = self._any()
            self._word(")")
            return inner
        name = self._take("word")
        if not self._field(name).filterable:
            raise Refused(400, "INVALID_FIELD", f"field '{name}' can not be filtered in a query call")
        if self._if("IN"):
            values = self._list()
            return lambda row: row.get(name) in values
        sign, value = self._take("sign"), self._value()
        compare = _SIGNS.get(sign)
        if compare is None:
            raise _malformed(f"unexpected token: {sign}")
        return lambda row: _compared(compare, row.get(name), value, null=sign in ("=", "!="))

    def _list(self) -> list[Any]:
        self._word("(")
        values = [self._value()]
        while self._if(","):
            values.append(self._value())
        self._word(")")
        return values

    def _order(self) -> tuple[tuple[str, bool], ...]:
        self._word("BY")
        found = []
        while True:
            name = self._take("word")
            self._field(name)
            falls = self._if("DESC")
            if not falls:
                self._if("ASC")
            found.append((name, falls))
            if not self._if(","):
                return tuple(found)

    def _field(self, name: str) -> Field:
        if name not in self._known:
            raise Refused(400, "INVALID_FIELD", f"No such column '{name}' on entity '{self._object}'.")
        return self._known[name]

    def _value(self) -> Any:
        kind, text = self._tokens[self._at]
        self._at += 1
        match kind:
            case "text":
                return re.sub(r"\\(.)", lambda found: _ESCAPES.get(found[1], found[1]), text[1:-1])
            case "moment":
                return datetime.fromisoformat(text)
            case "day":
                return text
            case "number":
                return float(text)
            case _ if text.lower() in ("true", "false", "null"):
                return {"true": True, "false": False, "null": None}[text.lower()]
            case _:
                raise _malformed(f"unexpected token: {text}")

    def _take(self, kind: str) -> str:
        found, text = self._tokens[self._at]
        if found != kind:
            raise _malformed(f"unexpected token: {text}")
        self._at += 1
        return text

    def _word(self, text: str) -> None:
        if not self._if(text):
            raise _malformed(f"unexpected token: {self._tokens[self._at][1]}")

    def _if(self, text: str) -> bool:
        kind, found = self._tokens[self._at]
        if kind not in ("word", "sign") or found.upper() != text:
            return False
        self._at += 1
        return True


def _compared(compare: Callable[[Any, Any], bool], held: Any, value: Any, *, null: bool) -> bool:
    if isinstance(value, datetime):
        held = datetime.fromisoformat(held) if held else None
    if held is None or value is None:
        return null and compare(held, value)
    return compare(held, value)

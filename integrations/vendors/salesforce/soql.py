"""Questions in SOQL. Nothing else puts one together: names are checked, and every value is written so that it stays one value."""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")
_ESCAPES = {"\\": r"\\", "'": r"\'", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t", "\b": r"\b", "\f": r"\f"}

Value = str | bool | int | datetime | None


def select(
    fields: Sequence[str], of: str, *conditions: str, order: Sequence[str] = (), falling: bool = False, at_most: int | None = None
) -> str:  # fmt: skip
    """All of the conditions hold; in the order of some fields."""
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    by = f" ORDER BY {', '.join(f'{name(one)} DESC' if falling else name(one) for one in order)}" if order else ""
    limit = "" if at_most is None else f" LIMIT {int(at_most)}"
    return f"SELECT {', '.join(map(name, fields))} FROM {name(of)}{where}{by}{limit}"


def count(of: str, *conditions: str) -> str:
    """How many there are of which all of the conditions hold."""
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    return f"SELECT COUNT() FROM {name(of)}{where}"


def equals(field: str, value: Value) -> str:
    """The field has the value."""
    return f"{name(field)} = {written(value)}"


def differs(field: str, value: Value) -> str:
    """The field has another value."""
    return f"{name(field)} != {written(value)}"


def among(field: str, values: Iterable[Value]) -> str:
    """The field has one of the values. Raises ValueError where there is none, for that is no question."""
    listed = ", ".join(map(written, values))
    if not listed:
        raise ValueError(f"{field} among nothing")
    return f"{name(field)} IN ({listed})"


def not_before(field: str, moment: datetime) -> str:
    """The field's moment is that one, or after it."""
    return f"{name(field)} >= {written(moment)}"


def after(place: tuple[datetime, str]) -> str:
    """What comes after a record in the order of SystemModstamp and Id."""
    moment, record = written(place[0]), written(place[1])
    return f"(SystemModstamp > {moment} OR (SystemModstamp = {moment} AND Id > {record}))"


def name(text: str) -> str:
    """A name of an object or a field. Raises ValueError for anything else."""
    if not _NAME.fullmatch(text):
        raise ValueError(f"{text!r} is no name of a field or object in Salesforce")
    return text


def written(value: Value) -> str:
    """A value as SOQL writes it."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case datetime():
            return f"{value.astimezone(UTC):%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1000:03d}Z"
        case _:
            return f"'{''.join(_ESCAPES.get(one, one) for one in value if one in _ESCAPES or one.isprintable())}'"

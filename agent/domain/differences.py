"""What two records say differently, one line for each difference, in words that name the place."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

FIRST = ("choice", "route", "reasons", "confidence", "sensitive", "mode", "proposal")
"""What a reader wants to know before the rest."""

_ONES = {"candidates": "candidate", "rules": "rule", "clauses": "clause", "facts": "fact", "reasons": "reason"}
_LONGEST = 160


def differences(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """Everything in which `now` is not what was recorded `then`. Both are plain data of one shape."""
    order = sorted(then.keys() | now.keys(), key=lambda key: (FIRST.index(key) if key in FIRST else len(FIRST), key))
    return [line for key in order for line in _between(key, then.get(key), now.get(key))]


def _between(place: str, then: Any, now: Any) -> Iterator[str]:
    if then == now:
        return
    if isinstance(then, Mapping) and isinstance(now, Mapping):
        for key in dict.fromkeys([*then, *now]):
            yield from _between(f"{place}: {key}", then.get(key), now.get(key))
    elif _named(place, then) and _named(place, now):
        yield from _between_named(place, then, now)
    else:
        yield f"{place}: recorded {_said(then)}, now {_said(now)}"


def _between_named(place: str, then: Sequence[Mapping[str, Any]], now: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """Things that have a name are told apart by it; their order counts too."""
    before, after = ({_name(one): one for one in ones} for ones in (then, now))
    head, _, last = place.rpartition(": ")
    one = f"{head}: {_ONES[last]}" if head else _ONES[last]
    for name in dict.fromkeys([*before, *after]):
        if name not in after:
            yield f"{one} {name}: only in the record"
        elif name not in before:
            yield f"{one} {name}: only now"
        else:
            yield from _between(f"{one} {name}", before[name], after[name])
    if before == after:
        yield f"{place}: in another order, or one of them more than once"


def _named(place: str, value: Any) -> bool:
    return place.rpartition(": ")[2] in _ONES and isinstance(value, list) and all(isinstance(one, Mapping) for one in value)


def _name(one: Mapping[str, Any]) -> str:
    if "code" in one:
        return f"{one['code']} ({one['text']})"
    return str(one["id"]) if "id" in one else " of ".join(str(one[key]) for key in ("name", "of") if one.get(key))


def _said(value: Any) -> str:
    if value is None or value in ([], {}, ""):
        return "nothing"
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"

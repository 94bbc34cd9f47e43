"""Sample values for facts, and trying expressions on them: what no static reading can tell."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from itertools import islice, product
from math import prod
from typing import Any

from agent.domain.clauses import CompiledClause, Situation
from agent.domain.fact_catalogue import CATALOGUE
from agent.domain.facts import FactSpec, FactView
from agent.playbook.checks.facts import literals
from agent.playbook.checks.vocabulary import CLOSED, WORDS
from agent.playbook.expressions import Expression

MOST_TRIALS = 20_000
"""With more combinations than this, nothing is concluded."""

World = dict[str, Any]
"""One value for each fact, by name."""

_EARLY, _LATE = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)


def worlds(expressions: Sequence[Expression], facts: Sequence[str], *, with_none: bool) -> Iterator[World] | None:
    """Every combination of telling values of the facts; None when there are too many to try all."""
    numbers, texts = _literals_of(expressions)
    texts += [word for name in facts if name in CLOSED for word in _words(name, texts) if word not in texts]
    choices = [_values(CATALOGUE[name], numbers, texts, with_none=with_none) for name in facts]
    if prod(len(c) for c in choices) > MOST_TRIALS:
        return None
    return (dict(zip(facts, values, strict=True)) for values in product(*choices))


def some_worlds(expression: Expression, facts: Sequence[str]) -> Iterator[World]:
    """A few worlds in which every value of every fact turns up, for finding values that an expression fails on."""
    found = worlds([expression], facts, with_none=False)
    if found is not None:
        yield from islice(found, 2000)
        return
    numbers, texts = literals(expression)
    choices = [_values(CATALOGUE[name], numbers, texts, with_none=False) for name in facts]
    for i in range(max(len(c) for c in choices)):
        yield {name: c[i % len(c)] for name, c in zip(facts, choices, strict=True)}


def test(compiled: CompiledClause, world: World) -> str:
    """What a condition says in a world: true, false, missing or error."""
    return _placed(world).test(compiled)


def number(compiled: CompiledClause, world: World) -> float | None:
    """What an amount comes to in a world; None when it fails."""
    return _placed(world).number(compiled)


@cache
def _situation() -> Situation:
    return Situation(FactView({}, {}))


def _placed(world: World) -> Situation:
    roots: dict[str, dict[str, Any]] = {}
    for name, value in world.items():
        root, _, field = name.partition(".")
        roots.setdefault(root, {})[field] = value
    situation = _situation()
    situation.place(roots)
    return situation


def _literals_of(expressions: Sequence[Expression]) -> tuple[list[float], list[str]]:
    found = [literals(one) for one in expressions]
    texts = dict.fromkeys(text for _, of_one in found for text in of_one)
    return sorted({number for of_one, _ in found for number in of_one}), list(texts)


def _values(spec: FactSpec, numbers: Sequence[float], texts: Sequence[str], *, with_none: bool) -> list[Any]:
    none = [None] if with_none and spec.type in ("text", "number") else []
    match spec.type:
        case "flag":
            return [True, False]
        case "number":
            return [*sorted({0.0, 1.0, *(n + d for n in numbers for d in (-1.0, -0.001, 0.0, 0.001, 1.0))}), *none]
        case "time":
            return [_EARLY, _LATE]
        case "list":
            return [[], *([text] for text in texts), [*texts, "other"]]
        case _ if spec.name in CLOSED:
            return [*_words(spec.name, texts), *none]
        case _:
            return ["", "other", *(text for text in texts if text), *none]


def _words(name: str, texts: Sequence[str]) -> list[str]:
    """Of a closed list the words that matter: those that are compared with, and one that is not."""
    return [*(word for word in WORDS[name] if word in texts), *[word for word in WORDS[name] if word not in texts][:1]]

"""Clauses: short CEL expressions with three-valued results.

A fact that is unknown is left out of the context, so that reading it raises and the clause answers `missing` instead
of guessing. Any other failure answers `error`. Parameters are written into the expression when it is compiled, because
they are constants of the rule.
"""

import json
import math
import re
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cel

from agent.domain.fact_catalogue import CATALOGUE, PER_CANDIDATE_ROOTS, ROOTS
from agent.domain.facts import FactView, moment_of
from agent.domain.rules import ClauseValue

MAX_LENGTH = 300
"""Longer expressions are refused: a clause is one thought."""

_TOKEN = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|(?<![\w.])([A-Za-z_]\w*)\s*\.\s*([A-Za-z_]\w*)""")  # a text, or root.field
_NAME = re.compile(r"[A-Za-z_]\w*")
_POSITION = re.compile(r"<input>:(\d+):(\d+): (?:Syntax error: )?(.*)")
_FAILURES = (TypeError, ValueError, RuntimeError, ArithmeticError, LookupError)
"""What an expression may raise when it is evaluated."""

_MISSING, _FAILED = object(), object()

_TIMES = tuple((spec.root, spec.field) for spec in CATALOGUE.values() if spec.type == "time")


class ClauseError(ValueError):
    """A clause that cannot be compiled: what is wrong, and a caret under the place."""

    def __init__(self, source: str, why: str, line: int = 1, column: int = 1) -> None:
        self.source, self.why, self.line, self.column = source, why, line, column
        shown = source.split("\n")[line - 1]
        super().__init__(f"{why} (line {line}, column {column})\n    {shown}\n    {' ' * (column - 1)}^")


@dataclass(frozen=True, slots=True)
class CompiledClause:
    """A compiled expression, the facts it reads (as root and field, and by name), and the roots that it uses.

    `varying` are the roots that differ from candidate to candidate; without any, it says the same of all of them. `plain` means that it looks at
    nothing but the facts it reads: not at a root as a whole, as in `contact["role"]`.
    """

    source: str
    program: cel.Program
    reads: tuple[tuple[str, str], ...]
    names: tuple[str, ...]
    roots: tuple[str, ...]
    varying: tuple[str, ...]
    plain: bool


def compile_clause(source: str, params: Mapping[str, Any] | None = None) -> CompiledClause:
    """Compile an expression, its `params.NAME` replaced by their values. Raises ClauseError with a caret."""
    literals = sorted((name, _literal(value)) for name, value in params.items()) if params else ()
    return _compile(source, tuple(literals))


@lru_cache(maxsize=4096)
def _compile(source: str, params: tuple[tuple[str, str], ...]) -> CompiledClause:
    if len(source) > MAX_LENGTH:
        why = f"the expression has {len(source)} characters; split it, {MAX_LENGTH} are allowed"
        raise ClauseError(source[:60] + "…", why)
    text = _inline(source, dict(params))
    try:
        program = cel.compile(text)
    except ValueError as error:
        raise _located(source, str(error)) from None
    reads = tuple(dict.fromkeys(pair for pair in references(text) if pair[0] in ROOTS))
    used = set(program.variables())
    return CompiledClause(
        source, program, reads, names=tuple(map(".".join, reads)), roots=tuple(sorted(used & ROOTS)),
        varying=tuple(sorted(used & PER_CANDIDATE_ROOTS)), plain=used.isdisjoint(_NAME.findall(_TOKEN.sub(" ", text))),
    )  # fmt: skip


def references(source: str) -> Iterator[tuple[str, str]]:
    """Every `root.field` that the expression names outside of string literals, in order."""
    for match in _TOKEN.finditer(source):
        if match[1] is None:
            yield match[2], match[3]


def _inline(source: str, params: Mapping[str, str]) -> str:
    def replace(match: re.Match[str]) -> str:
        if match[2] != "params":
            return match[0]
        if match[3] not in params:
            known = ", ".join(sorted(params)) or "none"
            why = f"there is no parameter '{match[3]}'; the rule has: {known}"
            before = source[: match.start()]
            raise ClauseError(source, why, before.count("\n") + 1, match.start() - before.rfind("\n"))
        return params[match[3]]

    return _TOKEN.sub(replace, source)


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(float(value))
    return json.dumps(value, ensure_ascii=False)


def _located(source: str, message: str) -> ClauseError:
    """The place in the source as it was written: names of the same length stand in for its parameters."""
    stand_in = _TOKEN.sub(lambda m: "_" * len(m[0]) if m[2] == "params" else m[0], source)
    try:
        cel.compile(stand_in)
    except ValueError as error:
        message = str(error)
    else:
        return ClauseError(source, message)
    found = _POSITION.search(message)
    return ClauseError(source, found[3], int(found[1]), int(found[2])) if found else ClauseError(source, message)


class Situation:
    """The facts of one decision as CEL sees them, and of the candidate in hand: built once, candidates are swapped in.

    To show facts to CEL costs more than to evaluate. Therefore expressions share a context with others that read the same roots; those that look
    at the candidate are shown no more than they read; and what one said of certain values is remembered.
    """

    def __init__(self, view: FactView) -> None:
        self._base: dict[str, Mapping[str, Any]] = {root: _with_times(root, view.roots.get(root, {})) for root in ROOTS}
        self._values = self._base
        self._stands_in = False  # whether the candidate brought other facts of a root that all share
        self._contexts: dict[tuple[str, ...], cel.Context] = {}
        self._remembered: dict[Hashable, Any] = {}

    def place(self, candidate_roots: Mapping[str, Mapping[str, Any]]) -> None:
        """Make the facts of one candidate current, and forget those of the one before.

        Mappings are told apart by identity, so one that was placed must not be changed.
        """
        self._values = {**self._base, **candidate_roots}
        self._stands_in = not candidate_roots.keys() <= PER_CANDIDATE_ROOTS

    def test(self, clause: CompiledClause) -> ClauseValue:
        """Evaluate a condition."""
        value = self._evaluate(clause)
        if value is True:
            return "true"
        if value is False:
            return "false"
        return "missing" if value is _MISSING or self._reads_none(clause) else "error"

    def number(self, clause: CompiledClause) -> float | None:
        """Evaluate a number; None when a fact is missing, the expression fails, or it gives no finite number."""
        value = self._evaluate(clause)
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            return None
        return float(value)

    def values(self, clause: CompiledClause) -> dict[str, Any]:
        """What the clause read: value by fact name, None where it is missing."""
        now = self._values
        return {name: now[root].get(field) for name, (root, field) in zip(clause.names, clause.reads, strict=True)}

    def _evaluate(self, clause: CompiledClause) -> Any:
        """The value of an expression, _MISSING or _FAILED."""
        if not clause.plain:
            return self._execute(clause)
        now = self._values
        read = [now[root].get(field, _MISSING) for root, field in clause.reads]
        key = (clause.program, *read, *map(type, read))  # the types too, because 1.0 == True
        try:
            return self._remembered[key]
        except KeyError:
            found = self._remembered[key] = self._execute(clause)
            return found
        except TypeError:  # a list cannot be remembered
            return self._execute(clause)

    def _execute(self, clause: CompiledClause) -> Any:
        try:
            return clause.program.execute(self._shown(clause))
        except KeyError:
            return _MISSING
        except _FAILURES:
            return _FAILED

    def _shown(self, clause: CompiledClause) -> cel.Context | dict[str, Mapping[str, Any]]:
        """The facts for one expression: a context kept for all with the same roots, or those of the candidate in hand."""
        if clause.varying or self._stands_in:
            return self._read_alone(clause) if clause.plain else {root: self._values[root] for root in clause.roots}
        if clause.roots not in self._contexts:
            self._contexts[clause.roots] = cel.Context(variables={root: self._base[root] for root in clause.roots})
        return self._contexts[clause.roots]

    def _read_alone(self, clause: CompiledClause) -> dict[str, Mapping[str, Any]]:
        """Nothing but what the expression reads."""
        shown: dict[str, dict[str, Any]] = {root: {} for root in clause.roots}
        for root, field in clause.reads:
            if field in self._values[root]:
                shown[root][field] = self._values[root][field]
        return {**shown}

    def _reads_none(self, clause: CompiledClause) -> bool:
        """A source that says "there is none" gives an expression nothing to compare with."""
        return any(self._values[root].get(field) is None for root, field in clause.reads)


def _with_times(root: str, values: Mapping[str, Any]) -> Mapping[str, Any]:
    """Rules compare moments, also where the facts have been stored as text in between."""
    times = {field: moment_of(values[field]) for of, field in _TIMES if of == root and field in values}
    return {**values, **times} if times else values

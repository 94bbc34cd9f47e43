"""Clauses: short CEL expressions with three-valued results.

A fact that is unknown is left out of the context, so that reading it raises and the clause answers `missing` instead of guessing. Any other
failure answers `error`. Parameters are written into the expression when it is compiled, because they are constants of the rule.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cel

from agent.domain.fact_catalogue import PER_CANDIDATE_ROOTS, ROOTS
from agent.domain.facts import FactView
from agent.domain.rules import ClauseValue

MAX_LENGTH = 300
"""Longer expressions are refused: a clause is one thought."""

_TOKEN = re.compile(r"""("(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')|\b([a-z][a-z_0-9]*)\.([a-z][a-z_0-9]*)""")
_POSITION = re.compile(r"<input>:(\d+):(\d+): (?:Syntax error: )?(.*)")


class ClauseError(ValueError):
    """A clause that cannot be compiled: what is wrong, and a caret under the place."""

    def __init__(self, source: str, why: str, line: int = 1, column: int = 1) -> None:
        self.source, self.why, self.line, self.column = source, why, line, column
        shown = source.splitlines()[line - 1] if source else ""
        super().__init__(f"{why} (line {line}, column {column})\n    {shown}\n    {' ' * (column - 1)}^")


@dataclass(frozen=True, slots=True)
class CompiledClause:
    """A compiled expression with the facts it reads. `shared` means: the same for every candidate of a decision."""

    source: str
    program: cel.Program
    reads: tuple[tuple[str, str], ...]
    shared: bool


def compile_clause(source: str, params: Mapping[str, Any] | None = None) -> CompiledClause:
    """Compile an expression, its `params.NAME` replaced by their values. Raises ClauseError with a caret."""
    frozen = tuple(sorted((name, _literal(value)) for name, value in (params or {}).items()))
    return _compile(source, frozen)


@lru_cache(maxsize=4096)
def _compile(source: str, params: tuple[tuple[str, str], ...]) -> CompiledClause:
    if len(source) > MAX_LENGTH:
        raise ClauseError(source[:60] + "…", f"the expression has {len(source)} characters; split it, {MAX_LENGTH} are allowed")
    text = _inline(source, dict(params))
    try:
        program = cel.compile(text)
    except ValueError as error:
        raise _located(source, text, str(error)) from None
    reads = tuple(dict.fromkeys((root, name) for root, name in references(text) if root in ROOTS))
    return CompiledClause(source, program, reads, shared=not any(root in PER_CANDIDATE_ROOTS for root, _ in reads))


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
            raise ClauseError(source, f"there is no parameter '{match[3]}'; the rule has: {known}", column=match.start() + 1)
        return params[match[3]]

    return _TOKEN.sub(replace, source)


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(float(value))
    return json.dumps(list(value) if isinstance(value, tuple) else value)


def _located(source: str, text: str, message: str) -> ClauseError:
    found = _POSITION.search(message)
    if found is None or text != source:  # positions in inlined text would point at the wrong place
        return ClauseError(source, found[3] if found else message)
    return ClauseError(source, found[3], int(found[1]), int(found[2]))


class Situation:
    """The facts of one decision as CEL sees them, and of the candidate in hand. Built once per decision; candidates are swapped in."""

    def __init__(self, view: FactView) -> None:
        self._base: dict[str, dict[str, Any]] = {root: view.roots.get(root, {}) for root in ROOTS}
        self._values = dict(self._base)
        self._context = cel.Context(variables=self._values)

    def place(self, candidate_roots: Mapping[str, dict[str, Any]]) -> None:
        """Make the facts of one candidate current."""
        for root, values in candidate_roots.items():
            self._values[root] = values
            self._context.add_variable(root, values)

    def test(self, clause: CompiledClause) -> ClauseValue:
        """Evaluate a condition."""
        try:
            value = clause.program.execute(self._context)
        except KeyError:
            return "missing"
        except (TypeError, ValueError, RuntimeError, OverflowError):
            return "missing" if self._reads_none(clause) else "error"
        return "true" if value is True else "false" if value is False else "error"

    def number(self, clause: CompiledClause) -> float | None:
        """Evaluate a number; None when a fact is missing or the expression fails."""
        try:
            value = clause.program.execute(self._context)
        except (KeyError, TypeError, ValueError, RuntimeError, OverflowError):
            return None
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None

    def values(self, clause: CompiledClause) -> dict[str, Any]:
        """What the clause read: value by fact name, None where it is missing."""
        return {f"{root}.{name}": self._values[root].get(name) for root, name in clause.reads}

    def _reads_none(self, clause: CompiledClause) -> bool:
        return any(self._values[root].get(name) is None for root, name in clause.reads)

"""Every CEL expression of a playbook with where it stands: the one list that the loader and the lint go through."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from agent.domain.clauses import ClauseError, CompiledClause, compile_clause
from agent.domain.playbook import Playbook

Kind = Literal["surface", "play", "rule"]
Path = tuple[str | int, ...]

AMOUNTS: tuple[Path, ...] = (("value",), ("cost_always",), ("cost_if_taken",), ("prior", "with"), ("prior", "without"))
"""Where a play states numbers."""


@dataclass(frozen=True, slots=True)
class Expression:
    """One expression: whose it is, where it stands in its file (keys below the item), and what it must give."""

    kind: Kind
    owner: str
    path: Path
    name: str
    source: str
    gives: Literal["flag", "number"]
    params: dict[str, Any] = field(default_factory=dict)

    def compile(self) -> CompiledClause:
        """Compile it. Raises ClauseError with the line and column in the source, also where it names parameters."""
        try:
            return compile_clause(self.source, self.params)
        except ClauseError as error:
            raise self._placed(error) from None

    def _placed(self, error: ClauseError) -> ClauseError:
        """Written-in parameters hide where a syntax error is; names of the same length give the place back."""
        if "params." not in self.source or "parameter" in error.why:
            return error
        try:
            compile_clause(self.source.replace("params.", "params_"))
        except ClauseError as placed:
            return ClauseError(self.source, placed.why, placed.line, placed.column)
        return error


def expressions_in(kind: Kind, data: Mapping[str, Any]) -> Iterator[Expression]:
    """The expressions of one item as its file states it. Wrong shapes are passed over: the schema reports them."""
    owner = str(data.get("id", "?"))
    if kind == "rule":
        params = data.get("params")
        known = dict(params) if isinstance(params, Mapping) else {}
        yield from _listed(kind, owner, "when", data.get("when"), known)
    if kind == "play":
        for path in AMOUNTS:
            source = _at(data, path)
            if isinstance(source, str):
                yield Expression(kind, owner, path, ".".join(map(str, path)), source, "number")
        yield from _listed(kind, owner, "fits", data.get("fits"), {})


def expressions_of(playbook: Playbook) -> Iterator[Expression]:
    """All expressions: plays first, then rules, each in the order of their ids."""
    for _, play in sorted(playbook.plays.items()):
        yield from expressions_in("play", play.model_dump(by_alias=True))
    for _, rule in sorted(playbook.rules.items()):
        yield from expressions_in("rule", rule.model_dump(by_alias=True))


def _listed(kind: Kind, owner: str, key: str, items: Any, params: dict[str, Any]) -> Iterator[Expression]:
    for i, item in enumerate(items if isinstance(items, Iterable) else ()):
        if isinstance(item, Mapping) and isinstance(item.get("cel"), str):
            yield Expression(kind, owner, (key, i, "cel"), str(item.get("id", i)), item["cel"], "flag", params)


def _at(data: Any, path: Path) -> Any:
    for step in path:
        data = data.get(step) if isinstance(data, Mapping) else None
    return data

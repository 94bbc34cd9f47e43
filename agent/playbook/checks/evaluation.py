"""Do expressions give what they should, and can conditions ever hold? Found by trying them on sample values."""

import re
from collections.abc import Iterator, Sequence

from agent.domain.clauses import ClauseError, CompiledClause
from agent.domain.fact_catalogue import CATALOGUE
from agent.domain.playbook import Playbook
from agent.domain.rules import Rule
from agent.playbook.checks.facts import without_texts
from agent.playbook.checks.trials import World, number, some_worlds, test, worlds
from agent.playbook.expressions import Expression, expressions_in, expressions_of
from agent.playbook.findings import Finding, Severity, about, error, warning

_UNSURE = re.compile(r"[*/%+]|\s-\s|\b(?:matches|size|startsWith|endsWith)\(")
"""What sample values cannot settle for certain."""

_CURE = "compare like with like, and write decimals (1.0, not 1)"


def check_types(playbook: Playbook) -> Iterator[Finding]:
    """Expressions that fail, or give something else than they should, on values of the right types."""
    for expression in expressions_of(playbook):
        compiled = _compiled(expression)
        if compiled is not None and (message := _mismatch(expression, compiled)):
            yield about(expression, "error", message)


def check_satisfiable(playbook: Playbook) -> Iterator[Finding]:
    """Rules that can never fire, and fits that can never count, whatever the facts say."""
    for rule in playbook.rules.values():
        if rule.enabled:
            yield from _never(rule)
    for play in playbook.plays.values():
        for expression in expressions_in("play", play.model_dump(by_alias=True)):
            if expression.gives == "flag" and (found := _unsatisfiable([expression])):
                yield about(expression, "warning", f"this can never be true, so the fit never counts{found}")


def _never(rule: Rule) -> Iterator[Finding]:
    clauses = list(expressions_in("rule", rule.model_dump(by_alias=True)))
    for group in _connected(clauses):
        found = _unsatisfiable(group)
        if found is None:
            continue
        severity: Severity = "warning" if any(_unsure(e) for e in group) else "error"
        if len(group) == 1:
            yield about(group[0], severity, f"this can never be true, so the rule can never fire{found}")
        else:
            names = " and ".join(f"'{e.name}'" for e in group)
            make = error if severity == "error" else warning
            message = f"the clauses {names} contradict each other, so the rule can never fire"
            yield make("rule", rule.id, message, path=("when",))


def _unsatisfiable(group: Sequence[Expression]) -> str | None:
    """A hint when no sample makes all of the group true together; None when one does, or when it cannot be told."""
    compiled = [c for e in group if (c := _compiled(e))]
    if len(compiled) < len(group) or any("has(" in e.source for e in group):
        return None
    facts = _facts_of(compiled)
    found = worlds(group, facts, with_none=True)
    if found is None or any(all(test(c, world) == "true" for c in compiled) for world in found):
        return None
    return "; check the constants" if facts else "; it names no fact"


def _connected(clauses: Sequence[Expression]) -> list[list[Expression]]:
    """Clauses that share facts, directly or through others; only those can contradict each other."""
    groups: list[tuple[set[str], list[Expression]]] = []
    for clause in clauses:
        compiled = _compiled(clause)
        facts, members = set(_facts_of([compiled] if compiled else [])), [clause]
        for group in [g for g in groups if g[0] & facts]:
            groups.remove(group)
            facts, members = facts | group[0], [*group[1], *members]
        groups.append((facts, members))
    return [members for _, members in groups]


def _mismatch(expression: Expression, compiled: CompiledClause) -> str:
    facts = _facts_of([compiled])
    for world in some_worlds(expression, facts) if facts else [{}]:
        if expression.gives == "flag" and test(compiled, world) not in ("true", "false"):
            return f"this is no condition, or it fails, when {_shown(world)}; {_CURE}"
        if expression.gives == "number" and number(compiled, world) is None:
            return f"this gives no number when {_shown(world)}; {_CURE}"
    return ""


def _shown(world: World) -> str:
    return " and ".join(f"{name} is {value!r}" for name, value in world.items()) or "it is worked out"


def _facts_of(compiled: Sequence[CompiledClause]) -> list[str]:
    names = [f"{root}.{field}" for clause in compiled for root, field in clause.reads]
    return [name for name in dict.fromkeys(names) if name in CATALOGUE]


def _compiled(expression: Expression) -> CompiledClause | None:
    try:
        compiled = expression.compile()
    except ClauseError:
        return None  # `check_facts` reports it
    known = all(f"{root}.{field}" in CATALOGUE for root, field in compiled.reads)
    return compiled if known else None


def _unsure(expression: Expression) -> bool:
    return bool(_UNSURE.search(without_texts(expression.source)))

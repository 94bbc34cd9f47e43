"""Do expressions read facts that exist, and stay small?"""

import re
from collections.abc import Iterator
from difflib import get_close_matches

from agent.domain.clauses import ClauseError, references
from agent.domain.fact_catalogue import CATALOGUE, ROOTS
from agent.domain.playbook import Playbook
from agent.playbook.expressions import Expression, expressions_of
from agent.playbook.findings import Finding, about

_TEXT = re.compile(r""""(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'""")
_MACRO = re.compile(r"\.(?:all|exists|exists_one|map|filter)\(\s*([a-z_]\w*)\s*,")
_SHOW = "see `nextplay playbook show --facts`"


def check_facts(playbook: Playbook) -> Iterator[Finding]:
    """Syntax, unknown facts, and macros inside macros.

    One macro over a list that a fact holds is fine, also over tags that anybody may add: no list that is read has more than
    `tools.reading.MOST_ITEMS` items (a longer one is missing), and an expression has at most `MAX_LENGTH` characters.
    """
    for expression in expressions_of(playbook):
        try:
            variables = set(expression.compile().program.references()["variables"])
        except ClauseError as broken:
            yield about(expression, "error", str(broken))
            continue
        for message in (*_unknown(expression.source, variables), *_nested(expression.source)):
            yield about(expression, "error", message)


def nearest_fact(name: str) -> str:
    """A hint such as "did you mean account.tier?", or where to look when nothing is near."""
    near = get_close_matches(name, CATALOGUE, n=1, cutoff=0.6)
    near = near or [known for known in CATALOGUE if known.partition(".")[2] == name.rpartition(".")[2]][:1]
    return f"did you mean {near[0]}?" if near else _SHOW


def without_texts(source: str) -> str:
    """The expression with every string literal blanked, at the same length."""
    return _TEXT.sub(lambda match: '"' + " " * (len(match[0]) - 2) + '"', source)


def _unknown(source: str, variables: set[str]) -> Iterator[str]:
    loops = {match[1] for match in _MACRO.finditer(without_texts(source))}
    named = [(root, field) for root, field in references(source) if root not in loops and root != "params"]
    for root, field in dict.fromkeys(named):
        if f"{root}.{field}" not in CATALOGUE:
            yield f"there is no fact '{root}.{field}'; {nearest_fact(f'{root}.{field}')}"
    roots = {root for root, _ in named}
    for name in sorted(variables - roots - loops):
        if name in ROOTS:
            example = next(known for known in CATALOGUE if known.startswith(f"{name}."))
            yield f"'{name}' must be followed by a field, such as {example}"
        else:
            yield f"'{name}' is not a fact; {nearest_fact(name)}"


def _nested(source: str) -> Iterator[str]:
    plain = without_texts(source)
    for match in _MACRO.finditer(plain):
        if _MACRO.search(plain[match.end() : _closing(plain, match.end())]):
            yield "a list is walked inside another; that has no bound, so split it or ask for a fact that says it"
            return


def _closing(text: str, start: int) -> int:
    depth = 1
    for i in range(start, len(text)):
        depth += {"(": 1, ")": -1}.get(text[i], 0)
        if depth == 0:
            return i
    return len(text)


def literals(expression: Expression) -> tuple[list[float], list[str]]:
    """The numbers and the texts that an expression compares with, those of its parameters included."""
    used = [expression.params[name] for root, name in references(expression.source) if root == "params"]
    flat = [one for value in used for one in (value if isinstance(value, list | tuple) else [value])]
    numbers = [float(n) for n in re.findall(r"(?<![\w.])-?\d+(?:\.\d+)?", without_texts(expression.source))]
    numbers += [float(n) for n in flat if isinstance(n, int | float) and not isinstance(n, bool)]
    texts = [match[0][1:-1] for match in _TEXT.finditer(expression.source)] + [t for t in flat if isinstance(t, str)]
    return sorted(set(numbers)), list(dict.fromkeys(texts))

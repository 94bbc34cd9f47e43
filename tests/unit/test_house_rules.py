"""Mistakes that no linter knows, looked for in the syntax of every module."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = [path for folder in ("agent", "tools", "integrations", "evals") for path in sorted((ROOT / folder).rglob("*.py"))]
TREES = {path.relative_to(ROOT).as_posix(): ast.parse(path.read_text(encoding="utf-8")) for path in SOURCES}

_SECRET = re.compile(r"(^|_)(signature|hmac|digest_of_secret|password|secret|token|form_token|api_key)$")
_WORDS = re.compile(r"^\s*(select|insert|update|delete|replace|create|drop|alter|pragma)\s", re.IGNORECASE)
_CLOCKS = {("datetime", "now"), ("datetime", "utcnow"), ("date", "today"), ("time", "time"), ("time", "monotonic"), ("random", "random")}

_LOADERS = {("yaml", "load"), ("pickle", "loads"), ("pickle", "load")}

COMPARED_OPENLY = {
    "integrations/sandbox/",  # doubles of vendors: what they compare is published in this repository
    "integrations/vendors/credentials.py",  # two tokens of our own, neither from outside
}
SPELLS_SQL = tuple(f"integrations/{part}/" for part in ("db", "search", "sandbox", "engines", "checkpoints", "retaining"))
"""Where statements are spelled. Even there only names of our own stand in them, never a value: values are parameters."""

_OUTSIDE = frozenset(["request", "body", "query", "params", "payload", "form", "event", "who", "reason", "note", "email", "contact"])
"""Names under which what somebody sent is held."""


def _name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def compared_openly(tree: ast.AST) -> Iterator[int]:
    """`==` on what must not be guessed step by step. A comparison with a literal is one with no secret."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Compare) and any(isinstance(op, ast.Eq | ast.NotEq) for op in node.ops):
            sides = [node.left, *node.comparators]
            if any(_SECRET.search(_name(side)) for side in sides) and not any(isinstance(side, ast.Constant) for side in sides):
                yield node.lineno


def spelled_with_values(tree: ast.AST) -> Iterator[int]:
    """SQL into which something is formatted that is no name of a table, column or constant: `{value}`, `{self.x}`, `{call()}`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr) and node.values and isinstance(node.values[0], ast.Constant) and _WORDS.match(str(node.values[0].value)):
            for part in node.values:
                if isinstance(part, ast.FormattedValue) and _outside(part.value):
                    yield node.lineno


def _outside(value: ast.expr) -> bool:
    """What a request could have given."""
    root = value
    while isinstance(root, ast.Attribute | ast.Subscript | ast.Call):
        root = root.func if isinstance(root, ast.Call) else root.value
    return isinstance(root, ast.Name) and root.id in _OUTSIDE


def reads_a_clock(tree: ast.AST) -> Iterator[int]:
    """The present moment or chance, in a place that is to be the same for the same input."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and (_name(node.func.value), node.func.attr) in _CLOCKS:
            yield node.lineno
        if isinstance(node, ast.Import | ast.ImportFrom) and {"random", "secrets", "time", "os", "uuid"} & {
            *(alias.name for alias in node.names if isinstance(node, ast.Import)),
            *([node.module or ""] if isinstance(node, ast.ImportFrom) else []),
        }:
            yield node.lineno


def runs_text(tree: ast.AST) -> Iterator[int]:
    """Text or bytes that become code: eval, exec, pickle, yaml.load, a shell."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = _name(node.func)
            shell = any(one.arg == "shell" and isinstance(one.value, ast.Constant) and one.value.value for one in node.keywords)
            unsafe = isinstance(node.func, ast.Attribute) and (_name(node.func.value), name) in {
                ("yaml", "load"),
                ("pickle", "loads"),
                ("pickle", "load"),
            }
            if (isinstance(node.func, ast.Name) and name in ("eval", "exec", "compile")) or unsafe or shell:
                yield node.lineno


def reads_the_environment(tree: ast.AST) -> Iterator[int]:
    """A setting that is in no list of settings."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in ("environ", "getenv") and _name(node.value) == "os":
            yield node.lineno


RULES: dict[str, tuple[Callable[[ast.AST], Iterator[int]], Callable[[str], bool]]] = {
    "secrets are compared in constant time": (compared_openly, lambda path: not path.startswith(tuple(COMPARED_OPENLY))),
    "no value from outside stands in SQL": (spelled_with_values, lambda _path: True),
    "the domain knows no clock and no chance": (reads_a_clock, lambda path: path.startswith("agent/domain/")),
    "no text becomes code": (runs_text, lambda path: path != "integrations/crew.py"),  # from the process that started it
    "settings.py alone reads the environment": (
        reads_the_environment,
        lambda path: path not in {"agent/__init__.py", "integrations/__init__.py", "integrations/settings.py"},
    ),
}


@pytest.mark.parametrize("rule", RULES)
def test_house_rule(rule: str) -> None:
    look, applies = RULES[rule]
    assert [f"{path}:{line}" for path, tree in TREES.items() if applies(path) for line in look(tree)] == []


@pytest.mark.parametrize(
    ("rule", "bad"),
    [
        ("secrets are compared in constant time", "if given == self.signature: pass"),
        ("no value from outside stands in SQL", "run(f'SELECT * FROM t WHERE id = {params[\"id\"]}')"),
        ("the domain knows no clock and no chance", "at = datetime.now(UTC)"),
        ("the domain knows no clock and no chance", "import random"),
        ("no text becomes code", "yaml.load(text)"),
        ("no text becomes code", "subprocess.run(said, shell=True)"),
        ("settings.py alone reads the environment", "os.environ['KEY']"),
    ],
)
def test_each_rule_finds_its_mistake(rule: str, bad: str) -> None:
    assert list(RULES[rule][0](ast.parse(bad)))


def test_sql_is_spelled_where_databases_are_known() -> None:
    """Somewhere else a statement would pass by everything that guards the tables."""
    spelled = {
        path
        for path, tree in TREES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("exec_driver_sql", "executescript")
    }
    assert sorted(path for path in spelled if not path.startswith(SPELLS_SQL)) == []

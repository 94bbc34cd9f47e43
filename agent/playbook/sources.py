"""Reads one playbook file: plain YAML, strictly, and remembers on which line everything stands.

Stricter than YAML 1.1 on purpose. A key given twice is refused, because the second would silently win. Anchors are
refused, because a policy should say what it means where it says it. Only `true` and `false` are flags: `off` is a
mode, and `no` is Norwegian.
"""

import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

MOST_BYTES = 1_000_000
"""A larger file is refused: it is not a policy that a person wrote."""

MOST_DEPTH = 64
"""Levels of lists and mappings in each other; the reader below it is written in C and would take the process with it."""

_Quick: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same in C, many times as fast, where it is there."""

_MAY_REPEAT = re.compile(r"(?:^|[\s\[{,:?-])\*\S", re.MULTILINE)
"""What stands in every text that has an alias, and in few others."""


class SourceError(ValueError):
    """A file that cannot be read as YAML: what is wrong, on which line, and the place itself."""

    def __init__(self, why: str, line: int | None = None, shown: str = "") -> None:
        super().__init__(why)
        self.why, self.line, self.shown = why, line, shown


@dataclass(frozen=True)
class Document:
    """The content of a file, and the node tree that knows its lines."""

    data: Any
    node: yaml.Node | None

    def line_of(self, path: Sequence[str | int]) -> int | None:
        """The line (from 1) of the value at `path`, or of the nearest thing around it that exists."""
        node, line = self.node, None
        for step in (None, *path):
            node = node if step is None else _child(node, step)
            if node is None:
                break
            line = node.start_mark.line + 1
        return line

    def span_of(self, path: Sequence[str | int]) -> tuple[int, int] | None:
        """Between which characters of the text the single value at `path` stands; None where there is none, or it is a list or mapping."""
        node = self.node
        for step in path:
            node = _child(node, step)
        return (node.start_mark.index, node.end_mark.index) if isinstance(node, yaml.ScalarNode) else None


def read_document(path: Path) -> Document:
    """Read a file. Raises SourceError."""
    try:
        raw = path.read_bytes()
        if len(raw) > MOST_BYTES:
            raise SourceError(f"the file has {len(raw)} bytes; split it, {MOST_BYTES} are allowed")
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SourceError(f"the file is not UTF-8 text (byte {error.start})") from None
    except OSError as error:
        raise SourceError(f"the file cannot be read: {error.strerror}") from None
    return parse(text)


def parse(text: str) -> Document:
    """Parse YAML text. Raises SourceError with the line and a caret under the place."""
    text = whole_characters(text)
    if line := too_deep(text):
        raise SourceError(f"it nests deeper than {MOST_DEPTH} levels", line)
    if not _MAY_REPEAT.search(text):
        with contextlib.suppress(yaml.YAMLError, ValueError, RecursionError):  # what is wrong is said by the other, in one way on all machines
            return _document(_QuickLoader(text))
    try:
        return _document(_StrictLoader(text))
    except yaml.MarkedYAMLError as error:
        raise _located(error, text) from None
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        raise SourceError(f"this is not valid YAML: {error}") from None


def _document(loader: Any) -> Document:
    try:
        node = loader.get_single_node()
        return Document(None if node is None else loader.construct_document(node), node)
    finally:
        loader.dispose()


def too_deep(text: str) -> int | None:
    """The line on which YAML text nests deeper than anybody writes, and deeper than it is safe to read. Text that is not YAML is not judged."""
    level = 0
    try:
        for event in yaml.parse(text, Loader=_Quick):
            level += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
            if level > MOST_DEPTH:
                return event.start_mark.line + 1 if event.start_mark else 1
    except yaml.YAMLError:
        pass  # whoever reads it next says what is wrong
    return None


def whole_characters(text: str) -> str:
    r"""YAML text with its escapes as YAML and databases want them: JSON writes one emoji as two escapes (`"\ud83d\ude00"`), which YAML refuses.

    Half an emoji, and NUL, stand for nothing that can be stored: they become U+FFFD, as they do at every door.
    """
    return _QUOTED.sub(lambda quoted: _ESCAPES.sub(_whole, quoted[0]), text) if "\\" in text else text


def _whole(escape: re.Match[str]) -> str:
    if escape["high"]:
        return chr(0x10000 + ((int(escape["high"], 16) - 0xD800) << 10) + int(escape["low"], 16) - 0xDC00)
    return "\ufffd" if escape["unstorable"] else escape[0]


_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_ESCAPES = re.compile(
    r"\\(?:u(?P<high>[dD][89abAB][0-9a-fA-F]{2})\\u(?P<low>[dD][c-fC-F][0-9a-fA-F]{2})|(?P<unstorable>u[dD][89a-fA-F][0-9a-fA-F]{2}|u0000|U00000000|x00|0)|.)",
    re.DOTALL | re.ASCII,
)


def caret(line: str, column: int) -> str:
    """A line of text with a caret under one of its characters (`column` counts from 1)."""
    return f"    {line}\n    {' ' * (column - 1)}^"


class _Strict(yaml.constructor.SafeConstructor):
    """Refuses repeated keys."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen: set[str] = set()
        for key, _ in node.value:
            name = str(key.value)
            if name in seen:
                raise yaml.constructor.ConstructorError(None, None, f"the key '{name}' is given twice", key.start_mark)
            seen.add(name)
        return super().construct_mapping(node, deep)


class _StrictLoader(_Strict, yaml.SafeLoader):
    """The safe loader without anchors, repeated keys and surprising flags."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            mark = self.get_event().start_mark  # type: ignore[no-untyped-call]  # the stubs leave the parser's methods untyped
            raise yaml.constructor.ConstructorError(None, None, "anchors are not supported; write it out", mark)
        return super().compose_node(parent, index)


_QuickLoader: Any = type("_QuickLoader", (_Strict, _Quick), {"__doc__": "The same for texts without aliases."})


_BOOL = "tag:yaml.org,2002:bool"
for _loader in (_StrictLoader, _QuickLoader):
    _loader.yaml_implicit_resolvers = {
        first: [(tag, pattern) for tag, pattern in resolvers if tag != _BOOL] for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }
    _loader.add_implicit_resolver(_BOOL, re.compile(r"true|false"), list("tf"))


def _child(node: yaml.Node | None, step: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if str(key.value) == str(step)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and 0 <= step < len(node.value):
        found: yaml.Node = node.value[step]
        return found
    return None


def _located(error: yaml.MarkedYAMLError, text: str) -> SourceError:
    mark = error.problem_mark or error.context_mark
    why = error.problem or error.context or "this is not valid YAML"
    if mark is None:
        return SourceError(why)
    lines = text.splitlines()
    shown = lines[mark.line] if mark.line < len(lines) else ""
    return SourceError(why, mark.line + 1, caret(shown, mark.column + 1))

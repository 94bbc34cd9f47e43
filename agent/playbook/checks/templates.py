"""Are the templates of plays readable, and free of anything that only facts may say?"""

import re
from collections.abc import Iterator

from jinja2 import TemplateSyntaxError, meta, nodes
from jinja2.sandbox import SandboxedEnvironment

from agent.domain.playbook import Playbook
from agent.domain.plays import Play
from agent.playbook.checks.facts import nearest_fact
from agent.playbook.findings import Finding, error
from agent.scene import NAMES

_PLAIN = frozenset({"vendor", "at"})
_ROOTS = frozenset(name.partition(".")[0] for name in NAMES) | {"params"}
_FILTERS = ("money", "day", "percent", "share")
_BY_ATTRIBUTE = frozenset({"attr", "map", "selectattr", "rejectattr", "groupby"})
_DIGIT = re.compile(r"\d")
_LINK = re.compile(r"https?://|www\.")
_CODE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)


def check_templates(playbook: Playbook) -> Iterator[Finding]:
    """Templates that cannot be read, that name unknown things, or that state a number or a link of their own."""
    for play in playbook.plays.values():
        for part, language, source in _templates(play):
            for problem in _problems(play, source):
                path = ("content", part, language)
                yield error("play", play.id, problem, clause=f"{part} {language}", path=path)


def _templates(play: Play) -> Iterator[tuple[str, str, str]]:
    if play.content is not None:
        for part, texts in (("subject", play.content.subject), ("body", play.content.body)):
            yield from ((part, language, source) for language, source in texts.items())


def _problems(play: Play, source: str) -> Iterator[str]:
    environment = SandboxedEnvironment()
    environment.globals.clear()
    environment.filters |= dict.fromkeys(_FILTERS, str)
    try:
        tree = environment.parse(source)
        variables = meta.find_undeclared_variables(tree)
    except TemplateSyntaxError as broken:
        yield f"the template cannot be read: {broken.message} (line {broken.lineno})"
        return
    for name in sorted(variables - _ROOTS - _PLAIN):
        yield f"there is no '{name}' in a template{_line(tree, name)}; there are: {', '.join(sorted(_ROOTS | _PLAIN))}"
    yield from _fields(play, tree, variables)
    yield from _reaches(tree)
    plain = _CODE.sub("", source)
    if _DIGIT.search(plain) or _LINK.search(plain):
        yield "numbers and links must come from facts, so that they can be proved; write {{ … }} instead"


def _line(tree: nodes.Template, name: str) -> str:
    """On which line of the text a name stands first."""
    lines = [node.lineno for node in tree.find_all(nodes.Name) if node.name == name]
    return f" (line {min(lines)})" if lines else ""


def _reaches(tree: nodes.Template) -> Iterator[str]:
    """Whatever is no fact, filter or plain text: Python's insides are nothing that a letter needs."""
    for node in tree.find_all((nodes.Getattr, nodes.Getitem, nodes.Call, nodes.Filter)):
        if what := _reach(node):
            yield f"{what} (line {node.lineno}); a template reads facts as root.field, and passes them through filters"


def _reach(node: nodes.Node) -> str:
    if isinstance(node, nodes.Call):
        return "nothing can be called"
    if isinstance(node, nodes.Getattr):
        return "" if isinstance(node.node, nodes.Name) and not node.attr.startswith("_") else f"'.{node.attr}' is no field of a fact"
    if isinstance(node, nodes.Getitem):
        at = node.arg.value if isinstance(node.arg, nodes.Const) else None
        return "" if isinstance(at, int) or isinstance(node.arg, nodes.Slice) else "square brackets take a position, not a name"
    if isinstance(node, nodes.Filter):
        by_attribute = node.name in _BY_ATTRIBUTE or any(keyword.key == "attribute" for keyword in node.kwargs)
        return f"the filter '{node.name}' reads attributes" if by_attribute else ""
    return ""


def _fields(play: Play, tree: nodes.Template, variables: set[str]) -> Iterator[str]:
    known = NAMES | {f"params.{name}" for name in play.params}
    reads = {f"{a.node.name}.{a.attr}": a.lineno for a in tree.find_all(nodes.Getattr) if isinstance(a.node, nodes.Name)}
    for name, line in reads.items():
        if name.partition(".")[0] in (variables & _ROOTS) and name not in known:
            yield f"there is no '{name}' in a template (line {line}); {nearest_fact(name)}"
    printed = [one for output in tree.find_all(nodes.Output) for one in output.nodes]
    whole = {one.name for one in printed if isinstance(one, nodes.Name)}
    for name in sorted(whole & _ROOTS):
        yield f"'{name}' cannot be printed whole; write a field of it, such as {name}.name"

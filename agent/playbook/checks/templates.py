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
    environment.filters |= dict.fromkeys(_FILTERS, str)
    try:
        tree = environment.parse(source)
        variables = meta.find_undeclared_variables(tree)
    except TemplateSyntaxError as broken:
        yield f"the template cannot be read: {broken.message} (line {broken.lineno})"
        return
    for name in sorted(variables - _ROOTS - _PLAIN):
        yield f"there is no '{name}' in a template; there are: {', '.join(sorted(_ROOTS | _PLAIN))}"
    yield from _fields(play, tree, variables)
    plain = _CODE.sub("", source)
    if _DIGIT.search(plain) or _LINK.search(plain):
        yield "numbers and links must come from facts, so that they can be proved; write {{ … }} instead"


def _fields(play: Play, tree: nodes.Template, variables: set[str]) -> Iterator[str]:
    known = NAMES | {f"params.{name}" for name in play.params}
    reads = [f"{a.node.name}.{a.attr}" for a in tree.find_all(nodes.Getattr) if isinstance(a.node, nodes.Name)]
    for name in dict.fromkeys(reads):
        if name.partition(".")[0] in (variables & _ROOTS) and name not in known:
            yield f"there is no '{name}' in a template; {nearest_fact(name)}"
    printed = [one for output in tree.find_all(nodes.Output) for one in output.nodes]
    whole = {one.name for one in printed if isinstance(one, nodes.Name)}
    for name in sorted(whole & _ROOTS):
        yield f"'{name}' cannot be printed whole; write a field of it, such as {name}.name"

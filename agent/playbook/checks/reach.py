"""Does every rule look at something, and only where its facts can exist?"""

from collections.abc import Iterator

from agent.domain.clauses import references
from agent.domain.playbook import Playbook, applies
from agent.domain.plays import Play, Surface
from agent.domain.rules import Rule
from agent.playbook.expressions import AMOUNTS, expressions_in
from agent.playbook.findings import Finding, error, warning


def check_reach(playbook: Playbook) -> Iterator[Finding]:
    """Rules that look at no candidate, and rules and plays that read facts where these can never be known."""
    for rule in playbook.rules.values():
        yield from _rule(playbook, rule)
    for surface in playbook.surfaces.values():
        for play in _plays(playbook, surface):
            yield from _amounts(surface, play)


def admitted(playbook: Playbook, rule: Rule) -> list[tuple[Surface, Play]]:
    """The pairs of surface and play that a rule looks at, on any channel of the play."""
    return [
        (surface, play)
        for surface in playbook.surfaces.values()
        for play in _plays(playbook, surface)
        if any(applies(rule.applies_to, surface, play, channel) for channel in play.channels)
    ]


def can_exist(root: str, surface: Surface, play: Play) -> bool:
    """Whether facts of a root can be known for a play on a surface."""
    wanted = play.material.source if play.material else ""
    return {
        "deal": surface.subject == "deal",
        "ticket": surface.subject == "ticket",
        "triage": surface.subject == "ticket",
        "contact": play.reach == "customer",
        "group": play.target == "group",
        "asset": wanted == "assets",
        "article": wanted == "articles",
    }.get(root, True)


def _rule(playbook: Playbook, rule: Rule) -> Iterator[Finding]:
    pairs = admitted(playbook, rule)
    if not pairs:
        if rule.enabled:
            message = "applies_to fits no play of any surface, so the rule can never fire; widen it or disable the rule"
            yield error("rule", rule.id, message, path=("applies_to",))
        return
    for i, clause in enumerate(rule.when):
        if "has(" in clause.cel:
            continue
        for root in dict.fromkeys(root for root, _ in references(clause.cel)):
            blind = [(s.id, p.id) for s, p in pairs if not can_exist(root, s, p)]
            if blind:
                yield _blind(rule, clause.id, i, root, blind, everywhere=len(blind) == len(pairs))


def _blind(rule: Rule, clause: str, index: int, root: str, blind: list[tuple[str, str]], *, everywhere: bool) -> Finding:
    surface, play = blind[0]
    others = f" (and {len(blind) - 1} more)" if len(blind) > 1 else ""
    where = f"{root}.* is never known for '{play}' on '{surface}'{others}"
    path = ("when", index, "cel")
    if rule.on_missing != "skip":
        message = f"{where}, so the rule would always {rule.on_missing} there; limit applies_to"
        return error("rule", rule.id, message, clause=clause, path=path)
    if everywhere and rule.enabled:
        return error("rule", rule.id, f"{where}, so the rule can never fire", clause=clause, path=path)
    return warning("rule", rule.id, f"{where}; limit applies_to to where it is", clause=clause, path=path)


def _amounts(surface: Surface, play: Play) -> Iterator[Finding]:
    for expression in expressions_in("play", play.model_dump(by_alias=True)):
        if expression.path not in AMOUNTS or "has(" in expression.source:
            continue
        for root in dict.fromkeys(root for root, _ in references(expression.source)):
            if not can_exist(root, surface, play):
                message = f"{root}.* is never known on '{surface.id}', so the play can never be valued there"
                yield error("play", play.id, message, clause=expression.name, path=expression.path)


def _plays(playbook: Playbook, surface: Surface) -> list[Play]:
    return [playbook.plays[name] for name in surface.plays if name in playbook.plays]

"""Can text that anybody may write make something possible? What is told from it may hold back, ask, and call for help; nothing else."""

from collections.abc import Iterator, Mapping
from typing import Any

from agent.domain.clauses import ClauseError, CompiledClause, references
from agent.domain.fact_catalogue import CATALOGUE, FROM_TEXT
from agent.domain.playbook import Playbook
from agent.domain.plays import Play
from agent.domain.rules import EffectKind, Rule
from agent.playbook.checks.reach import admitted
from agent.playbook.checks.trials import World, test, worlds
from agent.playbook.expressions import Expression, expressions_in
from agent.playbook.findings import Finding, about, error

UNTRUSTED = FROM_TEXT | {"ticket.safety_words", "group.handles_product"}
"""Of the last, the ticket's text decides where the helpdesk names no module."""

MAY_HANG_ON_TEXT = (EffectKind.FORBID, EffectKind.ASK, EffectKind.DEFER, EffectKind.REQUIRE)
HOLDS_BACK = (EffectKind.FORBID, EffectKind.DEFER)

SILENT: Mapping[str, Any] = {"flag": False, "list": [], "number": 0.0, "text": None}
"""What a fact says of a text that says nothing, by its type."""


def check_from_text(playbook: Playbook) -> Iterator[Finding]:
    """Plays and rules through which a text could unlock something, or keep help away."""
    for play in playbook.plays.values():
        yield from _play(play)
    for rule in playbook.rules.values():
        yield from _rule(playbook, rule)


def is_harmless(play: Play) -> bool:
    """Only colleagues see it, nothing is sold or conceded by it, and nobody has to hold it back."""
    return play.reach == "internal" and play.purpose == "service" and play.risk == "low" and play.max_mode == "auto"


def _play(play: Play) -> Iterator[Finding]:
    for name, spec in play.params.items():
        if spec.from_fact in UNTRUSTED:
            message = f"'{spec.from_fact}' is told from text that anybody may write, so it cannot fill a parameter; let a person or a field say it"
            yield error("play", play.id, message, clause=name, path=("params", name, "from"))
    if is_harmless(play):
        return
    for expression in expressions_in("play", play.model_dump(by_alias=True)):
        if read := _read(expression):
            message = f"{read} is told from text that anybody may write: it cannot speak for a play that a customer sees, sells, or risks something"
            yield about(expression, "error", message)


def _rule(playbook: Playbook, rule: Rule) -> Iterator[Finding]:
    clauses = [one for one in expressions_in("rule", rule.model_dump(by_alias=True)) if _read(one)]
    if not clauses:
        return
    if rule.effect.kind not in MAY_HANG_ON_TEXT:
        allowed = ", ".join(kind.value for kind in MAY_HANG_ON_TEXT)
        message = f"{_read(clauses[0])} is told from text that anybody may write, so a {rule.effect.kind.value} cannot hang on it; only {allowed} may"
        yield error("rule", rule.id, message, path=("effect",))
        return
    for clause in clauses:
        if switched_off := _switched_off(clause):
            message = f"a text could keep this rule from holding ({switched_off}); say what the text must show, not what it must lack"
            yield about(clause, "error", message)
    if rule.effect.kind in HOLDS_BACK and (held := next((play.id for _, play in admitted(playbook, rule) if play.protective), None)):
        message = f"a text could hold back '{held}', which protects; limit applies_to to other plays"
        yield error("rule", rule.id, message, path=("applies_to",))


def _read(expression: Expression) -> str:
    """A fact of the text that an expression reads; empty where it reads none."""
    return next((name for root, field in references(expression.source) if (name := f"{root}.{field}") in UNTRUSTED), "")


def _switched_off(clause: Expression) -> str:
    """A text with which the condition does not hold although it would with a text that says nothing; where that cannot be told, that it cannot."""
    try:
        compiled = clause.compile()
    except ClauseError:
        return ""  # `check_facts` reports it
    facts = [name for name in _facts_of(compiled) if name in CATALOGUE]
    found = worlds([clause], facts, with_none=True)
    if found is None:
        return "it compares with too much for this to be ruled out"
    return next((_shown(world) for world in found if _turns(compiled, world)), "")


def _turns(compiled: CompiledClause, world: World) -> bool:
    silent = {name: SILENT[CATALOGUE[name].type] if name in UNTRUSTED else value for name, value in world.items()}
    return test(compiled, silent) == "true" and test(compiled, world) != "true"


def _facts_of(compiled: CompiledClause) -> list[str]:
    return list(dict.fromkeys(f"{root}.{field}" for root, field in compiled.reads))


def _shown(world: World) -> str:
    return " and ".join(f"{name} is {value!r}" for name, value in world.items() if name in UNTRUSTED)

"""The rules that took hold, in words: of how many candidates, why, and with the values that made them."""

from collections.abc import Iterator
from dataclasses import dataclass

from agent.domain.decision import ClauseRecord, RuleRecord
from agent.domain.weighing import matched
from integrations.telling import words
from integrations.telling.case import Case, values_of
from integrations.telling.wording import read_by, with_currency

EFFECTS = ("require", "forbid", "ask", "defer", "cap", "cooldown", "boost")
"""What a rule may do, by what it weighs."""


@dataclass
class Hit:
    """A rule that took hold, on how many candidates, and whether on the chosen one."""

    rule: RuleRecord
    count: int = 0
    on_chosen: bool = False


def hits(case: Case) -> list[Hit]:
    """Every rule that took hold: those on the chosen one first, then the law, then by what the effect weighs."""
    return sorted(_hits(case), key=_place)


def _place(hit: Hit) -> tuple[bool, bool, int, int, str]:
    return not hit.on_chosen, hit.rule.layer != "consent", EFFECTS.index(hit.rule.effect), -hit.count, hit.rule.id


def _hits(case: Case) -> Iterator[Hit]:
    found: dict[tuple[str, str], Hit] = {}
    chosen = [case.chosen] if case.chosen else []
    for candidate in [*chosen, *(c for c in case.considered if c is not case.chosen)]:
        for rule in matched(candidate):
            hit = found.setdefault((rule.id, rule.effect), Hit(rule))
            hit.count += 1
            hit.on_chosen = hit.on_chosen or candidate is case.chosen
    yield from found.values()


def why(rule: RuleRecord) -> str:
    """Why it took hold; empty for a rule that says so by its name alone."""
    return words.one_line("; ".join(dict.fromkeys(said(clause) for clause in rule.clauses if clause.result != "false")))


def holds(rule: RuleRecord) -> str:
    """Whose approval it asks for, and until when it holds, as the end of a sentence."""
    until = f" until {words.utc(rule.until)}" if rule.until else ""
    of = f", of {words.listed([words.role(role) for role in rule.of])}" if rule.of and rule.effect != "cooldown" else ""
    return f"{of}{until}"


def said(clause: ClauseRecord) -> str:
    """A clause that did not keep its rule away."""
    return clause.says if clause.result == "true" else f"not ruled out: {clause.says}"


def read(case: Case, rule: RuleRecord, *, exact: bool) -> str:
    """The values that it read, in brackets; with `exact` by the names that rules use. Empty where it read none."""
    if not exact:
        return read_by(case, rule)
    values = dict(values_of(rule))
    return f" [{', '.join(f'{name} = {with_currency(name, value, case.currency)}' for name, value in values.items())}]" if values else ""


def where(case: Case, hit: Hit) -> str:
    """On how many candidates, and whether on the chosen one."""
    return "on the chosen one" if hit.on_chosen and hit.count == 1 else f"on {hit.count} of {len(case.considered)}"

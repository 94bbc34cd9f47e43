"""The rules that took hold, with the values that made them."""

from collections.abc import Iterator
from dataclasses import dataclass

from rich.text import Text

from agent.domain.decision import ClauseRecord, RuleRecord
from agent.domain.weighing import matched
from integrations.cli.look import Page
from integrations.telling import words
from integrations.telling.case import Case, values_of
from integrations.telling.wording import read_by, with_currency

_STYLES = {
    "require": "bold magenta",
    "forbid": "red",
    "ask": "yellow",
    "defer": "cyan",
    "cap": "cyan",
    "cooldown": "cyan",
    "boost": "green",
}


@dataclass
class Hit:
    """A rule that took hold, on how many candidates, and whether on the chosen one."""

    rule: RuleRecord
    count: int = 0
    on_chosen: bool = False


def tell_rules(page: Page, case: Case, at_most: int) -> None:
    """Add the rules, at most so many; 0 for all that took hold."""
    hits = sorted(_hits(case), key=_place)
    if not hits:
        return
    page.heading("Rules that took hold", words.several(len(hits), "rule"))
    shown = hits[:at_most] if at_most else hits
    effects = max(len(hit.rule.effect) for hit in shown)
    for hit in shown:
        label = Text(hit.rule.effect.ljust(effects + 2), _STYLES.get(hit.rule.effect, ""))
        page.wrapped(_told(case, hit, exact=at_most == 0), indent=2, label=label, at_most=2 if at_most else 0)
    if rest := hits[len(shown) :]:
        page.line((f"  … and {words.listed([hit.rule.id for hit in rest])}", "dim"))


def _place(hit: Hit) -> tuple[bool, bool, int, int, str]:
    """Those on the chosen one first, then the law, then what the effect weighs."""
    return not hit.on_chosen, hit.rule.layer != "consent", list(_STYLES).index(hit.rule.effect), -hit.count, hit.rule.id


def _hits(case: Case) -> Iterator[Hit]:
    found: dict[tuple[str, str], Hit] = {}
    chosen = [case.chosen] if case.chosen else []
    for candidate in [*chosen, *(c for c in case.considered if c is not case.chosen)]:
        for rule in matched(candidate):
            hit = found.setdefault((rule.id, rule.effect), Hit(rule))
            hit.count += 1
            hit.on_chosen = hit.on_chosen or candidate is case.chosen
    yield from found.values()


def _exactly(case: Case, rule: RuleRecord) -> str:
    return ", ".join(f"{name} = {with_currency(name, value, case.currency)}" for name, value in dict(values_of(rule)).items())


def _said(clause: ClauseRecord) -> str:
    return clause.says if clause.result == "true" else f"not ruled out: {clause.says}"


def _told(case: Case, hit: Hit, *, exact: bool) -> Text:
    """The rule's name, why it took hold with the values that it read, and on how many candidates; with `exact` as the rule names them."""
    rule = hit.rule
    says = "; ".join(dict.fromkeys(_said(clause) for clause in rule.clauses if clause.result != "false"))
    until = f" until {words.utc(rule.until)}" if rule.until else ""
    of = f", of {words.listed([words.role(role) for role in rule.of])}" if rule.of and rule.effect != "cooldown" else ""
    values = f" [{_exactly(case, rule)}]" if exact and any(values_of(rule)) else "" if exact else read_by(rule, case.currency)
    where = "on the chosen one" if hit.on_chosen and hit.count == 1 else f"on {hit.count} of {len(case.considered)}"
    chosen = ", ▶ too" if hit.on_chosen and hit.count > 1 else ""
    return Text.assemble(
        (rule.id, "cyan"),
        f"{': ' if says else ''}{words.one_line(says)}{of}{until}",
        (values, "bold"),
        (f" {where}{chosen} ({rule.layer})", "dim"),
    )

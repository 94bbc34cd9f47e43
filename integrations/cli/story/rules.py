"""The rules that took hold, with the values that made them."""

from rich.text import Text

from integrations.cli.look import Page
from integrations.telling import words
from integrations.telling.case import Case
from integrations.telling.hits import Hit, hits, holds, read, where, why

_STYLES = {
    "require": "bold magenta",
    "forbid": "red",
    "ask": "yellow",
    "defer": "cyan",
    "cap": "cyan",
    "cooldown": "cyan",
    "boost": "green",
}


def tell_rules(page: Page, case: Case, at_most: int) -> None:
    """Add the rules, at most so many; 0 for all that took hold."""
    found = hits(case)
    if not found:
        return
    page.heading("Rules that took hold", words.several(len(found), "rule"))
    shown = found[:at_most] if at_most else found
    effects = max(len(hit.rule.effect) for hit in shown)
    for hit in shown:
        label = Text(hit.rule.effect.ljust(effects + 2), _STYLES.get(hit.rule.effect, ""))
        page.wrapped(_told(case, hit, exact=at_most == 0), indent=2, label=label, at_most=2 if at_most else 0)
    if rest := found[len(shown) :]:
        page.line((f"  … and {words.listed([hit.rule.id for hit in rest])}", "dim"))


def _told(case: Case, hit: Hit, *, exact: bool) -> Text:
    """The rule's name, why it took hold with the values that it read, and on how many candidates; with `exact` as the rule names them."""
    said = why(hit.rule)
    chosen = ", ▶ too" if hit.on_chosen and hit.count > 1 else ""
    return Text.assemble(
        (hit.rule.id, "cyan"),
        f"{': ' if said else ''}{said}{holds(hit.rule)}",
        (read(case, hit.rule, exact=exact), "bold"),
        (f" {where(case, hit)}{chosen} ({hit.rule.layer})", "dim"),
    )

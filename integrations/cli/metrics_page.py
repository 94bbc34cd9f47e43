"""The figures as people read them: approval, then execution and outcome, then what acting caused, then what rules cost."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from integrations.cli.look import Cell, Page
from integrations.telling.figures import caused, worth
from integrations.telling.words import listed, several, utc

if TYPE_CHECKING:
    from agent.domain.metrics import Counted, Struck
    from agent.measuring import Figures, SurfaceFigures

APPROVAL = ("decisions", "held_out", "asked", "approved", "edited", "rejected", "ignored_asks")
EXECUTION = ("delivered", "converted", "assumed", "ignored", "lost", "waiting")
SHOWN = 15
"""Rules that fit a page; `--json` has all."""


def page_of(found: "Figures", width: int | None = None) -> Page:
    """The whole page."""
    page = Page(width)
    page.line((f"{utc(found.since)} to {utc(found.until)}", "bold"))
    if not found.surfaces:
        page.wrapped("Nothing was decided in this time. Look further back with --since, such as --since 90d.")
    for surface in found.surfaces:
        _add_surface(page, surface, found.currency)
    if found.rules:
        _add_rules(page, found.rules, found.currency)
    return page


def _add_surface(page: Page, surface: "SurfaceFigures", currency: str) -> None:
    page.blank()
    page.heading(surface.id, several(surface.whole.decisions, "decision"))
    only = next(iter(surface.plays.values())) if len(surface.plays) == 1 else None
    all_of_it = {} if only is not None and only.decisions == surface.whole.decisions else {"all": surface.whole}
    rows = {**surface.plays, **all_of_it}
    header = ("approval", "made", "held", "asked", "yes", "edited", "no", "silent")
    page.table([_row(name, counted, APPROVAL) for name, counted in rows.items()], header=header, flex=0, indent=2)
    page.blank()
    header = ("outcome", "done", "converted", "assumed", "ignored", "lost", "open", "friction")
    cells = [[*_row(name, counted, EXECUTION), _figure(counted.guardrails.total())] for name, counted in rows.items()]
    page.table(cells, header=header, flex=0, indent=2)
    page.blank()
    for label, text in _notes(surface, currency):
        page.wrapped(text, indent=2, label=label.ljust(10))


def _row(name: str, counted: "Counted", names: tuple[str, ...]) -> list[Cell]:
    return [name, *(_figure(getattr(counted, one)) for one in names)]


def _figure(count: int) -> Cell:
    from rich.text import Text

    return str(count) if count else Text("·", "dim")


def _notes(surface: "SurfaceFigures", currency: str) -> list[tuple[str, str]]:
    whole = surface.whole
    earned = [f"{whole.amount:,.0f} {currency}"] if whole.amount else []
    saved = [f"{whole.minutes:,.0f} minutes saved, as the plays state them"] if whole.minutes else []
    assumed = [f"{whole.minutes_assumed:,.0f} more are assumed"] if whole.minutes_assumed else []
    friction = [f"{name.replace('_', ' ')} {count}" for name, count in whole.guardrails.most_common()]
    also = [f"{several(whole.bounced, 'message')} came back"] if whole.bounced else []
    assists = [f"{several(whole.assisted, 'conversion')} were assists"] if whole.assisted else []
    notes = {"friction": listed(friction), "earned": "; ".join([*earned, *saved, *assumed]), "also": "; ".join([*also, *assists])}
    return [*((label, text) for label, text in notes.items() if text), ("caused", caused(surface.lift))]


def _add_rules(page: Page, rules: Mapping[str, "Struck"], currency: str) -> None:
    page.blank()
    page.heading("Rules", "what they struck out")
    rows: list[list[Cell]] = [
        [name, str(rule.candidates), str(rule.decisions), _figure(rule.alone), worth(rule.worth, currency), worth(rule.cost, currency)]
        for name, rule in list(rules.items())[:SHOWN]
    ]
    header = ("rule", "struck", "in", "alone", "worth", "cost")
    page.table(rows, header=header, flex=0, indent=2)
    if len(rules) > SHOWN:
        page.line((f"… and {len(rules) - SHOWN} more: nextplay metrics --json", "dim"), indent=2)
    page.blank()
    page.wrapped(
        "struck: candidates forbidden, in so many decisions. alone: decisions in which no other rule forbade something worth doing; of each the"
        " best counts. worth: its expected value; cost: by how much that beats what was chosen instead. Expected, not observed.",
        indent=2,
    )

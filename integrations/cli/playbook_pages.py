"""A playbook as people read it: surfaces, plays and rules in sentences."""

from collections.abc import Iterable, Mapping

from rich.text import Text

from agent.domain.facts import FactSpec
from agent.domain.playbook import Playbook
from agent.domain.plays import Play, Surface
from agent.domain.rules import Layer, Rule
from integrations.cli.look import Page
from integrations.telling import policy, words

_MODES = {"off": "dim", "shadow": "dim", "suggest": "yellow", "auto": "green"}


def add_playbook(page: Page, playbook: Playbook) -> None:
    """Add everything that the playbook says."""
    counts = [words.several(len(items), name) for items, name in ((playbook.surfaces, "surface"), (playbook.plays, "play"), (playbook.rules, "rule"))]
    page.line((f"Playbook {playbook.version}", "bold"), f"  {', '.join(counts)}, values in {playbook.reporting_currency}")
    if everywhere := policy.limits(playbook.launch):
        page.wrapped(f"Before a surface acts by itself: {everywhere}")
    page.heading("Surfaces", "where recommendations are made")
    for surface in playbook.surfaces.values():
        _add_surface(page, surface)
    page.heading("Plays", "what may be recommended")
    for play in playbook.plays.values():
        _add_play(page, play, playbook.reporting_currency)
    for layer in Layer:
        rules = [rule for rule in playbook.rules.values() if rule.layer is layer]
        if rules:
            page.heading(f"Rules: {layer.value}", policy.LAYERS[layer])
        for rule in rules:
            _add_rule(page, rule)


def _add_surface(page: Page, surface: Surface) -> None:
    page.line((surface.id, "bold cyan"), "  ", (surface.mode, _MODES[surface.mode]), f"  {surface.area}, owned by {surface.owner}", indent=2)
    _add_parts(page, {"why": surface.why, **policy.of_surface(surface)})


def _add_play(page: Page, play: Play, currency: str) -> None:
    protective = ", protective" if play.protective else ""
    page.line(
        (play.id, "bold cyan"), f"  {play.title}", (f"  {play.kind}, {play.reach}, {play.purpose}, {play.risk} risk{protective}", "dim"), indent=2
    )
    _add_parts(page, {"why": play.why, **policy.of_play(play, currency)})


def _add_rule(page: Page, rule: Rule) -> None:
    off = "" if rule.enabled else "  switched off"
    page.line((rule.id, "bold cyan"), f"  {policy.effect(rule)}", (f"  {policy.applies(rule.applies_to)}", "dim"), (off, "bold red"), indent=2)
    _add_parts(page, {"why": rule.why, **policy.of_rule(rule)})


def _add_parts(page: Page, parts: Mapping[str, str]) -> None:
    for name, text in parts.items():
        page.wrapped(words.one_line(text), indent=4, label=Text(name.ljust(9), "dim"))


def add_facts(page: Page, specs: Iterable[FactSpec]) -> None:
    """Add every fact name with its type, its source, how old it may be and what it means."""
    known = list(specs)
    name, source = max(len(spec.name) for spec in known), max(len(spec.source) for spec in known)
    page.line(("fact".ljust(name), "dim"), ("  type    ", "dim"), ("source".ljust(source), "dim"), ("  max age     meaning", "dim"))
    for spec in known:
        oldest = f"{words.span(spec.max_age)} {'as of' if spec.ages_from == 'as_of' else 'read'}"
        label = Text.assemble((spec.name.ljust(name), "bold"), f"  {spec.type:6}  {spec.source.ljust(source)}  {oldest:10}  ")
        page.wrapped(spec.about, label=label)

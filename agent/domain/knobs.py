"""What to turn when a recommendation was bad: for each label the rule, play or fact of that decision, with its setting and what it is now."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from agent.domain.decision import CandidateRecord, Decision
from agent.domain.fact_names import called
from agent.domain.facts import Status
from agent.domain.playbook import Playbook
from agent.domain.plays import Play
from agent.domain.rules import EffectKind, Layer, Rule
from agent.domain.spans import format_span, parse_span

Area = Literal["ranking", "data", "feasibility", "value", "pause", "suitability", "timing"]
MOST = 4
AREAS: dict[str, tuple[Area, str]] = {
    "irrelevant": ("ranking", "its chance is thought too good, or an applicability rule is too wide"),
    "unavailable": ("data", "a fact was wrong, or a feasibility rule does not look at what is missing"),
    "low_margin": ("value", "its value is stated too high, or its cost too low"),
    "repetitive": ("pause", "the pause after the last one is too short, or the cap too high"),
    "insensitive": ("suitability", "a suitability rule should have kept it away, or asked"),
    "poorly_timed": ("timing", "it should wait for a better moment, or not be done so late"),
    "impossible": ("feasibility", "it could not be done: a feasibility rule or a fact should have said so"),
}
"""Label to where the fault lies, and in a sentence why. Every bad label has one."""


@dataclass(frozen=True, slots=True)
class Knob:
    """One setting: of a `rule`, a `play` or a `fact` (its source), what it is now, and what a draft would try, where the direction is plain."""

    of: Literal["rule", "play", "fact"]
    id: str
    setting: str
    now: str
    try_: str | None = None

    def __str__(self) -> str:
        """As people read it."""
        name = f"fact {called(self.id)} ({self.id})" if self.of == "fact" else f"{self.of} {self.id}"
        return f"{name}, {self.setting} {self.now}{f' (try {self.try_})' if self.try_ else ''}"


def knobs_for(label: str, decision: Decision, playbook: Playbook) -> tuple[Knob, ...]:
    """What to turn, the likeliest first; empty where the playbook has nothing that looks at this. Raises KeyError for a label that is none."""
    area, _ = AREAS[label]
    chosen = decision.chosen
    play = playbook.plays.get(chosen.play) if chosen is not None else None
    surface = playbook.surfaces.get(decision.surface)
    if chosen is None or play is None or surface is None:
        return ()
    rules = playbook.rules_for(surface, play, chosen.channel)
    match area:
        case "ranking":
            looking = list(_layer(rules, Layer.APPLICABILITY))
            with_numbers = [one for one in looking if one.setting.startswith("params.")]
            found = [*with_numbers, *_prior(play), *(one for one in looking if one not in with_numbers)]
        case "data":
            found = [*_facts(decision, chosen), *_layer(rules, Layer.FEASIBILITY), *_layer(rules, Layer.ELIGIBILITY)]
        case "feasibility":
            found = [*_layer(rules, Layer.FEASIBILITY), *_facts(decision, chosen), *_layer(rules, Layer.ELIGIBILITY)]
        case "value":
            found = list(_value(play))
        case "pause":
            found = [*_effects(rules, EffectKind.COOLDOWN), *_effects(rules, EffectKind.CAP)]
        case "suitability":
            found = list(_layer(rules, Layer.SUITABILITY))
        case "timing":
            found = [*_effects(rules, EffectKind.DEFER), Knob("play", play.id, "window", _said(play.window))]
    return tuple(found[:MOST])


def _layer(rules: Iterable[Rule], layer: Layer) -> Iterator[Knob]:
    """Rules of a layer that look at the play; those with numbers to turn first."""
    of = [rule for rule in rules if rule.layer is layer and rule.effect.kind is not EffectKind.BOOST]
    for rule in sorted(of, key=lambda one: (not one.params, one.id)):
        if rule.params:
            name, value = next(iter(rule.params.items()))
            yield Knob("rule", rule.id, f"params.{name}", _said(value))
        elif rule.when:
            yield Knob("rule", rule.id, f"when {rule.when[0].id}", rule.when[0].cel)


def _effects(rules: Iterable[Rule], kind: EffectKind) -> Iterator[Knob]:
    for rule in sorted(rules, key=lambda one: "overridden" in one.effect.of):  # an override is a colleague's, and seldom what repeats
        if rule.effect.kind is not kind:
            continue
        if kind is EffectKind.DEFER:
            yield Knob("rule", rule.id, "effect.until", str(rule.effect.until))
            continue
        name = "per" if kind is EffectKind.COOLDOWN else "limit"
        written = getattr(rule.effect, name)
        setting = written if isinstance(written, str) and written.startswith("params.") else f"effect.{name}"
        value = rule.setting(written)
        yield Knob("rule", rule.id, setting, _said(value), _longer(value) if name == "per" else _fewer(value))


def _prior(play: Play) -> Iterator[Knob]:
    yield Knob("play", play.id, "prior.with", play.prior.with_play, f"({play.prior.with_play}) * 0.8")


def _value(play: Play) -> Iterator[Knob]:
    yield Knob("play", play.id, "value", play.value, f"({play.value}) * 0.8")
    yield Knob("play", play.id, "cost_if_taken", play.cost_if_taken)
    yield Knob("play", play.id, "cost_always", play.cost_always)


def _facts(decision: Decision, chosen: CandidateRecord) -> Iterator[Knob]:
    """Facts of the choice or of the case that were out of date, or that one of its rules missed: most that are missing are none of its business."""
    mine = (None, chosen.recipient, chosen.target, chosen.material)
    missed = {name for rule in chosen.rules for clause in rule.clauses if clause.result == "missing" for name in clause.values}
    for fact in decision.facts:
        if fact.of in mine and (fact.status is Status.STALE or (fact.status is Status.MISSING and fact.name in missed)):
            yield Knob("fact", fact.name, f"source {fact.source}", str(fact.status.value))


def _longer(value: Any) -> str:
    return format_span(parse_span(value) * 2)


def _fewer(value: Any) -> str | None:
    return str(int(value) - 1) if float(value) >= 2 else None


def _said(value: Any) -> str:
    """A setting as a playbook writes it."""
    if isinstance(value, timedelta):
        return format_span(value)
    return f"{value:g}" if isinstance(value, int | float) and not isinstance(value, bool) else str(value)

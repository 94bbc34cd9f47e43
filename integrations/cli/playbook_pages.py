"""A playbook as people read it: surfaces, plays and rules in sentences."""

from collections.abc import Iterable

from rich.text import Text

from agent.domain.facts import FactSpec
from agent.domain.playbook import Playbook
from agent.domain.plays import LIMITS, Guardrail, LaunchLimits, Play, Review, Step, Surface
from agent.domain.rules import AppliesTo, Layer, Rule
from integrations.cli.look import Page
from integrations.telling import words

_MODES = {"off": "dim", "shadow": "dim", "suggest": "yellow", "auto": "green"}


def add_playbook(page: Page, playbook: Playbook) -> None:
    """Add everything that the playbook says."""
    counts = [words.several(len(items), name) for items, name in ((playbook.surfaces, "surface"), (playbook.plays, "play"), (playbook.rules, "rule"))]
    page.line((f"Playbook {playbook.version}", "bold"), f"  {', '.join(counts)}, values in {playbook.reporting_currency}")
    if everywhere := _limits(playbook.launch):
        page.wrapped(f"Before a surface acts by itself: {everywhere}")
    page.heading("Surfaces", "where recommendations are made")
    for surface in playbook.surfaces.values():
        _add_surface(page, surface)
    page.heading("Plays", "what may be recommended")
    for play in playbook.plays.values():
        _add_play(page, play)
    for layer in Layer:
        rules = [rule for rule in playbook.rules.values() if rule.layer is layer]
        if rules:
            page.heading(f"Rules: {layer.value}", _LAYERS[layer])
        for rule in rules:
            _add_rule(page, rule)


_LAYERS = {
    Layer.CONSENT: "law and explicit wishes: nothing passes these",
    Layer.ELIGIBILITY: "may we?",
    Layer.APPLICABILITY: "now?",
    Layer.SUITABILITY: "good for them?",
    Layer.FEASIBILITY: "can we carry it out?",
    Layer.CONTACT: "how often may we?",
}


def _add_surface(page: Page, surface: Surface) -> None:
    page.line((surface.id, "bold cyan"), "  ", (surface.mode, _MODES[surface.mode]), f"  {surface.area}, owned by {surface.owner}", indent=2)
    _add_parts(
        page,
        {
            "why": surface.why,
            "on": ", ".join(surface.trigger.types),
            "plays": ", ".join(surface.plays),
            "asks": _review(surface.review),
            "acts": f"by itself from a confidence of {surface.confidence.act_at_least:g}, up to {surface.max_risk} risk",
            "goal": surface.outcome.metric
            + (f"; watched: {', '.join(map(_watched, surface.outcome.guardrails))}" if surface.outcome.guardrails else ""),
            "launch": _limits(surface.launch),
            "held out": f"{surface.holdout.share:.0%} of account families" if surface.holdout.share else "",
        },
    )


def _limits(limits: LaunchLimits) -> str:
    """The limits that are written down; the others are as everywhere."""
    written = [f"{words.role(name)} {getattr(limits, name):g}" for name in LIMITS if name in limits.model_fields_set]
    return ", ".join(written) + (f"; {limits.why}" if written and limits.why else "")


def _watched(guardrail: Guardrail) -> str:
    """A guardrail with its limit, if it has one."""
    return guardrail.name if guardrail.at_most is None else f"{guardrail.name} ≤{guardrail.at_most:.0%}"


def _review(review: Review) -> str:
    after = {"reminded": review.remind_after, "passed on": review.delegate_after, "ended": review.expire_after}
    clock = ", ".join(f"{what} after {_span(given)}" for what, given in after.items())
    return f"{words.role(review.approver)}, else {words.role(review.fallback)}; {clock}"


def _add_play(page: Page, play: Play) -> None:
    protective = ", protective" if play.protective else ""
    page.line(
        (play.id, "bold cyan"), f"  {play.title}", (f"  {play.kind}, {play.reach}, {play.purpose}, {play.risk} risk{protective}", "dim"), indent=2
    )
    money = "minutes" if play.unit == "minutes" else "money"
    _add_parts(
        page,
        {
            "why": play.why,
            "does": ", ".join(_step(step) for step in play.steps),
            "to": ", ".join(words.role(role) for role in play.recipient.roles) if play.recipient and play.recipient.roles else "",
            "worth": f"{play.value} ({money}), costs {play.cost_always} always and {play.cost_if_taken} if taken",
            "chance": f"{play.prior.with_play} with it, {play.prior.without} without",
            "fits": "; ".join(f"{fit.says} ({fit.weight:+g})" for fit in play.fits),
            "mode": f"at most {play.max_mode}" if play.max_mode != "auto" else "",
            "asks": words.role(play.approver or ""),
        },
    )


def _step(step: Step) -> str:
    if step.by == "mail":
        return f"{words.role(step.do.value)} (mailed in the owner's name)"
    if step.public is not None:
        return f"{words.role(step.do.value)} ({'public' if step.public else 'internal'})"
    return words.role(step.do.value)


def _add_rule(page: Page, rule: Rule) -> None:
    off = "" if rule.enabled else "  switched off"
    page.line((rule.id, "bold cyan"), f"  {_effect(rule)}", (f"  {_applies(rule.applies_to)}", "dim"), (off, "bold red"), indent=2)
    _add_parts(
        page,
        {
            "why": rule.why,
            "when": " and ".join(f"{clause.says} [{clause.cel}]" for clause in rule.when) or "always",
            "with": ", ".join(f"{name} = {words.value(value)}" for name, value in rule.params.items()),
            "unknown": {"skip": "", "ask": "a missing fact asks", "forbid": "a missing fact forbids"}[rule.on_missing],
            "owner": f"{rule.owner}{', marks the case as sensitive' if rule.marks_sensitive else ''}",
        },
    )


def _effect(rule: Rule) -> str:
    effect = rule.effect
    of = f" {words.listed([words.role(one) for one in effect.of])}" if effect.of else ""
    until = f" until {words.role(effect.until)}" if effect.until else ""
    limit = f" at {rule.setting(effect.limit)}" if effect.limit is not None else ""
    per = f" per {_span(rule.setting(effect.per))}" if effect.per is not None else ""
    factor = f" by {rule.setting(effect.factor)}" if effect.factor is not None else ""
    return f"{effect.kind.value}s{of}{limit}{per}{until}{factor}"


def _applies(to: AppliesTo) -> str:
    parts = [*to.surfaces, *to.plays, *to.kinds, *([to.reach] if to.reach else []), *to.purpose, *to.channels]
    if to.proactive is not None:
        parts.append("proactive" if to.proactive else "not proactive")
    return f"on {', '.join(parts)}" if parts else "on everything"


def _span(given: object) -> str:
    from datetime import timedelta

    return words.span(given) if isinstance(given, timedelta) else str(given)


def _add_parts(page: Page, parts: dict[str, str]) -> None:
    for name, text in parts.items():
        if text:
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

"""How the policy is told at every door: surfaces, plays and rules in words."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from agent.changing_policy import Reigned
from agent.domain.plays import LIMITS, Guardrail, LaunchLimits, Play, Review, Step, Surface
from agent.domain.rules import AppliesTo, Layer, Rule
from integrations.telling import words

LAYERS = {
    Layer.CONSENT: "law and explicit wishes: nothing passes these",
    Layer.ELIGIBILITY: "may we?",
    Layer.APPLICABILITY: "now?",
    Layer.SUITABILITY: "good for them?",
    Layer.FEASIBILITY: "can we carry it out?",
    Layer.CONTACT: "how often may we?",
}
"""What the rules of each layer ask."""


def setting(value: Any) -> str:
    """The value of a setting, or that there is none."""
    return "—" if value is None or value == [] else words.value(value)


def of_surface(surface: Surface) -> dict[str, str]:
    """What a surface says, by what it is about; only what there is."""
    watched = ", ".join(map(_watched, surface.outcome.guardrails))
    goal = words.role(surface.outcome.metric) + (f"; watched: {watched}" if watched else "")
    return _said({
        "on": ", ".join(surface.trigger.types),
        "plays": ", ".join(surface.plays),
        "asks": _review(surface.review),
        "acts": f"by itself from a confidence of {surface.confidence.act_at_least:g}, up to {surface.max_risk} risk",
        "goal": goal,
        "launch": limits(surface.launch),
        "held out": f"{surface.holdout.share:.0%} of account families" if surface.holdout.share else "",
    })  # fmt: skip


def of_play(play: Play, currency: str) -> dict[str, str]:
    """What a play says, by what it is about."""
    unit = "minutes" if play.unit == "minutes" else currency
    return _said({
        "does": ", ".join(_step(step) for step in play.steps),
        "to": ", ".join(words.role(role) for role in play.recipient.roles) if play.recipient and play.recipient.roles else "",
        "worth": f"{play.value} ({unit}), costs {play.cost_always} always and {play.cost_if_taken} if taken",
        "chance": f"{play.prior.with_play} with it, {play.prior.without} without",
        "fits": "; ".join(f"{fit.says} ({fit.weight:+g})" for fit in play.fits),
        "mode": f"at most {play.max_mode}" if play.max_mode != "auto" else "",
        "asks": words.role(play.approver or ""),
    })  # fmt: skip


def of_rule(rule: Rule) -> dict[str, str]:
    """What a rule says, by what it is about."""
    return _said({
        "when": " and ".join(f"{clause.says} [{clause.cel}]" for clause in rule.when) or "always",
        "with": ", ".join(f"{name} = {words.value(value)}" for name, value in rule.params.items()),
        "unknown": {"skip": "", "ask": "a missing fact asks", "forbid": "a missing fact forbids"}[rule.on_missing],
        "owner": f"{rule.owner}{', marks the case as sensitive' if rule.marks_sensitive else ''}",
    })  # fmt: skip


def limits(given: LaunchLimits) -> str:
    """The limits that are written down; the others are as everywhere."""
    told = [f"{words.role(name)} {getattr(given, name):g}" for name in LIMITS if name in given.model_fields_set]
    return ", ".join(told) + (f"; {given.why}" if told and given.why else "")


def effect(rule: Rule) -> str:
    """What a rule does."""
    said = rule.effect
    of = f" {words.listed([words.role(one) for one in said.of])}" if said.of else ""
    until = f" until {words.role(said.until)}" if said.until else ""
    limit = f" at {words.value(rule.setting(said.limit))}" if said.limit is not None else ""
    per = f" per {_span(rule.setting(said.per))}" if said.per is not None else ""
    factor = f" by {words.value(rule.setting(said.factor))}" if said.factor is not None else ""
    return f"{said.kind.value}s{of}{limit}{per}{until}{factor}"


def applies(to: AppliesTo) -> str:
    """Where a rule looks."""
    parts = [*to.surfaces, *to.plays, *to.kinds, *([to.reach] if to.reach else []), *to.purpose, *to.channels]
    if to.proactive is not None:
        parts.append("proactive" if to.proactive else "not proactive")
    return f"on {', '.join(parts)}" if parts else "on everything"


def _said(parts: dict[str, str]) -> dict[str, str]:
    return dict(_one_line(parts))


def _one_line(parts: dict[str, str]) -> Iterator[tuple[str, str]]:
    for name, text in parts.items():
        if text:
            yield name, words.one_line(text)


def _watched(guardrail: Guardrail) -> str:
    """A guardrail with its limit, if it has one."""
    name = words.role(guardrail.name)
    return name if guardrail.at_most is None else f"{name} ≤{guardrail.at_most:.0%}"


def _review(review: Review) -> str:
    after = {"reminded": review.remind_after, "passed on": review.delegate_after, "ended": review.expire_after}
    clock = ", ".join(f"{what} after {_span(given)}" for what, given in after.items())
    return f"{words.role(review.approver)}, else {words.role(review.fallback)}; {clock}"


def _step(step: Step) -> str:
    if step.by == "mail":
        return f"{words.role(step.do.value)} (mailed in the owner's name)"
    if step.public is not None:
        return f"{words.role(step.do.value)} ({'public' if step.public else 'internal'})"
    return words.role(step.do.value)


def _span(given: object) -> str:
    return words.span(given) if isinstance(given, timedelta) else str(given)


def came_from(one: Reigned) -> str:
    """How a version came into force."""
    published = one.publication
    if published is None or published.version != one.reign.version:
        lies = f", with {words.several(len(published.changes), 'published change')} over them" if published and published.changes else ""
        return f"the files{lies}"
    if published.rolled_back_to:
        return f"{published.by} rolled back to {published.rolled_back_to}: {published.why}"
    return f"{published.by}, approved by {published.approved_by}: {published.why}"

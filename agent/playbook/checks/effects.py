"""Is every effect complete, in its place, and covered by examples?"""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from agent.domain.fact_catalogue import CATALOGUE, PER_CANDIDATE_ROOTS
from agent.domain.playbook import Playbook
from agent.domain.rules import EffectKind, Layer, Rule
from agent.domain.spans import parse_span
from agent.playbook.checks.reach import admitted
from agent.playbook.findings import Finding, error, warning

HOURS = ("recipient_hours", "group_hours")
_EFFECT = ("effect",)


def check_effects(playbook: Playbook) -> Iterator[Finding]:
    """Effects that lack a setting or have one that makes no sense, and rules in the wrong layer."""
    for rule in playbook.rules.values():
        problems = list(_unresolved(rule))
        yield from problems
        if not problems:
            yield from _complete(playbook, rule)
        yield from _layer(rule)
        if rule.from_ and rule.until and rule.from_ > rule.until:
            yield error("rule", rule.id, f"it ends ({rule.until}) before it begins ({rule.from_})", path=("until",))


def check_cases(playbook: Playbook, *, required: bool) -> Iterator[Finding]:
    """Rules without an example of when they hold and one of when they do not."""
    make = error if required else warning
    for rule in playbook.rules.values():
        for matches, what in ((True, "holds"), (False, "does not hold")):
            if not any(case.matches is matches for case in rule.cases):
                yield make("rule", rule.id, f"add a case in which the rule {what}", path=("cases",))


def _unresolved(rule: Rule) -> Iterator[Finding]:
    until = (rule.effect.until or "").removeprefix("after:")
    effect = rule.effect
    settings = {"limit": effect.limit, "per": effect.per, "factor": effect.factor, "until": until}
    for key, value in settings.items():
        name = value.removeprefix("params.") if isinstance(value, str) and value.startswith("params.") else None
        if name is not None and name not in rule.params:
            known = ", ".join(sorted(rule.params)) or "none"
            yield error("rule", rule.id, f"there is no parameter '{name}'; the rule has: {known}", path=("effect", key))


def _complete(playbook: Playbook, rule: Rule) -> Iterator[Finding]:
    match rule.effect.kind:
        case EffectKind.CAP:
            yield from _whole_number(rule)
            yield from _length(rule)
        case EffectKind.COOLDOWN:
            yield from _length(rule)
        case EffectKind.DEFER:
            yield from _deferral(rule)
        case EffectKind.BOOST:
            yield from _boost(rule)
        case EffectKind.REQUIRE:
            yield from _requirement(playbook, rule)
        case _:
            return


def _whole_number(rule: Rule) -> Iterator[Finding]:
    limit = rule.setting(rule.effect.limit)
    if isinstance(limit, bool) or not isinstance(limit, int | float) or limit < 0 or int(limit) != limit:
        message = f"a cap needs a whole number as its limit; found {limit!r}"
        yield error("rule", rule.id, message, path=(*_EFFECT, "limit"))


def _length(rule: Rule) -> Iterator[Finding]:
    if problem := _no_span(rule.setting(rule.effect.per)):
        message = f"a {rule.effect.kind.value} needs a length in 'per': {problem}"
        yield error("rule", rule.id, message, path=(*_EFFECT, "per"))


def _deferral(rule: Rule) -> Iterator[Finding]:
    until = rule.effect.until or ""
    path = (*_EFFECT, "until")
    if until in HOURS:
        yield from _hours(rule)
    elif until.startswith("after:"):
        if problem := _no_span(rule.setting(until.removeprefix("after:"))):
            yield error("rule", rule.id, problem, path=path)
    elif until not in CATALOGUE or CATALOGUE[until].type != "time" or CATALOGUE[until].root in PER_CANDIDATE_ROOTS:
        times = ", ".join(name for name, spec in CATALOGUE.items() if spec.type == "time")
        message = f"a deferral ends at {' or '.join(HOURS)}, after:SPAN, or a time fact ({times}); found '{until}'"
        yield error("rule", rule.id, message, path=path)


def _hours(rule: Rule) -> Iterator[Finding]:
    opens, closes = rule.params.get("open_hour", 0.0), rule.params.get("close_hour", 24.0)
    numbers = all(isinstance(hour, int | float) and not isinstance(hour, bool) for hour in (opens, closes))
    if not numbers or not 0 <= float(opens) < float(closes) <= 24:  # type: ignore[arg-type]  # `numbers` says so
        found = f"found {opens!r} and {closes!r}"
        message = f"open_hour and close_hour must be hours of a day, the first before the second; {found}"
        yield error("rule", rule.id, message, path=("params",))


def _boost(rule: Rule) -> Iterator[Finding]:
    factor = rule.setting(rule.effect.factor)
    if isinstance(factor, bool) or not isinstance(factor, int | float) or not 0.5 <= factor <= 2:
        message = f"a boost needs a factor from 0.5 to 2; found {factor!r}"
        yield error("rule", rule.id, message, path=(*_EFFECT, "factor"))
    if rule.until is None:
        yield warning("rule", rule.id, "a boost should end: give it an 'until' date", path=_EFFECT)


def _requirement(playbook: Playbook, rule: Rule) -> Iterator[Finding]:
    if not rule.effect.of:
        yield error("rule", rule.id, "say in effect.of which play is required", path=_EFFECT)
    for name in rule.effect.of:
        play = playbook.plays.get(name)
        if play is not None and not play.protective:
            message = f"only protective plays can be required, and '{name}' is not one; set 'protective: true' there"
            yield error("rule", rule.id, message, path=(*_EFFECT, "of"))
        elif play is not None and (without := _surfaces_without(playbook, rule, name)):
            where = ", ".join(f"'{surface}'" for surface in without)
            message = f"it would require '{name}' on {where}, which does not have that play; add it there or limit applies_to"
            yield error("rule", rule.id, message, path=(*_EFFECT, "of"))


def _surfaces_without(playbook: Playbook, rule: Rule, play: str) -> list[str]:
    """The surfaces that a rule applies to and on which nobody could carry out what it requires."""
    applied = dict.fromkeys(surface.id for surface, _ in admitted(playbook, rule))
    return [name for name in applied if play not in playbook.surfaces[name].plays]


def _layer(rule: Rule) -> Iterator[Finding]:
    if rule.layer is not Layer.CONSENT:
        return
    if rule.effect.kind is not EffectKind.FORBID:
        message = f"the consent layer can only forbid, because nothing passes it; found {rule.effect.kind.value}"
        yield error("rule", rule.id, message, path=_EFFECT)
    elif rule.on_missing != "forbid":
        yield warning("rule", rule.id, "what is not known about consent should forbid: set on_missing to forbid")


def _no_span(value: Any) -> str:
    if isinstance(value, timedelta):
        return "" if value > timedelta() else "it must be longer than nothing"
    try:
        span = parse_span(value)
    except ValueError as problem:
        return str(problem)
    return "" if isinstance(span, timedelta) and span > timedelta() else f"{value!r} is not a duration such as 14d"

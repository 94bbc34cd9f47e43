"""Do names refer to something: surfaces, plays, kinds, roles, facts in settings and cases?"""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from typing import Any

from agent.domain.approvers import RELATIONS, ROLES
from agent.domain.fact_catalogue import CATALOGUE
from agent.domain.playbook import Playbook
from agent.domain.plays import DO_NOTHING, Play, Surface
from agent.domain.rules import Rule
from agent.playbook.checks.facts import nearest_fact
from agent.playbook.checks.vocabulary import WORDS
from agent.playbook.findings import Finding, error, warning
from agent.playbook.setup import SETUP_KEYS

ANYBODY = frozenset(RELATIONS) | ROLES
"""Every role that an ask or a task may name."""

_OF_SUBJECT = {"deal_owner": "deal", "ticket_assignee": "ticket"}
"""Roles that somebody holds only where there is such a subject."""

_WORKED_OUT = frozenset({"candidate", "play", "surface"})
_SETTABLE = frozenset({"candidate.has_disclosure"})


def check_references(playbook: Playbook) -> Iterator[Finding]:
    """Names that refer to nothing."""
    for surface in playbook.surfaces.values():
        yield from _of_surface(playbook, surface)
    for play in playbook.plays.values():
        yield from _of_play(playbook, play)
        yield from _answers(playbook, play)
    for rule in playbook.rules.values():
        yield from _of_rule(playbook, rule)


def unknown(what: str, name: str, known: Iterable[str]) -> str:
    """A sentence about a name that is not among the known ones, with the nearest that is."""
    names = sorted(known)
    near = get_close_matches(name, names, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(names)}"
    return f"there is no {what} '{name}'; {hint}"


def _of_surface(playbook: Playbook, surface: Surface) -> Iterator[Finding]:
    for i, name in enumerate(surface.plays):
        if name == DO_NOTHING:
            message = f"'{DO_NOTHING}' is built in; remove it from the list"
            yield error("surface", surface.id, message, path=("plays", i))
        elif name not in playbook.plays:
            yield error("surface", surface.id, unknown("play", name, playbook.plays), path=("plays", i))
    if surface.review.approver not in ANYBODY:
        message = "nobody may approve: " + unknown("role", surface.review.approver, ANYBODY)
        yield error("surface", surface.id, message, path=("review", "approver"))
    if surface.review.fallback not in ROLES:
        message = "the fallback must be a role that people hold: " + unknown("role", surface.review.fallback, ROLES)
        yield error("surface", surface.id, message, path=("review", "fallback"))
    yield from _never_held(surface, surface.review.approver, "surface", surface.id, ("review", "approver"))


def _of_play(playbook: Playbook, play: Play) -> Iterator[Finding]:
    if play.approver is not None and play.approver not in ANYBODY:
        message = "nobody may approve: " + unknown("role", play.approver, ANYBODY)
        yield error("play", play.id, message, path=("approver",))
    for i, step in enumerate(play.steps):
        if step.assignee and step.assignee not in ANYBODY:
            yield error("play", play.id, unknown("role", step.assignee, ANYBODY), path=("steps", i, "assignee"))
    for i, role in enumerate(play.recipient.roles if play.recipient else ()):
        if role not in WORDS["contact.role"]:
            message = unknown("contact role", role, WORDS["contact.role"])
            yield warning("play", play.id, message, path=("recipient", "roles", i))
    for name, spec in play.params.items():
        if spec.from_fact and spec.from_fact not in CATALOGUE:
            message = f"there is no fact '{spec.from_fact}'; {nearest_fact(spec.from_fact)}"
            yield error("play", play.id, message, path=("params", name, "from"))
    for surface in playbook.surfaces.values():
        if play.id in surface.plays and play.approver:
            yield from _never_held(surface, play.approver, "play", play.id, ("approver",))


def _answers(playbook: Playbook, play: Play) -> Iterator[Finding]:
    events = {name for surface in playbook.surfaces.values() if play.id in surface.plays for name in surface.trigger.types}
    for i, name in enumerate(play.answers):
        if name not in events:
            yield error("play", play.id, "it is never asked for: " + unknown("event of its surfaces", name, events), path=("answers", i))


def _never_held(surface: Surface, role: str, kind: Any, id_: str, path: tuple[str, ...]) -> Iterator[Finding]:
    subject = _OF_SUBJECT.get(role, surface.subject)
    if subject != surface.subject:
        where = f"'{surface.id}', which is about a {surface.subject}"
        message = f"nobody is the {role} on {where}: the fallback is always asked"
        yield warning(kind, id_, message, path=path)


def _of_rule(playbook: Playbook, rule: Rule) -> Iterator[Finding]:
    to = rule.applies_to
    channels = ("email", "ticket", "internal")
    kinds = {play.kind for play in playbook.plays.values()}
    for what, key, names, known in (
        ("surface", "surfaces", to.surfaces, playbook.surfaces.keys()),
        ("play", "plays", to.plays, playbook.plays.keys()),
        ("kind of play", "kinds", to.kinds, kinds),
        ("channel", "channels", to.channels, channels),
    ):
        for i, name in enumerate(names):
            if name not in known:
                yield error("rule", rule.id, unknown(what, name, known), path=("applies_to", key, i))
    yield from _of_effect(playbook, rule)
    yield from _of_cases(playbook, rule)


def _of_effect(playbook: Playbook, rule: Rule) -> Iterator[Finding]:
    known: dict[str, tuple[str, Iterable[str]]] = {
        "ask": ("role", ANYBODY),
        "require": ("play", playbook.plays),
        "cooldown": ("start of a pause", ("rejected", "overridden", "delivered")),
    }
    what, names = known.get(rule.effect.kind.value, ("", ()))
    for i, name in enumerate(rule.effect.of):
        if not what:
            message = f"'of' means nothing for the effect {rule.effect.kind.value}; remove it"
            yield error("rule", rule.id, message, path=("effect", "of", i))
        elif name not in names:
            yield error("rule", rule.id, unknown(what, name, names), path=("effect", "of", i))


def _of_cases(playbook: Playbook, rule: Rule) -> Iterator[Finding]:
    for i, case in enumerate(rule.cases):
        if case.play not in playbook.plays:
            message = unknown("play", case.play, playbook.plays)
            yield error("rule", rule.id, message, clause=case.name, path=("cases", i, "play"))
        for name in (*case.facts, *case.missing):
            if problem := _unsettable(name, case.facts.get(name)):
                yield error("rule", rule.id, problem, clause=case.name, path=("cases", i))


def _unsettable(name: str, value: Any) -> str:
    """Why a case cannot state this fact with this value; empty when it can."""
    if name in SETUP_KEYS:
        return "" if isinstance(value, int | float) else f"'{name}' needs a number: {SETUP_KEYS[name]}"
    spec = CATALOGUE.get(name)
    if spec is None:
        return f"there is no fact '{name}'; {nearest_fact(name)}"
    if spec.root in _WORKED_OUT and name not in _SETTABLE:
        return f"'{name}' is worked out from other facts; state those instead"
    wanted = {"flag": (bool,), "number": (int, float), "list": (list,)}.get(spec.type, (str,))
    odd = value is not None and (not isinstance(value, wanted) or (spec.type == "number" and isinstance(value, bool)))
    return f"'{name}' is a {spec.type}; found {value!r}" if odd else ""

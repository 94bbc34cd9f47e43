"""Building the candidates: every play of a surface x recipient x channel x material or target x parameters."""

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, product, zip_longest
from typing import Any

from agent.domain.approvers import AND
from agent.domain.candidates import Candidate
from agent.domain.evidence import Contact, Evidence, Group, Material
from agent.domain.facts import FactView
from agent.domain.gate import Gate
from agent.domain.playbook import Playbook, is_proactive
from agent.domain.plays import DO_NOTHING, ParamSpec, Play, Surface
from agent.domain.ranking import too_late

MOST_CANDIDATES = 200
"""More than this many are cut. Every play keeps its best recipients and materials, so that none is crowded out."""

MOST_GROUPS = 6
MOST_CONTACTS = 12
"""Contacts of one play on the record, those who may be written to first."""

_RECIPIENTS = 3
"""Recipients of a play that does not say how many."""

NOTHING = Candidate(DO_NOTHING, DO_NOTHING, "nothing", "Do nothing", "internal", "service", "internal")
"""Always a candidate, and worth 0."""


def propose(playbook: Playbook, evidence: Evidence, judge: Gate | None = None) -> list[Candidate]:
    """Every candidate of the evidence's surface, `do-nothing` first. `judge`: the gate that is to judge them, where one is at hand."""
    surface = playbook.surfaces[evidence.surface]
    view, judge = evidence.view, judge or Gate(playbook, evidence)

    def reached(ways: Iterable[Candidate]) -> bool:
        """The recipient may be written to in one of these ways, and in time."""
        for one in ways:
            reach = judge.reach(one)
            if reach == "none" or (reach == "open" and too_late(playbook, evidence, one, judge.judge(one)) is None):
                return reach == "open"
        return False

    by_play = [_of_play(surface, playbook.plays[name], evidence, view, reached) for name in surface.plays]
    return [NOTHING, *_cut(by_play, MOST_CANDIDATES - 1)]


def _cut(by_play: Sequence[Sequence[Candidate]], most: int) -> list[Candidate]:
    """The plays take turns until the places are given away; the order stays."""
    turns = [one for one in chain.from_iterable(zip_longest(*by_play)) if one is not None]
    kept = {one.id for one in turns[:most]}
    return [one for play in by_play for one in play if one.id in kept]


def _of_play(surface: Surface, play: Play, evidence: Evidence, view: FactView, reached: Callable[[Iterable[Candidate]], bool]) -> list[Candidate]:
    params = fill_params(play, view, evidence.params)
    ways = list(product(play.channels, _materials(play, evidence), _targets(play, evidence, view)))

    def to(recipient: str | None) -> Iterator[Candidate]:
        for channel, material, target in ways:
            yield build(surface, play, evidence, recipient=recipient, channel=channel, material=material, target=target, params=params)

    recipients = _recipients(surface, play, evidence, lambda recipient: reached(to(recipient)))
    return [one for recipient in recipients for one in to(recipient)]


def build(
    surface: Surface,
    play: Play,
    evidence: Evidence,
    *,
    recipient: str | None,
    channel: str,
    material: str | None,
    target: str | None,
    params: dict[str, Any],
) -> Candidate:
    """One candidate with its stable id."""
    return Candidate(
        id=candidate_id(play, recipient=recipient, channel=channel, material=material, target=target, params=params),
        play=play.id, kind=play.kind, title=play.title, reach=play.reach, purpose=play.purpose, channel=channel,
        recipient=recipient, material=material, target=target, params=params,
        proactive=is_proactive(surface, play), customer_visible=play.customer_visible,
        exclusive_group=play.exclusive_group, requester=requester_of(evidence), protective=play.protective,
    )  # fmt: skip


def candidate_id(play: Play, *, recipient: str | None, channel: str, material: str | None, target: str | None, params: dict[str, Any]) -> str:
    """The same choice has the same id whenever it is built: play/recipient/material/target, then what differs from the defaults."""
    parts = [play.id, *(part for part in (recipient, material, target) if part)]
    if len(play.channels) > 1:
        parts.append(channel)
    changed = [f"{name}={value}" for name, value in sorted(params.items()) if value != play.params[name].default]
    return "/".join(parts) + ("?" + "&".join(changed) if changed else "")


def fill_params(play: Play, view: FactView, given: dict[str, Any]) -> dict[str, Any]:
    """The play's parameters: what the event or a person gave, else the fact it names, else the default; numbers kept within bounds.

    One whose fact is not known is left out: nobody asked for 0.
    """
    return {name: _fitting(spec, _raw_param(name, spec, view, given)) for name, spec in play.params.items() if _is_known(name, spec, view, given)}


def _raw_param(name: str, spec: ParamSpec, view: FactView, given: dict[str, Any]) -> Any:
    if name in given or spec.from_fact is None:
        return given.get(name, spec.default)
    root, _, field = spec.from_fact.partition(".")
    return view.roots[root][field]


def _is_known(name: str, spec: ParamSpec, view: FactView, given: dict[str, Any]) -> bool:
    if name in given or spec.from_fact is None:
        return True
    root, _, field = spec.from_fact.partition(".")
    return field in view.roots.get(root, {})


def _fitting(spec: ParamSpec, value: Any) -> Any:
    """The value if it is of the declared type, numbers within their bounds; otherwise the default."""
    if spec.type != "number":
        return value if type(value) is type(spec.default) else spec.default
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return spec.default
    low = value if spec.min is None else max(value, spec.min)
    return float(low if spec.max is None else min(low, spec.max))


def requester_of(evidence: Evidence) -> str | None:
    """Everybody who asked for a concession: named in the event, on the deal, or the one who made the request. None of them may approve it."""
    event, first = evidence.event, evidence.edition == 1
    on_deal = next((f.value for f in evidence.facts if f.name == "deal.discount_requested_by" and (f.known or not first)), None)
    named = (event.data.get("requested_by"), on_deal, event.actor if event.type.endswith("_requested") else None)
    found = list(dict.fromkeys(str(name) for name in named if name))
    return AND.join(found[:1] if first else found) or None


def _recipients(surface: Surface, play: Play, evidence: Evidence, reached: Callable[[str], bool]) -> Sequence[str | None]:
    if play.reach != "customer":
        return [None]
    roles = play.recipient.roles if play.recipient else ()
    if not roles and surface.answers_customer:
        return [evidence.requester]
    at_most = play.recipient.at_most if play.recipient else _RECIPIENTS
    ranked = [contact.id for contact in _by_role(evidence.contacts, roles)]
    return (ranked[:at_most] if evidence.edition == 1 else _with_room(ranked, at_most, reached)) or [None]


def _with_room(ranked: Sequence[str], at_most: int, reached: Callable[[str], bool]) -> list[str]:
    """The best who may be written to; then those who were passed over for them, who take nobody's place: the record says why."""
    found: list[str] = []
    passed: list[str] = []
    for contact in ranked:
        if len(found) == at_most:
            break
        (found if reached(contact) else passed).append(contact)
    return [*found, *passed][:MOST_CONTACTS]


def _by_role(contacts: Iterable[Contact], roles: tuple[str, ...]) -> list[Contact]:
    """Wanted roles first, in their order; then everybody else, so that the right person missing does not silence us."""
    return sorted(contacts, key=lambda c: (roles.index(c.role) if c.role in roles else len(roles), c.id))


def _materials(play: Play, evidence: Evidence) -> list[str | None]:
    wanted = play.material
    if wanted is None:
        return [None]
    fitting = [m for m in evidence.materials if _fits(play, m)]
    return [m.id for m in sorted(fitting, key=lambda m: (-m.strength, m.id))[: wanted.at_most]] or [None]


def _fits(play: Play, material: Material) -> bool:
    wanted = play.material
    return (
        wanted is not None
        and f"{material.kind}s" == wanted.source
        and (not wanted.kinds or material.type in wanted.kinds)
        and (not wanted.topics or bool(set(wanted.topics) & set(material.topics)))
        and (wanted.visibility is None or material.visibility == wanted.visibility)
    )


def _targets(play: Play, evidence: Evidence, view: FactView) -> list[str | None]:
    if play.target != "group":
        return [None]
    product_name = str(view.roots.get("ticket", {}).get("product") or "")
    groups = [g for g in evidence.groups if not play.target_areas or not g.area or g.area in play.target_areas]
    return [g.id for g in sorted(groups, key=lambda g: _group_order(g, product_name))[:MOST_GROUPS]] or [None]


def _group_order(group: Group, product_name: str) -> tuple[bool, int, str]:
    return (product_name not in group.products, group.tier, group.id)

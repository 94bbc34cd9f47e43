"""The playbook in force as people read it: surfaces, plays and rules, what they say and what they did."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from fastapi import Request, Response

from agent.changing_policy import PolicyFigures
from agent.domain.modes import held_by, surface_mode
from agent.domain.playbook import Playbook, applies
from agent.domain.plays import Play, Surface
from agent.domain.rules import Layer, Rule
from agent.errors import NotFound, Refused
from agent.listing import Wanted
from agent.playbook.changing import Changed
from agent.playbook.expressions import Kind
from agent.playbook.parameters import parameters_of, written
from integrations.console.decisions import titled
from integrations.console.looking import ROUTES
from integrations.console.pages import EVERYBODY, Pages
from integrations.console.rendering import page, reader_of
from integrations.console.visit import console_of, visitor_of, works_of
from integrations.console.working import Work
from integrations.telling import policy

pages = Pages()

LOOK_BACK = timedelta(days=30)
LATEST = 8
"""So many of a surface's decisions stand on its page."""
_STALE = timedelta(minutes=15)
_FIGURES = "playbook figures"
_NAMES: dict[str, Kind] = {"surfaces": "surface", "plays": "play", "rules": "rule"}


@pages.get("/playbook", roles=EVERYBODY)
async def overview(request: Request) -> Response:
    """Everything that is in force."""
    workspace = console_of(request).workspace
    book, service = workspace.playbook, workspace.service
    blocks = {(one.target, one.ref): one for one in await service.blocks()}
    caps = await service.caps()
    layers = [(layer, policy.LAYERS[layer], [rule for rule in book.rules.values() if rule.layer is layer]) for layer in Layer]
    return page(
        request, "playbook/overview.html", book=book, standing=standing_of(request), warning=workspace.playbooks.warning(), blocks=blocks,
        modes={one.id: surface_mode(one, held_by(caps, one.id)) for one in book.surfaces.values()}, policy=policy,
        layers=[one for one in layers if one[2]], drafts=await service.drafts(), **figures(request),
    )  # fmt: skip


@pages.get("/playbook/surfaces/{name}", roles=EVERYBODY)
async def surface(request: Request, name: str) -> Response:
    """One surface."""
    book = console_of(request).workspace.playbook
    found = _known(book.surfaces, "surface", name)
    rules = [rule for rule in book.rules.values() if any(_looks_at(book, rule, found, play) for play in found.plays)]
    latest = (await console_of(request).workspace.service.find(Wanted(surface=name))).decisions[:LATEST]
    return await _item(request, "surface", found, said=policy.of_surface(found), rules=rules, latest=latest, titled=titled, routes=ROUTES)


@pages.get("/playbook/plays/{name}", roles=EVERYBODY)
async def play(request: Request, name: str) -> Response:
    """One play."""
    book = console_of(request).workspace.playbook
    found = _known(book.plays, "play", name)
    surfaces = [one for one in book.surfaces.values() if name in one.plays]
    rules = [rule for rule in book.rules.values() if any(_looks_at(book, rule, one, name) for one in surfaces)]
    return await _item(request, "play", found, said=policy.of_play(found, book.reporting_currency), rules=rules, surfaces=surfaces)


@pages.get("/playbook/rules/{name}", roles=EVERYBODY)
async def rule(request: Request, name: str) -> Response:
    """One rule."""
    book = console_of(request).workspace.playbook
    found = _known(book.rules, "rule", name)
    surfaces = [one for one in book.surfaces.values() if any(_looks_at(book, found, one, of) for of in one.plays)]
    plays = sorted({of for one in surfaces for of in one.plays if _looks_at(book, found, one, of)})
    return await _item(request, "rule", found, said=policy.of_rule(found), surfaces=surfaces, plays=plays)


async def _item(request: Request, kind: Kind, item: Surface | Play | Rule, **shown: Any) -> Response:
    service = console_of(request).workspace.service
    published = {one.at.key: one for one in made_of(request) if one.at[:2] == (kind, item.id)}
    blocks = [one for one in await service.blocks() if (one.target, one.ref) == (kind, item.id)]
    caps = [one for one in await service.caps() if kind == "surface" and one.surface == item.id]
    mode = surface_mode(item, held_by(caps, item.id)) if isinstance(item, Surface) else None
    defaults: dict[str, Any] = {"rules": [], "surfaces": [], "plays": [], "latest": []}
    return page(request, f"playbook/{kind}.html", **{
        **defaults, "kind": kind, "item": item, "settings": parameters_of(kind, item), "written": written, "published": published,
        "overtaken": [one for one in overtaken_of(request) if one.change.at[:2] == (kind, item.id)], "blocks": blocks, "caps": caps, "mode": mode,
        "policy": policy, "colleague": await service.knows(visitor_of(request).email), "drafts": await service.drafts(), **figures(request), **shown,
    })  # fmt: skip


def figures(request: Request) -> dict[str, Any]:
    """What was counted last, and whether it is being counted: it takes longer than a page may, so it is done beside the serving."""
    console, works = console_of(request), works_of(request)
    known = works.of(_FIGURES)
    last: PolicyFigures | None = known.result if known else None
    now = reader_of(request).now
    if known is None or (not known.running and (last is None or now - last.at > _STALE or now < last.at)):

        async def count(work: Work) -> PolicyFigures:
            work.result = last  # the earlier figures are shown meanwhile
            return await console.workspace.service.policy_figures(since=LOOK_BACK)

        known = works.begin(_FIGURES, count)
    return {"figures": last, "counting": known}


def standing_of(request: Request) -> Changed | None:
    """The published changes with what became of them; None while the folder cannot be used."""
    try:
        return console_of(request).workspace.service.policy().changed
    except Refused:
        return None


def made_of(request: Request) -> tuple[Any, ...]:
    """The published changes that hold."""
    standing = standing_of(request)
    return standing.made if standing else ()


def overtaken_of(request: Request) -> tuple[Any, ...]:
    """The published changes that a file has overtaken."""
    standing = standing_of(request)
    return standing.overtaken if standing else ()


def _looks_at(book: Playbook, rule: Rule, surface: Surface, play: str) -> bool:
    known = book.plays.get(play)
    return known is not None and any(applies(rule.applies_to, surface, known, channel) for channel in known.channels)


def _known(items: Mapping[str, Any], kind: Kind, name: str) -> Any:
    if name not in items:
        raise NotFound(f"There is no {kind} '{name[:80]}' in the playbook.", "Choose one of those that the playbook has.")
    return items[name]

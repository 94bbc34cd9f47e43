"""Addresses of every page that the console has: from its routes, and, where those need a value, from the links of other pages."""

import re
from collections.abc import Sequence
from html import unescape
from urllib.parse import urlsplit

import httpx2
from starlette.routing import compile_path

from tests.acceptance.console.matrix import Way, ways
from tests.acceptance.console.visiting import Visit

GIVEN = {
    "/console/{rest:path}": ["/console/no/such/page"], "/console/static/{name}": ["/console/static/console.js"],
    "/console/review": ["/console/review?week=2026-W46"],
    "/console/playbook/drafts/{number}/trial": ["/console/playbook/drafts/1/trial"],
    "/console/playbook/drafts/{number}/{kind}/{name}": ["/console/playbook/drafts/1/rules/quiet-hours"],
}  # fmt: skip
"""Addresses that no page links to."""
MANY = 12
"""Of so many pages of one kind each is looked at; of more a part."""

PAGES = [way for way in ways() if way.method == "GET"]


async def addresses(visit: Visit, most: int = MANY, also: Sequence[str] = ()) -> dict[str, list[str]]:
    """By route, addresses of pages of it; `also` are some that no page leads this visitor to.

    Every one is asked for once: those that are no pages but files or ways elsewhere have none.
    """
    found: dict[str, dict[str, None]] = {way.path: {} for way in PAGES}
    asked: set[str] = set()
    ahead = [way.path for way in PAGES if not way.parameters] + [address for given in GIVEN.values() for address in given] + [*also]
    while ahead:
        address = ahead.pop(0)
        way = _way(address)
        if address in asked or way is None or len(found[way.path]) >= most:
            continue
        asked.add(address)
        response = await visit.get(address)
        if response.headers.get("content-type", "").startswith("text/html"):
            found[way.path][address] = None
            ahead += _links(response)
        elif response.status_code in (303, 307):
            ahead.append(response.headers["location"])
    return {path: [*known] for path, known in found.items()}


def _links(response: httpx2.Response) -> Sequence[str]:
    """Those within the console; of what one part of a page loads, too."""
    found = re.findall(r'(?:href|hx-get)="([^"]+)"', response.text)
    return [link.partition("#")[0] for link in map(unescape, found) if link.startswith("/console")]


def _way(address: str) -> Way | None:
    """The route that answers at an address: the first that fits, as routes are declared from the particular to the general."""
    fitting = [way for way in PAGES if compile_path(way.path)[0].fullmatch(urlsplit(address).path)]
    return min(fitting, key=lambda way: len(way.parameters) + 10 * (":path" in way.path), default=None)

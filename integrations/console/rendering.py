"""The templates, with what every page shows: who is there, where one can go, and moments in the reader's own zone."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import Request
from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from integrations.console.forms import TOKEN, TOKEN_HEADER
from integrations.console.places import PLACES, Place
from integrations.console.visit import Visitor, console_of
from integrations.console.zoned import zoned
from integrations.reports import rendering as reports
from integrations.telling import words

ZONE_COOKIE = "nextplay_zone"
"""The browser's time zone, which the console's script writes down. It is no secret."""

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'none'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)

HEADERS = {"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin"}
"""Without any referrer, browsers would send forms without their origin, too."""


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom a page is rendered: when it is, and in which zone they live. `now` is that of what was decided."""

    now: datetime
    zone: ZoneInfo

    def exact(self, moment: datetime) -> str:
        """A moment to the minute, in the reader's zone."""
        local = moment.astimezone(self.zone)
        return f"{local:%a} {local.day} {local:%b %Y, %H:%M} {local:%Z}"

    def ago(self, moment: datetime | None) -> Markup:
        """How long ago a moment was, or in how long it comes; exactly on hover, on paper, and to machines."""
        if moment is None:
            return Markup('<span class="quiet">—</span>')
        said = words.age(moment, self.now)
        return Markup('<time class="ago" datetime="{}" title="{}">{}</time>').format(moment.astimezone(UTC).isoformat(), self.exact(moment), said)

    def at(self, moment: datetime | None) -> Markup:
        """A moment exactly, with how long ago it was on hover."""
        if moment is None:
            return Markup('<span class="quiet">—</span>')
        said = words.age(moment, self.now)
        return Markup('<time datetime="{}" title="{}">{}</time>').format(moment.astimezone(UTC).isoformat(), said, self.exact(moment))

    def of_text(self, moment: datetime) -> Markup:
        """A moment that a text says in UTC: in the reader's zone, with how long ago it was and as the text says it on hover."""
        said = f"{words.age(moment, self.now)}, {words.utc(moment)}"
        return Markup('<time datetime="{}" title="{}">{}</time>').format(moment.isoformat(), said, self.exact(moment))


def page(request: Request, template: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **shown: Any) -> HTMLResponse:
    """A page, or a part of one. Everything that is shown is escaped."""
    visitor: Visitor | None = getattr(request.state, "visitor", None)
    reader = reader_of(request)
    places = [place for place in PLACES if visitor is not None and visitor.may(*place.roles)]
    text = _environment().get_template(template).render(
        visitor=visitor, reader=reader, places=places, here=_here(request, places), notice=getattr(request.state, "notice", None),
        token_field=_token_field(visitor), currency=console_of(request).workspace.playbook.reporting_currency,
        form_headers=json.dumps({TOKEN_HEADER: visitor.form_token}) if visitor else "", path=request.url.path,
        **shown,
    )  # fmt: skip
    return HTMLResponse(zoned(text, reader.of_text), status, {**HEADERS, **(headers or {})})


def reader_of(request: Request) -> Reader:
    """The reader of a page."""
    console = console_of(request)
    return Reader(console.workspace.clock(), zone_of(request.cookies.get(ZONE_COOKIE, "")))


def zone_of(name: str) -> ZoneInfo:
    """The zone of a name; UTC where there is none, or none of that name."""
    try:
        return ZoneInfo(name) if name and len(name) < 64 else ZoneInfo("UTC")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return ZoneInfo("UTC")


def _here(request: Request, places: list[Place]) -> str:
    """The place that the page belongs to: of several that fit the longest."""
    return max((place.path for place in places if place.holds(request.url.path)), key=len, default="")


def _token_field(visitor: Visitor | None) -> Markup:
    """What every form carries."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(TOKEN, visitor.form_token) if visitor else Markup("")


@cache
def _environment() -> Environment:
    """Our own templates, and those of the blocks and charts that reports are made of."""
    loader = ChoiceLoader([PackageLoader(__package__), reports.LOADER])
    made = Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True, undefined=StrictUndefined)
    made.globals.update(reports.TOOLS)
    made.globals.update({"static": static, "pairs": pairs, "named": named})
    made.globals.update({"several": words.several, "number": words.number, "listed": words.listed, "role": words.role})
    return made


def pairs(options: Iterable[str], chosen: str = "") -> list[tuple[str, str]]:
    """Options of a choice that are said as they are; one that was chosen is among them, whatever there is."""
    return [(one, one.replace("_", " ")) for one in sorted({*options, *([chosen] if chosen else [])})]


def named(options: Mapping[str, tuple[str, str]], chosen: str = "") -> list[tuple[str, str]]:
    """Options of a choice with the words of each; one that was chosen is among them, whatever there is."""
    return [*((one, said) for one, (said, _) in options.items()), *([(chosen, chosen)] if chosen and chosen not in options else [])]


@cache
def static(name: str) -> str:
    """The address of a file that pages load. It changes with the file, so that browsers may keep it for ever."""
    return f"/console/static/{name}?v={hashlib.sha256(file(name)).hexdigest()[:10]}"


@cache
def file(name: str) -> bytes:
    """A file that pages load: ours, or the style of reports, which ours builds on. Our style is one sheet for each group of pages, joined."""
    if name == "reports.css":
        return files("integrations.reports").joinpath("templates", "style.css").read_bytes()
    own = files("integrations.console").joinpath("static")
    if name == "console.css":
        sheets = sorted(own.joinpath("style").iterdir(), key=lambda sheet: sheet.name)
        return b"\n".join(sheet.read_bytes() for sheet in sheets)
    return own.joinpath(name).read_bytes()

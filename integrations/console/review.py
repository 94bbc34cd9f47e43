"""Looking back with people: the pack of a week, its cases one by one by keyboard, what labels point to, and whether a surface may act by itself."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from fastapi import Request, Response
from starlette.responses import RedirectResponse

from agent.errors import InvalidInput, NotFound, Refused
from agent.launching import LaunchCheck
from agent.listing import Fared
from agent.reviewing import LABELS, Pack, week_before, week_of
from integrations.console import answers
from integrations.console.forms import form_of
from integrations.console.metrics import SPANS, span_of
from integrations.console.pages import EVERYBODY, Pages
from integrations.console.rendering import page, reader_of
from integrations.console.visit import console_of, visitor_of, works_of
from integrations.console.working import Work
from integrations.eval_results import results_in
from integrations.reports import Bar, Bars, Tile, Tiles, Tone
from integrations.sessions import ConsoleRole
from integrations.telling.reviewed import PARTS, came, concentration, team_said

pages = Pages()
REVIEWERS: tuple[ConsoleRole, ...] = ("agent", "approver", "operator", "admin")
SHOWN = 12
"""Cases of a part that the pack lists; one by one all of them are seen."""

PATIENCE_S = 5.0
"""So long a page waits for a launch check before it says that it goes on."""

_TONES: dict[str, Tone] = {"friction": "bad", "overridden": "warn", "converted": "good"}


@pages.get("/review", roles=EVERYBODY)
async def pack(request: Request, week: str = "", surface: str = "") -> Response:
    """What there is to review of a week."""
    week, found = await _pack(request, week, surface)
    tiles = [Tile(title.removesuffix(" by people"), f"{found.counts[name]:,}", "", _tone(name, found.counts[name])) for name, title in PARTS.items()]
    parts = [(name, title, found.cases[name], found.counts[name]) for name, title in PARTS.items() if found.counts[name] and name != "proposed"]
    plays = Bars([Bar(name, count, f"{count:,}") for name, count in found.plays.items()], concentration(found.plays)) if found.plays else None
    return page(
        request, "review/pack.html", found=found, week=week, surface=surface, tiles=Tiles(tiles), found_parts=parts, plays=plays,
        came=came, team_said=team_said, weeks=_weeks(reader_of(request).now), surfaces=_surfaces(request), link=_link(week, surface),
    )  # fmt: skip


def _tone(part: str, count: int) -> Tone:
    return _TONES.get(part, "plain") if count else "plain"


@pages.get("/review/{part}/{number}", roles=EVERYBODY)
async def case(request: Request, part: str, number: int, week: str = "", surface: str = "") -> Response:
    """One case of a part, with what comes before and after it, by keyboard: j and k go on and back, a digit gives a label."""
    week, found = await _pack(request, week, surface)
    cases, service = _cases(found, part), console_of(request).workspace.service
    if not 1 <= number <= len(cases):
        raise NotFound(f"There is no case {number} here: there are {len(cases)}.", "Go back to the week.")
    shown = await service.review_case(cases[number - 1])
    return page(
        request, "review/case.html", case=shown, number=number, of=len(cases), part=part, title=PARTS[part], came=came, labels=LABELS,
        week=week, link=_link(week, surface), may_label=await _may(request, *REVIEWERS),
    )  # fmt: skip


@pages.post("/review/{part}/{number}", roles=REVIEWERS)
async def label(request: Request, part: str, number: int, week: str = "", surface: str = "") -> Response:
    """Say what a case was, and go on to the next."""
    form, service = await form_of(request), console_of(request).workspace.service
    decision = form.need("decision", "The case")
    _, found = await _pack(request, week, surface)
    new, said = await service.label(decision, form.text("label"), who=visitor_of(request).email, note=form.text("note"))
    console_of(request).recent.forget()  # the pack shows what reviewers say
    last = number >= len(_cases(found, part))
    to = f"/console/review?{_link(week, surface)}" if last else f"/console/review/{part}/{number + 1}?{_link(week, surface)}"
    before = "" if new else "You had labelled it so before. "
    return await answers.done(request, to, f"{before}{decision}: {said.label.replace('_', ' ')}.{' That was the last of them.' if last else ''}")


@pages.get("/launch/{surface}", roles=EVERYBODY)
async def launch(request: Request, surface: str, since: str = "30d") -> Response:
    """The seven questions that a surface must answer before it acts by itself, each with its evidence.

    Every decision of the time is opened for it: where there are many it goes on beside the serving, and the page asks for it again.
    """
    checking = _checking(request, surface, since)
    work = await works_of(request).awaited(("launch check", surface, since), checking, within_s=_patience(request))
    return await _checked(request, work, surface, since)


@pages.post("/launch/{surface}", roles=("operator", "admin"))
async def lift(request: Request, surface: str, since: str = "30d") -> Response:
    """Run the check in one's own name: a passed one lets go what was held back from acting by itself. Its page says what came of it."""
    who = visitor_of(request).email
    checking = _checking(request, surface, since, who)
    works_of(request).begin(_own(surface, since, who), checking)
    return RedirectResponse(f"/console/launch/{quote(surface, safe='')}/own?{urlencode({'since': since})}", 303)


@pages.get("/launch/{surface}/own", roles=("operator", "admin"))
async def own(request: Request, surface: str, since: str = "30d") -> Response:
    """What came of the check in one's own name, told once; until it has ended, how far it is."""
    work = await works_of(request).ended(_own(surface, since, visitor_of(request).email), within_s=_patience(request))
    if work is None:
        return RedirectResponse(f"/console/launch/{quote(surface, safe='')}?{urlencode({'since': since})}", 303)
    return await _checked(request, work, surface, since, own=True)


def _patience(request: Request) -> float:
    """So long a page waits; one that is asked for again and again tells sooner how far it is."""
    return min(PATIENCE_S, 1.0) if request.headers.get(answers.HTMX) else PATIENCE_S


def _own(surface: str, since: str, who: str) -> tuple[str, ...]:
    return "launch check", surface, since, who


def _checking(request: Request, surface: str, since: str, who: str | None = None) -> Callable[[Work], Awaitable[LaunchCheck]]:
    """The check as it goes on beside the serving. Raises NotFound and InvalidInput at once for what cannot be checked."""
    workspace, length = console_of(request).workspace, span_of(since)
    if surface not in workspace.playbook.surfaces:
        raise NotFound(f"There is no surface '{surface[:80]}' in the playbook.", "Choose one of those that Review names.")
    where = workspace.settings.eval_results

    async def check(work: Work) -> LaunchCheck:
        evals = results_in(where) if where else None
        return await workspace.service.launch_check(surface, since=length, evals=evals, who=who, progress=work.progress)

    return check


async def _checked(request: Request, work: Work, surface: str, since: str, *, own: bool = False) -> Response:
    """The page of a check that goes on or has ended."""
    if work.running:
        return page(request, "review/checking.html", surface=surface, since=since, work=work, own=own)
    if work.error:
        raise Refused(work.error)
    may, spans = await _may(request, "operator", "admin"), [(one, f"{one[:-1]} days") for one in SPANS]
    return page(request, "review/launch.html", found=work.result, since=since, spans=spans, may_lift=may, own=own)


async def _may(request: Request, *roles: ConsoleRole) -> bool:
    """Whether what the visitor says would be taken: by their role, and as a colleague in the directory."""
    visitor = visitor_of(request)
    return visitor.may(*roles) and await console_of(request).workspace.service.knows(visitor.email)


async def _pack(request: Request, week: str, surface: str) -> tuple[str, Pack]:
    """The week that was asked for, with its pack; or the last whole one, and where nothing was decided in that, the present one."""
    now = reader_of(request).now
    last, present = week_before(now), week_before(now + timedelta(weeks=1))
    found = await _pack_of(request, week or last, surface)
    if week or found.decisions:
        return week or last, found
    return present, await _pack_of(request, present, surface)


async def _pack_of(request: Request, week: str, surface: str) -> Pack:
    since, until = week_of(week)
    if since > reader_of(request).now:
        raise InvalidInput(f"The week {week} is still to come.", "Choose one that has begun.")
    console = console_of(request)
    return await console.recent.of(
        ("review", week, surface), lambda: console.workspace.service.review_week(since, until, surface=surface or None, opened=SHOWN)
    )


def _cases(found: Pack, part: str) -> Sequence[Fared]:
    if part not in PARTS:
        raise NotFound(f"A pack has no part '{part}'.", "Go back to the week, and choose one that it has.")
    return found.parts[part]


def _link(week: str, surface: str) -> str:
    return urlencode({"week": week, **({"surface": surface} if surface else {})})


def _weeks(now: datetime) -> list[tuple[str, str]]:
    """The last twelve weeks, the newest first, the present one among them."""
    found = [week_before(now + timedelta(weeks=1 - back)) for back in range(12)]
    return [(week, f"{week_of(week)[0]:%d %b} ({week.partition('-')[2]})") for week in found]


def _surfaces(request: Request) -> list[tuple[str, str]]:
    return [(name, name) for name in sorted(console_of(request).workspace.playbook.surfaces)]

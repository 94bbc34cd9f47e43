"""In and out: one-time links, the page for signing in, the files that pages load, and the start."""

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from agent.errors import NotFound
from integrations.console import answers, entry
from integrations.console.forms import form_of
from integrations.console.pages import EVERYBODY, STRANGERS, Pages
from integrations.console.rendering import file, page
from integrations.console.visit import Console, console_of, visitor_of
from integrations.sessions import Link, hash_of

pages = Pages()
FILES = {
    "reports.css": "text/css", "console.css": "text/css", "console.js": "text/javascript", "htmx.js": "text/javascript", "icon.svg": "image/svg+xml",
}  # fmt: skip
_GONE = ("This link was used before, or has expired.", "Make another: nextplay people link EMAIL")

root = APIRouter(include_in_schema=False)


@root.get("/")
async def start() -> Response:
    """Whoever opens the server's address wants the console."""
    return RedirectResponse("/console", 307)


@root.get("/favicon.ico")
async def favicon() -> Response:
    """What browsers ask for by themselves."""
    return Response(file("icon.svg"), media_type="image/svg+xml", headers={"Cache-Control": "public, max-age=86400"})


@pages.get("", roles=EVERYBODY)
async def home(request: Request) -> Response:
    """The queue is what people come for."""
    del request
    return RedirectResponse("/console/queue", 303)


@pages.get("/sign-in", roles=STRANGERS)
async def sign_in(request: Request, to: str = "/console") -> Response:
    """How to get in."""
    to, claimed = answers.within(to), request.state.claimed
    console = console_of(request)
    if request.state.visitor is not None or (claimed and await console.admission.role(claimed)):
        return RedirectResponse(to, 303)
    provider = console.provider.name if console.provider else ""
    return page(request, "sign_in.html", to=to, provider=provider, claimed=claimed, local=console.settings.is_local)


@pages.get("/enter", roles=STRANGERS)
async def enter(request: Request, link: str = "") -> Response:
    """Where a one-time link leads. It is used up by the button and not by looking: mail scanners and previews look, too."""
    entry.patient(request, *_key(link))
    found = await _live(console_of(request), link)
    if found is None:
        raise _wrong(request, link)
    return page(request, "enter.html", email=found.email, link=link)


@pages.post("/enter", roles=STRANGERS)
async def use(request: Request) -> Response:
    """Use a link up, and begin a session."""
    link = (await form_of(request)).text("link")
    entry.patient(request, *_key(link))
    found, hashed = await _live(console_of(request), link), hash_of(link)
    if found is None or hashed is None or not await entry.begin_by_link(request, found.email, hashed):
        raise _wrong(request, link)
    return RedirectResponse("/console", 303)


@pages.post("/sign-out", roles=EVERYBODY)
async def sign_out(request: Request) -> Response:
    """End the session, here and for whoever has its cookie."""
    console = console_of(request)
    await console.workspace.store.end_session(visitor_of(request).session.secret_sha256, console.wall())
    return entry.leave(RedirectResponse("/console/sign-in", 303))


@pages.get("/static/{name}", roles=STRANGERS)
async def static(request: Request, name: str) -> Response:
    """A file that pages load."""
    if name not in FILES:
        raise NotFound(f"There is no file {name}.")
    kept = "public, max-age=31536000, immutable" if request.query_params.get("v") else "no-cache"
    return Response(file(name), media_type=FILES[name], headers={"Cache-Control": kept})


def _wrong(request: Request, link: str) -> NotFound:
    """The link lets nobody in, which counts as a wrong try."""
    entry.wrong(request, *_key(link))
    return NotFound(*_GONE)


def _key(link: str) -> list[str]:
    """What stands for the link where wrong tries are counted."""
    hashed = hash_of(link)
    return [f"link {hashed}"] if hashed else []


async def _live(console: Console, link: str) -> Link | None:
    hashed = hash_of(link)
    found = await console.workspace.store.link(hashed) if hashed else None
    return found if found is not None and found.live(console.wall()) else None

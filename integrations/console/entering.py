"""In and out: one-time links, the page for signing in, the files that pages load, and the start."""

from fastapi import APIRouter, Request, Response
from starlette.responses import RedirectResponse

from agent.errors import NotFound
from integrations.console import answers
from integrations.console.forms import form_of
from integrations.console.guard import COOKIE
from integrations.console.pages import EVERYBODY, STRANGERS, Pages
from integrations.console.rendering import file, page
from integrations.console.visit import Console, console_of, visitor_of
from integrations.sessions import Link, hash_of, new_session

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
    if request.state.visitor is not None:
        return RedirectResponse(answers.within(to), 303)
    return page(request, "sign_in.html", to=answers.within(to))


@pages.get("/enter", roles=STRANGERS)
async def enter(request: Request, link: str = "") -> Response:
    """Where a one-time link leads. It is used up by the button and not by looking: mail scanners and previews look, too."""
    found = await _live(console_of(request), link)
    if found is None:
        return answers.problem(request, 404, *_GONE)
    return page(request, "enter.html", email=found.email, link=link)


@pages.post("/enter", roles=STRANGERS)
async def use(request: Request) -> Response:
    """Use a link up, and begin a session."""
    console = console_of(request)
    link = (await form_of(request)).text("link")
    found, hashed = await _live(console, link), hash_of(link)
    if found is None or hashed is None:
        raise NotFound(*_GONE)
    secret, session = new_session(found.email, "link", console.wall(), console.random)
    if not await console.workspace.store.use_link(hashed, session):
        raise NotFound(*_GONE)
    return with_cookie(RedirectResponse("/console", 303), secret)


@pages.post("/sign-out", roles=EVERYBODY)
async def sign_out(request: Request) -> Response:
    """End the session, here and for whoever has its cookie."""
    console = console_of(request)
    await console.workspace.store.end_session(visitor_of(request).session.secret_sha256, console.wall())
    response = RedirectResponse("/console/sign-in", 303)
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return response


@pages.get("/static/{name}", roles=STRANGERS)
async def static(request: Request, name: str) -> Response:
    """A file that pages load."""
    if name not in FILES:
        raise NotFound(f"There is no file {name}.")
    kept = "public, max-age=31536000, immutable" if request.query_params.get("v") else "no-cache"
    return Response(file(name), media_type=FILES[name], headers={"Cache-Control": kept})


def with_cookie(response: Response, secret: str) -> Response:
    """The answer that begins a session. A new one begins at every sign-in, so that nobody can be given a known cookie beforehand."""
    response.set_cookie(COOKIE, secret, path="/", secure=True, httponly=True, samesite="lax")
    return response


async def _live(console: Console, link: str) -> Link | None:
    hashed = hash_of(link)
    found = await console.workspace.store.link(hashed) if hashed else None
    return found if found is not None and found.live(console.wall()) else None

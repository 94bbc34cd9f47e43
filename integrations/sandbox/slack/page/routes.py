"""The page over HTTP: itself, its style and script, and word of every change."""

from collections.abc import AsyncIterator
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response, StreamingResponse

from integrations.sandbox.slack.calls import Refused
from integrations.sandbox.slack.page.rendering import page
from integrations.sandbox.slack.page.scene import APP, TABS, scene, start
from integrations.sandbox.slack.workspace import Workspace

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; img-src 'self' data: https:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {"content-security-policy": POLICY, "x-content-type-options": "nosniff", "referrer-policy": "no-referrer", "cache-control": "no-store"}
STATIC = {"slack.css": "text/css", "slack.js": "text/javascript", "icon.svg": "image/svg+xml"}


async def show(workspace: Workspace, request: Request) -> Response:
    """The page as a member (`as`) sees it at a place (`at`: a conversation, a member, or the app)."""
    asked = request.query_params
    me, room = start(workspace)
    tab = asked.get("tab", "home")
    try:
        seen = scene(workspace, asked.get("as", me), asked.get("at", room), tab if tab in TABS else "home", asked.get("thread", ""))
    except Refused:
        known = asked.get("as") in workspace.members
        return RedirectResponse(f"/?as={asked['as']}&at={APP}" if known and asked.get("at") != APP else f"/?as={me}&at={APP}", headers=HEADERS)
    return Response(page(seen), media_type="text/html", headers=HEADERS)


async def archive(workspace: Workspace, request: Request) -> Response:
    """Where a permalink leads: the message in its channel."""
    channel, ts = request.path_params["channel"], request.path_params["ts"].removeprefix("p")
    doc = workspace.store.message(channel, f"{ts[:-6]}.{ts[-6:]}")
    thread = f"&thread={doc['thread_ts']}" if doc and doc.get("thread_ts") else ""
    return RedirectResponse(f"/?at={channel}{thread}", headers=HEADERS)


async def static(workspace: Workspace, request: Request) -> Response:
    """The style and the script."""
    del workspace
    name = request.path_params["name"]
    if name not in STATIC:
        return Response(status_code=404)
    body = files("integrations.sandbox.slack.page").joinpath("static", name).read_bytes()
    return Response(body, media_type=STATIC[name], headers=HEADERS)


async def changes(workspace: Workspace, request: Request) -> Response:
    """A line for every change, until the page goes."""
    del request

    async def lines() -> AsyncIterator[str]:
        yield "retry: 500\n\n"
        while not workspace.ending:
            await workspace.changed()
            yield "data: changed\n\n"

    return StreamingResponse(lines(), media_type="text/event-stream", headers=HEADERS)

"""Answers that are no page of their own: errors, ways to sign in, forms that have to be sent again, and what follows a form."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from fastapi import HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.responses import RedirectResponse

from agent.errors import NextplayError
from integrations.console.forms import form_of
from integrations.console.rendering import page
from integrations.console.visit import console_of, visitor_of
from integrations.problems import status_of
from integrations.telling.words import listed

HTMX = "hx-request"


async def failed(request: Request, error: NextplayError | HTTPException | RequestValidationError) -> Response:
    """An error that people should know, as a page that says what is wrong and what to do next."""
    if isinstance(error, NextplayError):
        return problem(request, status_of(error), error.message, error.next_step)
    if isinstance(error, RequestValidationError):
        return problem(request, 404, "There is no page at this address.", "See that it is whole, or begin at the queue.")
    return problem(request, error.status_code, str(error.detail), "", headers=error.headers)


def problem(request: Request, status: int, what: str, next_step: str, *, headers: Mapping[str, str] | None = None) -> Response:
    """A page that says what is wrong."""
    return page(request, "problem.html", status=status, headers=headers, problem={"status": status, "what": what, "next_step": next_step})


def wrong_host(request: Request) -> Response:
    """The request came under a name that is not ours."""
    what = "This server does not answer under this name."
    return problem(request, 421, what, "Use the address that `nextplay serve` printed, or set NEXTPLAY_PUBLIC_URL to this one.")


def foreign(request: Request) -> Response:
    """The form was on another site's page."""
    return problem(
        request, 403, "This form was not sent by a page of this console, so nothing was done.", "Go to the page itself, and send it there."
    )


def role_too_low(request: Request, roles: Sequence[str]) -> Response:
    """The page is for other roles."""
    visitor = visitor_of(request)
    may = listed([*(role for role in roles if role != "admin"), "admin"], "or")
    what = f"You are {visitor.email}, in the role {visitor.role}. This needs the role {may}."
    return problem(request, 403, what, "Ask an admin to change your role: nextplay people allow EMAIL --role ROLE")


async def sign_in(request: Request, *, here: str, ended: bool) -> Response:
    """To the page for signing in; a form that was on its way stays on the screen meanwhile."""
    if request.method == "GET":
        if request.headers.get(HTMX):
            return Response(status_code=204, headers={"HX-Redirect": f"/console/sign-in?to={here}"})
        return RedirectResponse(f"/console/sign-in?to={here}", 303)
    why = "Your session has ended." if ended else "You are not signed in."
    return page(request, "again.html", status=401, again={
        "why": f"{why} Nothing was done, and nothing that you wrote is lost.", "signed_out": True, "path": request.url.path,
        "fields": (await form_of(request)).kept,
    })  # fmt: skip


async def send_again(request: Request) -> Response:
    """The form is of an earlier session: it is sent once more by whoever looks at it."""
    return page(request, "again.html", status=409, again={
        "why": "This form was of an earlier session. Nothing was done yet.", "signed_out": False, "path": request.url.path,
        "fields": (await form_of(request)).kept,
    })  # fmt: skip


async def done(request: Request, to: str, says: str, *, tone: str = "good") -> Response:
    """What follows a form that was taken: another page, which tells what was done."""
    await console_of(request).workspace.store.tell(visitor_of(request).session.secret_sha256, {"says": says, "tone": tone})
    return RedirectResponse(to, 303)


def within(given: str, otherwise: str = "/console") -> str:
    """An address to go on to, if it is one of the console's own."""
    parts = urlsplit(given)
    fits = not parts.scheme and not parts.netloc and (parts.path == "/console" or parts.path.startswith("/console/")) and "\\" not in given
    return given if fits and given.isprintable() else otherwise

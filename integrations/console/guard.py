"""What stands before every page: the host, the origin, the session, the role and the form's token, in this order. All of it fails closed."""

import hmac
from collections.abc import Callable, Coroutine
from typing import Any
from urllib.parse import quote, urlsplit

import structlog
from fastapi import HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from agent.errors import NextplayError
from integrations.console import answers, entry
from integrations.console.forms import TOKEN, TOKEN_HEADER, form_of
from integrations.console.visit import Console, Visitor, console_of
from integrations.settings import LOCAL_HOSTS

log = structlog.get_logger("nextplay.console")

Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class GuardedPage(APIRoute):
    """A route of the console. `roles`: who may use it; nobody in it means everybody, signed in or not."""

    @property
    def roles(self) -> tuple[str, ...]:
        """As declared; see `integrations.console.pages`."""
        return tuple((self.openapi_extra or {})["x-roles"])

    def get_route_handler(self) -> Handler:
        """The page behind the guard. Whatever the page raises that people should know becomes a page, too."""
        handle = super().get_route_handler()

        async def guarded(request: Request) -> Response:
            try:
                refused = await self._refused(request)
                response = refused if refused is not None else await handle(request)
            except (NextplayError, HTTPException, RequestValidationError) as error:
                response = await answers.failed(request, error)
            return entry.keep(request, response)

        return guarded

    async def _refused(self, request: Request) -> Response | None:
        """The answer to who may not have what they ask for; None for who may."""
        console = console_of(request)
        request.state.visitor = None
        if strange := _strange(request, console):
            return strange
        visitor, secret = await entry.find_visitor(request, console, begins=bool(self.roles))
        request.state.visitor = visitor
        if not self.roles:
            return None
        if visitor is None:
            return await answers.sign_in(request, here=quote(_address(request), safe=""), ended=bool(secret))
        return await self._unfit(request, console, visitor)

    async def _unfit(self, request: Request, console: Console, visitor: Visitor) -> Response | None:
        if not visitor.may(*self.roles):  # type: ignore[arg-type]  # declared as roles
            return answers.role_too_low(request, self.roles)
        if request.method != "GET" and not await _token_fits(request, visitor):
            return await answers.send_again(request)
        await _take_notice(request, console, visitor)
        return None


def _strange(request: Request, console: Console) -> Response | None:
    """The answer to what comes under a name that is not ours, or from a page that is not ours."""
    if not known_host(request, console):
        return answers.wrong_host(request)
    if request.method != "GET" and not same_origin(request, console):
        log.warning("form of another origin", origin=request.headers.get("origin"), path=request.url.path)
        return answers.foreign(request)
    return None


def known_host(request: Request, console: Console) -> bool:
    """Whether the request came under a name of ours: another may be a stranger's that leads here (DNS rebinding)."""
    return request.url.hostname in names_of(console)


def names_of(console: Console) -> set[str]:
    """The host names under which the console answers."""
    public = urlsplit(console.settings.public_url or "").hostname
    own = console.settings.host
    return {*LOCAL_HOSTS, *({public} if public else ()), *({own} if own not in ("0.0.0.0", "::") else ())}  # noqa: S104  compared, not bound


def same_origin(request: Request, console: Console) -> bool:
    """Whether one of our own pages sent the form. Browsers say so in `Origin`, and in no way that a page could change."""
    origin = request.headers.get("origin", "")
    public = urlsplit(console.settings.public_url or "")
    ours = {f"{request.url.scheme}://{request.url.netloc}", f"{public.scheme}://{public.netloc}"}
    return origin in ours and request.headers.get("sec-fetch-site", "same-origin") == "same-origin"


async def _take_notice(request: Request, console: Console, visitor: Visitor) -> None:
    """What the last form has to tell is told by the next whole page, once."""
    if request.method == "GET" and visitor.session.notice and not request.headers.get(answers.HTMX):
        request.state.notice = visitor.session.notice
        await console.workspace.store.tell(visitor.session.secret_sha256, None)


async def _token_fits(request: Request, visitor: Visitor) -> bool:
    given = request.headers.get(TOKEN_HEADER) or next(iter((await form_of(request)).all(TOKEN)), "")
    return hmac.compare_digest(given.encode(), visitor.form_token.encode())


def _address(request: Request) -> str:
    """Where to go on after signing in: the page that was asked for, or the one that the form was on."""
    if request.method == "GET":
        return request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return urlsplit(request.headers.get("referer", "")).path or "/console"

"""Who is there: the session that a cookie names or that the proxy in front begins, and how one begins at a sign-in."""

from collections.abc import Iterable
from math import ceil

from fastapi import HTTPException, Request, Response
from starlette.responses import RedirectResponse

from integrations.console import proxy
from integrations.console.visit import Console, Visitor, console_of
from integrations.sessions import SEEN_EVERY, How, Session, hash_of, new_session, role_of

COOKIE = "__Host-nextplay"
"""The prefix makes browsers refuse it unless it is Secure, of this host alone and of every path. They take loopback for secure, without TLS too."""


async def find_visitor(request: Request, console: Console, *, begins: bool) -> tuple[Visitor | None, str]:
    """Whose session the cookie names, if it lives, and the cookie. `begins`: a session may begin for whom the proxy names."""
    claimed = request.state.claimed = proxy.claimed(request, console.settings)
    secret = request.cookies.get(COOKIE, "")
    session = await _session(console, secret)
    if session is not None and session.how == "proxy" and session.email != claimed:
        session = None  # somebody else is signed in with the proxy now, or nobody
    role = role_of(session.email, session.role, console.settings.console_admins) if session else None
    if session is not None and role is not None:
        await _note(console, session)
        return Visitor.of(session, role, secret), secret
    role = await console.admission.role(claimed) if claimed and begins else None
    if claimed is None or role is None:
        return None, secret
    session = await begin(request, claimed, "proxy")
    return Visitor.of(session, role, request.state.begun), request.state.begun


async def begin(request: Request, email: str, how: How) -> Session:
    """Begin a session: always with a new cookie, so that nobody can be given a known one beforehand. The browser's former session ends."""
    console = console_of(request)
    secret, session = new_session(email, how, console.wall(), console.random)
    await console.workspace.store.begin_session(session)
    await _change(request, secret)
    return session


async def begin_by_link(request: Request, email: str, hashed: str) -> bool:
    """The same, which uses a one-time link up; False where it was used before."""
    console = console_of(request)
    secret, session = new_session(email, "link", console.wall(), console.random)
    if not await console.workspace.store.use_link(hashed, session):
        return False
    await _change(request, secret)
    return True


async def _change(request: Request, secret: str) -> None:
    """The browser's former session ends, and the cookie of the new one goes out with the answer."""
    console = console_of(request)
    if former := hash_of(request.cookies.get(COOKIE, "")):
        await console.workspace.store.end_session(former, console.wall())
    request.state.begun = secret


def keep(request: Request, response: Response) -> Response:
    """The answer with the cookie of the session that began with it, if one did."""
    if begun := getattr(request.state, "begun", ""):
        response.set_cookie(COOKIE, begun, path="/", secure=True, httponly=True, samesite="lax")
    return response


def leave(response: RedirectResponse) -> RedirectResponse:
    """The answer that takes the cookie away."""
    response.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return response


def patient(request: Request, *keys: str) -> None:
    """Raises HTTPException 429 where too many wrong tries came lately from the same address, or with one of the keys."""
    console = console_of(request)
    wait = console.throttle.wait(console.wall(), _keys(request, keys))
    if wait:
        seconds = ceil(wait.total_seconds())
        raise HTTPException(429, f"Too many tries to sign in failed. Wait {seconds} seconds, then try again.", {"Retry-After": f"{seconds}"})


def wrong(request: Request, *keys: str) -> None:
    """A try to get in was wrong."""
    console = console_of(request)
    console.throttle.failed(console.wall(), _keys(request, keys))


def _keys(request: Request, keys: Iterable[str]) -> list[str]:
    return [proxy.address_of(request, console_of(request).settings), *keys]


async def _session(console: Console, secret: str) -> Session | None:
    """The session of a cookie, if it lives."""
    hashed = hash_of(secret)
    session = await console.workspace.store.session(hashed) if hashed else None
    return session if session is not None and session.live(console.wall()) else None


async def _note(console: Console, session: Session) -> None:
    now = console.wall()
    if now - session.seen_at >= SEEN_EVERY:
        await console.workspace.store.seen(session.secret_sha256, now)

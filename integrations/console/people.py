"""Who may use the console and who is there, one-time links, and tokens of the API. For admins."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from fastapi import Request, Response

from agent.errors import InvalidInput, NotFound
from integrations.console import answers
from integrations.console.forms import Form, form_of
from integrations.console.pages import Pages
from integrations.console.rendering import Reader, page, reader_of
from integrations.console.visit import Console, console_of, visitor_of
from integrations.sessions import CONSOLE_ROLES, ConsoleRole, Member
from integrations.tokens import MAX_TTL, ROLES, TokenRow, mint

pages = Pages()
ADMINS: tuple[ConsoleRole, ...] = ("admin",)
HERE = "/console/people"
PER_PAGE = 50
MOST_SESSIONS = 100
HOW = {"link": "one-time link", "oidc": "provider", "proxy": "proxy"}


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who may use the console, as the page shows them. `by_settings`: an admin whom the settings name."""

    email: str
    role: ConsoleRole
    seen_at: datetime | None
    added_by: str
    added_at: datetime | None
    by_settings: bool
    is_you: bool


@pages.get("/people", roles=ADMINS)
async def people(request: Request, skip: int = 0) -> Response:
    """Everybody, every live session and every token."""
    return await _people(request, skip)


@pages.post("/people/let-in", roles=ADMINS)
async def let_in(request: Request) -> Response:
    """Let somebody in, or change their role."""
    console, form = console_of(request), await form_of(request)
    member, changed = await console.admission.let_in(
        form.need("email", "The address"), form.need("role", "The role"), by=visitor_of(request).email, at=console.wall(), keeping_an_admin=True
    )
    says = f"{member.email} may use the console as {member.role}." if changed else f"{member.email} was {member.role} before, too."
    return await answers.done(request, HERE, says, tone="good" if changed else "plain")


@pages.post("/people/take-off", roles=ADMINS)
async def take_off(request: Request) -> Response:
    """Take somebody off the console. Their sessions end at once."""
    console, form = console_of(request), await form_of(request)
    email = await console.admission.take_off(
        form.need("email", "The address"), by=visitor_of(request).email, at=console.wall(), keeping_an_admin=True
    )
    return await answers.done(request, HERE, f"{email} may not use the console any more.")


@pages.post("/people/link", roles=ADMINS)
async def link(request: Request) -> Response:
    """Make a one-time link. It is in this answer and nowhere else, so the answer is the page itself."""
    console, form = console_of(request), await form_of(request)
    email = form.need("email", "The address")
    made = await console.admission.link(email, console.settings.address, console.wall())
    return await _people(request, link={"email": email, "text": made})


@pages.post("/people/end", roles=ADMINS)
async def end(request: Request) -> Response:
    """End a session."""
    console, form = console_of(request), await form_of(request)
    if not await console.workspace.store.end_session(form.need("session", "The session"), console.wall(), by=visitor_of(request).email):
        raise NotFound("This session has ended already.")
    return await answers.done(request, HERE, "The session has ended.")


@pages.post("/people/token", roles=ADMINS)
async def token(request: Request) -> Response:
    """Make a token for the API. It is in this answer and nowhere else, so the answer is the page itself."""
    console, form = console_of(request), await form_of(request)
    text, row = mint(
        form.need("email", "The address"), form.need("role", "The role"),  # type: ignore[arg-type]  # `mint` checks the role
        now=console.wall(), ttl=timedelta(days=_days(form)), random=console.random,
    )  # fmt: skip
    await console.workspace.store.add_token(row, by=visitor_of(request).email)
    return await _people(request, token={"email": row.email, "role": row.role, "text": text})


@pages.post("/people/revoke", roles=ADMINS)
async def revoke(request: Request) -> Response:
    """Revoke a token."""
    console, form = console_of(request), await form_of(request)
    token_id = form.need("token", "The token")
    if not await console.workspace.store.revoke_token(token_id, by=visitor_of(request).email, at=console.wall()):
        raise NotFound("There is no such token, or it was revoked before.")
    return await answers.done(request, HERE, f"The token {token_id} does not work any more.")


async def _people(request: Request, skip: int = 0, *, link: Mapping[str, str] | None = None, token: Mapping[str, str] | None = None) -> Response:
    """The page. `link` and `token`: what was made, to be shown this once."""
    console, store = console_of(request), console_of(request).workspace.store
    now = console.wall()
    known = _persons(console, await store.members(), await store.last_seen(), visitor_of(request).email)
    skip = min(max(skip, 0), len(known))
    sessions = await store.sessions(now)
    tokens = await store.tokens()
    return page(
        request, "people/list.html", persons=known[skip : skip + PER_PAGE], count=len(known), roles=CONSOLE_ROLES,
        role_choices=[(role, role) for role in CONSOLE_ROLES], token_roles=ROLES,
        newer=f"{HERE}?skip={max(skip - PER_PAGE, 0)}" if skip else "",
        older=f"{HERE}?skip={skip + PER_PAGE}" if skip + PER_PAGE < len(known) else "", first=skip + 1,
        sessions=[*islice(sessions, MOST_SESSIONS)], session_count=len(sessions), own=visitor_of(request).session.secret_sha256, how=HOW,
        tokens=_live(tokens, now), over=len(tokens) - len(_live(tokens, now)), wall=Reader(now, reader_of(request).zone),
        made_link=link, made_token=token,
    )  # fmt: skip


def _persons(console: Console, members: Sequence[Member], seen: Mapping[str, datetime], you: str) -> list[Person]:
    """The admins of the settings first, then everybody by address."""
    named = console.settings.console_admins
    first = [Person(email, "admin", seen.get(email), "the settings", None, by_settings=True, is_you=email == you) for email in named]
    return first + [
        Person(one.email, one.role, seen.get(one.email), one.added_by, one.added_at, by_settings=False, is_you=one.email == you)
        for one in members
        if one.email not in named
    ]


def _live(tokens: Sequence[TokenRow], now: datetime) -> list[TokenRow]:
    """Those that work, by when they end."""
    return sorted((one for one in tokens if one.revoked_at is None and now < one.expires_at), key=lambda one: (one.expires_at, one.id))


def _days(form: Form) -> int:
    given = form.need("days", "The number of days")
    if not given.isascii() or not given.isdecimal() or not 0 < int(given) <= MAX_TTL.days:
        raise InvalidInput(f"A token is valid for 1 to {MAX_TTL.days} days.", "Give a whole number of days.")
    return int(given)

"""Stopping a surface or a play, and letting surfaces go that are held back."""

from datetime import datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from fastapi import Request, Response

from agent.errors import InvalidInput
from integrations.console.answers import done
from integrations.console.forms import Form, form_of
from integrations.console.pages import Pages
from integrations.console.rendering import reader_of
from integrations.console.visit import console_of, visitor_of
from integrations.sessions import ConsoleRole
from integrations.telling.words import several

pages = Pages()
OPERATORS: tuple[ConsoleRole, ...] = ("operator", "admin")


@pages.post("/playbook/block", roles=OPERATORS)
async def block(request: Request) -> Response:
    """Stop everything of a surface or play, and keep it stopped."""
    form, who = await form_of(request), visitor_of(request).email
    kind, ref = _target(form)
    until = _until(form.text("until"), reader_of(request).zone, reader_of(request).now)
    stopped = await console_of(request).workspace.service.block(kind, ref, who=who, why=form.need("why", "The reason"), until=until)
    return await done(request, _page(kind, ref), f"The {kind} {ref} is blocked. {several(stopped, 'decision')} stopped.", tone="warn")


@pages.post("/playbook/unblock", roles=OPERATORS)
async def unblock(request: Request) -> Response:
    """Lift a block."""
    form, who = await form_of(request), visitor_of(request).email
    kind, ref = _target(form)
    ended = await console_of(request).workspace.service.unblock(kind, ref, who=who, why=form.need("why", "The reason"))
    said = f"The {kind} {ref} is no longer blocked. What was stopped stays stopped." if ended else f"The {kind} {ref} was not blocked any more."
    return await done(request, _page(kind, ref), said)


@pages.post("/playbook/lift", roles=OPERATORS)
async def lift(request: Request) -> Response:
    """End a demotion, or allow auto; the latter takes a second person."""
    form, who = await form_of(request), visitor_of(request).email
    service, ref, why = console_of(request).workspace.service, form.need("ref", "The surface"), form.need("why", "The reason")
    if form.text("cap") == "unproven":
        await service.allow_auto(ref, who=who, why=why)
        return await done(request, _page("surface", ref), f"The surface {ref} may work in auto. {who} answers for it.")
    await service.lift(ref, who=who, why=why)
    return await done(request, _page("surface", ref), f"The surface {ref} is no longer demoted.")


def _target(form: Form) -> tuple[str, str]:
    kind, ref = form.text("kind"), form.need("ref", "What it is about")
    if kind not in ("surface", "play"):
        raise InvalidInput(
            "Only a surface or a play is blocked here.", "Accounts and contacts are blocked at a decision about them, or with: nextplay block"
        )
    return kind, ref


def _page(kind: str, ref: str) -> str:
    return f"/console/playbook/{kind}s/{quote(ref, safe='')}"


def _until(text: str, zone: ZoneInfo, now: datetime) -> datetime | None:
    """The moment that a form's field names, in the reader's zone. Raises InvalidInput."""
    if not text:
        return None
    try:
        until = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidInput(f"'{text[:40]}' is no moment.", "Choose a day and an hour, or leave it empty.") from None
    until = until if until.tzinfo else until.replace(tzinfo=zone)
    if until <= now:
        raise InvalidInput("The block would have ended already.", "Choose a moment to come, or leave it empty.")
    return until

"""Asks as one person sees them."""

from collections.abc import Sequence
from datetime import timedelta

from fastapi import Request

from agent.errors import NotFound
from integrations.console.asks import ShownAsk, shown_ask
from integrations.console.forms import Form
from integrations.console.visit import console_of, visitor_of
from integrations.sessions import ConsoleRole
from integrations.telling.asking import LABELS, OTHER_REASONS

ANSWERING: tuple[ConsoleRole, ...] = ("agent", "approver")
"""Roles that answer asks, beside admins."""
REASONS = [*OTHER_REASONS.items(), *LABELS.items()]
LATELY = 5
"""So many of a person's last answers are looked through for what can still be undone."""


async def shown(request: Request, ask_ids: Sequence[str]) -> list[ShownAsk]:
    """These asks, in this order."""
    console, visitor = console_of(request), visitor_of(request)
    service = console.workspace.service
    if not ask_ids:
        return []
    found, names = await service.asked(ask_ids), await service.names()
    may = await can_answer(request)
    answerable = await service.answerable(visitor.email, found) if may else frozenset()
    undo = timedelta(seconds=console.settings.undo_s if may else 0)
    return [
        shown_ask(
            one, visitor.email, answerable=answerable, playbook=await service.playbook_of(one.decision), names=names, now=service.now(), undo=undo
        )
        for one in found
    ]  # fmt: skip


async def can_answer(request: Request) -> bool:
    """Whether the visitor answers asks at all: by their role, and as a colleague in the directory. Looked up once for a page."""
    if (known := getattr(request.state, "answers", None)) is None:
        visitor = visitor_of(request)
        known = request.state.answers = visitor.may(*ANSWERING) and await console_of(request).workspace.service.knows(visitor.email)
    return bool(known)


async def one_of(request: Request, ask: str) -> ShownAsk:
    """One of them. Raises NotFound."""
    found = await shown(request, [ask])
    if not found:
        raise NotFound(f"There is no ask {ask[:80]}.", "Go to the queue: it has every ask that waits.")
    return found[0]


async def undoable(request: Request) -> list[ShownAsk]:
    """What the visitor approved, and may take back: until the undo time is over, or until what is scheduled goes out."""
    visitor = visitor_of(request)
    if not visitor.may(*ANSWERING):
        return []
    lately = await console_of(request).workspace.service.answered_by(visitor.email, at_most=LATELY)
    return [one for one in await shown(request, [ask.id for ask in lately]) if one.undo_until is not None]


def reason_of(form: Form) -> str:
    """Why an ask is rejected. Raises InvalidInput where the form does not say."""
    return form.need("reason", "The reason")

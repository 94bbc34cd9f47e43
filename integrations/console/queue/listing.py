"""The asks that wait, page by page, and one of them by itself."""

from fastapi import Request, Response

from integrations.console import attending
from integrations.console.pages import EVERYBODY, Pages
from integrations.console.queue.filters import Filters, pager
from integrations.console.queue.reading import REASONS, can_answer, one_of, shown, undoable
from integrations.console.rendering import page
from integrations.console.visit import console_of, visitor_of

pages = Pages()


@pages.get("/queue", roles=EVERYBODY)
async def queue(request: Request, after: str = "", before: str = "") -> Response:
    """The asks that wait, a page at a time."""
    filters, who = Filters.of(request), visitor_of(request).email
    service = console_of(request).workspace.service
    found = await service.queue(filters.queued(who), after=after or None, before=before or None)
    return page(
        request, "queue/list.html", reasons=REASONS, found=found, filters=filters, asks=await shown(request, found.asks),
        undoable=await undoable(request), answers=(found.count or filters.any) and await can_answer(request), pager=pager(filters, found),
        attention=await attending.attention_of(console_of(request), who), back=filters.query(after=after, before=before),
    )  # fmt: skip


@pages.get("/queue/{ask}", roles=EVERYBODY)
async def one(request: Request, ask: str) -> Response:
    """One ask by itself."""
    return page(request, "queue/one.html", one=await one_of(request, ask), reasons=REASONS, back="", said=None)

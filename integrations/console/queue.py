"""What waits for whom."""

from fastapi import Request, Response

from integrations.console.pages import EVERYBODY, Pages
from integrations.console.rendering import page
from integrations.console.visit import console_of

pages = Pages()


@pages.get("/queue", roles=EVERYBODY)
async def queue(request: Request) -> Response:
    """The asks that wait for an answer, by when they end."""
    service = console_of(request).workspace.service
    asks = sorted(await service.waiting(), key=lambda ask: (ask.expires_at, ask.id))
    return page(request, "queue/list.html", asks=asks)

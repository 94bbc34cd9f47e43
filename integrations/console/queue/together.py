"""The same answer to several asks that are alike, after a look at all of them; each is an answer of its own."""

from fastapi import Request, Response

from agent.listing import Likeness
from agent.queueing import AT_ONCE
from integrations.console import answers
from integrations.console.forms import form_of
from integrations.console.pages import Pages
from integrations.console.queue.filters import PATH
from integrations.console.queue.reading import ANSWERING, REASONS, can_answer, reason_of, shown
from integrations.console.rendering import page
from integrations.console.visit import console_of, visitor_of
from integrations.telling import words

pages = Pages()


@pages.get("/queue/groups", roles=ANSWERING)
async def groups(request: Request) -> Response:
    """What may be answered together. The queue loads it beside its list: of thousands of asks it has to be found out who may answer them."""
    found = await console_of(request).workspace.service.alike(visitor_of(request).email) if await can_answer(request) else []
    return page(request, "queue/groups.html", groups=found)


@pages.get("/queue/alike", roles=ANSWERING)
async def alike(request: Request, play: str = "", surface: str = "", verdict: str = "") -> Response:
    """Everything that would be answered together, before it is."""
    service, who = console_of(request).workspace.service, visitor_of(request).email
    asks = [one for one in await shown(request, await service.asks_alike(Likeness(play, surface, verdict), who)) if one.may]
    return page(request, "queue/alike.html", asks=asks, reasons=REASONS, most=AT_ONCE, surface=surface)


@pages.post("/queue/alike", roles=ANSWERING)
async def answer_alike(request: Request) -> Response:
    """Answer those that were chosen, each by itself; what failed is listed."""
    form, who = await form_of(request), visitor_of(request).email
    answer, asks = form.need("answer", "The answer"), form.all("ask")
    said = await console_of(request).workspace.service.answer_together(
        asks, answer, who=who, reason=reason_of(form) if answer == "reject" else None, note=form.text("note") or None
    )  # fmt: skip
    done = [one for one in said if one.done]
    failed = [one for one in said if not one.done]
    verb = "approved" if answer == "approve" else "rejected"
    if not failed:
        return await answers.done(request, PATH, f"{words.several(len(done), 'ask')} {verb}.")
    return page(request, "queue/said.html", done=done, failed=failed, verb=verb)

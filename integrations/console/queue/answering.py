"""An answer to one ask, by the same call as in Slack."""

from datetime import datetime

from fastapi import Request, Response

from agent.errors import InvalidInput, NextplayError
from integrations.console import answers
from integrations.console.forms import Form, form_of
from integrations.console.pages import Pages
from integrations.console.queue.filters import PATH, way_back
from integrations.console.queue.reading import ANSWERING, REASONS, one_of, reason_of
from integrations.console.rendering import page
from integrations.console.visit import console_of, visitor_of

pages = Pages()


@pages.post("/queue/{ask}/answer", roles=ANSWERING)
async def answer(request: Request, ask: str) -> Response:
    """Approve, reject, put off or undo. With htmx the ask is shown anew in its place; without, the page it was on follows."""
    form, who = await form_of(request), visitor_of(request).email
    kind, back = form.need("answer", "The answer"), way_back(form)
    if kind == "edit":
        raise InvalidInput("An edit is made on its own page.", f"Open {PATH}/{ask}/edit.")
    reason, until = reason_of(form) if kind == "reject" else None, _until(form) if kind == "snooze" else None
    try:
        result = await console_of(request).workspace.service.answer(ask, kind, who=who, reason=reason, note=form.text("note") or None, until=until)
    except NextplayError as error:
        if not request.headers.get(answers.HTMX):
            raise
        return await _again(request, ask, {"says": f"{error.message} {error.next_step}".strip(), "tone": "bad"}, form)
    told = {"says": result.says, "tone": "good" if result.won else "warn"}
    if request.headers.get(answers.HTMX):
        return await _again(request, ask, told, form)
    return await answers.done(request, back, **told)


async def _again(request: Request, ask: str, said: dict[str, str], form: Form) -> Response:
    """The ask in its place, with what came of the answer."""
    return page(request, "queue/card.html", one=await one_of(request, ask), reasons=REASONS, back=form.text("back"), said=said)


def _until(form: Form) -> datetime:
    said = form.need("until", "Until when")
    try:
        until = datetime.fromisoformat(said)
    except ValueError:
        until = None
    if until is None or until.tzinfo is None:
        raise InvalidInput(f"'{said[:40]}' is not a moment.", "Choose one from the list.")
    return until

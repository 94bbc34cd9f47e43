"""One decision: its whole story on one page, and what may be done about it."""

from datetime import datetime, timedelta

from fastapi import Request, Response
from starlette.responses import RedirectResponse

from agent.domain.decision import BAD_LABELS
from agent.errors import InvalidInput, NotFound
from agent.listing import Asked
from integrations.console import answers
from integrations.console.forms import Form, form_of
from integrations.console.pages import EVERYBODY, Pages
from integrations.console.queue.reading import ANSWERING
from integrations.console.rendering import Reader, page, reader_of
from integrations.console.story.doing import BLOCKERS, REVIEWERS, doing, targets
from integrations.console.story.told import told
from integrations.console.tones import ROUTE_TONES
from integrations.console.visit import console_of, visitor_of
from integrations.telling import words
from integrations.telling.case import Case
from integrations.telling.routes import ROUTES

pages = Pages()

MOST_DIFFERENCES = 200
"""How many differences of a replay are shown."""

LONGEST_BLOCK = timedelta(days=3_660)


@pages.get("/decisions/{decision_id}", roles=EVERYBODY)
async def decision(request: Request, decision_id: str) -> Response:
    """The story of a decision. By the id of its run, or of one of its asks, it is found too."""
    try:
        story = await console_of(request).workspace.service.story(decision_id)
    except NotFound:
        return page(request, "decision/unknown.html", status=404, given=words.one_line(decision_id)[:80])
    own = story.decision.id
    if decision_id != own:
        return RedirectResponse(f"/console/decisions/{own}{f'#ask-{decision_id}' if decision_id.startswith('apr_') else ''}", 303)
    shown, service, visitor = told(story, reader_of(request).zone), console_of(request).workspace.service, visitor_of(request)
    asked = [Asked(ask, story.decision, story.asks) for ask in story.asks] if visitor.may(*ANSWERING) else []
    answerable = await service.answerable(visitor.email, asked)
    may = doing(shown.case, story, visitor, known=await service.knows(visitor.email), answerable=answerable)
    return page(request, "decision/story.html", told=shown, doing=may)


@pages.post("/decisions/{decision_id}/label", roles=REVIEWERS)
async def label(request: Request, decision_id: str) -> Response:
    """Keep what somebody says of it."""
    form = await form_of(request)
    given = form.need("label", "The label")
    news, said = await console_of(request).workspace.service.label(decision_id, given, who=visitor_of(request).email, note=form.text("note"))
    what = f"You called it {words.role(said.label)}." if news else f"You had called it {words.role(said.label)} already."
    turn = f" Where to turn: {said.why}" if said.label in BAD_LABELS and said.why else ""
    return await answers.done(request, f"/console/decisions/{decision_id}#labels", f"{what}{turn}")


@pages.post("/decisions/{decision_id}/block", roles=BLOCKERS)
async def block(request: Request, decision_id: str) -> Response:
    """Stop everything for its account, contact, play or surface."""
    service, form, who = console_of(request).workspace.service, await form_of(request), visitor_of(request).email
    explained = await service.explain(decision_id)
    there, chosen = targets(Case(explained, service.now())), form.need("target", "What to block")
    if chosen not in there:
        raise InvalidInput(f"'{words.one_line(chosen)[:40]}' is nothing of this decision that can be blocked.", f"There is: {', '.join(there)}.")
    said, ref = there[chosen]
    until = _until(form, reader_of(request))
    stopped = await service.block(chosen, ref, who=who, why=form.need("why", "The reason"), until=until)
    what = f"Blocked {said}. {words.several(stopped, 'pending decision')} stopped." if stopped else f"Blocked {said}. Nothing of it was pending."
    return await answers.done(request, f"/console/decisions/{explained.id}", what, tone="warn")


@pages.post("/decisions/{decision_id}/unblock", roles=BLOCKERS)
async def unblock(request: Request, decision_id: str) -> Response:
    """Lift a block that is in force on what it is about."""
    service, form, who = console_of(request).workspace.service, await form_of(request), visitor_of(request).email
    story, id_ = await service.story(decision_id), form.need("block", "The block")
    to = f"/console/decisions/{story.decision.id}"
    block = next((one for one in story.blocks if one.id == id_), None)
    if block is None:
        return await answers.done(request, to, "This was not blocked any more.", tone="warn")
    await service.unblock(block.target, block.ref, who=who, why=form.need("why", "The reason"))
    return await answers.done(request, to, f"The {block.target} {block.ref} is no longer blocked. What was stopped stays stopped.")


@pages.post("/decisions/{decision_id}/undo", roles=REVIEWERS)
async def undo(request: Request, decision_id: str) -> Response:
    """Take back what has not been done yet."""
    done = await console_of(request).workspace.service.answer(decision_id, "undo", who=visitor_of(request).email)
    return await answers.done(request, f"/console/decisions/{decision_id}", done.says, tone="good" if done.won else "warn")


@pages.post("/decisions/{decision_id}/replay", roles=EVERYBODY)
async def replay(request: Request, decision_id: str) -> Response:
    """Decide it again from what was known then. It changes nothing, so its answer is the page itself."""
    done = await console_of(request).workspace.service.replay(decision_id)
    return page(
        request, "decision/replay.html", done=done, route=(ROUTES[done.route], ROUTE_TONES[done.route]),
        differences=[words.one_line(line) for line in done.differences[:MOST_DIFFERENCES]], more=max(len(done.differences) - MOST_DIFFERENCES, 0),
    )  # fmt: skip


def _until(form: Form, reader: Reader) -> datetime | None:
    """Until when, in the reader's zone; None where the field was left empty. Raises InvalidInput for what is no moment to come."""
    given = form.text("until", most=40)
    if not given:
        return None
    try:
        until = datetime.fromisoformat(given).replace(tzinfo=reader.zone)
    except ValueError:
        raise InvalidInput(f"'{words.one_line(given)}' is no moment.", "Write it as 2026-12-24T18:00, or leave it empty.") from None
    if not reader.now < until < reader.now + LONGEST_BLOCK:
        raise InvalidInput(f"{reader.exact(until)} is not to come, or too far away.", "Choose a later moment, or leave it empty.")
    return until

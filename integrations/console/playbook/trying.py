"""What a draft would have done to history: found out beside the serving, with how far it is, and kept with the revision."""

from datetime import timedelta
from typing import Any

from fastapi import Request, Response
from pydantic import TypeAdapter

from agent.errors import InvalidInput, NotFound
from agent.playbook.drafts import Draft, DraftTrial
from agent.simulating import Simulation
from integrations.console.answers import done
from integrations.console.forms import form_of
from integrations.console.pages import EVERYBODY, Pages
from integrations.console.rendering import page
from integrations.console.visit import console_of, visitor_of, works_of
from integrations.console.working import Work
from integrations.crew import beside_a_server
from integrations.reports.simulation import sections_of
from integrations.telling.simulation import summary

pages = Pages()
DAYS = (7, 30, 90)
MOST = 100
"""Decisions of each kind that a page lists."""

_SHAPE = TypeAdapter(Simulation)


@pages.post("/playbook/drafts/{number}/simulate", roles=("operator", "admin"))
async def simulate(request: Request, number: str) -> Response:
    """Begin to decide history again under a draft."""
    service, sent, who = console_of(request).workspace.service, await form_of(request), visitor_of(request).email
    days = sent.text("days")
    if days not in map(str, DAYS):
        raise InvalidInput(f"{days[:20]} days cannot be chosen.", f"Choose {', '.join(map(str, DAYS))}.")
    draft = await service.draft(int(number) if number.isdecimal() and len(number) < 13 else -1)
    book = await service.drafted(draft)
    until = console_of(request).workspace.clock() + timedelta(microseconds=1)

    async def decide_again(work: Work) -> None:
        found = await service.simulate(
            book, since=until - timedelta(days=int(days)), until=until, hire=beside_a_server, progress=work.progress
        )  # fmt: skip
        await service.keep_trial(DraftTrial(draft.id, draft.revision, who, until, _SHAPE.dump_python(found, mode="json")))

    works_of(request).begin(_key(draft), decide_again)
    return await done(request, f"/console/playbook/drafts/{draft.id}#trial", "Deciding again has begun. It goes on while you look at other pages.")


@pages.get("/playbook/drafts/{number}/trial", roles=EVERYBODY)
async def trial(request: Request, number: str) -> Response:
    """How far it is, or what came out: the part of the draft's page that is asked for until it is done."""
    service = console_of(request).workspace.service
    if not number.isdecimal() or len(number) > 12:
        raise NotFound("There is no such draft.", "Look at the list of drafts.")
    draft = await service.draft(int(number))
    whole = "playbook/trial.html" if request.headers.get("hx-request") else "playbook/trial_page.html"
    return page(request, whole, draft=draft, may=visitor_of(request).may("operator", "admin"), **await trial_of(request, draft))


async def trial_of(request: Request, draft: Draft) -> dict[str, Any]:
    """What a page shows of it: work under way, and what was found out of the newest revision that was tried."""
    work = works_of(request).of(_key(draft))
    kept = await console_of(request).workspace.service.trial(draft.id)
    found = _SHAPE.validate_python(kept.found) if kept else None
    return {
        "work": work, "trial": kept, "days": DAYS, "summary": summary(found) if found else "",
        "sections": sections_of(found, address=lambda one: f"/console/decisions/{one}", at_most=MOST) if found else [],
    }  # fmt: skip


def _key(draft: Draft) -> tuple[str, int, int]:
    return "trial", draft.id, draft.revision

"""Everything that was decided: searched, filtered, saved as views, and taken along as a table."""

from datetime import UTC, datetime
from urllib.parse import parse_qsl

from fastapi import Request, Response
from starlette.responses import StreamingResponse

from agent.domain.decision import BAD_LABELS, REASONS
from agent.errors import InvalidInput
from agent.finding import EXPORTED
from agent.listing import FoundDecision, FoundDecisions
from integrations.console import answers
from integrations.console.exporting import table
from integrations.console.forms import form_of
from integrations.console.looking import FIELDS, RESULTS, ROUTES, Looked, impossible, looked_for
from integrations.console.pages import EVERYBODY, Pages
from integrations.console.rendering import HEADERS, page, reader_of
from integrations.console.visit import console_of, visitor_of
from integrations.sessions import ConsoleRole
from integrations.telling import words
from integrations.telling.asking import LABELS

pages = Pages()

PATH = "/console/decisions"
EXPORTING: tuple[ConsoleRole, ...] = ("operator", "admin")
_SAME = {("ask", "asking"), ("deferred", "waiting"), *((route, "closed") for route in ROUTES)}
"""Routes and states of a run of which the second says nothing that the first does not."""
MOST_VIEWS, LONGEST_NAME, LONGEST_VIEW = 50, 60, 2_000
_NOTHING = FoundDecisions([], newer=False, older=False, count=0)


@pages.get("/decisions", roles=EVERYBODY)
async def decisions(request: Request) -> Response:
    """A page of the decisions that fit, newest first."""
    console, service = console_of(request), console_of(request).workspace.service
    looked = looked_for(request.query_params, reader_of(request).zone)
    found = _NOTHING if impossible(looked) else await service.find(looked.wanted, before=looked.before, after=looked.after)
    playbooks, models = await service.known_versions()
    return page(
        request, "decisions/list.html", looked=looked, said=looked.said, found=found, pager=_pager(looked, found), titled=titled, routes=ROUTES,
        settled=_SAME,
        results=RESULTS, labels=[(one, LABELS[one]) for one in BAD_LABELS], playbook=console.workspace.playbook, playbooks=playbooks, models=models,
        unread=await service.unread(), views=await console.workspace.store.views(visitor_of(request).email), most=EXPORTED,
        may_export=visitor_of(request).may(*EXPORTING), more=any(looked.said[name] for name in ("rule", "label", "model", "playbook")),
    )  # fmt: skip


@pages.get("/decisions.csv", roles=EXPORTING)
async def export(request: Request) -> Response:
    """The decisions that fit, as a table to take along."""
    console, looked = console_of(request), looked_for(request.query_params, reader_of(request).zone)
    if impossible(looked):
        raise InvalidInput(" ".join(looked.wrong), "Correct the address, and ask again.")
    lines = table(await console.workspace.service.export(looked.wanted, who=visitor_of(request).email))
    named = f'attachment; filename="decisions-{console.workspace.service.now():%Y-%m-%d}.csv"'
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers={**HEADERS, "Content-Disposition": named})


@pages.post("/decisions/views", roles=EVERYBODY)
async def save(request: Request) -> Response:
    """Save what is looked for under a name; one of the same name is replaced."""
    form, visitor, store = await form_of(request), visitor_of(request), console_of(request).workspace.store
    name, looked = words.one_line(form.need("name", "The name"))[:LONGEST_NAME], _given(form.text("query"), request)
    if len(looked.query()) > LONGEST_VIEW:
        raise InvalidInput("These filters are too long to be saved.", "Shorten them.")
    mine = await store.views(visitor.email)
    if len(mine) >= MOST_VIEWS and name not in {view.name for view in mine}:
        raise InvalidInput(f"You have {MOST_VIEWS} views already.", "Delete one first.")
    await store.save_view(visitor.email, name, looked.query(), datetime.now(UTC))
    return await answers.done(request, _address(looked), f"Saved as '{name}'.")


@pages.post("/decisions/views/{view}/delete", roles=EVERYBODY)
async def delete(request: Request, view: int) -> Response:
    """Forget a view of one's own."""
    form, store = await form_of(request), console_of(request).workspace.store
    gone = await store.delete_view(visitor_of(request).email, view)
    says = "The view was deleted." if gone else "There is no such view of yours any more."
    return await answers.done(request, _address(_given(form.text("query"), request)), says, tone="good" if gone else "warn")


def titled(one: FoundDecision) -> str:
    """What was decided, in a few words; where nothing was chosen, why."""
    if one.title:
        return words.one_line(one.title)
    why = dict.fromkeys(REASONS.get(code, words.role(code)) for code in one.reasons)
    return f"Nothing: {'; '.join(why)}" if why else "Nothing"


def _pager(looked: Looked, found: FoundDecisions) -> dict[str, str]:
    """The addresses of newer and older ones, where there are such."""
    shown = found.decisions
    newer = f"{PATH}?{looked.query(after=str(shown[0].place))}" if found.newer and shown else ""
    older = f"{PATH}?{looked.query(before=str(shown[-1].place))}" if found.older and shown else ""
    return {"newer": newer, "older": older}


def _given(query: str, request: Request) -> Looked:
    """What a form carries of the page that it was on; nothing but filters is taken over."""
    said = {name: value for name, value in parse_qsl(query, max_num_fields=50) if name in FIELDS}
    return looked_for(said, reader_of(request).zone)


def _address(looked: Looked) -> str:
    return f"{PATH}?{query}" if (query := looked.query()) else PATH

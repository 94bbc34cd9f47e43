"""What waits for whom, and answers to it in place: each by the same call as in Slack."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import parse_qsl, urlencode

from fastapi import Request, Response

from agent.errors import InvalidInput, NextplayError, NotFound
from agent.listing import AskPage, Likeness, Queued
from agent.queueing import AT_ONCE
from integrations.console import answers, attending, editing
from integrations.console.asks import ShownAsk, shown_ask
from integrations.console.forms import Form, form_of
from integrations.console.pages import EVERYBODY, Pages
from integrations.console.rendering import page
from integrations.console.visit import console_of, visitor_of
from integrations.sessions import ConsoleRole
from integrations.telling import words
from integrations.telling.asking import LABELS, OTHER_REASONS

pages = Pages()

PATH = "/console/queue"
ANSWERING: tuple[ConsoleRole, ...] = ("agent", "approver")
"""Roles that answer asks, beside admins."""
REASONS = [*OTHER_REASONS.items(), *LABELS.items()]
IN_ADDRESS = ("mine", "surface", "role", "account", "q", "after", "before")
LATELY = 5
"""So many of a person's last answers are looked through for what can still be undone."""


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address says of which asks are looked at."""

    mine: bool = False
    surface: str = ""
    role: str = ""
    account: str = ""
    q: str = ""

    @classmethod
    def of(cls, request: Request) -> "Filters":
        """As the address has them."""
        given = request.query_params
        said = {name: words.one_line(given.get(name, ""))[:200] for name in ("surface", "role", "account", "q")}
        return cls(mine=bool(given.get("mine")), **said)

    def queued(self, who: str) -> Queued:
        """As the service takes them."""
        return Queued(who if self.mine else "", self.surface, self.role, self.account, self.q)

    @property
    def any(self) -> bool:
        """Whether some ask may be left out."""
        return self != Filters()

    def query(self, **more: str) -> str:
        """The address's query, without what says nothing."""
        said = {"mine": "1" if self.mine else "", "surface": self.surface, "role": self.role, "account": self.account, "q": self.q, **more}
        return urlencode({name: value for name, value in said.items() if value})


@pages.get("/queue", roles=EVERYBODY)
async def queue(request: Request, after: str = "", before: str = "") -> Response:
    """The asks that wait, a page at a time."""
    filters, who = Filters.of(request), visitor_of(request).email
    service = console_of(request).workspace.service
    found = await service.queue(filters.queued(who), after=after or None, before=before or None)
    may = await can_answer(request)
    return page(
        request, "queue/list.html", reasons=REASONS, found=found, filters=filters, asks=await _shown(request, found.asks),
        undoable=await _undoable(request), groups=await service.alike(who) if may else [], pager=_pager(filters, found),
        attention=await attending.attention_of(console_of(request), who), back=filters.query(after=after, before=before),
    )  # fmt: skip


@pages.get("/queue/alike", roles=ANSWERING)
async def alike(request: Request, play: str = "", surface: str = "", verdict: str = "") -> Response:
    """Everything that would be answered together, before it is."""
    service, who = console_of(request).workspace.service, visitor_of(request).email
    asks = [one for one in await _shown(request, await service.asks_alike(Likeness(play, surface, verdict), who)) if one.may]
    return page(request, "queue/alike.html", asks=asks, reasons=REASONS, most=AT_ONCE, surface=surface)


@pages.post("/queue/alike", roles=ANSWERING)
async def answer_alike(request: Request) -> Response:
    """Answer those that were chosen, each by itself; what failed is listed."""
    form, who = await form_of(request), visitor_of(request).email
    answer, asks = form.need("answer", "The answer"), form.all("ask")
    said = await console_of(request).workspace.service.answer_together(
        asks, answer, who=who, reason=_reason(form) if answer == "reject" else None, note=form.text("note") or None
    )  # fmt: skip
    done = [one for one in said if one.done]
    failed = [one for one in said if not one.done]
    verb = "approved" if answer == "approve" else "rejected"
    if not failed:
        return await answers.done(request, PATH, f"{words.several(len(done), 'ask')} {verb}.")
    return page(request, "queue/said.html", done=done, failed=failed, verb=verb)


@pages.get("/queue/{ask}", roles=EVERYBODY)
async def one(request: Request, ask: str) -> Response:
    """One ask by itself."""
    return page(request, "queue/one.html", one=await _one(request, ask), reasons=REASONS, back="", said=None)


@pages.post("/queue/{ask}/answer", roles=ANSWERING)
async def answer(request: Request, ask: str) -> Response:
    """Approve, reject, put off or undo. With htmx the ask is shown anew in its place; without, the page it was on follows."""
    form, who = await form_of(request), visitor_of(request).email
    kind, back = form.need("answer", "The answer"), _back(form)
    if kind == "edit":
        raise InvalidInput("An edit is made on its own page.", f"Open {PATH}/{ask}/edit.")
    reason, until = _reason(form) if kind == "reject" else None, _until(form) if kind == "snooze" else None
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


@pages.get("/queue/{ask}/edit", roles=ANSWERING)
async def edit(request: Request, ask: str) -> Response:
    """The words and parameters of an ask, to be changed before it is approved."""
    shown = await _one(request, ask)
    return page(request, "queue/edit.html", one=shown, fields=editing.fields_of(shown), back=request.query_params.get("back", ""), wrong=False)


@pages.post("/queue/{ask}/edit", roles=ANSWERING)
async def change(request: Request, ask: str) -> Response:
    """Approve with what was changed. What is wrong is said at its field, and nothing that was written is lost."""
    form, who, service = await form_of(request), visitor_of(request).email, console_of(request).workspace.service
    shown = await _one(request, ask)
    edit, given = editing.read(form, shown)
    errors = await editing.wrong_fields(service, ask, who, edit, given) if shown.live else {}
    if errors:
        fields = editing.fields_of(shown, given, errors)
        return page(request, "queue/edit.html", status=422, one=shown, fields=fields, back=form.text("back"), wrong=True)
    kind = "edit" if edit.changes else "approve"
    result = await service.answer(ask, kind, who=who, content=edit.content or None, params=edit.params or None)
    return await answers.done(request, _back(form), result.says, tone="good" if result.won else "warn")


# --- reading ----------------------------------------------------------------------------------------------------------


async def _shown(request: Request, ask_ids: Sequence[str]) -> list[ShownAsk]:
    console, visitor = console_of(request), visitor_of(request)
    service = console.workspace.service
    found, names = await service.asked(ask_ids), await service.names() if ask_ids else {}
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
    """Whether the visitor answers asks at all: by their role, and as a colleague in the directory."""
    visitor = visitor_of(request)
    return visitor.may(*ANSWERING) and await console_of(request).workspace.service.knows(visitor.email)


async def _one(request: Request, ask: str) -> ShownAsk:
    found = await _shown(request, [ask])
    if not found:
        raise NotFound(f"There is no ask {ask[:80]}.", "Go to the queue: it has every ask that waits.")
    return found[0]


async def _undoable(request: Request) -> list[ShownAsk]:
    """What the visitor approved a moment ago, and may take back."""
    visitor = visitor_of(request)
    if not visitor.may(*ANSWERING):
        return []
    lately = await console_of(request).workspace.service.answered_by(visitor.email, at_most=LATELY)
    return [one for one in await _shown(request, [ask.id for ask in lately]) if one.undo_until is not None]


async def _again(request: Request, ask: str, said: dict[str, str], form: Form) -> Response:
    """The ask in its place, with what came of the answer."""
    return page(request, "queue/card.html", one=await _one(request, ask), reasons=REASONS, back=form.text("back"), said=said)


def _pager(filters: Filters, found: AskPage) -> dict[str, str]:
    """The addresses of the pages before and after, where there are such."""
    before = f"{PATH}?{filters.query(before=found.asks[0])}" if found.before and found.asks else ""
    after = f"{PATH}?{filters.query(after=found.asks[-1])}" if found.after and found.asks else ""
    return {"before": before, "after": after}


def _back(form: Form) -> str:
    """The page that the form was on: the queue, as it was filtered."""
    query = urlencode([(name, value) for name, value in parse_qsl(form.text("back"), max_num_fields=50) if name in IN_ADDRESS])
    return answers.within(f"{PATH}?{query}", PATH) if query else PATH


def _reason(form: Form) -> str:
    return form.need("reason", "The reason")


def _until(form: Form) -> datetime:
    said = form.need("until", "Until when")
    try:
        until = datetime.fromisoformat(said)
    except ValueError:
        until = None
    if until is None or until.tzinfo is None:
        raise InvalidInput(f"'{said[:40]}' is not a moment.", "Choose one from the list.")
    return until

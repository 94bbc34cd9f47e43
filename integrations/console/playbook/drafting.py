"""Drafts: their list, the form of an item, what the check says, and the way over a second person into force."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, get_args
from urllib.parse import quote

from fastapi import HTTPException, Request, Response

from agent.changing_policy import MovedOn, WrittenMeanwhile, WrongValues
from agent.domain.playbook import Playbook
from agent.errors import InvalidInput, NotFound
from agent.playbook.differing import changes
from agent.playbook.drafts import Draft
from agent.playbook.expressions import Kind
from agent.playbook.parameters import Address, Parameter, parameters, parameters_of, written
from agent.service import Nextplay
from integrations.console.answers import done
from integrations.console.forms import Form, form_of
from integrations.console.pages import EVERYBODY, Pages
from integrations.console.playbook.trying import trial_of
from integrations.console.rendering import page
from integrations.console.visit import console_of, visitor_of
from integrations.sessions import ConsoleRole
from integrations.telling import policy

pages = Pages()
WRITERS: tuple[ConsoleRole, ...] = ("operator", "admin")
_SET, _SEEN = "set.", "seen."


@dataclass(frozen=True, slots=True)
class Field:
    """A setting as the form shows it. `newer` is what somebody else wrote meanwhile where that is not what is shown."""

    parameter: Parameter
    value: str
    stored: str
    base: str
    by: str = ""
    error: str = ""
    newer: str = ""

    @property
    def name(self) -> str:
        """Of the field."""
        return f"{_SET}{self.parameter.at.key}"

    @property
    def seen(self) -> str:
        """Of the field that says what was shown first."""
        return f"{_SEEN}{self.parameter.at.key}"


@pages.get("/playbook/drafts", roles=EVERYBODY)
async def drafts(request: Request) -> Response:
    """What people write, what waits for approval, and what became of the rest."""
    service = console_of(request).workspace.service
    return page(request, "playbook/drafts.html", live=await service.drafts(), ended=await service.drafts(ended=True, limit=50))


@pages.post("/playbook/drafts", roles=WRITERS)
async def begin(request: Request) -> Response:
    """Begin a draft, or go on with one, and go to the form of the item that it was begun from."""
    form, service = await form_of(request), console_of(request).workspace.service
    chosen, who = form.text("draft"), visitor_of(request).email
    draft = await service.draft(_number(chosen)) if chosen else await service.new_draft(form.need("title", "The title"), who=who)
    if not form.text("kind"):
        return await done(request, _page(draft), f"Draft {draft.id} is begun. Choose what it changes.")
    return await done(request, _form_page(draft, _kind(form.text("kind")), form.need("ref", "The item")), f"You are writing draft {draft.id}.")


@pages.get("/playbook/drafts/{number}", roles=EVERYBODY)
async def draft(request: Request, number: str) -> Response:
    """One draft: what it changes, what that gives, and what can be done next."""
    return await _show(request, _number(number))


async def _show(request: Request, number: int, *, status: int = 200, error: str = "", why: str = "") -> Response:
    service, visitor = console_of(request).workspace.service, visitor_of(request)
    found = await service.examine(number)
    draft, known = found.draft, parameters(found.base)
    differences = changes(found.base, found.changed.playbook) if found.changed else []
    own = visitor.email.casefold() in {one.casefold() for one in (*draft.authors, draft.proposed_by or "")}
    return page(
        request, "playbook/draft.html", status=status, draft=draft, found=found, known=known, differences=differences, policy=policy, own=own,
        may=visitor.may(*WRITERS), error=error, why=why or draft.why, items=_items(found.base), written=written,
        **await trial_of(request, draft),
    )  # fmt: skip


@pages.get("/playbook/drafts/{number}/{kind}/{name}", roles=WRITERS)
async def form(request: Request, number: str, kind: str, name: str) -> Response:
    """The form of one item in a draft."""
    draft, book = await _draft_and_base(request, number)
    fields = [_field(one, draft) for one in _settings(book, _kind(kind), name)]
    return _render(request, draft, _kind(kind), name, book, fields)


@pages.post("/playbook/drafts/{number}/{kind}/{name}", roles=WRITERS)
async def save(request: Request, number: str, kind: str, name: str) -> Response:
    """Write the item's settings into the draft. What is wrong is said at its field; what somebody else wrote meanwhile stands beside one's own."""
    sent, service = await form_of(request), console_of(request).workspace.service
    of, revision = _kind(kind), _revision(sent)
    draft, book = await _draft_and_base(request, number)
    settings = _settings(book, of, name)
    given = {one.at: sent.text(_SET + one.at.key) for one in settings if sent.all(_SET + one.at.key)}
    try:
        after = await service.change_draft(draft.id, given, revision=revision, who=visitor_of(request).email)
    except WrongValues as wrong:
        fields = [_field(one, draft, value=given.get(one.at), error=wrong.faults.get(one.at, "")) for one in settings]
        return _render(request, draft, of, name, book, fields, status=422, revision=revision)
    except WrittenMeanwhile as late:
        newer = late.newer
        book = await service.base_of(newer)
        fields = [_both(one, newer, given, sent.text(_SEEN + one.at.key)) for one in _settings(book, of, name)]
        return _render(request, newer, of, name, book, fields, status=409, meanwhile=True)
    said = f"Draft {draft.id} is saved." if after.revision != draft.revision else "There was nothing to save."
    return await done(request, _page(after), said)


@pages.post("/playbook/drafts/{number}", roles=WRITERS)
async def act(request: Request, number: str) -> Response:
    """Propose, publish, rebase or discard a draft, just as it was looked at."""
    sent, service, who = await form_of(request), console_of(request).workspace.service, visitor_of(request).email
    draft_id, why = _number(number), sent.text("why", most=20_000)
    try:
        said = await _done(service, draft_id, sent, who)
    except (WrittenMeanwhile, MovedOn, InvalidInput) as refused:
        return await _show(request, draft_id, status=422 if isinstance(refused, InvalidInput) else 409, error=str(refused), why=why)
    return await done(request, f"/console/playbook/drafts/{draft_id}", said)


async def _done(service: Nextplay, draft_id: int, sent: Form, who: str) -> str:
    """What was done, in a sentence."""
    revision = _revision(sent)
    match sent.text("do"):
        case "propose":
            await service.propose(draft_id, revision=revision, who=who, why=sent.need("why", "The reason"))
            return f"Draft {draft_id} is proposed. Somebody else has to approve it."
        case "publish":
            published = await service.approve_and_publish(draft_id, revision=revision, who=who)
            return f"Version {published.version} is in force. Every other process takes it over within a minute."
        case "rebase":
            await service.rebase(draft_id, revision=revision, who=who)
            return f"Draft {draft_id} changes the version in force now. Look at it again, and propose it."
        case "discard":
            await service.discard(draft_id, revision=revision, who=who)
            return f"Draft {draft_id} is discarded."
        case other:
            raise InvalidInput(f"'{other[:40]}' is nothing that can be done with a draft.", "Go back to the draft.")


async def _draft_and_base(request: Request, number: str) -> tuple[Draft, Playbook]:
    service = console_of(request).workspace.service
    draft = await service.draft(_number(number))
    return draft, await service.base_of(draft)


def _render(request: Request, draft: Draft, kind: Kind, name: str, book: Playbook, fields: list[Field], **shown: Any) -> Response:
    status, revision = shown.pop("status", 200), shown.pop("revision", draft.revision)
    clashes = [one for one in fields if one.newer]
    return page(
        request, "playbook/form.html", status=status, draft=draft, kind=kind, name=name, item=_of(book, kind)[name], fields=fields, clashes=clashes,
        revision=revision, meanwhile=shown.get("meanwhile", False), faults=[one for one in fields if one.error],
    )  # fmt: skip


def _field(parameter: Parameter, draft: Draft, *, value: str | None = None, error: str = "", newer: str = "") -> Field:
    change = next((one for one in draft.changes if one.at == parameter.at), None)
    base = written(parameter.value)
    stored = written(change.now) if change else base
    return Field(parameter, stored if value is None else value, stored, base, change.by if change else "", error, newer)


def _both(parameter: Parameter, newer: Draft, given: Mapping[Address, str], seen: str) -> Field:
    """A field after somebody else wrote: one's own value where one had changed it, and theirs beside it where that differs."""
    theirs, mine = _field(parameter, newer), given.get(parameter.at)
    if mine is None or mine == seen:
        return theirs
    return _field(parameter, newer, value=mine, newer=theirs.stored if theirs.stored not in (seen, mine) else "")


def _settings(book: Playbook, kind: Kind, name: str) -> tuple[Parameter, ...]:
    items = _of(book, kind)
    if name not in items:
        raise NotFound(f"There is no {kind} '{name[:80]}' in the version that the draft changes.", "Choose another.")
    return parameters_of(kind, items[name])


def _of(book: Playbook, kind: Kind) -> Mapping[str, Any]:
    items: dict[Kind, Mapping[str, Any]] = {"surface": book.surfaces, "play": book.plays, "rule": book.rules}
    return items[kind]


def _items(book: Playbook) -> list[tuple[Kind, list[str]]]:
    return [("surface", list(book.surfaces)), ("play", list(book.plays)), ("rule", list(book.rules))]


def _kind(text: str) -> Kind:
    if text not in get_args(Kind):
        raise HTTPException(404, "A draft changes a surface, a play or a rule.")
    kind: Kind = text  # type: ignore[assignment]  # it is one of them
    return kind


def _number(text: str) -> int:
    if not text.isdecimal() or len(text) > 12:
        raise NotFound(f"There is no draft '{text[:40]}'.", "Look at the list of drafts.")
    return int(text)


def _revision(sent: Form) -> int:
    text = sent.text("revision")
    if not text.isdecimal() or len(text) > 12:
        raise InvalidInput("The form does not say which revision of the draft it is of.", "Open the draft again.")
    return int(text)


def _page(draft: Draft) -> str:
    return f"/console/playbook/drafts/{draft.id}"


def _form_page(draft: Draft, kind: Kind, name: str) -> str:
    return f"{_page(draft)}/{kind}/{quote(name, safe='')}"

"""Gathers everything a decision is made from: all tools in parallel, under one deadline, with provenance.

A source that fails, or that has not answered when the deadline comes, makes its facts missing; the decision is then
made without them, and its rules say what that means. Facts that are too old are read once more, because the first
answer may have come from somebody's cache.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from agent.domain.event import Event
from agent.domain.evidence import Contact, Evidence
from agent.domain.fact_catalogue import CATALOGUE
from agent.domain.facts import Fact, Status
from agent.domain.plays import Material as Wanted
from agent.domain.plays import Surface
from agent.domain.triage_words import NO_WORDS, TriageWords
from tools.account_state import account_state, family_state, usage_state
from tools.articles import SEARCHED as ARTICLES_SEARCHED
from tools.articles import find_articles
from tools.assets import SEARCHED as ASSETS_SEARCHED
from tools.assets import Question, find_assets
from tools.calendars import contact_calendars
from tools.consent import contact_states
from tools.contact_history import contact_history
from tools.lifecycle import contract_state, deal_state
from tools.materials import strongest_first
from tools.once import Sources, noticed
from tools.ownership import Case, colleagues, ownership, relational_roles
from tools.patience import Patience
from tools.ports import Snapshot, SourceBusy, SourceError
from tools.result import Tool, ToolResult
from tools.subject import Subject, as_reported, event_facts, find_subject, question_of
from tools.tickets import account_support, family_support, group_states, ticket_state
from tools.triage import triage_state

_SHARE_FOR_SUBJECT = 0.5
"""Part of the deadline that finding out what the event is about may take: the rest is for asking the sources that do
answer.
"""

_SHARE_FOR_OPINIONS = 0.8
"""Part of what is then left of the deadline for asking who can tell more of a ticket than its words: those must not be lost with the rest."""

MOST_MATERIALS = 10
_URGENT = "ticket"
LOOK = "request.search"
"""A colleague wants to see articles, and nothing else."""
LATE = "Check how fast the source answers, or give gathering more time; the next run reads it again."


@dataclass(frozen=True)
class Call:
    """One tool about to run. `start` begins it anew each time, so that it can be repeated against fresh sources."""

    tool: Tool[Any]
    start: Callable[[Sources], Awaitable[ToolResult]]


async def gather_evidence(
    sources: Sources,
    event: Event,
    surface: Surface,
    *,
    at: datetime,
    deadline_s: float,
    into: str,
    wanted: Sequence[Wanted] | None = None,
    silent: Callable[[SourceError], None] = lambda _error: None,
    words: TriageWords = NO_WORDS,
) -> Evidence:
    """Gather the evidence for one decision. The sources have `deadline_s` seconds to answer, together.

    `into` is the reporting currency: what facts state money in. `words`: what tells the kind of issue of a ticket.
    `wanted` is the content that the surface's plays need; when it is not said, articles are searched for support and
    assets for revenue. What only our own records know (past, blocks, open proposals, labels, params) is left for the
    caller to add: reading it takes the family that is found here. `silent` is told of every source that does not answer. Raises SourceBusy where one
    would answer later, unless it is about a ticket, which may be an emergency.
    """
    patience, reading = Patience(deadline_s), sources.once()
    subject = await _subject(reading, event, patience)
    content = _content(subject, event, _usual(surface) if wanted is None else wanted, words, at)
    calls = {**_calls(subject, surface, at, into), **content, **_triage(subject, words, at, patience)}
    results = await _run(calls, reading, patience)
    results = await _refetch_stale(calls, results, sources, patience)
    _tell_who_is_silent(event, results.values(), silent)
    unanswered = {name for call, result in results.items() if result.status == "error" for name in calls[call].tool.gives}
    if subject.account is None:
        results = {**results, **_without_account(at, into)}
    return replace(_evidence(subject, event, surface, results, at), unanswered=tuple(sorted(unanswered)))


def _tell_who_is_silent(event: Event, results: Iterable[ToolResult], tell: Callable[[SourceError], None]) -> None:
    for error in (result.silent for result in results if result.silent is not None):
        if isinstance(error, SourceBusy) and event.subject_kind != _URGENT:
            raise error
        tell(error)


async def _subject(sources: Sources, event: Event, patience: Patience) -> Subject:
    """What the event is about, in our ids; as the event itself says when the sources take too long."""
    finding = asyncio.ensure_future(find_subject(sources, event))
    late = await patience.wait_for([finding], share=_SHARE_FOR_SUBJECT)
    return as_reported(event) if late else finding.result()


def _calls(subject: Subject, surface: Surface, at: datetime, into: str) -> dict[str, Call]:
    calls = {"people": Call(colleagues, lambda s: colleagues(s.directory, at)), **_about_subject(subject, at, into)}
    if subject.account is not None:
        calls |= _about_account(subject.account, at, into)
    if surface.area == "support" or subject.kind == "ticket":
        calls["groups"] = Call(group_states, lambda s: group_states(s.helpdesk, s.directory, at))
    return calls


def _about_account(account: str, at: datetime, into: str) -> dict[str, Call]:
    return {
        "account": Call(account_state, lambda s: account_state(s.crm, account, at, into=into)),
        "family": Call(family_state, lambda s: family_state(s.crm, account, at)),
        "usage": Call(usage_state, lambda s: usage_state(s.crm, account, at)),
        "owner": Call(ownership, lambda s: ownership(s.crm, s.directory, account, at)),
        "history": Call(contact_history, lambda s: contact_history(s.crm, s.directory, account, at)),
        "contacts": Call(contact_states, lambda s: contact_states(s.crm, account, at)),
        "hours": Call(contact_calendars, lambda s: contact_calendars(s.crm, s.directory, account, at)),
        "support": Call(account_support, lambda s: account_support(s.helpdesk, account, at)),
        "family_support": Call(family_support, lambda s: family_support(s.crm, s.helpdesk, account, at)),
    }


def _without_account(at: datetime, into: str) -> dict[str, ToolResult]:
    """What tools would say of an account, when nobody knows which: all of it is missing, and the record shows why."""
    step = "Link the event's ids to an account, or name the account in the event."
    return {name: call.tool.failed("no account is known", step) for name, call in _about_account("", at, into).items()}


def _about_subject(subject: Subject, at: datetime, into: str) -> dict[str, Call]:
    contract_id = subject.id_if("contract")
    calls = {"contract": Call(contract_state, lambda s: contract_state(s.crm, subject.account, contract_id, at, into=into))}
    if subject.kind == "deal":
        calls["deal"] = Call(deal_state, lambda s: deal_state(s.crm, subject.id, at, into=into))
    if subject.kind == "ticket":
        calls["ticket"] = Call(ticket_state, lambda s: ticket_state(s.crm, s.helpdesk, subject.id, at, into=into))
    return calls


def _triage(subject: Subject, words: TriageWords, at: datetime, patience: Patience) -> dict[str, Call]:
    if subject.kind != "ticket":
        return {}

    def start(s: Sources) -> Awaitable[ToolResult]:
        return triage_state(s.crm, s.helpdesk, s.opinions, words, subject.id, at, patience=patience.part(_SHARE_FOR_OPINIONS))

    return {"triage": Call(triage_state, start)}


def _usual(surface: Surface) -> tuple[Wanted, ...]:
    if surface.area == "revenue":
        return (Wanted(source="assets", at_most=MOST_MATERIALS),)
    return (Wanted(source="articles", visibility="public"), Wanted(source="articles", visibility="internal"))


def _content(subject: Subject, event: Event, wanted: Sequence[Wanted], words: TriageWords, at: datetime) -> dict[str, Call]:
    assets = dict.fromkeys(plan for plan in wanted if plan.source == "assets")
    articles = [plan for plan in wanted if plan.source == "articles"]
    calls = {f"assets-{i}": _assets(subject, plan, at) for i, plan in enumerate(assets)}
    return {**calls, "articles": _articles(subject, event, articles, words, at)} if articles else calls


def _assets(subject: Subject, plan: Wanted, at: datetime) -> Call:
    about = Question(subject.account, subject.id_if("deal"), plan.topics)
    return Call(find_assets, lambda s: find_assets(s.search, s.crm, about, at, kinds=plan.kinds, at_most=plan.at_most))


def _articles(subject: Subject, event: Event, plans: Sequence[Wanted], words: TriageWords, at: datetime) -> Call:
    visibilities = tuple(dict.fromkeys(plan.visibility for plan in plans))
    at_most = max(plan.at_most for plan in plans)
    ticket_id, asked = subject.id_if("ticket"), question_of(event)
    return Call(
        find_articles,
        lambda s: find_articles(
            s.search,
            s.helpdesk,
            s.crm,
            ticket_id,
            at,
            asked=asked,
            words=words,
            only_looks=event.type == LOOK,
            visibilities=visibilities,
            at_most=at_most,
        ),
    )  # fmt: skip


async def _run(calls: Mapping[str, Call], sources: Sources, patience: Patience) -> dict[str, ToolResult]:
    """Run tools in parallel; who has not answered when patience ends has failed."""
    tasks = {name: asyncio.ensure_future(call.start(sources)) for name, call in calls.items()}
    late = await patience.wait_for(tasks.values())
    for task in tasks.values():
        noticed(task)  # of several that fail the first is raised
    problem = f"no answer within {patience.seconds:g} s"
    return {name: _late(calls[name].tool, problem) if task in late else task.result() for name, task in tasks.items()}


def _late(tool: Tool[Any], problem: str) -> ToolResult:
    """Which of its sources kept it waiting nobody knows: it is called by that of its first fact."""
    whose = CATALOGUE[tool.gives[0]].source if tool.gives else tool.name
    return replace(tool.failed(problem, LATE), silent=SourceError(whose, problem))


async def _refetch_stale(calls: Mapping[str, Call], results: Mapping[str, ToolResult], sources: Sources, patience: Patience) -> dict[str, ToolResult]:
    """Read again, once and past whatever was remembered, what came back too old; the first answer stands if the
    second fails.
    """
    stale = {name: calls[name] for name, result in results.items() if any(f.status is Status.STALE for f in result.facts)}
    again = await _run(stale, sources.once(), patience)
    return {**results, **{name: result for name, result in again.items() if result.status != "error"}}


def _evidence(subject: Subject, event: Event, surface: Surface, results: Mapping[str, ToolResult], at: datetime) -> Evidence:
    def found(call: str, what: str, default: Any = ()) -> Any:
        result = results.get(call)
        return result.extras.get(what, default) if result else default

    people, ticket, contacts = found("people", "people"), found("ticket", "ticket", None), found("contacts", "contacts")
    group = _group_of(ticket, found("groups", "records"))
    case = Case(found("account", "account", None), found("deal", "deal", None), ticket, group)
    searched = [name for name in results if name.startswith(("assets", "articles"))]
    return Evidence(
        at=at,
        event=subject.rename(event),
        surface=surface.id,
        account=subject.account,
        facts=_facts(event, results, at),
        contacts=contacts,
        requester=_requester(ticket, contacts),
        materials=strongest_first(material for name in searched for material in found(name, "materials")),
        groups=found("groups", "groups"),
        touches=found("history", "touches"),
        calendars={**found("groups", "calendars", {}), **found("hours", "calendars", {})},
        people=people,
        roles=relational_roles(case, people, at),
        family=subject.family,
    )


def _facts(event: Event, results: Mapping[str, ToolResult], at: datetime) -> tuple[Fact, ...]:
    """All facts, each once: content found by several searches keeps its strongest reading, and what one of them could not tell is not known."""
    best: dict[tuple[str, str | None], Fact] = {}
    for fact in (*event_facts(event, at), *(fact for result in results.values() for fact in result.facts)):
        key = (fact.name, fact.of)
        if key not in best or (fact.name.endswith(".strength") and fact.value > best[key].value) or _unsearched(fact):
            best[key] = fact
    return tuple(best.values())


def _unsearched(fact: Fact) -> bool:
    return fact.name in (ARTICLES_SEARCHED, ASSETS_SEARCHED) and fact.status is Status.MISSING


def _group_of(ticket: Snapshot | None, groups: Sequence[Snapshot]) -> Snapshot | None:
    return next((group for group in groups if ticket is not None and group.id == ticket.data.get("group")), None)


def _requester(ticket: Snapshot | None, contacts: Sequence[Contact]) -> str | None:
    """The contact who asked, if they are one of the account's: a stranger's address is nobody to answer."""
    asked = ticket.data.get("requester") if ticket else None
    return next((contact.id for contact in contacts if contact.id == asked), None)

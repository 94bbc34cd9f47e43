"""Answers to what agents asked for: ranked articles with the passage that answers, or the way of an escalation, each with its reasons."""

from collections.abc import Iterator, Mapping

from agent.domain.escalation_path import escalation_path
from agent.domain.event import Event
from agent.domain.evidence import Material
from agent.domain.spoken import sentence
from integrations.slack import blocks as b
from integrations.slack.blocks import Block, Element
from integrations.slack.card import Shown
from integrations.slack.manifest import COMMAND
from integrations.slack.notices import WHY_DECISION
from integrations.telling.asking import priority
from integrations.telling.case import Case
from integrations.telling.fitting import fit
from integrations.telling.standing import standing
from tools.articles import SEARCHED

NOTE, REPLY, UNHELPFUL, ESCALATE = (f"nextplay_{name}" for name in ("article_note", "article_reply", "not_helpful", "escalate"))
SEARCH = "request.search"
MOST_ARTICLES = 3


def reply(case: Case, event: Event, materials: Mapping[str, Material], names: Mapping[str, str], *, alone: bool = False) -> Shown:
    """The answer to a request, as it stands now. `materials` are the articles that were found, by id; `names` what colleagues are called;
    `alone` says that only who asked reads it.
    """
    if case.decision.route == "suppressed":
        return _said(case, "; ".join(reason.said for reason in case.decision.reasons) or "this starts no work", names)
    if case.chosen is not None and case.chosen.target:
        return _escalation(case, event, names, alone=alone)
    if event.type == SEARCH:
        return _articles(case, event, materials, alone=alone)
    return _said(case, standing(case.decision), names)


def _said(case: Case, text: str, names: Mapping[str, str]) -> Shown:
    title = [b.words(f"{case.chosen.title}  ", bold=True)] if case.chosen else []
    made = [b.rich(b.section(*title, *b.told(sentence(text), names))), b.actions(_why(case)), b.context(case.decision.id)]
    return Shown(b.fallback(sentence(text)), made)


def _why(case: Case) -> Element:
    return b.button("Why", WHY_DECISION, case.decision.id)


# --- articles ---------------------------------------------------------------------------------------------------------


def _articles(case: Case, event: Event, materials: Mapping[str, Material], *, alone: bool) -> Shown:
    found = [c for c in sorted(case.considered, key=priority, reverse=True) if c.material in materials and c.verdict != "forbid" and priority(c) > 0]
    ticket = case.decision.subject.id if case.decision.subject.kind == "ticket" else None
    asked = str(event.data.get("query") or "")
    made: list[Block] = [b.rich(b.section(*_who_asked(event, alone=alone), b.words(asked or f"about ticket {ticket}")))]
    silent = case.unknown(SEARCHED)
    nothing = "The articles could not be searched" if silent else "No article answers this well enough"
    if not found:
        again = [b.words(f"The reason: {silent}. Ask again in a moment. ")] if silent else []
        made.append(b.rich(b.section(b.words(f"{nothing}. ", bold=True), *again, *_instead(asked, ticket))))
    for number, candidate in enumerate(found[:MOST_ARTICLES], 1):
        made += _article(case, materials[str(candidate.material)], number, ticket)
    last = [b.button("Not helpful", UNHELPFUL, case.decision.id)] if found else []
    if ticket:
        last.append(b.button("Escalate", ESCALATE, f"{case.decision.id}:{ticket}", style=None if found else "primary"))
    more = " · name a ticket to send an article to it" if found and not ticket else ""
    made += [b.divider(), b.actions(*last, _why(case)), b.context(case.decision.id + more)]
    best = materials[str(found[0].material)].title if found else nothing[:1].lower() + nothing[1:]
    return Shown(b.fallback(f"Articles: {best}"), made)


def _instead(asked: str, ticket: str | None) -> Iterator[Element]:
    """What to do where no article helps: the button below, or the words to type where no ticket is known yet."""
    if ticket:
        yield b.words("Someone who knows should look at it.")
        return
    yield b.words("Someone who knows should look at it: type ")
    yield b.words(b.cut(f"{COMMAND} escalate #123 {asked}", b.LONGEST_ROW), code=True)
    yield b.words(" with the ticket's number.")


def _who_asked(event: Event, *, alone: bool) -> list[Element]:
    user = (event.data.get("reply") or {}).get("user")
    return [b.person(user), b.words(" asked  ", bold=True)] if user and not alone else [b.words("You asked  ", bold=True)]


def _article(case: Case, article: Material, number: int, ticket: str | None) -> Iterator[Block]:
    public = article.visibility == "public"
    name = b.link(article.url, article.title) if article.url.startswith("https://") else b.words(article.title, bold=True)
    about = b.words(f"  {fit(article.strength)} · {'public' if public else 'internal, not for customers'}", italic=True)
    yield b.rich(b.section(b.words(f"{number}. ", bold=True), name, about))
    if article.passage:
        yield b.rich(b.quote(*_marked(b.cut(article.passage, 600), article.answer)))
    if article.why:
        yield b.context(b.cut(f"Found because: {article.why}", b.LONGEST_ROW))
    if ticket:
        ref = f"{case.decision.id}:{article.id}"
        send = [b.button("Send as internal note", NOTE, ref)] + ([b.button("Propose as public reply", REPLY, ref)] if public else [])
        yield b.actions(*send, block_id=f"article:{number}:{case.decision.id}")


def _marked(passage: str, answer: str) -> list[Element]:
    """The passage with the sentence that answers in bold."""
    before, found, after = passage.partition(answer) if answer else (passage, "", "")
    return [b.words(text, bold=bold) for text, bold in ((before, False), (found, True), (after, False)) if text]


# --- escalations ------------------------------------------------------------------------------------------------------


def _escalation(case: Case, event: Event, names: Mapping[str, str], *, alone: bool) -> Shown:
    chosen = case.chosen
    assert chosen is not None, "called for a choice"  # noqa: S101  wrong wiring, not wrong input

    group = case.whom(chosen)
    rows: list[list[Element]] = [[b.words(line)] for line in escalation_path(case.decision, chosen)]
    said = b.cut(str(event.data.get("text") or "").strip(), b.LONGEST_ROW)
    about = f"to escalate ticket {case.decision.subject.id}{f': “{said}”' if said else ''}"
    asked = b.section(*_who_asked(event, alone=alone), b.words(about))
    made = [b.rich(asked), b.rich(b.section(*b.told(standing(case.decision), names, bold=True))), b.rich(b.bullets(rows))]
    return Shown(b.fallback(f"Escalation to {group}: {standing(case.decision)}"), [*made, b.actions(_why(case)), b.context(case.decision.id)])

"""What has changed of an ask since it was put to people: its words, its parameters, and who may answer it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from agent.conversing import Story
from agent.domain.approvers import AND
from agent.domain.asked_then import Then
from agent.domain.decision import ProposalRecord
from agent.domain.records import Approval
from integrations.telling import words
from integrations.telling.case import Case
from integrations.telling.wording import labelled


@dataclass(frozen=True, slots=True)
class Since:
    """One change: what happened, when (None: that was not kept), and what is otherwise now."""

    what: str
    at: datetime | None
    parts: tuple[str, ...] = ()


def since(story: Story, ask: Approval) -> list[Since]:
    """Every change, in the order in which they are known; empty where the card says what it said."""
    then = story.then.get(ask.id)
    if then is None:
        return []
    return [*_versions(story, then), *_passed_on(story, then, ask)]


def doubts(story: Story, ask: Approval) -> Iterator[str]:
    """What of the card may have been otherwise, and why nobody can tell."""
    then = story.then.get(ask.id)
    if then is not None and not then.exact:
        yield "Who may answer is as it stands now: of asks of earlier releases it was not kept how it was."
    if then is not None and story.playbook.version != then.decision.playbook_version:
        yield "The playbook that decided is not kept any more: what is expected is said by the one in force."


def named(story: Story, email: str) -> str:
    """A colleague by name and address."""
    name = story.names.get(email, "")
    return f"{name} ({email})" if name and name != email else email


def _versions(story: Story, then: Then) -> Iterator[Since]:
    before = then.decision.proposal
    case = Case(then.decision, story.now, story.playbook.reporting_currency)
    for one in then.later:
        parts = tuple(_differences(case, before, one.proposal)) if before else ()
        yield Since(f"Edited by {named(story, one.who)}" if one.who else "Made anew, to ask again", one.at, parts)
        before = one.proposal


def _differences(case: Case, before: ProposalRecord, after: ProposalRecord) -> Iterator[str]:
    """What is otherwise in the later one; of the words which parts, for they stand above as they are now."""
    for name in dict.fromkeys([*before.content, *after.content]):
        if before.content.get(name) != after.content.get(name):
            yield f"{name}: other words"
    for name in dict.fromkeys([*before.params, *after.params]):
        was, is_ = before.params.get(name), after.params.get(name)
        if was != is_:
            label, said = labelled(name, words.value(is_), case.currency)
            yield f"{label}: {said}, was {labelled(name, words.value(was), case.currency)[1]}"
    if (before.recipient, before.channel) != (after.recipient, after.channel):
        yield words.one_line(f"to {case.named('contact', after.recipient) if after.recipient else 'colleagues'} by {after.channel}")


def _passed_on(story: Story, then: Then, ask: Approval) -> Iterator[Since]:
    """Whoever was asked later, and who said that it is not theirs."""
    by = [named(story, email) for email in (ask.passed_on_by or "").split(AND) if email]
    more = [named(story, email) for email in ask.asked if email not in then.ask.asked]
    if by:
        yield Since(f"Passed on by {words.listed(by)}{f' to {words.listed(more)}' if more else ''}", ask.passed_on_at)
    elif more:
        yield Since(f"Also put to {words.listed(more)}", None)

"""The whole story of one decision on one screen, in the order in which it happened."""

from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from agent.domain.decision import Decision
from integrations.cli.look import Page
from integrations.cli.story.aftermath import tell_actions, tell_asks, tell_next, tell_proposal
from integrations.cli.story.candidates import tell_candidates
from integrations.cli.story.facts import tell_facts
from integrations.cli.story.route import tell_head, tell_trigger, tell_why
from integrations.cli.story.rules import tell_rules
from integrations.telling.case import Case


@dataclass(frozen=True)
class Measure:
    """How much of each section is told; 0 for all of it."""

    facts: int = 0
    candidates: int = 0
    rules: int = 0
    body: int = 0


EVERYTHING = Measure()
MOST, LEAST = Measure(10, 8, 6, 14), Measure(4, 3, 2, 3)


def story(decision: Decision, *, now: datetime, width: int, height: int, currency: str = "", everything: bool = False) -> Page:
    """Tell the story in `width` columns and, unless everything is wanted, in `height` lines as far as that is possible.

    Amounts are in `currency`. It is told in words; where everything is wanted, facts have the names by which rules know them.
    """
    case = Case(decision, now, currency)
    if everything:
        return _told(case, EVERYTHING, width)
    measures = list(_measures())
    first = bisect_left(measures, True, key=lambda measure: len(_told(case, measure, width).lines) <= height)
    return _told(case, measures[min(first, len(measures) - 1)], width)


def _measures() -> Iterator[Measure]:
    """From generous to tight, each section giving a line in turn; the words of the proposal give first."""
    measure = MOST
    yield measure
    while measure != LEAST:
        for name in ("body", "candidates", "body", "facts", "rules"):
            if getattr(measure, name) > getattr(LEAST, name):
                measure = replace(measure, **{name: getattr(measure, name) - 1})
                yield measure


def _told(case: Case, measure: Measure, width: int) -> Page:
    page = Page(width)
    tell_head(page, case)
    tell_trigger(page, case)
    tell_facts(page, case, measure.facts)
    tell_candidates(page, case, measure.candidates)
    tell_rules(page, case, measure.rules)
    tell_why(page, case, measure.rules)
    tell_proposal(page, case, measure.body)
    tell_asks(page, case, exact=measure == EVERYTHING)
    tell_actions(page, case)
    tell_next(page, case, everything=measure == EVERYTHING)
    return page

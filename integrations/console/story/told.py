"""All sections of the page of one decision."""

import json
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from agent.conversing import Story
from agent.domain.decision import ActionRecord, Decision, OutcomeRecord
from agent.domain.escalation_path import escalation_path
from agent.domain.evidence import Block
from agent.domain.fact_names import in_words
from agent.domain.plays import DO_NOTHING, STEP_TITLES
from agent.domain.records import Reviewed
from agent.domain.spoken import happened, sentence
from integrations.console.story import facts, options
from integrations.console.story.asked import Asked, asks
from integrations.console.story.content import Content, content
from integrations.console.story.facts import FactRow
from integrations.console.story.options import Cluster, RuleHit
from integrations.console.tones import ROUTE_TONES, STATE_TONES
from integrations.reports import Bars, Tone
from integrations.telling import aftermath, words
from integrations.telling.candidates import funnel, titled
from integrations.telling.case import Case
from integrations.telling.routes import ROUTES, how_sure, told_by, why_it
from integrations.telling.standing import standing, stopped, waiting
from integrations.telling.wording import without_code

LONGEST_RAW = 60_000
"""Characters of a raw event that the page shows."""


@dataclass(frozen=True, slots=True)
class Head:
    """What it is, what it chose for whom, where it stands and why."""

    route: tuple[str, Tone]
    stopped: bool
    waiting: bool
    title: str
    whom: str
    account: str
    standing: str
    why_it: str
    reasons: Sequence[str]
    path: Sequence[str]
    sure: Sequence[str]


@dataclass(frozen=True, slots=True)
class Trigger:
    """What happened, by whom it was told, and the bytes in which it came, made readable."""

    happened: str
    about: str
    by: str
    occurred_at: datetime
    received_at: datetime
    event_id: str
    raw: str


@dataclass(frozen=True, slots=True)
class StepDone:
    """An entry of the ledger."""

    number: int
    title: str
    target: str
    state: tuple[str, Tone]
    at: datetime | None
    planned: bool
    error: str
    key: str


@dataclass(frozen=True, slots=True)
class Told:
    """The page."""

    case: Case
    decision: Decision
    head: Head
    trigger: Trigger
    mattered: Sequence[FactRow]
    facts: Sequence[FactRow]
    funnel_said: str
    funnel: Bars
    clusters: Sequence[Cluster]
    rules: Sequence[RuleHit]
    content: Content | None
    asks: Sequence[Asked]
    steps: Sequence[StepDone]
    outcome: OutcomeRecord | None
    outcome_parts: Sequence[tuple[str, str]]
    labels: Sequence[Reviewed]
    blocks: Sequence[Block]


def told(story: Story, zone: ZoneInfo) -> Told:
    """Everything that the page shows, for a reader in a time zone."""
    decision = story.decision
    case = Case(decision, story.now, story.playbook.reporting_currency)
    return Told(
        case, decision, _head(case), _trigger(decision, story.raw), facts.that_mattered(case), facts.every(case), funnel(case), options.funnel(case),
        options.clusters(case), options.rules(case), content(case), asks(story, zone), [_step(one) for one in decision.actions], decision.outcome,
        list(aftermath.outcome(decision)), story.labels, story.blocks,
    )  # fmt: skip


def _head(case: Case) -> Head:
    decision, chosen = case.decision, case.chosen
    how = f" by {chosen.channel}" if chosen and chosen.channel != "internal" else ""
    nothing = "Do nothing" if any(one.play == DO_NOTHING for one in decision.candidates) else "Nothing to decide"
    reasons = dict.fromkeys(sentence(without_code(reason.said)) for reason in decision.reasons)
    return Head(
        (ROUTES[decision.route], ROUTE_TONES[decision.route]), stopped(decision), waiting(decision),
        words.one_line(titled(chosen)) if chosen else nothing, words.one_line(f"{case.whom(chosen)}{how}") if chosen else "",
        words.one_line(case.account()), words.one_line(standing(decision)), why_it(decision), [words.one_line(reason) for reason in reasons],
        [words.one_line(line) for line in escalation_path(decision, chosen)], how_sure(decision),
    )  # fmt: skip


def _trigger(decision: Decision, raw: bytes) -> Trigger:
    trigger, subject = decision.trigger, decision.subject
    return Trigger(
        happened(trigger.type), words.one_line(f"{subject.kind} {subject.id}"), told_by(decision), trigger.occurred_at, trigger.received_at,
        words.one_line(trigger.event_id), readable(raw),
    )  # fmt: skip


def readable(raw: bytes) -> str:
    """A raw event as indented JSON; as it came where it is none. Cut where it is very long."""
    text = raw.decode("utf-8", errors="replace")
    with suppress(ValueError, RecursionError):
        text = json.dumps(json.loads(text), indent=2, ensure_ascii=False)
    shown = words.clean(text[:LONGEST_RAW])
    return shown if len(text) <= LONGEST_RAW else f"{shown}\n… and {words.several(len(text) - LONGEST_RAW, 'more character')}"


def _step(action: ActionRecord) -> StepDone:
    planned = action.state == "planned"
    return StepDone(
        action.step + 1, STEP_TITLES[action.kind], words.one_line(action.target), (action.state, STATE_TONES[action.state]),
        action.not_before if planned else action.at, planned, words.one_line(in_words(action.error or "")), action.key,
    )  # fmt: skip

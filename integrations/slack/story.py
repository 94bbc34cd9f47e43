"""Why: the whole story of a decision in one modal, in the order in which it happened."""

from collections.abc import Iterator, Mapping
from typing import Any

from agent.domain.decision import ActionRecord, ApprovalRecord, CandidateRecord
from agent.domain.fact_names import in_words
from agent.domain.plays import STEP_TITLES
from agent.domain.records import DATA_TASK
from agent.domain.spoken import happened, sentence
from agent.domain.weighing import matched
from integrations.slack import blocks as b
from integrations.slack import letter
from integrations.slack.blocks import Block, Element
from integrations.slack.wording import fact_line
from integrations.telling import words
from integrations.telling.asking import priority
from integrations.telling.case import Case
from integrations.telling.mattering import mattered
from integrations.telling.standing import standing
from integrations.telling.wording import SOURCES, lacked, read_by, without_code, without_rule

VIEW = "nextplay_why_view"
MOST_FACTS, MOST_CANDIDATES, MOST_RULES = 12, 10, 12

_VERDICTS = {"allow": "allowed", "ask": "needs approval", "defer": "later", "forbid": "forbidden"}


def why(case: Case, url: str | None, names: Mapping[str, str]) -> dict[str, Any]:
    """The story as a modal. `url` leads to the record, where a server shows it; `names` are what colleagues are called."""
    shown = [
        *_head(case, names), *_part("Facts that mattered", [fact_line(case, fact) for fact in mattered(case)[:MOST_FACTS]]),
        *_part(f"What could be done: {len(case.considered)} candidates", _candidates(case)), *_part("Rules that took hold", _rules(case)),
        *_content(case), *_part("Who was asked", _asks(case, names)), *_part("What was done", _actions(case, names)), *_foot(case, url),
    ]  # fmt: skip
    return b.modal(VIEW, "Why", shown)


def _head(case: Case, names: Mapping[str, str]) -> Iterator[Block]:
    decision, trigger = case.decision, case.decision.trigger
    yield b.header(f"{case.chosen.title if case.chosen else 'Nothing to do'} · {case.account_name() or 'no account'}")
    yield b.rich(b.section(*b.told(standing(decision), names, bold=True)))
    by = "noticed" if trigger.source == "clock" else f"as {SOURCES.get(trigger.source, trigger.source)} told,"
    what = f"{happened(trigger.type)}, {by} "
    yield b.rich(b.section(b.words(what), b.moment(trigger.occurred_at), b.words(".")))
    if decision.reasons:
        yield b.rich(b.bullets([[*b.told(sentence(without_rule(case, reason.said)), names)] for reason in decision.reasons]))


def _part(title: str, rows: list[list[Element]]) -> Iterator[Block]:
    if rows:
        yield b.rich(b.section(b.words(title, bold=True)), b.bullets(rows))


def _candidates(case: Case) -> list[list[Element]]:
    """The chosen one first, then by value; what lost says what would have let it through."""
    ordered = sorted(case.considered, key=lambda c: (c.id != case.decision.choice, c.verdict == "forbid", -priority(c)))
    rows = [_candidate(case, one) for one in ordered[:MOST_CANDIDATES]]
    more = len(ordered) - MOST_CANDIDATES
    return [*rows, [b.words(f"and {more} more", italic=True)]] if more > 0 else rows


def _candidate(case: Case, one: CandidateRecord) -> list[Element]:
    chosen = one.id == case.decision.choice
    value = f", worth {words.number(round(one.score.priority))}" if one.score and one.score.priority is not None else ""
    about = f" “{case.material(one)}”" if one.material else ""
    why_not = "" if chosen or not one.counterfactual else lacked(case, one)
    lost = f": {why_not}" if why_not and not why_not.startswith("expected value") else ""  # its worth is said already
    return [b.words(f"{one.title}{about} → {case.whom(one)}", bold=chosen), b.words(f" — {_VERDICTS[one.verdict]}{value}{lost}")]


def _rules(case: Case) -> list[list[Element]]:
    """Each rule that took hold of anything, once, with the clause and the values that it read."""
    found: dict[str, list[Element]] = {}
    for candidate in sorted(case.considered, key=lambda c: c.id != case.decision.choice):
        for rule in matched(candidate):
            says = "; ".join(clause.says for clause in rule.clauses if clause.result != "false")
            until = f" until {words.utc(rule.until)}" if rule.until else ""
            found.setdefault(rule.id, [b.words(rule.id, code=True), *b.told(f" {rule.effect}{until}: {says}{read_by(case, rule)}", {})])
    return list(found.values())[:MOST_RULES]


def _content(case: Case) -> Iterator[Block]:
    if case.decision.proposal is not None:
        yield b.divider()
        yield from letter.blocks(case, most=letter.MOST_TEXT * 3)


def _asks(case: Case, names: Mapping[str, str]) -> list[list[Element]]:
    return [_ask(ask, names) for ask in case.decision.approvals]


def _ask(ask: ApprovalRecord, names: Mapping[str, str]) -> list[Element]:
    who = ask.answered_by or ", ".join(ask.asked) or "nobody is available"
    parts = (words.role(ask.reason or ""), ask.note, without_code(ask.routing or ""), in_words(ask.ended or ""))
    said_too = "".join(f" · {part}" for part in parts if part)
    return [b.words(f"{sentence(words.role(ask.needed_role))}: {ask.state}", bold=True), *b.told(f", {who}{said_too}", names)]


def _actions(case: Case, names: Mapping[str, str]) -> list[list[Element]]:
    return [_action(action, names) for action in case.decision.actions]


def _action(action: ActionRecord, names: Mapping[str, str]) -> list[Element]:
    what = sentence(STEP_TITLES[action.kind]) + ("" if action.kind == DATA_TASK else f" ({action.target})")
    return [b.words(f"{what}: {action.state}", bold=True), *b.told(f" · {in_words(action.error)}" if action.error else "", names)]


def _foot(case: Case, url: str | None) -> Iterator[Block]:
    decision = case.decision
    if url:
        yield b.rich(b.section(b.words("The record: "), b.link(url, decision.id)))
    yield b.context(f"{decision.id} · playbook {decision.playbook_version} · model {decision.model_version}")

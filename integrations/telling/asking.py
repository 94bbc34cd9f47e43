"""What somebody who is asked is told, and the words for what they may answer: shared by every door that asks."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from agent.domain.claims.allowed import holds_money
from agent.domain.decision import BAD_LABELS, CandidateRecord, Decision
from agent.domain.plays import Play
from agent.domain.records import APPROVED, Approval
from agent.domain.spoken import sentence, spoken
from agent.domain.weighing import matched
from integrations.telling import words
from integrations.telling.case import Case
from integrations.telling.standing import STOPPED, undoable_until
from integrations.telling.wording import in_full, read_by, without_rule

OPEN = ("open", "snoozed")
LATER = STOPPED | {"bulk_hold"}
"""Reasons that come to a decision after somebody was asked: they are not why."""

OTHER_REASONS = {
    "handled_already": "Handled already",
    "not_mine": "Not mine: ask somebody else",
    "facts_wrong": "The facts are wrong: have them mended",
}
LABELS = {
    "irrelevant": "Irrelevant for this customer",
    "unavailable": "Not available to them",
    "low_margin": "Not worth it",
    "repetitive": "They have had this already",
    "insensitive": "Insensitive now",
    "poorly_timed": "Poorly timed",
    "impossible": "Cannot be carried out",
}
assert set(LABELS) == set(BAD_LABELS), "every bad label has its words"  # noqa: S101  checked once, when the module is read

SNOOZES = (("In 15 minutes", timedelta(minutes=15)), ("In an hour", timedelta(hours=1)), ("In 3 hours", timedelta(hours=3)))
DAYS = (("In a day", timedelta(days=1)), ("In 2 days", timedelta(days=2)), ("In a week", timedelta(days=7)))


def snoozes(now: datetime, ends: datetime) -> list[tuple[str, datetime]]:
    """Until when an ask may be put off, in words: the fixed times that fit; where only minutes are left, half of them."""
    left = ends - now
    fitting = [(said, now + after) for said, after in (*SNOOZES, *DAYS) if after < left]
    if not fitting and left > timedelta(minutes=4):
        fitting = [(f"In {words.span(left / 2)}", now + left / 2)]
    return [(said, until.replace(microsecond=0)) for said, until in fitting]


def undo_until(decision: Decision, ask: Approval, now: datetime) -> datetime | None:
    """Until when what was approved can be taken back: while every step is planned, for a moment that is still to come."""
    return undoable_until(decision, now) if ask.state in APPROVED else None


def worth(case: Case) -> str:
    """What is given or asked for, else what the deal or contract is worth; nothing for support, where mostly no money is at stake."""
    chosen = case.chosen
    params = case.decision.proposal.params if case.decision.proposal else {}
    given = next((value for name, value in params.items() if holds_money(name) and isinstance(value, int | float) and value > 0), None)
    if given is not None:
        return f"{words.number(given)} {case.currency}"
    amount = next((f.value for name in ("deal.amount", "contract.value") if (f := case.fact(name, chosen)) and f.value), None)
    if amount is not None and chosen is not None and chosen.score and chosen.score.terms.get("unit") != "minutes":
        return f"{words.number(round(float(amount)))} {case.currency}"
    return ""


def why_asked(case: Case) -> list[str]:
    """Why a person is asked, each reason once."""
    why = [reason for reason in case.decision.reasons if reason.code not in LATER and reason.code != "explored"]
    return list(dict.fromkeys(without_rule(case, reason.said) for reason in why))


def expected(case: Case, play: Play | None) -> str:
    """What should come of it, and how much likelier it becomes; empty where neither is known."""
    said = f"{sentence(spoken(play.outcome.event))} within {in_full(words.span(play.outcome.window))}" if play and play.outcome else ""
    chosen = case.chosen
    if chosen is not None and chosen.score is not None and chosen.score.p is not None:
        said += f", {chosen.score.p * 100:+.0f} percentage points likelier than if nothing is done. "
    return said


def confidence(case: Case) -> str:
    """How sure it is, in a sentence."""
    known = case.decision.confidence
    if known.value is None:
        answered = words.several(int(known.terms.get("labels", 0)), "case") + " answered"
        return f"Confidence not known yet: {answered} so far."
    word = "high" if known.value >= 0.8 else "fair" if known.value >= 0.6 else "low"
    return f"Confidence {word}, {known.value:.0%}."


def lost(case: Case) -> list[CandidateRecord]:
    """Candidates of other plays than the chosen one."""
    return [c for c in case.considered if c.id != case.decision.choice and c.play != (case.chosen.play if case.chosen else "")]


def runner_up(case: Case) -> CandidateRecord | None:
    """The next best play that is not forbidden."""
    return max((c for c in lost(case) if c.verdict != "forbid"), key=priority, default=None)


def ruled_out(case: Case) -> tuple[CandidateRecord, str, str] | None:
    """The most valuable candidate that a rule struck out, the rule, and what it said."""
    struck = next((c for c in sorted(lost(case), key=priority, reverse=True) if c.verdict == "forbid"), None)
    rule = next((r for r in matched(struck) if r.effect == "forbid"), None) if struck else None
    if struck is None or rule is None:
        return None
    return struck, rule.id, f"{'; '.join(c.says for c in rule.clauses if c.result != 'false')}{read_by(case, rule)}"


def priority(candidate: CandidateRecord) -> float:
    """What a candidate is ordered by; what could not be valued comes last."""
    priority = candidate.score.priority if candidate.score else None
    return priority if priority is not None else float("-inf")


def also_needed(ask: Approval, asks: Sequence[Approval]) -> list[str]:
    """The roles that must approve it besides."""
    return [words.role(one.needed_role) for one in asks if one.id != ask.id and one.round == ask.round and one.state in OPEN]

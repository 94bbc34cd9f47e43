"""What could have been done, in words: the funnel, similar possibilities together, and for each why it was or was not chosen."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.domain.decision import CandidateRecord, ScoreRecord
from agent.domain.fact_names import in_words
from agent.domain.plays import DO_NOTHING
from agent.domain.weighing import matched
from integrations.telling import words
from integrations.telling.case import Case
from integrations.telling.words import TIMES

VERDICTS: dict[str, str] = {"allow": "allowed", "ask": "ask", "defer": "later", "forbid": "forbidden"}
"""What each verdict says, the best first."""

_ORDER = tuple(VERDICTS)


@dataclass(frozen=True)
class Group:
    """Candidates of which the same can be said; `first` is the best of them."""

    members: Sequence[CandidateRecord]

    @property
    def first(self) -> CandidateRecord:
        """The best of the group."""
        return self.members[0]


def by_verdict(case: Case) -> Mapping[str, int]:
    """How many candidates have each verdict."""
    return {verdict: sum(c.verdict == verdict for c in case.considered) for verdict in _ORDER}


def funnel(case: Case) -> str:
    """Say how many candidates the rules left: `14 candidates: 2 allowed, 4 ask, 8 forbidden`."""
    parts = [f"{count} {VERDICTS[verdict]}" for verdict, count in by_verdict(case).items() if count]
    return f"{words.several(len(case.considered), 'candidate')}: {', '.join(parts) or 'none possible'}"


@dataclass(frozen=True, slots=True)
class Stage:
    """How many candidates are left, and what took the others away."""

    label: str
    count: int
    note: str = ""


def stages(case: Case) -> list[Stage]:
    """The funnel, from all candidates to one."""
    left = [c for c in case.considered if c.verdict != "forbid"]
    worthy = [c for c in left if c.required or (c.score is not None and (c.score.priority or 0) > 0) or c is case.chosen]
    counts = by_verdict(case)
    waits = [f"{counts[verdict]} {said}" for verdict, said in (("ask", "need a person"), ("defer", "have to wait")) if counts[verdict]]
    chosen = case.chosen is not None
    return [
        Stage("possible", len(case.considered)),
        Stage("not forbidden", len(left), "; ".join([*([f"rules forbid {counts['forbid']}"] if counts["forbid"] else []), *waits])),
        Stage("worth more than nothing", len(worthy)),
        Stage("chosen", int(chosen), "" if chosen else "; ".join(dict.fromkeys(reason.said for reason in case.decision.reasons))),
    ]


def ranked(case: Case) -> list[CandidateRecord]:
    """The chosen one, then what the rules left by value, then what they struck out."""

    def place(c: CandidateRecord) -> tuple[bool, bool, float, int, str]:
        value = c.score.priority if c.score and c.score.priority is not None else float("-inf")
        return c.id != case.decision.choice, c.verdict == "forbid", -value, _ORDER.index(c.verdict), c.id

    return sorted(case.decision.candidates, key=place)


def grouped(case: Case) -> list[Group]:
    """Similar ones together: the same play with the same verdict for the same reason. The chosen one stands alone."""
    groups: dict[object, list[CandidateRecord]] = {}
    for candidate in ranked(case):
        rules = frozenset(rule.id for rule in matched(candidate)) if candidate.verdict != "allow" else frozenset()
        alone = candidate.id if candidate.id == case.decision.choice else ""
        groups.setdefault((alone, candidate.play, candidate.verdict, rules), []).append(candidate)
    return [Group(members) for members in groups.values()]


def titled(candidate: CandidateRecord) -> str:
    """What it would do."""
    return "Do nothing" if candidate.play == DO_NOTHING else candidate.title


def for_whom(case: Case, group: Group) -> tuple[str, str]:
    """For whom the group is, and by which channel; of doing nothing what it means that it is there."""
    if group.first.play == DO_NOTHING:
        return "", "what all else must beat" if case.chosen else "nothing beats it"
    names = list(dict.fromkeys(case.whom(c) for c in group.members))
    return ", ".join(names), group.first.channel if group.first.channel != "internal" else ""


def figure(case: Case, score: ScoreRecord | None) -> str:
    """The expected value with its unit."""
    if score is None or score.priority is None:
        return "no value"
    unit = " min" if score.terms.get("unit") == "minutes" else f" {case.currency}" if score.priority and case.currency else ""
    return f"{score.priority:,.0f}{unit}" if abs(score.priority) >= 100 or score.priority == 0 else f"{score.priority:,.2f}{unit}"


def why(case: Case, candidate: CandidateRecord, *, exact: bool) -> list[tuple[str, str]]:
    """For the chosen one how its value comes about, in labelled parts; for another, without a label, what would have let it through.

    With `exact` as it was recorded.
    """
    if candidate.id != case.decision.choice:
        recorded = words.one_line(candidate.counterfactual or "")
        through = recorded if exact else in_words(recorded)
        told = through if candidate.play == DO_NOTHING else _shorter(case, through)
        return [("", told)] if told else []
    said = [("chosen", worth(case, candidate))]
    if learned_ := learned(candidate.score):
        said.append(("learned", learned_))
    fits = (candidate.score.terms.get("fits") or ()) if candidate.score else ()
    if fits:
        said.append(("fits", words.one_line("; ".join(f"{fit['says']} ({fit['weight']:+g})" for fit in fits))))
    return said


def _shorter(case: Case, counterfactual: str) -> str:
    """The chosen one needs no name here: it stands above."""
    title = f"'{words.one_line(case.chosen.title)}'" if case.chosen else ""
    return counterfactual.replace(f"{title} ({case.decision.choice})", "the chosen one").replace(title, "the chosen one") if title else counterfactual


def learned(score: ScoreRecord | None) -> str:
    """What outcomes have made of the play's priors; empty where they made nothing of them."""
    model = score.terms.get("model") if score else None
    if not score or not model:
        return ""
    before = {name: (score.terms.get(name) or {}).get("result") for name in ("with", "without")}
    moved = (f"{model[name]:.0%} {name} it (prior {before[name]:.0%})" for name in ("with", "without") if before[name] is not None)
    return f"{', '.join(moved)}, from {words.several(model['cases'], 'outcome')}"


def worth(case: Case, candidate: CandidateRecord) -> str:
    """How the expected value comes about, as a sum."""
    score = candidate.score
    if candidate.required:
        return "a rule requires it, whatever its value"
    if score is None or score.priority is None or score.p is None:
        return "its value is not known"
    value, taken, always = (f"{x or 0:,.0f}" for x in (score.value, score.cost_if_taken, score.cost_always))
    worth_ = f"({value} - {taken} if taken)" if score.cost_if_taken else value
    factors = "".join(f" {TIMES} {what} {factor:g}" for what, factor in (("fit", score.c), ("lever", score.l)) if factor != 1)
    return f"{score.p * 100:+.3g} points of chance {TIMES} {worth_} - {always} always{factors} = {figure(case, score)}"

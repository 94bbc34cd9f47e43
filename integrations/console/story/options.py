"""What could have been done: the funnel from all candidates to one, each with what its rules and its value said, and the rules that took hold."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.domain.decision import CandidateRecord, ClauseRecord, RuleRecord, ScoreRecord
from agent.domain.plays import DO_NOTHING
from integrations.console.tones import VERDICT_TONES
from integrations.reports import Bar, Bars, Tone
from integrations.telling import words
from integrations.telling.candidates import VERDICTS, Group, figure, for_whom, grouped, stages, titled, why, worth
from integrations.telling.case import Case
from integrations.telling.hits import Hit, hits, holds, where
from integrations.telling.hits import why as why_it_took_hold
from integrations.telling.wording import read_by, with_currency
from integrations.telling.words import TIMES

_RESULTS: dict[str, tuple[str, Tone]] = {
    "true": ("true", "good"), "false": ("false", "muted"), "missing": ("not known", "warn"), "error": ("cannot be told", "bad"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause with what came of it and the values that it read."""

    says: str
    id: str
    result: tuple[str, Tone]
    values: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as it was applied to one candidate."""

    id: str
    effect: str
    layer: str
    until: str
    clauses: tuple[Clause, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """A candidate with everything that is said of it. `terms` are the parts of its value, as bars; None where it has no value."""

    id: str
    play: str
    title: str
    whom: str
    material: str
    verdict: tuple[str, Tone]
    value: str
    sum: str
    terms: Bars | None
    fits: tuple[str, ...]
    through: str
    took_hold: tuple[Rule, ...]
    others: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Cluster:
    """Candidates of which the same can be said."""

    chosen: bool
    nothing: bool
    count: int
    title: str
    whom: str
    how: str
    material: str
    verdict: tuple[str, Tone]
    value: str
    why: Sequence[tuple[str, str]]
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class RuleHit:
    """A rule that took hold of some candidates."""

    id: str
    effect: str
    layer: str
    says: str
    values: str
    where: str
    on_chosen: bool


def funnel(case: Case) -> Bars:
    """From all candidates to one."""
    found = stages(case)
    bars = [Bar(stage.label, stage.count, f"{stage.count:,}", stage.note, tone) for stage, tone in zip(found, _FUNNEL, strict=True)]
    return Bars(bars, most=max(stage.count for stage in found) or None)


_FUNNEL: tuple[Tone, ...] = ("muted", "c1", "c1", "good")


def clusters(case: Case) -> list[Cluster]:
    """Every candidate, similar ones together, the chosen one first."""
    return [_cluster(case, group) for group in grouped(case)]


def rules(case: Case) -> list[RuleHit]:
    """The rules that took hold, those on the chosen one first."""
    return [_hit(case, hit) for hit in hits(case)]


def _hit(case: Case, hit: Hit) -> RuleHit:
    rule = hit.rule
    return RuleHit(
        rule.id,
        rule.effect,
        rule.layer,
        f"{why_it_took_hold(rule)}{holds(rule)}",
        read_by(case, rule).strip(" ()"),
        where(case, hit),
        hit.on_chosen,
    )


def _cluster(case: Case, group: Group) -> Cluster:
    first, (whom, how) = group.first, for_whom(case, group)
    return Cluster(
        first.id == case.decision.choice, first.play == DO_NOTHING, len(group.members), words.one_line(titled(first)), words.one_line(whom), how,
        words.one_line(case.material(first)) if len(group.members) == 1 else "", _verdict(first), figure(case, first.score),
        why(case, first, exact=False), tuple(_option(case, one) for one in group.members),
    )  # fmt: skip


def _verdict(candidate: CandidateRecord) -> tuple[str, Tone]:
    return VERDICTS[candidate.verdict], VERDICT_TONES[candidate.verdict]


def _option(case: Case, one: CandidateRecord) -> Option:
    told, score = [_rule(case, rule) for rule in one.rules], one.score
    through = "" if one.id == case.decision.choice else next((text for _, text in why(case, one, exact=False)), "")
    return Option(
        one.id, one.play, words.one_line(titled(one)), words.one_line(case.whom(one)), words.one_line(case.material(one)), _verdict(one),
        figure(case, score), worth(case, one), _terms(case, score), _fits(score), through,
        tuple(said for rule, said in zip(one.rules, told, strict=True) if rule.matched),
        tuple(said for rule, said in zip(one.rules, told, strict=True) if not rule.matched),
    )  # fmt: skip


def _rule(case: Case, rule: RuleRecord) -> Rule:
    until = f"until {words.utc(rule.until)}" if rule.until else ""
    return Rule(rule.id, rule.effect, rule.layer, until, tuple(_clause(case, clause) for clause in rule.clauses))


def _clause(case: Case, clause: ClauseRecord) -> Clause:
    read = ((name, "not known" if value is None else words.value(value)) for name, value in clause.values.items())
    values = ", ".join(f"{name} = {with_currency(name, value, case.currency)}" for name, value in read)
    return Clause(clause.says, clause.id, _RESULTS[clause.result], values)


def _fits(score: ScoreRecord | None) -> tuple[str, ...]:
    fits = (score.terms.get("fits") or ()) if score else ()
    return tuple(words.one_line(f"{fit['says']} ({fit['weight']:+g})") for fit in fits)


def _terms(case: Case, score: ScoreRecord | None) -> Bars | None:
    """The parts that add up to the expected value, each in the value's own unit."""
    if score is None or score.priority is None or score.p is None or not score.terms:
        return None
    unit = "min" if score.terms.get("unit") == "minutes" else case.currency
    return Bars([Bar(name, value, f"{words.number(round(value, 2))} {unit}".strip(), note, _tone(value)) for name, value, note in _parts(score)])


def _tone(value: float) -> Tone:
    return "good" if value > 0 else "bad"


def _parts(score: ScoreRecord) -> Iterator[tuple[str, float, str]]:
    p = score.p or 0.0
    gain, taken, always = p * (score.value or 0.0), p * (score.cost_if_taken or 0.0), score.cost_always or 0.0
    yield "what it makes likelier", gain, f"{100 * p:+.3g} points of chance of {words.number(score.value or 0.0)}"
    if taken:
        yield "cost if taken", -taken, ""
    if always:
        yield "cost in any case", -always, ""
    sum_ = gain - taken - always
    if score.c != 1:
        yield "fit", sum_ * (score.c - 1), f"{TIMES} {score.c:g}"
    if score.l != 1:
        yield "lever", sum_ * score.c * (score.l - 1), f"{TIMES} {score.l:g}"
    yield "expected value", sum_ * score.c * score.l, ""

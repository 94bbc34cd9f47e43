"""Choosing: the best allowed candidate by expected value, with a stable tie-break; now and then another one, where the surface explores."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from agent.domain.candidates import Candidate, Score, Verdict
from agent.domain.clocks import clock_before
from agent.domain.evidence import Evidence
from agent.domain.exploring import draw, pick, propensities
from agent.domain.playbook import Playbook
from agent.domain.plays import DO_NOTHING

WINDOW = "the play's window"


@dataclass(frozen=True, slots=True)
class Ranking:
    """Eligible candidates, best first, and what was chosen: None when nothing may be done, or nothing beats doing nothing.

    `unmet` names the required plays that cannot run. Then only another required play may still be chosen. `chances` says how likely each candidate
    was to be chosen; whoever is not in it had no chance. `best` is what would have been chosen had nothing been drawn.
    """

    order: tuple[str, ...]
    choice: str | None
    unmet: tuple[str, ...] = ()
    chances: Mapping[str, float] = field(default_factory=dict)
    best: str | None = None

    @property
    def explored(self) -> bool:
        """Another than the best was drawn, to learn from it."""
        return self.choice != self.best


def rank(
    playbook: Playbook,
    evidence: Evidence,
    candidates: Sequence[Candidate],
    verdicts: Mapping[str, Verdict],
    scores: Mapping[str, Score],
) -> Ranking:
    """Order what the rules left and choose. Required plays come before everything; otherwise a candidate must beat 0.

    What somebody has asked for and cannot be valued is no less than the rest: it is chosen, and a person is asked.
    """
    real = [c for c in candidates if c.play != DO_NOTHING]
    eligible = [c for c in real if in_window(playbook, evidence, c, verdicts[c.id])]
    asked_for = {c.id for c in eligible if scores[c.id].priority is None and evidence.event.type in playbook.plays[c.play].answers}
    order = sorted(eligible, key=lambda c: (not verdicts[c.id].required, c.id not in asked_for, -_value(scores[c.id]), -scores[c.id].c, c.id))
    best = order[0] if order else None
    required = best is not None and verdicts[best.id].required
    unmet = _unmet(verdicts.values(), best if required else None)
    takes_it = best is not None and (required or (not unmet and (best.id in asked_for or _value(scores[best.id]) > 0)))
    ids = tuple(c.id for c in order)
    if best is None or not takes_it:
        return Ranking(ids, None, unmet, {DO_NOTHING: 1.0})
    pool = {c.id: _value(scores[c.id]) for c in order if c.id not in asked_for and _may_be_drawn(playbook, c, verdicts[c.id], scores[c.id])}
    chances = _chances(playbook.surfaces[evidence.surface].explore.epsilon, best.id, pool)
    choice = best.id if len(chances) == 1 else pick(chances, draw(evidence.surface, evidence.event.source, evidence.event.id))
    return Ranking(ids, choice, unmet, chances, best.id)


def _may_be_drawn(playbook: Playbook, candidate: Candidate, verdict: Verdict, score: Score) -> bool:
    """Worth doing, and neither protective, nor required, nor sensitive: nothing is tried out there."""
    return _value(score) > 0 and not (verdict.required or playbook.plays[candidate.play].protective or verdict.sensitive)


def _chances(epsilon: float, best: str, pool: Mapping[str, float]) -> Mapping[str, float]:
    """The chance of every candidate that had one. Where the best may not be drawn against, it is certain."""
    return propensities(pool, epsilon) if epsilon > 0 and best in pool else {best: 1.0}


def in_window(playbook: Playbook, evidence: Evidence, candidate: Candidate, verdict: Verdict) -> bool:
    """Not forbidden, and not too late by the time that it is allowed."""
    return verdict.verdict != "forbid" and too_late(playbook, evidence, candidate, verdict) is None


def too_late(playbook: Playbook, evidence: Evidence, candidate: Candidate, verdict: Verdict) -> str | None:
    """What will have ended before the candidate is allowed: its play's window, or the clock of the subject itself; None where there is time."""
    if verdict.until is None:
        return None
    if verdict.until - evidence.at > playbook.plays[candidate.play].window:
        return WINDOW
    return clock_before(evidence, verdict.until)


def _value(score: Score) -> float:
    return score.priority if score.priority is not None else float("-inf")


def _unmet(verdicts: Iterable[Verdict], done: Candidate | None) -> tuple[str, ...]:
    """What rules require and does not happen. A rule that names several plays is content with one of them."""
    demands = {r.of for verdict in verdicts for r in verdict.rules if r.matched and r.effect == "require"}
    return tuple(sorted({play for of in demands if done is None or done.play not in of for play in of}))

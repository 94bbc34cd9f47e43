"""Choosing: the best allowed candidate by expected value, with a stable tie-break."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from agent.domain.candidates import Candidate, Score, Verdict
from agent.domain.clocks import clock_before
from agent.domain.evidence import Evidence
from agent.domain.playbook import Playbook
from agent.domain.plays import DO_NOTHING

WINDOW = "the play's window"


@dataclass(frozen=True, slots=True)
class Ranking:
    """Eligible candidates, best first, and what was chosen: None when nothing may be done, or nothing beats doing nothing.

    `unmet` names the required plays that cannot run. Then only another required play may still be chosen.
    """

    order: tuple[str, ...]
    choice: str | None
    unmet: tuple[str, ...] = ()


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
    return Ranking(tuple(c.id for c in order), best.id if best is not None and takes_it else None, unmet)


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

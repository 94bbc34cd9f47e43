"""The whole decision in one pure function: evidence and playbook in, judgement out. The graph's nodes call its parts; replay calls it whole."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.domain.candidates import Candidate, Score, Verdict
from agent.domain.counterfactual import counterfactual
from agent.domain.decision import Reason, Route
from agent.domain.evidence import Evidence
from agent.domain.gate import Gate
from agent.domain.playbook import Playbook
from agent.domain.plays import DO_NOTHING
from agent.domain.proposing import propose
from agent.domain.ranking import Confidence, Ranking, confidence_in, in_window, rank
from agent.domain.routing import route_choice
from agent.domain.scoring import score_all

NO_CONFIDENCE = Confidence(None, calibrated=False, terms={})


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the core concluded. `roles` must all approve when the route is `ask`; `unmet` names required plays that cannot run."""

    candidates: tuple[Candidate, ...]
    verdicts: dict[str, Verdict]
    scores: dict[str, Score]
    choice: str | None
    confidence: Confidence
    sensitive: tuple[str, ...]
    route: Route
    reasons: tuple[Reason, ...]
    roles: tuple[str, ...]
    counterfactuals: dict[str, str]
    unmet: tuple[str, ...] = ()

    def candidate(self, candidate_id: str) -> Candidate | None:
        """A candidate by its id."""
        return next((c for c in self.candidates if c.id == candidate_id), None)

    @property
    def chosen(self) -> Candidate | None:
        """The candidate that was chosen, if any."""
        return self.candidate(self.choice) if self.choice else None


def decide(playbook: Playbook, evidence: Evidence) -> Judgement:
    """Propose, gate, rank and route."""
    candidates = propose(playbook, evidence)
    verdicts = gate(playbook, evidence, candidates)
    return conclude(playbook, evidence, candidates, verdicts)


def gate(playbook: Playbook, evidence: Evidence, candidates: Sequence[Candidate]) -> list[Verdict]:
    """The verdict of every candidate, in their order."""
    judge = Gate(playbook, evidence)
    return [judge.judge(candidate) for candidate in candidates]


def conclude(playbook: Playbook, evidence: Evidence, candidates: Sequence[Candidate], judged: Sequence[Verdict]) -> Judgement:
    """Score, choose, and route what the gate left."""
    verdicts = {v.candidate: v for v in judged}
    scores = score_all(playbook, Gate(playbook, evidence), candidates, verdicts)
    ranking = rank(playbook, evidence, candidates, verdicts, scores)
    by_id = {c.id: c for c in candidates}
    chosen = by_id.get(ranking.choice or "")
    confidence = confidence_in(chosen, ranking, by_id, scores, evidence) if chosen else NO_CONFIDENCE
    routing = route_choice(playbook, evidence, ranking, by_id, verdicts, scores, confidence)
    return Judgement(
        candidates=tuple(candidates), verdicts=verdicts, scores=scores, choice=ranking.choice, confidence=confidence,
        sensitive=_sensitive(chosen, verdicts), route=routing.route, reasons=routing.reasons, roles=routing.roles,
        counterfactuals=_counterfactuals(playbook, evidence, ranking, by_id, verdicts, scores), unmet=ranking.unmet,
    )  # fmt: skip


def _sensitive(chosen: Candidate | None, verdicts: dict[str, Verdict]) -> tuple[str, ...]:
    """The rules that call the case sensitive: for the choice, or for anything considered when nothing was chosen."""
    if chosen is not None:
        return verdicts[chosen.id].sensitive
    return tuple(dict.fromkeys(rule for verdict in verdicts.values() for rule in verdict.sensitive))


def _counterfactuals(
    playbook: Playbook, evidence: Evidence, ranking: Ranking, by_id: dict[str, Candidate], verdicts: dict[str, Verdict],
    scores: dict[str, Score],
) -> dict[str, str]:
    best = by_id.get(ranking.choice or "")
    return {
        c.id: counterfactual(
            c, verdicts[c.id], scores[c.id], best=best, scores=scores,
            best_required=best is not None and verdicts[best.id].required,
            in_window=in_window(playbook, evidence, c, verdicts[c.id]),
        )
        for c in by_id.values()
        if c.play != DO_NOTHING and c.id != ranking.choice
    }  # fmt: skip

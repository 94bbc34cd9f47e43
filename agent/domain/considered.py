"""Everything that was considered in one decision, before it is routed and explained."""

from collections.abc import Mapping
from dataclasses import dataclass

from agent.domain.candidates import Candidate, Score, Verdict
from agent.domain.confidence import Confidence
from agent.domain.evidence import Evidence
from agent.domain.playbook import Playbook
from agent.domain.plays import DO_NOTHING, Surface
from agent.domain.ranking import Ranking, too_late


@dataclass(frozen=True, slots=True)
class Considered:
    """The candidates by id with their verdicts and scores, their ranking, and how sure the choice is."""

    playbook: Playbook
    evidence: Evidence
    candidates: Mapping[str, Candidate]
    verdicts: Mapping[str, Verdict]
    scores: Mapping[str, Score]
    ranking: Ranking
    confidence: Confidence

    @property
    def surface(self) -> Surface:
        """Where it happens."""
        return self.playbook.surfaces[self.evidence.surface]

    @property
    def chosen(self) -> Candidate | None:
        """The candidate that was chosen, if any."""
        return self.candidates[self.ranking.choice] if self.ranking.choice else None

    @property
    def real(self) -> list[Candidate]:
        """Every candidate but doing nothing."""
        return [c for c in self.candidates.values() if c.play != DO_NOTHING]

    def possible(self, candidate: Candidate) -> bool:
        """Not forbidden, and not too late by the time that it is allowed."""
        return candidate.id in self.ranking.order

    def too_late(self, candidate: Candidate) -> str | None:
        """What will have ended before it is allowed."""
        verdict = self.verdicts[candidate.id]
        return None if verdict.verdict == "forbid" else too_late(self.playbook, self.evidence, candidate, verdict)

    def worth(self, candidate: Candidate) -> float:
        """Its expected value; nothing where it could not be valued."""
        score = self.scores.get(candidate.id)
        return (score.priority if score else None) or 0.0

    def unknown(self, candidate: Candidate) -> list[str]:
        """The facts for want of which a candidate could not be valued: those that there could be here, before any other."""
        names, here = self.scores[candidate.id].unknown, {fact.name for fact in self.evidence.facts}
        return [name for name in names if name in here] or names

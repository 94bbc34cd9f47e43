"""The whole decision in one pure function: evidence and playbook in, judgement out.

The graph's nodes call its parts; replay calls it whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from agent.domain.candidates import Candidate, Score, Verdict
from agent.domain.confidence import Confidence, confidence_in
from agent.domain.considered import Considered
from agent.domain.counterfactual import counterfactual
from agent.domain.decision import Reason, Route
from agent.domain.evidence import Evidence
from agent.domain.gate import Gate, judge_all
from agent.domain.model import PRIORS, Model
from agent.domain.playbook import Playbook
from agent.domain.plays import DO_NOTHING
from agent.domain.proposing import propose
from agent.domain.ranking import Ranking, rank
from agent.domain.routing import route_choice
from agent.domain.rules import RuleResult
from agent.domain.scoring import score_all

NO_CONFIDENCE = Confidence(None, calibrated=False, terms={})


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the core concluded. `roles` must all approve when the route is `ask`; `unmet` names required plays that cannot run.

    `model` is the version of the model that scored; `chances` how likely each candidate was to be chosen, 0 where it is not named.
    """

    candidates: tuple[Candidate, ...]
    verdicts: Mapping[str, Verdict]
    scores: Mapping[str, Score]
    choice: str | None
    confidence: Confidence
    sensitive: tuple[str, ...]
    route: Route
    reasons: tuple[Reason, ...]
    roles: tuple[str, ...]
    counterfactuals: Mapping[str, str]
    unmet: tuple[str, ...] = ()
    model: str = PRIORS.version
    chances: Mapping[str, float] = field(default_factory=dict)

    def candidate(self, candidate_id: str) -> Candidate | None:
        """A candidate by its id."""
        return next((c for c in self.candidates if c.id == candidate_id), None)

    @property
    def chosen(self) -> Candidate | None:
        """The candidate that was chosen, if any."""
        return self.candidate(self.choice) if self.choice else None


def left_open(judgement: Judgement, evidence: Evidence) -> tuple[str, ...]:
    """What nobody could tell whether rules require it, because a source did not answer. Nothing was chosen instead."""
    if judgement.chosen is not None or not evidence.unanswered:
        return ()
    rules = (rule for verdict in judgement.verdicts.values() for rule in verdict.rules if rule.effect == "require" and not rule.matched)
    return tuple(sorted({play for rule in rules if _hangs_on(rule, set(evidence.unanswered)) for play in rule.of}))


def unsearched(judgement: Judgement, evidence: Evidence) -> bool:
    """Whether nothing was chosen while content could not be searched, so that there was nothing to choose it from."""
    return judgement.chosen is None and any(name.startswith("search.") for name in evidence.unanswered)


def _hangs_on(rule: RuleResult, unknown: set[str]) -> bool:
    """Whether a rule would be settled by one of these facts: no clause is false, and one names it."""
    return all(clause.result != "false" for clause in rule.clauses) and any(unknown & clause.values.keys() for clause in rule.clauses)


def decide(playbook: Playbook, evidence: Evidence, model: Model = PRIORS) -> Judgement:
    """Propose, gate, rank and route. `model` scores; by default the plays' priors do."""
    judge = Gate(playbook, evidence)
    candidates = propose(playbook, evidence, judge)
    return conclude(playbook, evidence, candidates, judge.judge_all(candidates), model, judge=judge)


def gate(playbook: Playbook, evidence: Evidence, candidates: Sequence[Candidate]) -> list[Verdict]:
    """The verdict of every candidate, in their order."""
    return judge_all(playbook, evidence, candidates)


def conclude(
    playbook: Playbook,
    evidence: Evidence,
    candidates: Sequence[Candidate],
    judged: Sequence[Verdict],
    model: Model = PRIORS,
    *,
    judge: Gate | None = None,
) -> Judgement:
    """Score, choose, and route what the gate left. `judge`: the gate that judged this evidence, because it has the facts laid out already."""
    by_id = {c.id: c for c in candidates}
    verdicts = {v.candidate: v for v in judged}
    scores = score_all(playbook, judge or Gate(playbook, evidence), candidates, verdicts, model)
    ranking = rank(playbook, evidence, candidates, verdicts, scores)
    confidence = _confidence(ranking, by_id, scores, evidence, model)
    found = Considered(playbook, evidence, by_id, verdicts, scores, ranking, confidence)
    routing = route_choice(found)
    lost = [c for c in candidates if c.id != ranking.choice and (ranking.choice is not None or c.play != DO_NOTHING)]
    return Judgement(
        candidates=tuple(candidates), verdicts=verdicts, scores=scores, choice=ranking.choice, confidence=confidence,
        sensitive=_sensitive(found), route=routing.route, reasons=routing.reasons, roles=routing.roles,
        counterfactuals={c.id: counterfactual(c, found) for c in lost}, unmet=ranking.unmet, model=model.version, chances=ranking.chances,
    )  # fmt: skip


def _confidence(ranking: Ranking, by_id: Mapping[str, Candidate], scores: Mapping[str, Score], evidence: Evidence, model: Model) -> Confidence:
    if ranking.choice is None:
        return NO_CONFIDENCE
    return confidence_in(by_id[ranking.choice], ranking, by_id, scores, evidence, model)


def _sensitive(found: Considered) -> tuple[str, ...]:
    """The rules that call the case sensitive: for the choice, or for anything considered when nothing was chosen."""
    if found.chosen is not None:
        return found.verdicts[found.chosen.id].sensitive
    return tuple(dict.fromkeys(rule for verdict in found.verdicts.values() for rule in verdict.sensitive))

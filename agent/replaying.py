"""Replay: the same evidence through the same playbook must give the same decision, to the letter."""

from dataclasses import dataclass
from typing import Any

from agent.domain.deciding import Judgement, decide
from agent.domain.decision import CandidateRecord, Decision
from agent.domain.evidence import Evidence
from agent.domain.playbook import Playbook
from agent.graph.recording import candidate_records

_SETTLED_LATER = frozenset({"open_proposal"})
"""Reasons that come from what was open at the time of recording, not from the deciding."""


@dataclass(frozen=True, slots=True)
class Replay:
    """Whether a replay gave the recorded decision, and what differs if not."""

    decision_id: str
    playbook_version: str
    same: bool
    differences: tuple[str, ...]
    route: str
    choice: str | None


def replay(decision: Decision, evidence: Evidence | None, playbook: Playbook) -> Replay:
    """Decide again and compare. An event that was only recorded has nothing to decide, and replays to itself."""
    if evidence is None:
        return Replay(decision.id, decision.playbook_version, True, (), decision.route, None)
    judgement = decide(playbook, evidence)
    found = tuple(differences(decision, judgement))
    return Replay(decision.id, playbook.version, not found, found, judgement.route, judgement.choice)


def differences(decision: Decision, judgement: Judgement) -> list[str]:
    """What a judgement says otherwise than the record, one line each."""
    lines = []
    if judgement.choice != decision.choice:
        lines.append(f"choice: recorded {decision.choice or 'nothing'}, now {judgement.choice or 'nothing'}")
    if judgement.route != decision.route and not _rerouted_after_deciding(decision):
        lines.append(f"route: recorded {decision.route}, now {judgement.route}")
    then = {c.id: _plain(c) for c in decision.candidates}
    now = {c.id: _plain(c) for c in candidate_records(judgement)}
    lines += [f"candidate {one}: only in the record" for one in then.keys() - now.keys()]
    lines += [f"candidate {one}: only now" for one in now.keys() - then.keys()]
    for one in sorted(then.keys() & now.keys()):
        changed = [key for key in then[one] if then[one][key] != now[one][key]]
        lines += [f"candidate {one}: {key}: recorded {then[one][key]!r}, now {now[one][key]!r}" for key in changed]
    return lines


def _plain(record: CandidateRecord) -> dict[str, Any]:
    dumped = record.model_dump(mode="json")
    return CandidateRecord.model_validate(dumped).model_dump(mode="json")


def _rerouted_after_deciding(decision: Decision) -> bool:
    """The text could not be proven, or the same proposal was already open: the route was changed after the deciding."""
    codes = {r.code for r in decision.reasons}
    return bool(codes & _SETTLED_LATER) or any("could not be proven" in r.text for r in decision.reasons)

"""Replay: the same evidence through the same playbook must give the same decision, to the letter.

What a model worded is taken as it was recorded, because a model need not answer the same twice; that the text was proven is worked out again.
"""

from dataclasses import dataclass
from typing import Any

from agent.domain.decision import Decision
from agent.domain.differences import differences
from agent.domain.evidence import Evidence
from agent.domain.model import PRIORS, Model
from agent.domain.playbook import Playbook
from agent.domain.records import Run
from agent.errors import Refused
from agent.graph.papers import unless_open
from agent.graph.recording import decision_of
from agent.rejudging import judged_again, said_in
from agent.simulating import Change, Judged

_NOT_DECIDED = {"id", "run_id", "schema_version", "playbook_version", "trigger", "approvals", "actions", "outcome"}
"""Parts of a record that were given to it, or came after the deciding."""


@dataclass(frozen=True, slots=True)
class Replay:
    """Whether a replay gave the recorded decision, and what differs if not.

    `decided` is False for an event that was only recorded: nothing was decided, so there is nothing to decide again. Under another playbook
    `change` says what is otherwise and why (None: nothing that matters), and `verdicts` of which candidates the rules say something else.
    """

    decision_id: str
    playbook_version: str
    same: bool
    differences: tuple[str, ...]
    route: str
    choice: str | None
    decided: bool = True
    change: Change | None = None
    verdicts: tuple[Judged, ...] = ()


def replay(recorded: Decision, evidence: Evidence | None, playbook: Playbook, model: Model = PRIORS, *, vendor: str) -> Replay:
    """Decide again, word again by template, and compare every part. Raises Refused when what it was decided from is gone."""
    if evidence is None:
        if recorded.candidates:
            raise Refused(f"What {recorded.id} was decided from is no longer stored.", "It cannot be replayed; its record is shown as it is.")
        return Replay(recorded.id, recorded.playbook_version, True, (), recorded.route, None, decided=False)
    again = _decided_again(recorded, evidence, playbook, model, vendor)
    found = tuple(differences(_compared(recorded), _compared(again)))
    return Replay(recorded.id, playbook.version, not found, found, again.route, again.choice)


def _decided_again(recorded: Decision, evidence: Evidence, playbook: Playbook, model: Model, vendor: str) -> Decision:
    judgement, text = judged_again(evidence, playbook, said_in(recorded), model, vendor=vendor)
    run = Run(recorded.run_id, evidence.account or "", evidence.event, evidence.surface, "new", evidence.at)
    return unless_open(decision_of(run, playbook, evidence, judgement, text), evidence)


def _compared(decision: Decision) -> dict[str, Any]:
    """The decision as plain data, however it came here: fresh ones hold values that the store writes another way."""
    return Decision.model_validate_json(decision.model_dump_json()).model_dump(mode="json", exclude=_NOT_DECIDED)

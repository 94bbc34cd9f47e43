"""Replay: the same evidence through the same playbook must give the same decision, to the letter.

What a model worded is taken as it was recorded, because a model need not answer the same twice; that the text was proven is worked out again.
"""

from dataclasses import dataclass
from typing import Any

from agent.composing import Composed
from agent.domain.deciding import Judgement, decide
from agent.domain.decision import Decision
from agent.domain.differences import differences
from agent.domain.evidence import Evidence
from agent.domain.model import PRIORS, Model
from agent.domain.playbook import Playbook
from agent.domain.records import Run
from agent.errors import Refused
from agent.graph.context import Composition
from agent.graph.papers import unless_open
from agent.graph.proving import UNPROVEN, by_template, in_words, proven
from agent.graph.recording import decision_of

_NOT_DECIDED = {"id", "run_id", "schema_version", "playbook_version", "trigger", "approvals", "actions", "outcome"}
"""Parts of a record that were given to it, or came after the deciding."""


@dataclass(frozen=True, slots=True)
class Replay:
    """Whether a replay gave the recorded decision, and what differs if not.

    `decided` is False for an event that was only recorded: nothing was decided, so there is nothing to decide again.
    """

    decision_id: str
    playbook_version: str
    same: bool
    differences: tuple[str, ...]
    route: str
    choice: str | None
    decided: bool = True


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
    judgement, draft = in_words(playbook, evidence, decide(playbook, evidence, model), model, vendor=vendor)
    text = _worded_again(recorded, judgement, draft) if draft is not None else None
    if text is not None:
        judgement, text = proven(playbook, evidence, judgement, text, vendor=vendor, draft=draft)
    run = Run(recorded.run_id, evidence.account or "", evidence.event, evidence.surface, "new", evidence.at)
    return unless_open(decision_of(run, playbook, evidence, judgement, text), evidence)


def _worded_again(recorded: Decision, judgement: Judgement, draft: Composed) -> Composition:
    """The text by its template; a model's words as they were recorded, if it is still the same that is to be worded."""
    proposal = recorded.proposal
    notes = tuple(note for note in proposal.notes if not note.startswith(UNPROVEN)) if proposal else ()
    text = by_template(draft, notes)
    if proposal is None or proposal.composed_by != "llm" or judgement.choice != recorded.choice:
        return text
    return Composition(proposal.content, "llm", proposal.prompt_hash, text.used, notes)


def _compared(decision: Decision) -> dict[str, Any]:
    """The decision as plain data, however it came here: fresh ones hold values that the store writes another way."""
    return Decision.model_validate_json(decision.model_dump_json()).model_dump(mode="json", exclude=_NOT_DECIDED)

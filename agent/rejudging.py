"""Deciding once more what was decided before: the same core, the same words, the same proof, without a graph and without a model."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.composing import Composed
from agent.domain.deciding import Judgement, decide
from agent.domain.decision import Decision
from agent.domain.evidence import Evidence
from agent.domain.model import PRIORS, Model
from agent.domain.playbook import Playbook
from agent.graph.context import Composition
from agent.graph.proving import UNPROVEN, by_template, in_words, proven


@dataclass(frozen=True, slots=True)
class Said:
    """What a record holds of the words of its choice. A model's are taken as they are, because it need not answer the same twice."""

    choice: str | None
    content: dict[str, str]
    by_model: bool = False
    prompt_hash: str | None = None
    notes: Sequence[str] = ()


def said_in(decision: Decision) -> Said | None:
    """The words of a record, if it has any."""
    proposal = decision.proposal
    if proposal is None:
        return None
    return Said(decision.choice, proposal.content, proposal.composed_by == "llm", proposal.prompt_hash, tuple(proposal.notes))


def judged_again(
    evidence: Evidence, playbook: Playbook, said: Said | None, model: Model = PRIORS, *, vendor: str, all_notes: bool = True
) -> tuple[Judgement, Composition | None]:
    """The judgement on the evidence, and the text of the choice.

    The proof of a text can turn what would be done by itself into an ask, and always leaves notes. `all_notes`: whether they are wanted where they
    are all that it could leave.
    """
    judgement, draft = in_words(playbook, evidence, decide(playbook, evidence, model), model, vendor=vendor)
    if draft is None:
        return judgement, None
    text = _worded_again(said, judgement, draft)
    if not all_notes and judgement.route != "act":
        return judgement, text
    return proven(playbook, evidence, judgement, text, vendor=vendor, draft=draft)


def _worded_again(said: Said | None, judgement: Judgement, draft: Composed) -> Composition:
    """The text by its template; a model's words as they were recorded, if it is still the same that is to be worded."""
    notes = tuple(note for note in said.notes if not note.startswith(UNPROVEN)) if said else ()
    text = by_template(draft, notes)
    if said is None or not said.by_model or judgement.choice != said.choice:
        return text
    return Composition(said.content, "llm", said.prompt_hash, text.used, notes)

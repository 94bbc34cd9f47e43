"""From a choice to a text that may be sent by itself: its draft, what in a text nothing proves, and what a doubt makes of the decision."""

from dataclasses import replace

from agent.composing import Composed, compose_template
from agent.domain.candidates import Candidate
from agent.domain.content_check import Problem, check_content
from agent.domain.deciding import Judgement
from agent.domain.decision import reason
from agent.domain.evidence import Evidence
from agent.domain.playbook import Playbook
from agent.graph.context import Composition
from agent.writing import allowed_in_full

UNPROVEN = "not proven: "
"""How the notes of a text begin that say what nothing proves."""


def draft_of(playbook: Playbook, chosen: Candidate, evidence: Evidence, *, vendor: str) -> Composed:
    """The choice in the words of its play's template. Raises ComposeError."""
    return compose_template(playbook.plays[chosen.play], chosen, evidence, vendor=vendor, currency=playbook.reporting_currency)


def by_template(playbook: Playbook, chosen: Candidate, evidence: Evidence, *, vendor: str, notes: tuple[str, ...] = ()) -> Composition:
    """The template's words as the whole text."""
    draft = draft_of(playbook, chosen, evidence, vendor=vendor)
    return Composition(draft.content, "template", None, dict(draft.used), notes)


def problems_of(playbook: Playbook, chosen: Candidate, content: dict[str, str], evidence: Evidence, draft: Composed) -> list[Problem]:
    """What a finished text says without proof, blocking problems first, whoever wrote it."""
    return check_content(content, allowed=allowed_in_full(playbook.plays[chosen.play], chosen, evidence, draft))


def proven(playbook: Playbook, evidence: Evidence, judgement: Judgement, text: Composition, *, vendor: str) -> tuple[Judgement, Composition]:
    """The judgement and the text after the last look at what a customer would read. What cannot be proven is never sent without a person."""
    chosen = judgement.chosen
    if chosen is None or not chosen.customer_visible:
        return judgement, text
    doubts = _doubts(playbook, chosen, text, evidence, vendor)
    if not doubts:
        return judgement, text
    noted = replace(text, notes=(*text.notes, *(f"{UNPROVEN}{doubt}" for doubt in doubts)))
    return (_asking_instead(playbook, evidence, judgement, chosen, doubts) if judgement.route == "act" else judgement), noted


def _doubts(playbook: Playbook, chosen: Candidate, text: Composition, evidence: Evidence, vendor: str) -> list[str]:
    """What in a text is not backed by facts, parameters or the asset; a text that is missing is a doubt too."""
    if not text.content:
        return ["there is no text: " + "; ".join(text.notes)]
    draft = draft_of(playbook, chosen, evidence, vendor=vendor)
    return [problem.says for problem in problems_of(playbook, chosen, text.content, evidence, draft) if problem.severity == "block"]


def _asking_instead(playbook: Playbook, evidence: Evidence, judgement: Judgement, chosen: Candidate, doubts: list[str]) -> Judgement:
    play, surface = playbook.plays[chosen.play], playbook.surfaces[evidence.surface]
    doubt = reason("low_confidence", f"the text could not be proven: {doubts[0]}")
    return replace(judgement, route="ask", reasons=(*judgement.reasons, doubt), roles=(play.approver or surface.review.approver,))

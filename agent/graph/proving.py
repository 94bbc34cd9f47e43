"""From a choice to a text that may be sent by itself: its draft, what in a text nothing proves, and what a doubt makes of the decision."""

from dataclasses import replace

from agent.composing import Composed, ComposeError, compose_template
from agent.domain.built_in import without_words
from agent.domain.candidates import Candidate, Verdict
from agent.domain.content_check import Problem, check_content
from agent.domain.deciding import Judgement, conclude
from agent.domain.decision import reason
from agent.domain.evidence import Evidence
from agent.domain.model import PRIORS, Model
from agent.domain.playbook import Playbook
from agent.graph.context import Composition
from agent.writing import allowed_in_full

UNPROVEN = "not proven: "
"""How the notes of a text begin that say what nothing proves."""


def draft_of(playbook: Playbook, chosen: Candidate, evidence: Evidence, *, vendor: str) -> Composed:
    """The choice in the words of its play's template. Raises ComposeError."""
    return compose_template(playbook.plays[chosen.play], chosen, evidence, vendor=vendor, currency=playbook.reporting_currency)


def in_words(
    playbook: Playbook, evidence: Evidence, judgement: Judgement, model: Model = PRIORS, *, vendor: str
) -> tuple[Judgement, Composed | None]:
    """The judgement whose choice can be written, with its draft. What cannot be written is not possible, and the next best is taken.

    Where the choice is drawn, all that could have been is looked at first: only then are the chances those of what could be chosen.
    """
    while wordless := _first_wordless(playbook, evidence, judgement, vendor):
        judgement = _without(playbook, evidence, judgement, wordless, model, vendor)
    while (chosen := judgement.chosen) is not None:
        try:
            return judgement, draft_of(playbook, chosen, evidence, vendor=vendor)
        except ComposeError:
            judgement = _without(playbook, evidence, judgement, chosen.play, model, vendor)
    return judgement, None


def _first_wordless(playbook: Playbook, evidence: Evidence, judgement: Judgement, vendor: str) -> str | None:
    """The play of one of several candidates that could be drawn, and cannot be written."""
    drawn = [c for c in judgement.candidates if judgement.chances.get(c.id)] if len(judgement.chances) > 1 else []
    for candidate in drawn:
        try:
            draft_of(playbook, candidate, evidence, vendor=vendor)
        except ComposeError:
            return candidate.play
    return None


def _without(playbook: Playbook, evidence: Evidence, judgement: Judgement, play: str, model: Model, vendor: str) -> Judgement:
    """Judged again without what cannot be written of a play."""
    verdicts = [_unless_wordless(playbook, evidence, judgement, c, play, vendor) for c in judgement.candidates]
    return conclude(playbook, evidence, judgement.candidates, verdicts, model)


def _unless_wordless(playbook: Playbook, evidence: Evidence, judgement: Judgement, candidate: Candidate, play: str, vendor: str) -> Verdict:
    """All candidates of the play are looked at together, because they often lack the same."""
    verdict = judgement.verdicts[candidate.id]
    if candidate.play != play or verdict.verdict == "forbid":
        return verdict
    try:
        draft_of(playbook, candidate, evidence, vendor=vendor)
    except ComposeError as error:
        return without_words(verdict, error.missing, str(error))
    return verdict


def by_template(draft: Composed, notes: tuple[str, ...] = ()) -> Composition:
    """The template's words as the whole text."""
    return Composition(draft.content, "template", None, dict(draft.used), notes)


def problems_of(playbook: Playbook, chosen: Candidate, content: dict[str, str], evidence: Evidence, draft: Composed) -> list[Problem]:
    """What a finished text says without proof, blocking problems first, whoever wrote it."""
    return check_content(content, allowed=allowed_in_full(playbook.plays[chosen.play], chosen, evidence, draft))


def proven(
    playbook: Playbook, evidence: Evidence, judgement: Judgement, text: Composition, *, vendor: str, draft: Composed | None = None
) -> tuple[Judgement, Composition]:
    """The judgement and the text after the last look at what a customer would read. What cannot be proven is never sent without a person.

    `draft` is the choice in its template's words, where they are at hand.
    """
    chosen = judgement.chosen
    if chosen is None or not chosen.customer_visible:
        return judgement, text
    doubts = _doubts(playbook, chosen, text, evidence, draft or draft_of(playbook, chosen, evidence, vendor=vendor))
    if not doubts:
        return judgement, text
    noted = replace(text, notes=(*text.notes, *(f"{UNPROVEN}{doubt}" for doubt in doubts)))
    return (_asking_instead(playbook, evidence, judgement, chosen, doubts) if judgement.route == "act" else judgement), noted


def _doubts(playbook: Playbook, chosen: Candidate, text: Composition, evidence: Evidence, draft: Composed) -> list[str]:
    """What in a text is not backed by facts, parameters or the asset."""
    return [problem.says for problem in problems_of(playbook, chosen, text.content, evidence, draft)]


def _asking_instead(playbook: Playbook, evidence: Evidence, judgement: Judgement, chosen: Candidate, doubts: list[str]) -> Judgement:
    play, surface = playbook.plays[chosen.play], playbook.surfaces[evidence.surface]
    doubt = reason("low_confidence", f"the text could not be proven: {doubts[0]}")
    return replace(judgement, route="ask", reasons=(*judgement.reasons, doubt), roles=(play.approver or surface.review.approver,))

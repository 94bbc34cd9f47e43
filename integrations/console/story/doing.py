"""What may be done about a decision now, and by whom."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from agent.conversing import Story
from agent.domain.decision import BAD_LABELS
from integrations.console.visit import Visitor
from integrations.sessions import ConsoleRole
from integrations.telling import words
from integrations.telling.case import Case
from integrations.telling.standing import undoable_until

REVIEWERS: tuple[ConsoleRole, ...] = ("approver", "operator", "admin", "agent")
"""Who may take back and label."""

BLOCKERS: tuple[ConsoleRole, ...] = ("operator", "admin")

GOOD = ("good", "good: it was right")


@dataclass(frozen=True, slots=True)
class Doing:
    """What the visitor may do. `answers` are asks that wait for them, `labels` and `targets` choices in words; empty for what may not be done."""

    answers: tuple[str, ...]
    labels: tuple[tuple[str, str], ...]
    targets: tuple[tuple[str, str], ...]
    undo_until: datetime | None


def doing(case: Case, story: Story, visitor: Visitor, *, known: bool, answerable: Collection[str]) -> Doing:
    """What the service would take from the visitor. `known`: whether they are a colleague; `answerable`: asks for which their answer counts."""
    reviews, blocks = known and visitor.may(*REVIEWERS), visitor.may(*BLOCKERS)
    labels = tuple((label, words.role(label)) for label in BAD_LABELS)
    return Doing(
        tuple(ask.id for ask in story.asks if ask.id in answerable),
        (*labels, GOOD) if reviews and case.chosen else (),
        tuple((target, said) for target, (said, _) in targets(case).items()) if blocks else (),
        undoable_until(story.decision, story.now) if reviews else None,
    )


def targets(case: Case) -> dict[str, tuple[str, str]]:
    """What of the decision can be blocked: in words, and its id."""
    decision, chosen = case.decision, case.chosen
    found = {"account": (f"the account {case.account_name() or decision.subject.account}", decision.subject.account)}
    if chosen is not None:
        found["contact"] = (f"the contact {case.named('contact', chosen.recipient)}", chosen.recipient)
        found["play"] = (f"the play {chosen.play}, for everybody", chosen.play)
    found["surface"] = (f"the surface {decision.surface}, for everybody", decision.surface)
    return {target: (words.one_line(said), ref) for target, (said, ref) in found.items() if ref}

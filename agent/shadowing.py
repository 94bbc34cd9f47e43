"""What a surface would do about an event, had it been in shadow: its choice, and how it would be done if people saw it."""

from dataclasses import dataclass, replace
from typing import Literal

from agent.domain.decision import Reason
from agent.domain.evidence import Evidence
from agent.domain.model import Model
from agent.domain.playbook import Playbook
from agent.domain.plays import Mode
from agent.domain.records import Run
from agent.rejudging import judged_again

From = Literal["recorded", "gathered", "nothing"]


@dataclass(frozen=True, slots=True)
class Shadowed:
    """One event as the surface would decide it now.

    `facts_from`: recorded with its decision · gathered now, because nothing was recorded · nothing: it starts no work, or cannot be read, and
    `note` says why. `if_suggest` and `if_auto` are the routes that the choice would take in these modes.
    """

    event_id: str
    source: str
    type: str
    account: str | None
    subject_kind: str
    subject_id: str
    occurred_at: str
    facts_from: From
    choice: str | None = None
    title: str | None = None
    content: dict[str, str] | None = None
    if_suggest: str | None = None
    if_auto: str | None = None
    reasons: tuple[Reason, ...] = ()
    note: str = ""


def shadowed(run: Run, evidence: Evidence, playbook: Playbook, model: Model, *, vendor: str, facts_from: From) -> Shadowed:
    """Decide about the evidence: what is chosen, and where that would go in either mode, whatever the surface is held to. Nothing is recorded."""
    evidence = replace(evidence, held=None)
    suggest, text = judged_again(evidence, in_mode(playbook, evidence.surface, "suggest"), None, model, vendor=vendor)
    auto, _ = judged_again(evidence, in_mode(playbook, evidence.surface, "auto"), None, model, vendor=vendor)
    chosen = suggest.chosen
    return replace(
        untold(run, facts_from, ""), account=evidence.account, choice=suggest.choice, title=chosen.title if chosen else None,
        content=dict(text.content) if text is not None else None, if_suggest=suggest.route, if_auto=auto.route,
        reasons=auto.reasons or suggest.reasons,
    )  # fmt: skip


def untold(run: Run, facts_from: From, note: str) -> Shadowed:
    """The event, with nothing decided."""
    event = run.event
    return Shadowed(
        event.id, event.source, event.type, event.account, event.subject_kind, event.subject_id, event.occurred_at.isoformat(), facts_from, note=note
    )


def in_mode(playbook: Playbook, surface: str, mode: Mode) -> Playbook:
    """The playbook with one of its surfaces in another mode."""
    other = playbook.surfaces[surface].model_copy(update={"mode": mode})
    return replace(playbook, surfaces={**playbook.surfaces, surface: other})

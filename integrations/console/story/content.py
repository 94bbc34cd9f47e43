"""The exact words of a proposal, with the facts in them marked, and which fact each is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from agent.domain.decision import ProposalRecord
from integrations.telling import words
from integrations.telling.aftermath import addressed, parameters, worded_by
from integrations.telling.case import Case
from integrations.telling.marking import Part, marked
from integrations.telling.wording import labelled


@dataclass(frozen=True, slots=True)
class Used:
    """A fact that the words were made from, and whether they show it word for word."""

    label: str
    name: str
    value: str
    shown: bool


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the content, in parts."""

    name: str
    parts: Sequence[Part]


@dataclass(frozen=True, slots=True)
class Content:
    """What is proposed to whom, by whose words, and what it rests on."""

    to: str
    params: str
    fields: Sequence[Field]
    used: Sequence[Used]
    notes: Sequence[str]
    by: str
    digest: str


def content(case: Case) -> Content | None:
    """The content of the proposal; None where there is none."""
    proposal = case.decision.proposal
    if proposal is None:
        return None
    facts = _facts(proposal)
    fields = [Field(name, marked(words.clean(text.strip()), facts)) for name, text in proposal.content.items() if text.strip()]
    shown = {name for field in fields for part in field.parts for name in part.facts}
    return Content(
        words.one_line(addressed(case, proposal)), words.one_line(parameters(case, proposal)), fields, _used(case, facts, shown),
        [words.one_line(note) for note in proposal.notes], worded_by(proposal), proposal.digest,
    )  # fmt: skip


def _facts(proposal: ProposalRecord) -> dict[str, Any]:
    """What the words were made from, and what they show of whoever signs them where that was added when people were asked again."""
    signed = proposal.basis.signed if proposal.basis else {}
    params = {f"params.{name}": value for name, value in proposal.params.items()}
    read = {**params, **proposal.used, **{name: value for name, value in signed.items() if "." in name}}
    return {name: value for name, value in read.items() if value is not None}


def _used(case: Case, facts: Mapping[str, Any], shown: set[str]) -> list[Used]:
    """Those that the words show first."""
    found = [Used(*_labelled(case, name, value), name in shown) for name, value in facts.items()]
    return sorted(found, key=lambda one: not one.shown)


def _labelled(case: Case, name: str, value: Any) -> tuple[str, str, str]:
    label, said = labelled(name, words.value(value), case.currency)
    return label, name, said

"""The form in which an ask is edited: its words and its parameters, each in a field of its own kind, with what is wrong at the field."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from agent.domain.plays import ParamSpec
from agent.domain.spoken import sentence
from agent.errors import InvalidInput, NextplayError, Refused
from agent.service import Nextplay
from integrations.console.asks import ShownAsk
from integrations.console.forms import Form
from integrations.telling import words
from integrations.telling.wording import labelled

PARAM, CONTENT = "param.", "content."
LONGEST_TEXT = 50_000
_CONTENT_LABELS = {"subject": "Subject", "body": "Text"}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the form, with what stands in it. `kind`: number, flag, text or lines."""

    name: str
    label: str
    kind: str
    value: str
    hint: str = ""
    error: str = ""
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True, slots=True)
class Edit:
    """What was changed."""

    content: dict[str, str]
    params: dict[str, str]

    @property
    def changes(self) -> bool:
        """Whether anything was."""
        return bool(self.content or self.params)


def fields_of(shown: ShownAsk, given: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None) -> list[Field]:
    """The form's fields: as it was proposed, or as they were sent, with what is wrong at each."""
    given, errors, proposal = given or {}, errors or {}, shown.case.decision.proposal
    params = dict(proposal.params) if proposal else {}
    found = [_param(shown, name, spec, params.get(name, spec.default)) for name, spec in _editable(shown).items()]
    for part, text in (proposal.content if proposal else {}).items():
        kind = "text" if part == "subject" else "lines"
        found.append(Field(CONTENT + part, _CONTENT_LABELS.get(part, sentence(words.role(part))), kind, text))
    return [
        Field(one.name, one.label, one.kind, given.get(one.name, one.value), one.hint, errors.get(one.name, ""), one.low, one.high) for one in found
    ]  # fmt: skip


def _editable(shown: ShownAsk) -> dict[str, ParamSpec]:
    return {name: spec for name, spec in (shown.play.params if shown.play else {}).items() if spec.editable}


def _param(shown: ShownAsk, name: str, spec: ParamSpec, value: Any) -> Field:
    label, unit = labelled(name, "", shown.case.currency)
    said = f"{sentence(label)}{f' ({unit})' if unit else ''}"
    text = f"{float(value or 0):g}" if spec.type == "number" else str(value).lower() if spec.type == "flag" else str(value)
    return Field(PARAM + name, said, spec.type, text, spec.about, low=spec.min, high=spec.max)


def read(form: Form, shown: ShownAsk) -> tuple[Edit, dict[str, str]]:
    """What the form changes, and what was sent in each field. An untouched field changes nothing, whatever its line ends are."""
    before = {field.name: field.value for field in fields_of(shown)}
    given = {name: form.text(name, most=LONGEST_TEXT) for name in before}
    changed = {name: value for name, value in given.items() if not _same(value, before[name])}
    params = {name.removeprefix(PARAM): value for name, value in changed.items() if name.startswith(PARAM)}
    content = {name.removeprefix(CONTENT): changed.get(name, before[name]) for name in given if name.startswith(CONTENT)}
    touched = any(name.startswith(CONTENT) for name in changed)
    return Edit(content if touched else {}, params), given


def _same(given: str, before: str) -> bool:
    return given.replace("\r\n", "\n").strip() == before.replace("\r\n", "\n").strip()


async def wrong_fields(service: Nextplay, ask: str, who: str, edit: Edit, fields: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with an edit, at the field that it is about; each parameter is tried by itself first. Empty where nothing is.

    Raises Unauthorised and what else is about the person or the ask rather than about a field.
    """
    errors = {}
    for name, value in edit.params.items():
        if said := await _wrong(service, ask, who, None, {name: value}):
            errors[PARAM + name] = said
    if not errors and edit.changes and (said := await _wrong(service, ask, who, edit.content or None, edit.params or None)):
        errors[_place(edit, fields, said)] = said
    return errors


async def _wrong(service: Nextplay, ask: str, who: str, content: Mapping[str, str] | None, params: Mapping[str, str] | None) -> str:
    try:
        await service.check_edit(ask, who=who, content=content, params=params)
    except (InvalidInput, Refused) as error:
        return _said(error)
    return ""


def _said(error: NextplayError) -> str:
    return f"{error.message} {error.next_step}".strip()


def _place(edit: Edit, fields: Mapping[str, str], said: str) -> str:
    """The field that a complaint about the whole is shown at: the part that it names, else the text, else whatever there is first."""
    parts = [CONTENT + part for part in edit.content]
    named = next((part for part in parts if f"The {part.removeprefix(CONTENT)} " in said), None)
    last = parts[-1] if parts else next(iter(fields))
    return named or (PARAM + next(iter(edit.params)) if not parts and edit.params else last)

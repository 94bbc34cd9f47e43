"""The modals behind the buttons: edit, reject and snooze. What is sent back is read here too."""

from collections.abc import Iterator, Mapping
from typing import Any

from agent.domain.plays import ParamSpec
from agent.domain.spoken import sentence
from integrations.slack import blocks as b
from integrations.slack.blocks import Block
from integrations.slack.card import Card
from integrations.slack.letter import parts
from integrations.telling import words
from integrations.telling.asking import LABELS, OTHER_REASONS, snoozes
from integrations.telling.wording import labelled

EDIT_VIEW, REJECT_VIEW, SNOOZE_VIEW = (f"nextplay_{name}_view" for name in ("edit", "reject", "snooze"))
VALUE = "value"
"""The action id of every input: its block says which one it is."""

PARAM, CONTENT = "param:", "content:"

# --- edit -------------------------------------------------------------------------------------------------------------


def edit(card: Card) -> dict[str, Any]:
    """The content in fields, and each parameter in a field of its own type."""
    proposal = card.case.decision.proposal
    content = dict(proposal.content) if proposal else {}
    params = dict(proposal.params) if proposal else {}
    specs = {name: spec for name, spec in (card.play.params if card.play else {}).items() if spec.editable}
    shown = [b.context("Parameters are judged again by the rules. Prices, discounts, links and names in the text must come from facts.")]
    shown += [_param_field(name, spec, params.get(name, spec.default), card.case.currency) for name, spec in specs.items()]
    shown += [field for name, text in content.items() for field in _content_fields(name, text)]
    return b.modal(EDIT_VIEW, "Edit and approve", shown, submit="Approve this", close="Cancel")


def _param_field(name: str, spec: ParamSpec, value: Any, currency: str) -> Block:
    if spec.type == "number":
        element = b.number_input(VALUE, float(value or 0), spec.min, spec.max)
    elif spec.type == "flag":
        yes, no = b.option("Yes", "true"), b.option("No", "false")
        element = b.radio(VALUE, [yes, no], yes if value else no)
    else:
        element = b.text_input(VALUE, str(value))
    label, unit = labelled(name, "", currency)
    return b.field(
        f"{sentence(label)}{f' ({unit})' if unit else ''}", PARAM + name, element, optional=spec.type == "text", hint=spec.about
    )  # fmt: skip


def _content_fields(name: str, text: str) -> Iterator[Block]:
    """A text that is longer than a field is edited in several."""
    for number, (part, _) in enumerate(parts(text) if text else [("", "")]):
        label = words.role(name).capitalize() + (f", part {number + 1}" if number else "")
        yield b.field(label, _field_of(name, number), b.text_input(VALUE, part, lines=name != "subject"), optional=number > 0 or not text.strip())


def _field_of(name: str, number: int) -> str:
    return CONTENT + name + (f":{number}" if number else "")


def _together(name: str, text: str, given: Mapping[str, str]) -> str:
    """The text with what was entered in its fields; a part that was not touched stays as it was, blanks and line ends included."""
    found = ""
    for number, (part, between) in enumerate(parts(text)):
        entered_ = given.get(_field_of(name, number), part)
        found += (part if _plainly(entered_) == _plainly(part) else entered_) + between
    return found if text else given.get(_field_of(name, 0), text)


def _plainly(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n").strip()


def edited(card: Card, view: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, Any]]:
    """What of the content and of the parameters was changed in an edit modal. Line ends come back as Slack sends them, with `\\n`."""
    proposal = card.case.decision.proposal
    before, params_before = (dict(proposal.content), dict(proposal.params)) if proposal else ({}, {})
    given = entered(view)
    content = {name: _together(name, text, given) for name, text in before.items()}
    params = {name.removeprefix(PARAM): value for name, value in given.items() if name.startswith(PARAM)}
    usual = {name: spec.default for name, spec in (card.play.params if card.play else {}).items()}
    changed = {name: value for name, value in params.items() if not _same(value, params_before.get(name, usual.get(name)))}
    touched = any(_plainly(content[name]) != _plainly(text) for name, text in before.items())
    return (content if touched else {}), changed


def _same(given: str, before: Any) -> bool:
    if isinstance(before, bool):
        return given == str(before).lower()
    if isinstance(before, int | float):
        return float(given or "nan") == float(before)
    return _plainly(given) == _plainly(b.cut(str(before or ""), b.LONGEST_TEXT))


def entered(view: Mapping[str, Any]) -> dict[str, str]:
    """What was entered in a view, by block; an empty field is an empty text."""
    found = {}
    for block, fields in (view.get("state") or {}).get("values", {}).items():
        for field in fields.values():
            chosen = field.get("selected_option")
            found[block] = str((chosen.get("value") if chosen else field.get("value")) or "")
    return found


# --- reject -----------------------------------------------------------------------------------------------------------


def reject(card: Card) -> dict[str, Any]:
    """Why not: in one of the words that something is learned from."""
    reasons = [b.option(text, name) for name, text in {**OTHER_REASONS, **LABELS}.items()]
    why_not = b.field("Why not?", "reason", b.radio(VALUE, reasons))
    note = b.text_input(VALUE, lines=True, most=1000)
    for_colleagues = b.field("Note", "note", note, optional=True, hint="For colleagues, not for the customer.")
    shown = [b.context(card.title), why_not, for_colleagues]
    return b.modal(REJECT_VIEW, "Reject", shown, submit="Reject", close="Cancel")


# --- snooze -----------------------------------------------------------------------------------------------------------


def snooze(card: Card) -> dict[str, Any]:
    """Times at which to be asked again, all of them before the ask ends."""
    options = snooze_options(card)
    if not options:
        told = b.rich(b.section(b.words("This ends too soon to be put off. It can be answered until "), b.moment(card.ask.expires_at), b.words(".")))
        return b.modal(SNOOZE_VIEW, "Snooze", [told])
    shown = [b.field("Ask me again", "until", b.radio(VALUE, options, options[0]))]
    return b.modal(SNOOZE_VIEW, "Snooze", shown, submit="Snooze", close="Cancel")


def snooze_options(card: Card) -> list[dict[str, Any]]:
    """As many as fit."""
    return [b.option(text, until.isoformat()) for text, until in snoozes(card.case.now, card.ask.expires_at)]

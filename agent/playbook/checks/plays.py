"""Can every play be carried out, and does it say what it must?"""

import re
from collections.abc import Iterator

from agent.domain.fact_catalogue import CATALOGUE
from agent.domain.playbook import Playbook
from agent.domain.plays import ParamSpec, Play, Step, StepKind
from agent.playbook.findings import Finding, error, warning
from agent.prompts import load_prompts

_TYPES = {"number": "number", "text": "text", "flag": "flag"}
_PRIORITIES = ("p1", "p2", "p3", "p4")
_TAG = re.compile(r"[a-z0-9_-]+")


def check_plays(playbook: Playbook) -> Iterator[Finding]:
    """Plays on no surface, steps that lack something, reach that the steps contradict, parameters, content and prompt."""
    used = {name for surface in playbook.surfaces.values() for name in surface.plays}
    prompts = sorted(prompt.id for prompt in load_prompts().values() if prompt.words_texts)
    for play in playbook.plays.values():
        if play.id not in used:
            message = "it is on no surface, so it is never recommended; add it to one or remove it"
            yield warning("play", play.id, message)
        if not play.channels:
            yield error("play", play.id, "it has no channel, so it is never recommended", path=("channels",))
        for i, step in enumerate(play.steps):
            if problem := _step(play, step) or _mailed(play, step):
                yield error("play", play.id, problem, clause=step.do.value, path=("steps", i))
        yield from _reach(play, answers=_only_answers(playbook, play))
        yield from _order(play)
        yield from _content(play)
        yield from _prompt(play, prompts)
        for name, spec in play.params.items():
            if problem := _param(spec):
                yield error("play", play.id, problem, clause=name, path=("params", name))


def _step(play: Play, step: Step) -> str:
    match step.do:
        case StepKind.COMMENT if step.public is None:
            return "say 'public: true' (mailed to the customer) or 'public: false' (colleagues only)"
        case StepKind.TASK if not step.title or not step.assignee:
            return "a task needs a title and an assignee"
        case StepKind.GROUP if play.target != "group":
            return "the play has no group to assign: set 'target: group'"
        case StepKind.PRIORITY if step.priority not in _PRIORITIES:
            return f"set the priority to one of {', '.join(_PRIORITIES)}"
        case StepKind.TAGS if not step.tags or any(not _TAG.fullmatch(tag) for tag in step.tags):
            return "name the tags to add, each one word in small letters: tags: [escalated]"
        case _:
            return ""


def _mailed(play: Play, step: Step) -> str:
    if step.by != "mail":
        return ""
    if step.do is not StepKind.SEND:
        return "only a message is mailed: 'by: mail' belongs to 'do: send_content'"
    return "" if play.channels == ("email",) else "it is mailed, so email must be the play's one channel"


def _only_answers(playbook: Playbook, play: Play) -> bool:
    """Whether the play is only on surfaces where people ask: there, showing the content is all that is to be done."""
    surfaces = [surface for surface in playbook.surfaces.values() if play.id in surface.plays]
    return bool(surfaces) and all(type_.startswith("request.") for surface in surfaces for type_ in surface.trigger.types)


def _reach(play: Play, *, answers: bool) -> Iterator[Finding]:
    if not play.steps and not answers:
        yield error("play", play.id, "it has no steps, so taking it would change nothing", path=("steps",))
    if play.customer_visible and play.reach != "customer":
        message = "a step is seen by the customer, but reach is internal: rules about the customer would not look at it"
        yield error("play", play.id, message, path=("reach",))
    if play.steps and not play.customer_visible and play.reach == "customer":
        yield warning("play", play.id, "reach is customer, but no step is seen by the customer", path=("reach",))
    public = any(step.do is StepKind.COMMENT and step.public for step in play.steps)
    if public and not play.disclosure:
        message = "a public comment must say that it was written automatically: add the line and 'disclosure: true'"
        yield error("play", play.id, message, path=("steps",))


def _order(play: Play) -> Iterator[Finding]:
    """A step that fails ends the play: what comes first may stand alone, so no note or task may speak of a message that never went out."""
    inner = next((i for i, step in enumerate(play.steps) if not step.customer_visible), len(play.steps))
    for i, step in enumerate(play.steps):
        if step.customer_visible and i > inner:
            message = "the customer sees this step, and it comes after an internal one, which stands even if this fails; put it first"
            yield warning("play", play.id, message, clause=step.do.value, path=("steps", i))


def _content(play: Play) -> Iterator[Finding]:
    if play.content is None:
        if play.customer_visible or any(step.do is StepKind.COMMENT for step in play.steps):
            yield error("play", play.id, "it writes something but has no content", path=("steps",))
        return
    for part, texts in (("subject", play.content.subject), ("body", play.content.body)):
        if not texts.get("en", "").strip():
            message = f"the {part} needs a text in 'en', which is used when no other language fits"
            yield error("play", play.id, message, path=("content", part))
    odd = sorted(set(play.content.subject) ^ set(play.content.body))
    if odd:
        message = f"subject and body must come in the same languages; only one of them has {', '.join(odd)}"
        yield warning("play", play.id, message, path=("content",))


def _prompt(play: Play, prompts: list[str]) -> Iterator[Finding]:
    if play.prompt is not None and play.prompt not in prompts:
        message = f"there is no prompt '{play.prompt}' for wording texts; there are: {', '.join(prompts)}"
        yield error("play", play.id, message, path=("prompt",))
    if play.prompt is not None and play.reach == "internal":
        yield warning("play", play.id, "no model words what only colleagues read, so its prompt is never used", path=("prompt",))


def _param(spec: ParamSpec) -> str:
    fits = {"number": (int, float), "text": (str,), "flag": (bool,)}[spec.type]
    if not isinstance(spec.default, fits) or (isinstance(spec.default, bool) and spec.type != "flag"):
        return f"the default {spec.default!r} is not a {spec.type}"
    if spec.min is not None and spec.max is not None and spec.min > spec.max:
        return f"min ({spec.min:g}) is above max ({spec.max:g})"
    if isinstance(spec.default, float) and not _within(spec, spec.default):
        return f"the default {spec.default:g} is outside min and max"
    fact = CATALOGUE.get(spec.from_fact or "")
    if fact is not None and fact.type != _TYPES[spec.type]:
        return f"it is a {spec.type}, but {fact.name} is a {fact.type}"
    return ""


def _within(spec: ParamSpec, value: float) -> bool:
    return (spec.min is None or value >= spec.min) and (spec.max is None or value <= spec.max)

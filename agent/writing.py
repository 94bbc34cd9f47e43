"""Words a composed text better by a model, if one may be used; whatever comes back is proved before it is taken, or the template stands."""

import asyncio
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from agent.briefing import known_values
from agent.composing import Composed
from agent.domain.candidates import Candidate
from agent.domain.content_check import Allowed, Problem, allowed_from, check_content
from agent.domain.evidence import Evidence
from agent.domain.plays import Play
from agent.scene import material_of, scene_of
from tools.ports import Brief, Writer, WriterUnavailable, Wording

TRIES = 2
"""The first wording, and one more with what was wrong with it."""

_PLACEHOLDER = re.compile(r"\[\[.*?(?:\]\]|$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Worded:
    """The text to be used, who worded it, and for the record why it is that one. `prompt_hash` is None for a template."""

    content: dict[str, str]
    composed_by: Literal["template", "llm"]
    prompt_hash: str | None
    notes: tuple[str, ...] = ()


def may_use_model(evidence: Evidence) -> bool:
    """The account's contract allows AI processing of its data. Not knowing is a no."""
    return any(fact.name == "account.ai_processing" and fact.known and fact.value is True for fact in evidence.facts)


def allowed_for(brief: Brief, composed: Composed, *, today: date, other_names: Sequence[str] = ()) -> Allowed:
    """What a model's wording may say: the values it was given, what the template says and prints, and the material's passage."""
    names = [str(value) for name, value in brief.values.items() if name.endswith("name") or name == "vendor"]
    urls = [str(value) for name, value in brief.values.items() if name.endswith(".url")]
    return allowed_from(
        {**brief.values, "facts.currency": composed.currency},
        [composed.literal_text, *composed.printed, brief.passage],
        names,
        urls,
        today,
        language=composed.language,
        other_names=other_names,
    )


async def word(
    writer: Writer | None,
    composed: Composed,
    brief: Brief,
    allowed: Allowed,
    *,
    ai_processing: bool,
    deadline_s: float = 20.0,
) -> Worded:
    """Return the model's wording if it can be had within `deadline_s` seconds and every claim in it is proved; else the template's."""
    if writer is None:
        return _template(composed, "worded by the template: no model is configured")
    if not ai_processing:
        return _template(composed, "worded by the template: the account does not allow AI processing, or that is not known")
    if not composed.draft:
        return _template(composed, "worded by the template: the play has no text for a model to word")
    try:
        async with asyncio.timeout(deadline_s):
            return await _by_model(writer, composed, brief, allowed)
    except TimeoutError:
        return _template(composed, f"worded by the template: the model took longer than {deadline_s:g} s")
    except WriterUnavailable as error:
        return _template(composed, f"worded by the template: {error}")


async def _by_model(writer: Writer, composed: Composed, brief: Brief, allowed: Allowed) -> Worded:
    notes: list[str] = []
    feedback: list[str] = []
    for attempt in range(1, TRIES + 1):
        wording = await writer.write(brief, feedback=feedback)
        problems = objections(wording.content, composed, allowed)
        blocking = [problem.says for problem in problems if problem.severity == "block"]
        if not blocking:
            return _accepted(wording, composed, [*notes, *(f"to be looked at: {problem.says}" for problem in problems)])
        notes.append(f"the model's wording {attempt} was refused: {'; '.join(blocking[:5])}")
        feedback = blocking[:10]
    return _template(composed, *notes, "worded by the template: the model's wording was refused twice")


def objections(content: Mapping[str, str], composed: Composed, allowed: Allowed) -> list[Problem]:
    """What stands against a wording: other fields than the draft's, an empty one, an unknown placeholder, an unproved claim."""
    if content.keys() != composed.draft.keys():
        return [Problem("shape", "answer", "", "block", f"the answer must have exactly the fields {', '.join(composed.draft)}")]
    empty = [Problem("shape", part, "", "block", f"the {part} is empty") for part, text in content.items() if not text.strip()]
    bare = {part: _without_marks(text, composed.held) for part, text in content.items()}
    unknown = [
        Problem("placeholder", part, mark, "block", f"the {part} has the placeholder {mark!r}, which the draft does not have")
        for part, text in bare.items()
        for mark in _PLACEHOLDER.findall(text)
    ]
    return [*empty, *unknown, *check_content(bare, allowed=allowed)]


def _accepted(wording: Wording, composed: Composed, notes: Sequence[str]) -> Worded:
    content = {part: _filled(text, composed.held).strip() for part, text in wording.content.items()}
    if composed.disclosure and composed.disclosure not in content["body"]:
        content["body"] = f"{content['body']}\n\n{composed.disclosure}"
    return Worded(content, "llm", wording.prompt_hash, tuple(notes))


def _template(composed: Composed, *notes: str) -> Worded:
    return Worded(dict(composed.content), "template", None, notes)


def _without_marks(text: str, held: Mapping[str, str]) -> str:
    for mark in held:
        text = text.replace(mark, " ")
    return text


def _filled(text: str, held: Mapping[str, str]) -> str:
    """Put the held values in, all at once, so that a value that looks like a placeholder stays as it is."""
    if not held:
        return text
    return re.sub("|".join(map(re.escape, held)), lambda match: held[match[0]], text)


def allowed_in_full(play: Play, candidate: Candidate, evidence: Evidence, composed: Composed) -> Allowed:
    """What a finished text may say, its held values included: every value the template read, the author's words, the material's passage."""
    scene = scene_of(play, candidate, evidence, vendor=composed.vendor)
    material = material_of(candidate, evidence)
    values = {**known_values(play, scene), **composed.used, **{f"params.{name}": value for name, value in candidate.params.items()}}
    names = [str(value) for name, value in values.items() if name.endswith("name")]
    return allowed_from(
        {**values, "facts.currency": composed.currency},
        [composed.literal_text, material.passage if material else "", material.title if material else ""],
        [*names, composed.vendor],
        [material.url] if material and material.url else [],
        evidence.at.date(),
        language=composed.language,
    )

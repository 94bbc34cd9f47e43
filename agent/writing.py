"""Words a composed text better by a model, if one may be used. What comes back is proved, or the template stands."""

import asyncio
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Literal

from agent.composing import Composed, brief_for
from agent.domain.candidates import Candidate
from agent.domain.claims.languages import language_of
from agent.domain.claims.stand_ins import put_back, stand_ins
from agent.domain.content_check import Allowed, Problem, allowed_from, check_content, left_out
from agent.domain.evidence import Evidence
from agent.domain.plays import Play
from tools.ports import Brief, SourceError, Wording, Writer, WriterUnavailable

TRIES = 2
"""The first wording, and one more with what was wrong with it."""

LEAST_KEPT = 3
"""A wording has at least one word for so many of the draft's."""

OthersNamed = Callable[[Iterable[str]], Awaitable[Sequence[str]]]
"""Finds the names of other customers, and of people there, in texts. Raises SourceError."""

_PLACEHOLDER = re.compile(r"\[\[.*?(?:\]\]|$)", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Worded:
    """The text to be used, who worded it, and for the record why it is that one.

    `prompt_hash` is None for a template.
    """

    content: dict[str, str]
    composed_by: Literal["template", "llm"]
    prompt_hash: str | None
    notes: tuple[str, ...] = ()


def allowed_for(brief: Brief, composed: Composed, *, today: date) -> Allowed:
    """What a model's wording may say: the template's words and values, the values it was given, the material's passage.

    What was held back may be quoted in the field that shows it, and what the customer wrote of themself may be named; both prove nothing else.
    """
    return _allowed(brief, brief.values, composed, today, ())


def allowed_in_full(play: Play, candidate: Candidate, evidence: Evidence, composed: Composed, *, other_names: Sequence[str] = ()) -> Allowed:
    """What a finished text may say, whoever wrote it: what a model may, and every value that the template read.

    `other_names` must not be named.
    """
    brief = brief_for(play, candidate, evidence, composed)
    read = {name: value for name, value in composed.used.items() if value is not None}
    return _allowed(brief, {**brief.values, **read}, composed, evidence.at.date(), other_names)


def _allowed(brief: Brief, values: Mapping[str, Any], composed: Composed, today: date, other_names: Sequence[str]) -> Allowed:
    return allowed_from(
        {**values, "facts.currency": composed.currency},
        [composed.literal_text, *composed.printed, brief.passage],
        [str(value) for name, value in values.items() if name.endswith("name")] + [composed.vendor],
        [str(value) for name, value in values.items() if name.endswith(".url")],
        today,
        language=composed.language,
        other_names=other_names,
        quoted=composed.quoted,
        own=tuple(brief.own.values()),
    )


async def word(
    writer: Writer | None,
    composed: Composed,
    brief: Brief,
    allowed: Allowed,
    *,
    ai_processing: bool,
    others: OthersNamed,
    deadline_s: float = 20.0,
) -> Worded:
    """Return the model's wording if it comes within `deadline_s` seconds and is proved; else the template's.

    `writer` is None when no model may be used for this text. `ai_processing` says whether the account allows it.
    `others` finds the other customers that a text names.
    """
    if why := _why_no_model(writer, composed, ai_processing=ai_processing):
        return _template(composed, f"worded by the template: {why}")
    assert writer is not None  # noqa: S101  that is the first reason above
    try:
        async with asyncio.timeout(deadline_s):
            return await _by_model(writer, composed, brief, allowed, others)
    except TimeoutError:
        return _template(composed, f"worded by the template: the model took longer than {deadline_s:g} s")
    except SourceError as error:
        return _template(composed, f"worded by the template: whether the model's wording names other customers is not known; {error}")
    except WriterUnavailable as error:
        return _template(composed, f"worded by the template: {error}")


def _why_no_model(writer: Writer | None, composed: Composed, *, ai_processing: bool) -> str:
    if writer is None:
        return "no model may be used"
    if not ai_processing:
        return "the account does not allow AI processing, or that is not known"
    return "" if composed.draft else "the play has no text for a model to word"


async def _by_model(writer: Writer, composed: Composed, brief: Brief, allowed: Allowed, others: OthersNamed) -> Worded:
    notes: list[str] = []
    feedback: list[str] = []
    for attempt in range(1, TRIES + 1):
        wording = await writer.write(replace(brief, own={}), feedback=feedback)
        named = replace(allowed, other_names=tuple(await others(wording.content.values())))
        problems = objections(wording.content, composed, named, brief.own)
        feedback = [problem.says for problem in problems][:10]
        if not problems:
            return _accepted(wording, composed, brief.own, notes)
        notes.append(f"the model's wording {attempt} was refused: {'; '.join(feedback[:5])}")
    return _template(composed, *notes, "worded by the template: the model's wording was refused twice")


def objections(content: Mapping[str, str], composed: Composed, allowed: Allowed, own: Mapping[str, str]) -> list[Problem]:
    """What stands against a wording: other fields than the draft's, a placeholder out of place, what it leaves out, an unproved claim.

    `own`: what its stand-ins are put back for. No objection tells any of it, for the model is told why it was refused.
    """
    if content.keys() != composed.draft.keys():
        return [_refused("answer", f"the answer must have exactly the fields {', '.join(composed.draft)}")]
    shape = [problem for part, text in content.items() for problem in (*_misshapen(part, text, composed), *_invented(part, text, own))]
    blank = dict.fromkeys(own, " ")
    found = [
        *shape,
        *_in_another_language(content, composed),
        *check_content({part: put_back(_without_marks(text), blank) for part, text in content.items()}, allowed=allowed),
        *_left_out(content, composed),
    ]
    return found or list(_unproved_in_place(content, allowed, own))


def _invented(part: str, text: str, own: Mapping[str, str]) -> Iterator[Problem]:
    """What opens or costs something has a stand-in too, and is named to nobody."""
    for mark in stand_ins(text):
        if mark not in own:
            yield _refused(part, f"the {part} has {mark!r}, which stands for nothing that may be named", mark)


def _unproved_in_place(content: Mapping[str, str], allowed: Allowed, own: Mapping[str, str]) -> Iterator[Problem]:
    """What the text claims once values are put back: an address that grew, a number that became another."""
    for part, text in content.items():
        marks = [mark for mark in own if mark in text]
        if marks and check_content({part: put_back(_without_marks(text), own)}, allowed=allowed):
            yield _refused(part, f"the {part} has {', '.join(marks)} where it cannot stand")


def _in_another_language(content: Mapping[str, str], composed: Composed) -> Iterator[Problem]:
    """The checker knows the numbers and promises of the languages that the draft is in, and so does the reader."""
    drafted = [paragraph for text in (*composed.draft.values(), *composed.printed) for paragraph in text.split("\n\n")]
    spoken = {composed.language, *map(language_of, drafted)}
    for part, text in content.items():
        for found in {language_of(paragraph) for paragraph in text.split("\n\n")} - spoken - {None}:
            yield _refused(part, f"the {part} is written in another language ('{found}') than the draft ('{composed.language}')")


def _misshapen(part: str, text: str, composed: Composed) -> Iterator[Problem]:
    """Placeholders stand where the draft has them: a customer's subject line must not become our statement."""
    if not text.strip():
        yield _refused(part, f"the {part} is empty")
    for mark in dict.fromkeys(_PLACEHOLDER.findall(text)):
        if mark not in composed.held or text.count(mark) > composed.draft[part].count(mark):
            yield _refused(part, f"the {part} has the placeholder {mark!r} where the draft does not have it", mark)


def _left_out(content: Mapping[str, str], composed: Composed) -> Iterator[Problem]:
    """What the draft is sent for: its links, prices and percentages, what a model does not see, and most of the rest.

    A model that words something else says nothing unproved, and yet it is no answer.
    """
    drafted, body = composed.draft["body"], content["body"]
    for words in left_out(*(_without_marks("\n\n".join(texts.values())) for texts in (composed.draft, content)), language=composed.language):
        yield _refused("body", f"the wording leaves out {words!r}", words)
    for mark in dict.fromkeys(_PLACEHOLDER.findall(drafted)):
        if mark not in body:
            yield _refused("body", f"the body leaves out {mark}", mark)
    if len(body.split()) * LEAST_KEPT < len(drafted.split()):
        yield _refused("body", "the body leaves out most of the draft")


def _without_marks(text: str) -> str:
    return _PLACEHOLDER.sub(" ", text)


def _refused(part: str, says: str, text: str = "") -> Problem:
    return Problem("shape", part, text, "block", says)


def _accepted(wording: Wording, composed: Composed, own: Mapping[str, str], notes: Sequence[str]) -> Worded:
    content = {part: put_back(text, {**composed.held, **own}).strip() for part, text in wording.content.items()}
    if composed.disclosure and composed.disclosure not in content["body"]:
        content["body"] = f"{content['body']}\n\n{composed.disclosure}"
    return Worded(content, "llm", wording.prompt_hash, tuple(notes))


def _template(composed: Composed, *notes: str) -> Worded:
    return Worded(dict(composed.content), "template", None, notes)

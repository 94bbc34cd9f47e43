"""What a model says of the wording of what customers were sent. It is advice: no finding, no count and no exit code hangs on it."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from agent.prompts import load_prompts
from evals.letters import Letter
from evals.results import Opinion, Result, Verdict
from integrations.settings import Settings
from integrations.telling.words import several
from tools.ports import WriterUnavailable

if TYPE_CHECKING:
    from integrations.llm import OpenAiWriter

PROMPT = "judge_wording"
CRITERIA = {"answers": "answers what was asked", "promises_nothing": "promises nothing unproven", "tone": "fits in tone"}
"""What is asked of each text, by the names that the prompt's answer has, as reports call it."""


@contextmanager
def judging(settings: Settings | None) -> Iterator[Callable[[Result], Result]]:
    """Give what puts the verdicts on its letters to a result; without settings, what leaves it as it is.

    One model judges all of them, so that its budget and its breaker hold for the run.
    """
    if settings is None:
        yield lambda result: result
        return
    from integrations.llm import OpenAiWriter

    with asyncio.Runner() as runner:
        model = OpenAiWriter.of(settings)
        try:
            yield lambda result: runner.run(judged(result, model))
        finally:
            runner.run(model.aclose())


async def judged(result: Result, model: "OpenAiWriter") -> Result:
    """The result with a verdict on each of its letters; everything else stays as it is."""
    return replace(result, letters=(), wording=tuple([await _verdict(one, model) for one in result.letters]))


async def _verdict(letter: Letter, model: "OpenAiWriter") -> Verdict:
    if letter.withheld:
        return Verdict(letter.effect, {}, letter.withheld)
    try:
        answer = await model.ask(load_prompts()[PROMPT], letter.inputs)
    except WriterUnavailable as error:
        return Verdict(letter.effect, {}, str(error))
    return Verdict(letter.effect, {name: Opinion(answer[name], answer[f"{name}_why"]) for name in CRITERIA})


def counted(results: Iterable[Result], model: str) -> dict[str, Any]:
    """The verdicts of a run in numbers: by criterion, and for what reason there was none."""
    verdicts = [verdict for one in results for verdict in one.wording]
    said = [one.opinions for one in verdicts if one.not_judged is None]
    why = Counter(one.not_judged.partition(";")[0] for one in verdicts if one.not_judged is not None)  # how long it stays so, is no other cause
    return {
        "model": model, "prompt": load_prompts()[PROMPT].hash, "texts": len(verdicts), "judged": len(said), "not_judged": dict(why.most_common()),
        "criteria": {name: {"yes": (yes := sum(one[name].yes for one in said)), "no": len(said) - yes} for name in CRITERIA},
    }  # fmt: skip


def in_words(said: Mapping[str, Any]) -> str:
    """The same in a sentence or two."""
    met = ", ".join(f"{words}: {said['criteria'][name]['yes']}" for name, words in CRITERIA.items())
    missed = "; ".join(f"{count} ({why})" for why, count in said["not_judged"].items())
    head = f"Wording, judged by {said['model']}: {said['judged']} of {several(said['texts'], 'text')}"
    return f"{head}{f' ({met})' if said['judged'] else ''}.{f' Not judged: {missed}.' if missed else ''}"

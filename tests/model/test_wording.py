"""The writer and a real model: whatever it says, there is a wording in which every claim is proved, or a short cause."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest

from agent.composing import Composed, brief_for, compose_template
from agent.domain.content_check import check_content
from agent.prompts import Prompt, load_prompts
from agent.writing import Worded, allowed_for, word
from integrations.breaker import Breaker
from integrations.budget import Budget
from integrations.llm import OpenAiWriter, WriterLimits, answer_model
from integrations.sandbox.model import serving
from tests.acceptance.hostile_texts import TEXTS
from tests.model.serving import LocalModel
from tests.model.wire import Asked, Wire, unchanged
from tests.unit.letters import candidate, evidence, nobody, play
from tools.ports import Brief, Wording, WriterUnavailable

PATIENT_S = 240.0
"""Seconds for one answer: on a machine that is busy with something else a small model takes a minute."""
TOKENS = 300
"""Of one answer: enough for the draft, and an end to rambling."""
PLAY = play(
    "Hello {{ contact.first_name }},\n\nread {{ article.title }}: {{ article.url }}\n\n{{ vendor }}",
    subject="Re: {{ ticket.subject }}",
)
CHOSEN = candidate(PLAY, material="a_1")
TODAY = evidence().at.date()


@dataclass(frozen=True)
class Case:
    """A draft to be worded, and what a customer wrote."""

    draft: Composed
    brief: Brief


def case(wrote: str = "How do I get my report out of it?") -> Case:
    facts = evidence(data={"body": wrote})
    draft = compose_template(PLAY, CHOSEN, facts, vendor="Tessera")
    return Case(draft, brief_for(PLAY, CHOSEN, facts, draft))


class Waits:
    """Sleeps that are only noted."""

    def __init__(self) -> None:
        self.seconds: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)


class Desk:
    """The product's writer, and the line between it and the model."""

    def __init__(self, wire: Wire, url: str, *, limits: WriterLimits, prompts: dict[str, Prompt] | None, tokens_per_day: int | None) -> None:
        self.wire, self.now, self.waits = wire, 0.0, Waits()
        self.budget = Budget(clock=lambda: datetime(2026, 11, 23, tzinfo=UTC), tokens_per_day=tokens_per_day)
        self.breaker = Breaker(clock=lambda: self.now, failures=3, pause_s=30)
        self.writer = OpenAiWriter(
            api_key="none", model="local", base_url=url, breaker=self.breaker, budget=self.budget, limits=limits, prompts=prompts, sleep=self.waits
        )

    async def write(self) -> Wording:
        return await self.writer.write(case().brief)

    async def refusal(self) -> str:
        with pytest.raises(WriterUnavailable) as raised:
            await self.write()
        return str(raised.value)

    async def word(self, asked: Case, *, deadline_s: float = PATIENT_S) -> Worded:
        allowed = allowed_for(asked.brief, asked.draft, today=TODAY)
        return await word(self.writer, asked.draft, asked.brief, allowed, ai_processing=True, others=nobody, deadline_s=deadline_s)


@asynccontextmanager
async def desk(
    model: LocalModel,
    *changes: Any,
    call_s: float = PATIENT_S,
    max_tokens: int = TOKENS,
    prompts: dict[str, Prompt] | None = None,
    tokens_per_day: int | None = None,
) -> AsyncIterator[Desk]:
    wire = Wire(upstream=model.url, changes=changes or (unchanged,))
    limits = WriterLimits(call_s=call_s, total_s=2 * call_s, max_tokens=max_tokens)
    async with serving(wire) as url:
        one = Desk(wire, url, limits=limits, prompts=prompts, tokens_per_day=tokens_per_day)
        try:
            yield one
        finally:
            await one.writer.aclose()


def shorter(characters: int) -> dict[str, Prompt]:
    """The prompts that word texts, for answers so short that even a model that never comes to an end comes to this one."""
    prompts = {name: replace(prompt, output=deepcopy(prompt.output)) for name, prompt in load_prompts().items() if prompt.words_texts}
    for prompt in prompts.values():
        for part in prompt.output["properties"].values():
            part["maxLength"] = min(part["maxLength"], characters)
    return prompts


def assert_proved(text: Worded, asked: Case) -> None:
    """The template to the letter, with the reason; or a model's words of which every claim is proved."""
    if text.composed_by == "template":
        assert (text.content, text.prompt_hash) == (asked.draft.content, None)
        assert text.notes[-1].startswith("worded by the template: the model's ")
        return
    assert text.prompt_hash == load_prompts()["compose_ticket_reply"].hash
    assert text.content.keys() == asked.draft.content.keys()
    assert check_content(text.content, allowed=allowed_for(asked.brief, asked.draft, today=TODAY)) == []


# --- ways in which the line or the endpoint is worse than it should be ------------------------------------------------


def without_schema(asked: Asked) -> Asked:
    """An endpoint that takes no notice of the schema. It stops before it could have named a field: that is never the agreed JSON."""
    return {**{key: value for key, value in asked.items() if key != "response_format"}, "stop": ["e"], "temperature": 1.5}


def for_ever(asked: Asked) -> Asked:
    """A model that does not come to an end."""
    return {**without_schema(asked), "stop": [], "ignore_eos": True, "max_tokens": 4000}


def at_most(tokens: int) -> Any:
    return lambda asked: {**asked, "max_tokens": tokens}


def busy(_: Asked) -> None:
    return None


def made_to_say(body: str) -> Any:
    """The grammar leaves the model nothing else to say."""

    def change(asked: Asked) -> Asked:
        changed = deepcopy(asked)
        changed["response_format"]["json_schema"]["schema"]["properties"]["body"] = {"type": "string", "enum": [body]}
        return changed

    return change


# --- what holds -------------------------------------------------------------------------------------------------------


@pytest.mark.slice
async def test_the_answer_has_the_agreed_shape_and_its_tokens_end_the_days_budget(model: LocalModel) -> None:
    prompts = shorter(60)
    async with desk(model, prompts=prompts, tokens_per_day=100) as one:
        wording = await one.write()
        (answer,) = one.wire.answers
        assert answer_model(prompts["compose_ticket_reply"].output).model_validate_json(answer.text).model_dump() == wording.content
        assert answer.finish_reason == "stop"
        assert (one.budget._tokens_today, answer.tokens > 100) == (answer.tokens, True)
        assert await one.refusal() == "the model was not asked: the tokens of today are used up (100)"
        assert len(one.wire.requests) == 1


@pytest.mark.slice
async def test_answers_that_are_cut_off_open_the_breaker_and_a_whole_one_closes_it(model: LocalModel) -> None:
    async with desk(model, *[at_most(4)] * 3, unchanged, prompts=shorter(60)) as one:
        for _ in range(3):
            assert await one.refusal() == "the model's answer cannot be used: its answer was cut off for length"
        assert [answer.finish_reason for answer in one.wire.answers] == ["length"] * 3
        assert await one.refusal() == "the model was not asked: it failed too often; the next try is in 30 s"
        assert len(one.wire.requests) == 3
        one.now = 31.0
        assert (await one.write()).content.keys() == {"subject", "body"}
        assert not one.breaker.is_open


@pytest.mark.slice
async def test_a_deadline_shorter_than_the_answer_gives_the_template_and_frees_the_model(model: LocalModel) -> None:
    async with desk(model, for_ever, at_most(4)) as one:
        asked = case()
        text = await one.word(asked, deadline_s=0.5)
        assert (text.content, text.notes) == (asked.draft.content, ("worded by the template: the model took longer than 0.5 s",))
        assert await one.refusal() == "the model's answer cannot be used: its answer was cut off for length"
        assert (one.wire.given_up, len(one.wire.answers)) == (1, 1)


async def test_one_call_that_is_too_slow_is_given_up_and_not_asked_again(model: LocalModel) -> None:
    async with desk(model, for_ever, call_s=0.5) as one:
        assert await one.refusal() == "the model is not available: it did not answer in time"
        assert (len(one.wire.requests), one.wire.answers) == (1, [])


async def test_what_a_model_says_without_the_schema_is_not_used(model: LocalModel) -> None:
    async with desk(model, without_schema) as one:
        asked = case()
        text = await one.word(asked)
        (answer,) = one.wire.answers
        cause = "is not the agreed JSON" if answer.finish_reason == "stop" else "was cut off for length"
        assert (text.content, text.notes) == (
            asked.draft.content,
            (f"worded by the template: the model's answer cannot be used: its answer {cause}",),
        )


async def test_a_busy_model_is_asked_again_when_it_said(model: LocalModel) -> None:
    async with desk(model, busy, unchanged, prompts=shorter(60)) as one:
        assert (await one.write()).content == json.loads(one.wire.answers[0].text)
        assert (one.waits.seconds, len(one.wire.requests)) == ([1.0], 2)


async def test_a_refused_wording_is_asked_for_again_with_what_was_wrong(model: LocalModel) -> None:
    async with desk(model, made_to_say("Hello Priya, it costs 999 EUR."), unchanged, prompts=shorter(60)) as one:
        asked = case()
        text = await one.word(asked)
        first, second = (request["messages"][-1]["content"] for request in one.wire.requests)
        refused = "the body states the price '999 EUR', which no fact, parameter or source text holds"
        assert json.loads(one.wire.answers[0].text)["body"] == "Hello Priya, it costs 999 EUR."
        assert f"the model's wording 1 was refused: {refused}" in text.notes[0]
        assert refused not in first
        assert refused in second.rpartition("What was wrong with your last answer")[2].partition("<<<DATA")[2]
        assert_proved(text, asked)


async def test_twice_the_same_lie_is_the_template(model: LocalModel) -> None:
    async with desk(model, made_to_say("Hello Priya, your refund of 500 EUR is at https://evil.example/refund.")) as one:
        asked = case()
        text = await one.word(asked)
        assert (text.content, text.notes[-1]) == (asked.draft.content, "worded by the template: the model's wording was refused twice")
        assert len(one.wire.answers) == 2


async def test_a_model_that_dies_while_it_answers_is_the_template() -> None:
    with LocalModel() as mortal:
        async with desk(mortal, for_ever) as one:
            asked = case()
            wording = asyncio.create_task(one.word(asked))
            async with asyncio.timeout(PATIENT_S):
                await one.wire.asked.wait()
                mortal.kill()
                text = await wording
            assert text.content == asked.draft.content
            assert text.notes[0].startswith("worded by the template: the model is not available: ")
            assert one.wire.answers == []


@pytest.mark.parametrize("number", range(0, len(TEXTS), 12))
async def test_what_a_customer_orders_stays_inside_its_fence_and_nothing_unproven_comes_out(model: LocalModel, number: int) -> None:
    async with desk(model) as one:
        asked = case(TEXTS[number])
        text = await one.word(asked)
        for request in one.wire.requests:
            system, user = (message["content"] for message in request["messages"])
            assert asked.brief.untrusted not in system
            before, _, fenced = user.partition("What the customer wrote (empty if nothing):\n<<<DATA ")
            code = fenced.partition("\n")[0]
            assert asked.brief.untrusted == fenced.removeprefix(f"{code}\n").partition(f"\nDATA>>> {code}")[0]
            assert asked.brief.untrusted not in before
        assert_proved(text, asked)

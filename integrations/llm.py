"""Asks any OpenAI-compatible endpoint: to word a text, or whatever else a prompt is about.

It gets a prompt's inputs and gives back values of the shape that the prompt names; nothing it answers can do anything else.
"""

import asyncio
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any, NoReturn, Self
from urllib.parse import urlsplit

import httpx2
import openai
from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from agent.domain.claims.personal_data import SECRETS, without
from agent.prompts import Message, Prompt, fenced, load_prompts
from integrations.breaker import Breaker, BreakerOpenError
from integrations.budget import Budget, BudgetSpentError
from integrations.counters import MODEL_CALLS, MODEL_SECONDS, timed
from integrations.http import (
    TRANSIENT_STATUS,
    EgressRefusedError,
    RetryLimits,
    Sleep,
    TooLargeError,
    TransientError,
    http_client,
    retry_after_s,
    retrying,
)
from integrations.settings import Settings
from integrations.telemetry import TELEMETRY
from tools.ports import Brief, Wording, WriterUnavailable

OPENAI = "https://api.openai.com/v1"


@dataclass(frozen=True, slots=True)
class WriterLimits:
    """Seconds for one call and for all tries together, tokens and bytes of one answer."""

    call_s: float = 10.0
    total_s: float = 20.0
    max_tokens: int = 1500
    max_bytes: int = 256_000
    attempts: int = 2


DEFAULT_LIMITS = WriterLimits()


class _NonsenseError(Exception):
    """The answer is not what was asked for; the text says in which way, without quoting it."""


class _NotAsked(WriterUnavailable):
    """The breaker, the budget or the egress list kept the question here."""


_FAILURES = (TransientError, TimeoutError, _NonsenseError, openai.OpenAIError, TooLargeError)


class _Reply(BaseModel):
    """The parts of a chat completion that are read."""

    class Choice(BaseModel):
        class Text(BaseModel):
            content: str | None = None
            refusal: str | None = None

        message: Text
        finish_reason: str | None = None

    class Usage(BaseModel):
        total_tokens: int = 0

    choices: list[Choice] = Field(min_length=1)
    usage: Usage | None = None


@dataclass(frozen=True, slots=True)
class _Dialect:
    """What endpoints disagree on: learnt from the first refusal, kept for the life of the writer."""

    token_field: str = "max_tokens"  # noqa: S105  a field's name
    string_limits: bool = True


class OpenAiWriter:
    """Implements `tools.ports.Writer`.

    Every failure is a WriterUnavailable with a short cause, free of keys and personal data.
    """

    def __init__(
        self,
        *,
        api_key: str,
        model: str,
        breaker: Breaker,
        budget: Budget,
        base_url: str | None = None,
        limits: WriterLimits = DEFAULT_LIMITS,
        prompts: Mapping[str, Prompt] | None = None,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        url = base_url or OPENAI
        self._model = model
        self._breaker = breaker
        self._budget = budget
        self._limits = limits
        self._prompts = prompts or load_prompts()
        self._sleep = sleep
        self._dialect = _Dialect()
        self._key: Callable[[], str] = lambda: api_key
        host = urlsplit(url).hostname or ""
        self._http = http_client(hosts=[host], timeout_s=limits.call_s, max_bytes=limits.max_bytes)
        self._client = openai.AsyncOpenAI(api_key=api_key, base_url=url, max_retries=0, timeout=limits.call_s, http_client=self._http)

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """The writer that the settings describe. A local endpoint needs no key."""

        def key() -> str:
            given = settings.now().openai_api_key
            return given.get_secret_value() if given else "none"

        writer = cls(
            api_key=key(),
            model=settings.llm_model,
            base_url=settings.openai_base_url,
            limits=WriterLimits(
                call_s=settings.llm_timeout_s / 2,
                total_s=settings.llm_timeout_s,
                max_tokens=settings.llm_max_output_tokens,
            ),
            breaker=Breaker(clock=time.monotonic),
            budget=Budget(
                clock=lambda: datetime.now(UTC),
                calls_per_minute=settings.llm_calls_per_minute,
                tokens_per_day=settings.llm_tokens_per_day,
            ),
        )
        writer._key = key
        return writer

    @property
    def tokens(self) -> int:
        """How many tokens this writer has used today."""
        return self._budget.tokens

    async def write(self, brief: Brief, *, feedback: Sequence[str] = ()) -> Wording:
        """Return the wording of the brief's draft. Raises WriterUnavailable."""
        prompt = self._prompts.get(brief.prompt)
        if prompt is None or not prompt.words_texts:
            raise WriterUnavailable(f"the model was not asked: there is no prompt '{brief.prompt}' for wording texts")
        return Wording(await self.ask(prompt, _inputs(brief, feedback)), prompt.hash)

    async def ask(self, prompt: Prompt, inputs: Mapping[str, str]) -> dict[str, Any]:
        """Return the answer to a prompt, in the shape that it names. Fence the inputs that are data. Raises WriterUnavailable.

        Whoever asks has taken personal data out already; what opens or costs something is kept from the model whatever they did.
        """
        message = prompt.render({name: without(text, SECRETS) for name, text in inputs.items()})
        result = "failed"
        try:
            with timed(MODEL_SECONDS), TELEMETRY.span("model"):
                answer = await self._answered(prompt, message)
            result = "ok"
        except _NotAsked:
            result = "not_asked"
            raise
        finally:
            MODEL_CALLS.labels(result).inc()
        return answer

    async def _answered(self, prompt: Prompt, message: Message) -> dict[str, Any]:
        try:
            with self._breaker.guard(*_FAILURES):
                async with asyncio.timeout(self._limits.total_s):
                    return await self._tried(prompt, message)
        except _FAILURES as error:
            what = "the model's answer cannot be used" if isinstance(error, _NonsenseError | TooLargeError) else "the model is not available"
            raise WriterUnavailable(f"{what}: {_cause(error)}") from None
        except (BreakerOpenError, BudgetSpentError, EgressRefusedError) as error:
            raise _NotAsked(f"the model was not asked: {error}") from None

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _tried(self, prompt: Prompt, message: Message) -> dict[str, Any]:
        policy = RetryLimits(attempts=self._limits.attempts, total_s=self._limits.total_s)
        async for attempt in retrying(policy, sleep=self._sleep):
            with attempt:
                answer = await self._once(prompt, message)
        return answer

    async def _once(self, prompt: Prompt, message: Message) -> dict[str, Any]:
        self._budget.take()
        self._client.api_key = self._key()
        try:
            async with asyncio.timeout(self._limits.call_s):
                answer = await self._client.chat.completions.with_raw_response.create(**self._request(prompt, message))
        except openai.BadRequestError as error:
            self._learn(error)
        except openai.APIStatusError as error:
            if error.status_code in TRANSIENT_STATUS:
                raise TransientError(f"status {error.status_code}", retry_after_s(error.response.headers)) from None
            raise
        except openai.APIConnectionError as error:
            _raise_cause(error)
        return self._read(prompt, answer.content)

    def _request(self, prompt: Prompt, message: Message) -> dict[str, Any]:
        schema = prompt.output if self._dialect.string_limits else _without_limits(prompt.output)
        return {
            "model": self._model,
            "messages": [{"role": "system", "content": message.system}, {"role": "user", "content": message.user}],
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": prompt.id, "strict": True, "schema": schema},
            },
            self._dialect.token_field: self._limits.max_tokens,
        }

    def _read(self, prompt: Prompt, body: bytes) -> dict[str, Any]:
        try:
            reply = _Reply.model_validate_json(body)
        except ValidationError:
            raise _NonsenseError("its answer is not a chat completion") from None
        if reply.usage:
            self._budget.spend(reply.usage.total_tokens)
        choice = reply.choices[0]
        if choice.message.refusal:
            raise _NonsenseError("it declined to answer")
        if choice.finish_reason == "length":
            raise _NonsenseError("its answer was cut off for length")
        try:
            answer = answer_model(prompt.output).model_validate_json(choice.message.content or "")
        except ValidationError:
            raise _NonsenseError("its answer is not the agreed JSON") from None
        return answer.model_dump()

    def _learn(self, error: openai.BadRequestError) -> NoReturn:
        """Speak the endpoint's dialect from now on and try again.

        Raises TransientError, or the error when that is not the reason.
        """
        said = f"{error.param} {error.message}"
        if "max_tokens" in said and self._dialect.token_field == "max_tokens":  # noqa: S105  a field's name
            self._dialect = replace(self._dialect, token_field="max_completion_tokens")  # noqa: S106  a field's name
        elif ("maxLength" in said or "schema" in said) and self._dialect.string_limits:
            self._dialect = replace(self._dialect, string_limits=False)
        else:
            raise error
        raise TransientError("it speaks another dialect", 0.0)


def answer_model(schema: Mapping[str, Any]) -> type[BaseModel]:
    """A strict pydantic model of a prompt's answer: exactly its properties, strings no longer than their maxLength, and booleans."""
    fields: dict[str, Any] = {name: (_type_of(spec), ...) for name, spec in schema["properties"].items()}
    return create_model("Answer", __config__=ConfigDict(extra="forbid", strict=True), **fields)


def _type_of(spec: Mapping[str, Any]) -> Any:
    return bool if spec["type"] == "boolean" else Annotated[str, Field(max_length=spec["maxLength"])]


def _inputs(brief: Brief, feedback: Sequence[str]) -> dict[str, str]:
    """The prompt's inputs. Everything that did not come from the playbook's author is fenced."""
    return {
        "play": brief.play,
        "purpose": brief.purpose,
        "language": brief.language,
        "values": fenced(_json(brief.values)),
        "draft": fenced(_json(brief.draft)),
        "passage": fenced(brief.passage),
        "untrusted": fenced(brief.untrusted),
        "feedback": fenced("\n".join(feedback)),
    }


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)


def _without_limits(schema: Mapping[str, Any]) -> dict[str, Any]:
    properties = {name: {key: value for key, value in spec.items() if key != "maxLength"} for name, spec in schema["properties"].items()}
    return {**schema, "properties": properties}


def _raise_cause(error: openai.APIConnectionError) -> NoReturn:
    """The client wraps what our transport raised; that says more.

    A model that is slow once is slow again, so only a missing connection is worth another try.
    """
    cause = error.__cause__
    if isinstance(cause, EgressRefusedError | TooLargeError):
        raise cause from None
    if isinstance(error, openai.APITimeoutError) or isinstance(cause, httpx2.TimeoutException):
        raise TimeoutError from None
    raise TransientError("no connection") from None


def _cause(error: Exception) -> str:
    """The cause in words of our own: what a service or a library says may hold keys or personal data."""
    if isinstance(error, TransientError | TooLargeError | _NonsenseError):
        return str(error)
    if isinstance(error, TimeoutError):
        return "it did not answer in time"
    if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
        return "it refused our key"
    if isinstance(error, openai.APIStatusError):
        return f"status {error.status_code}"
    return type(error).__name__

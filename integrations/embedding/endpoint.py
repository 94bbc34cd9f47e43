"""Any OpenAI-compatible endpoint for embeddings. Texts leave this machine without personal data."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any, Self
from urllib.parse import urlsplit

import numpy as np
import openai
from numpy.typing import NDArray
from pydantic import BaseModel, ValidationError

from agent.domain.claims.personal_data import without
from integrations.breaker import Breaker, BreakerOpenError
from integrations.http import TRANSIENT_STATUS, EgressRefusedError, RetryLimits, Sleep, TooLargeError, TransientError, http_client, retrying
from integrations.http import retry_after_s as asked_to_wait_s
from integrations.settings import LOCAL_HOSTS, Settings
from tools.embedding import EmbedderUnavailable

BATCH = 64
MOST_CHARS = 8000
"""Of one text; what comes after it is not sent. Endpoints refuse what is longer than some thousand tokens."""

_MOST_BYTES = 16_000_000
_CHECK = "Check NEXTPLAY_EMBEDDING_URL, NEXTPLAY_EMBEDDING_MODEL and the key with `nextplay doctor`; until then search goes by words alone."


class _Vectors(BaseModel):
    """The parts of an answer that are read."""

    class One(BaseModel):
        index: int
        embedding: list[float]

    data: list[One]


class _NonsenseError(Exception):
    """The answer is not what was asked for."""


_FAILURES = (TransientError, TimeoutError, _NonsenseError, openai.OpenAIError, TooLargeError)


class EndpointEmbedder:
    """Implements `tools.embedding.Embedder`. The first answer fixes how long vectors are: another length later is refused."""

    languages: frozenset[str] | None = None

    def __init__(
        self, *, url: str, model: str, api_key: str, breaker: Breaker, call_s: float = 10.0, total_s: float = 20.0, sleep: Sleep = asyncio.sleep
    ) -> None:
        self.model = f"{model}@{urlsplit(url).hostname}"
        self.languages: frozenset[str] | None = None
        self.leaves = urlsplit(url).hostname not in LOCAL_HOSTS
        self._name, self._breaker, self._call_s, self._total_s, self._sleep = model, breaker, call_s, total_s, sleep
        self._dimension: int | None = None
        self._http = http_client(hosts=[urlsplit(url).hostname or ""], timeout_s=call_s, max_bytes=_MOST_BYTES)
        self._client = openai.AsyncOpenAI(api_key=api_key, base_url=url, max_retries=0, timeout=call_s, http_client=self._http)

    @classmethod
    def of(cls, settings: Settings, url: str) -> Self:
        """The endpoint that the settings describe. A local one needs no key."""
        key = settings.embedding_api_key
        return cls(
            url=url, model=settings.embedding_model, api_key=key.get_secret_value() if key else "none", breaker=Breaker(clock=time.monotonic),
        )  # fmt: skip

    async def embed(self, texts: Sequence[str], *, within_s: float | None = None) -> NDArray[np.float32]:
        """A row of length 1 for each text; `within_s` in place of the long limit for each batch. Raises EmbedderUnavailable."""
        if not texts:
            return np.zeros((0, self._dimension or 0), np.float32)
        parts = [texts[start : start + BATCH] for start in range(0, len(texts), BATCH)]
        return np.concatenate([await self._guarded(part, within_s or self._total_s) for part in parts])

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.close()

    async def _guarded(self, texts: Sequence[str], within_s: float) -> NDArray[np.float32]:
        """The limit is inside the breaker's guard: one that somebody else sets would cancel this, and say nothing about the endpoint."""
        try:
            with self._breaker.guard(*_FAILURES):
                async with asyncio.timeout(within_s):
                    return await self._tried(texts, within_s)
        except (*_FAILURES, BreakerOpenError, EgressRefusedError) as error:
            why = str(error) if not isinstance(error, openai.APIStatusError) else f"status {error.status_code}"
            raise EmbedderUnavailable(f"The embeddings endpoint cannot be used: {why or type(error).__name__}.", _CHECK) from None

    async def _tried(self, texts: Sequence[str], within_s: float) -> NDArray[np.float32]:
        async for attempt in retrying(RetryLimits(attempts=2, total_s=within_s), sleep=self._sleep):
            with attempt:
                vectors = await self._once(texts)
        return vectors

    async def _once(self, texts: Sequence[str]) -> NDArray[np.float32]:
        request: dict[str, Any] = {"model": self._name, "input": [self._sent(text) for text in texts], "encoding_format": "float"}
        try:
            async with asyncio.timeout(self._call_s):
                answer = await self._client.embeddings.with_raw_response.create(**request)
        except openai.APIStatusError as error:
            if error.status_code in TRANSIENT_STATUS:
                raise TransientError(f"status {error.status_code}", asked_to_wait_s(error.response.headers)) from None
            raise
        except openai.APIConnectionError as error:
            cause = error.__cause__
            if isinstance(cause, EgressRefusedError | TooLargeError):
                raise cause from None
            raise TransientError(type(cause or error).__name__) from None
        return self._read(answer.content, len(texts))

    def _sent(self, text: str) -> str:
        """What leaves: without addresses, numbers and keys where it leaves this machine."""
        return (without(text[:MOST_CHARS]) if self.leaves else text[:MOST_CHARS]) or " "

    def _read(self, body: bytes, expected: int) -> NDArray[np.float32]:
        try:
            data = sorted(_Vectors.model_validate_json(body).data, key=lambda one: one.index)
        except ValidationError:
            raise _NonsenseError("its answer is no list of vectors") from None
        lengths = {len(one.embedding) for one in data}
        if [one.index for one in data] != list(range(expected)) or len(lengths) != 1 or 0 in lengths:
            raise _NonsenseError(f"it was asked for {expected} vectors of one length, and gave {len(data)}")
        dimension = lengths.pop()
        if self._dimension not in (None, dimension):
            raise _NonsenseError(f"its vectors have {dimension} numbers; before, they had {self._dimension}")
        found = np.array([one.embedding for one in data], np.float32)
        sizes = np.linalg.norm(found, axis=1, keepdims=True)
        if not np.isfinite(found).all() or not sizes.all():
            raise _NonsenseError("its vectors have no direction")
        self._dimension = dimension
        return np.asarray(found / sizes, np.float32)

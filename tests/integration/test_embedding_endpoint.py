"""The embeddings endpoint over real HTTP: what comes back, and what is made of an endpoint that misbehaves."""

from collections.abc import Sequence

import numpy as np
import pytest

from integrations.breaker import Breaker
from integrations.embedding import embedding
from integrations.embedding.endpoint import BATCH, EndpointEmbedder
from integrations.sandbox.model import DIMENSION, Behaviour, SandboxModel, serving
from integrations.settings import Settings
from tools.embedding import EmbedderUnavailable


async def nobody_waits(_seconds: float) -> None:
    """No pause between two tries."""


TEXTS = ("rotate an API key", "rotate API keys", "an invoice with the wrong address")


def embedder(url: str, *, call_s: float = 10.0, clock: float = 0.0) -> EndpointEmbedder:
    breaker = Breaker(clock=lambda: clock)
    return EndpointEmbedder(url=url, model="sandbox", api_key="sk-x", breaker=breaker, call_s=call_s, total_s=2 * call_s, sleep=nobody_waits)


async def failing(behaviours: Sequence[Behaviour], texts: Sequence[str] = TEXTS, *, call_s: float = 10.0) -> str:
    """What is said of an endpoint that cannot be used."""
    async with serving(SandboxModel(behaviours)) as url:
        asked = embedder(url, call_s=call_s)
        try:
            with pytest.raises(EmbedderUnavailable) as said:
                await asked.embed(texts)
        finally:
            await asked.aclose()
    return str(said.value)


async def test_each_text_has_a_row_of_length_one_in_its_order() -> None:
    texts = [f"ticket {n} of many" for n in range(BATCH + 3)]
    async with serving(model := SandboxModel()) as url:
        asked = embedder(url)
        vectors = await asked.embed([*TEXTS, *texts])
        alone = await asked.embed(TEXTS[1:2])
        none = await asked.embed([])
        await asked.aclose()
    assert vectors.shape == (len(TEXTS) + len(texts), DIMENSION)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert np.allclose(vectors[1], alone[0])
    assert vectors[0] @ vectors[1] > vectors[0] @ vectors[2] + 0.3
    assert none.shape == (0, DIMENSION)
    assert [len(request["input"]) for request in model.requests] == [BATCH, 6, 1]


@pytest.mark.parametrize(
    ("behaviours", "why"),
    [
        (["down"], "status 503"),
        (["garbage"], "no list of vectors"),
        (["empty"], "asked for 3 vectors of one length, and gave 0"),
        (["five_megabytes"], "larger than"),
    ],
)
async def test_an_endpoint_that_cannot_be_used_is_named_with_what_to_check(behaviours: list[Behaviour], why: str) -> None:
    said = await failing(behaviours)
    assert why in said
    assert "NEXTPLAY_EMBEDDING_URL" in said


async def test_an_endpoint_that_hangs_is_given_up() -> None:
    assert "embeddings endpoint cannot be used" in await failing(["slow"], call_s=0.2)


async def test_an_endpoint_that_is_not_there_is_told() -> None:
    asked = embedder("http://127.0.0.1:9/v1")
    with pytest.raises(EmbedderUnavailable, match="cannot be used"):
        await asked.embed(TEXTS)
    await asked.aclose()


async def test_one_refusal_is_tried_again() -> None:
    async with serving(model := SandboxModel(["status_429_then_good"])) as url:
        asked = embedder(url)
        assert len(await asked.embed(TEXTS)) == 3
        await asked.aclose()
    assert len(model.requests) == 2


async def test_vectors_of_another_length_are_refused_because_they_cannot_be_compared() -> None:
    async with serving(SandboxModel(["good", "other_dimension"])) as url:
        asked = embedder(url)
        await asked.embed(TEXTS)
        with pytest.raises(EmbedderUnavailable, match=f"have {2 * DIMENSION} numbers; before, they had {DIMENSION}"):
            await asked.embed(TEXTS)
        await asked.aclose()


async def test_after_several_failures_it_is_not_asked_any_more_for_a_while() -> None:
    async with serving(model := SandboxModel(["down"])) as url:
        asked = embedder(url)
        for _ in range(8):
            with pytest.raises(EmbedderUnavailable):
                await asked.embed(TEXTS)
        assert len(model.requests) < 16
        await asked.aclose()


async def test_what_leaves_this_machine_is_sent_without_addresses_and_keys() -> None:
    asked = embedder("https://embeddings.example/v1")
    assert asked.leaves
    sent = asked._sent("Ann <ann.lee@acme.example> says sk-abcdefghijklmnop and +44 20 7946 0958 do not work")
    assert not [part for part in ("ann.lee", "sk-abc", "7946") if part in sent]
    await asked.aclose()
    local = embedder("http://127.0.0.1:1/v1")
    assert not local.leaves
    assert "ann.lee" in local._sent("ann.lee@acme.example")
    await local.aclose()


async def test_the_settings_choose_the_endpoint_and_its_name_keeps_vectors_apart() -> None:
    async with serving(SandboxModel()) as url, embedding(Settings(embedding_url=url, embedding_model="tiny")) as chosen:
        assert chosen is not None
        assert (chosen.model, chosen.languages, chosen.leaves) == ("tiny@127.0.0.1", None, False)
        assert len(await chosen.embed(["x"])) == 1

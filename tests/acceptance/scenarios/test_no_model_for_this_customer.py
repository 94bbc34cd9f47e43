"""A model is configured, but this customer's contract does not allow it: the template is used, and nothing about them leaves the house."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest

from integrations.sandbox.model import SandboxModel, serving
from tests.acceptance.scenarios.world import World, event

START = "2026-11-23T09:00:00Z"
NOW = "2026-11-23T10:00:00Z"
MOVED = event("deal.stage_changed", NOW, id="n-1", deal="nq-1", stage="proposal")


@contextmanager
def _answering(model: SandboxModel) -> Iterator[str]:
    """The model's address, served from another thread while commands run in this one."""
    served, over, where = Event(), Event(), [""]

    async def serve() -> None:
        async with serving(model) as where[0]:
            served.set()
            await asyncio.to_thread(over.wait)

    thread = Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert served.wait(10)
        yield where[0]
    finally:
        over.set()
        thread.join(10)


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch, world: World) -> Iterator[SandboxModel]:
    """A model that words every draft it is given."""
    answers = SandboxModel()
    with _answering(answers) as url:
        monkeypatch.setenv("OPENAI_API_KEY", "sk-scenario-000000000000")
        monkeypatch.setenv("OPENAI_BASE_URL", url)
        yield answers


def test_the_template_is_used_and_the_model_never_hears_of_it(world: World, model: SandboxModel) -> None:
    decision = world.run(MOVED, NOW)

    assert decision["proposal"]["composed_by"] == "template"
    assert model.requests == []
    assert "does not allow AI processing" in world.story(decision)


def test_twin_where_the_contract_allows_it_the_model_words_the_message(world: World, model: SandboxModel) -> None:
    world.change(START, accounts={"id": "notary", "ai_processing": True})

    decision = world.run(MOVED, NOW)

    assert decision["proposal"]["composed_by"] == "llm"
    assert "Just reply if anything is unclear." in decision["proposal"]["content"]["body"]
    assert len(model.requests) == 1
    assert "ned@quill.example" not in str(model.requests)

"""Opinions over a real database with the real embedder, and with a model that speaks the wire."""

import json
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.domain.event import Event
from agent.domain.evidence import Evidence
from agent.domain.triage_words import KINDS
from agent.prompts import Prompt, load_prompts
from agent.triaging import WORDS_ALONE
from evals.loading import WORLDS
from integrations.bootstrap import Workspace, open_workspace
from integrations.embedding import OnThisMachine
from integrations.opinions import TicketOpinions
from integrations.sandbox.model import SandboxModel, serving
from integrations.search.meaning import Meaning
from integrations.settings import Settings
from tests.unit.tools.reading_facts import is_missing, value
from tools.gathering import gather_evidence
from tools.ports import Asked, WriterUnavailable
from tools.triage import Guess, Opinion

AT = datetime(2026, 11, 10, 9, 0, tzinfo=UTC)
ANN = "ann@roster.example"
SETTLED = (WORLDS / "settled_tickets.yaml").read_text(encoding="utf-8")
STRANGERS = ("Can you recommend a restaurant in Rome", "What is the weather tomorrow", "My cat is ill", "Please translate this poem into Latin")
KNOWN = ("How do I copy a plan to next month", "The export of the overtime report is empty", "Webhooks arrive twice", "I want my money for May back")


@pytest.fixture
async def workspace(tmp_path: Path) -> AsyncIterator[Workspace]:
    settings = Settings(database_url=f"sqlite:///{tmp_path / 'nextplay.db'}", _env_file=None)
    async with open_workspace(settings, at=AT) as opened:
        await opened.sandbox.apply(SETTLED)
        yield opened


async def told(workspace: Workspace, text: str, body: str = "") -> dict[str, Any]:
    facts = (await workspace.service.try_triage(text, body)).facts
    return {fact.name.removeprefix("triage."): fact.value for fact in facts if fact.known}


async def test_the_clock_learns_and_strangers_are_told_from_what_was_settled(workspace: Workspace) -> None:
    assert "out_of_scope" not in await told(workspace, STRANGERS[0]), "nothing was learned yet"
    await workspace.service.tick()
    version = (await workspace.service.triage_models()).in_force
    assert version.startswith("triage-")
    for text in STRANGERS:
        found = await told(workspace, text)
        assert (found["out_of_scope"], found["model"]) == (True, version), text
    for text in KNOWN:
        found = await told(workspace, text)
        assert (found["out_of_scope"], found["kind_by"]) == (False, "examples"), text
    assert (await told(workspace, KNOWN[1]))["kind"] == "bug"
    assert (await told(workspace, KNOWN[2]))["product"] == "connect"
    assert "out_of_scope" not in await told(workspace, "Wie kopiere ich einen Plan, der sich jede zweite Woche wiederholt, und ist das nicht zu viel")


async def test_a_version_can_be_taken_back_and_the_same_lessons_are_the_same_version(workspace: Workspace) -> None:
    await workspace.service.tick()
    first = (await workspace.service.triage_models()).in_force
    again = await workspace.service.train_triage(who=ANN, why="twice")
    assert (again.made.version, again.new) == (first, False)
    assert await workspace.service.roll_back_triage(WORDS_ALONE, who=ANN, why="it errs")
    assert "kind_by" in await told(workspace, KNOWN[0])
    assert (await told(workspace, KNOWN[0]))["kind"] is None
    assert await workspace.service.promote_triage(first, who=ANN, why="it does not")
    assert (await told(workspace, KNOWN[0]))["kind"] == "question"
    assert [one.version for one in (await workspace.service.triage_models()).reigns] == [first, WORDS_ALONE, first]
    assert (await workspace.store.verify_audit()).ok


async def test_what_was_embedded_to_be_told_or_learned_from_is_not_embedded_again(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    await workspace.service.tick()
    await told(workspace, "A text of its own that nobody has sent")

    async def nothing_new(_model: Any, texts: Any, *, within_s: float | None = None) -> Any:
        raise AssertionError(f"{texts} were embedded before")

    monkeypatch.setattr(OnThisMachine, "embed", nothing_new)
    await told(workspace, "A text of its own that nobody has sent")
    assert not (await workspace.service.train_triage(who=ANN, why="again")).new


async def test_what_cannot_be_read_tells_nothing_and_says_so(workspace: Workspace) -> None:
    await workspace.service.tick()
    version = (await workspace.service.triage_models()).in_force
    await workspace.database.write_core(lambda c: c.exec_driver_sql("UPDATE triage_models SET parameters = '{}'"))
    fresh = TicketOpinions(workspace.store, None, None)
    await fresh.look()
    assert fresh.version == WORDS_ALONE
    assert version in fresh.warning()
    assert "nextplay triage rollback" in fresh.warning()


async def test_vectors_of_another_embedder_say_nothing(workspace: Workspace) -> None:
    class Other:
        model, languages, leaves = "other", None, False

        async def embed(self, texts: Any, *, within_s: float | None = None) -> Any:  # noqa: ARG002  the port's
            raise AssertionError(f"vectors of {texts} could not be compared")

    await workspace.service.tick()
    opinions = TicketOpinions(workspace.store, Meaning(Other(), workspace.database), None)
    await opinions.look()
    assert await opinions.by_examples(["anything"], "en", here_only=False) is None


async def test_what_a_ticket_says_is_read_by_the_model_once_for_its_kind_and_for_articles(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    await workspace.service.tick()
    await workspace.index.settle()
    meaning, texts = workspace.index.meaning, list[str]()
    assert meaning is not None
    embed = meaning._embedder.embed

    async def noted(asked: Sequence[str], *, within_s: float | None = None) -> Any:
        texts.extend(asked)
        return await embed(asked, within_s=within_s)

    monkeypatch.setattr(meaning._embedder, "embed", noted)
    assert (await told(workspace, KNOWN[0]))["kind_by"] == "examples"
    assert await workspace.systems.sources.search.articles([Asked(KNOWN[0], here_only=False, language="en")], at_most=5)
    await told(workspace, KNOWN[0])
    assert texts == [KNOWN[0]]


AWAY: dict[str, Any] = {"subject": "Automatic reply: Webhooks arrive twice", "body": "I am out of the office until 3 December."}


async def test_an_endpoint_that_hangs_takes_away_neither_what_words_tell_nor_the_articles(tmp_path: Path) -> None:
    async with serving(model := SandboxModel()) as url:
        settings = Settings(
            database_url=f"sqlite:///{tmp_path / 'nextplay.db'}", embedding_url=url, embedding_model="tiny", embedding_api_key=None, _env_file=None
        )  # fmt: skip
        async with open_workspace(settings, at=AT) as workspace:
            await workspace.sandbox.apply(SETTLED)
            await workspace.sandbox.apply(json.dumps({
                "articles": [{"id": "hooks", "title": "Webhooks arrive twice", "body": "Compare the ids.", "visibility": "public"}],
                "tickets": [
                    {"id": "away", "status": "new", **AWAY},
                    {"id": "asks", "status": "new", "subject": "Webhooks arrive twice", "body": "Why? It began today."},
                ],
            }))  # fmt: skip
            await workspace.service.tick()
            assert workspace.opinions.version.startswith("triage-"), "or nobody would be asked"
            await workspace.index.settle()
            model.behaviours, asked = ("slow",), len(model.requests)
            sources = replace(workspace.systems.sources, opinions=workspace.opinions)
            support = next(one for one in workspace.playbooks().surfaces.values() if one.id == "ticket-reply")

            async def gathered(ticket: str) -> Evidence:
                event = Event("zendesk", f"e-{ticket}", "ticket.created", AT, AT, "ticket", ticket)
                words = workspace.playbooks().triage
                return await gather_evidence(sources, event, support, at=AT, deadline_s=settings.gather_deadline_s, into="EUR", words=words)

            away, asks = await gathered("away"), await gathered("asks")
            assert value(away.facts, "triage.automatic") is True
            assert (value(asks.facts, "triage.automatic"), value(asks.facts, "triage.product_by")) == (False, "rule")
            assert is_missing(asks.facts, "triage.out_of_scope")
            assert [one.id for one in asks.materials][:1] == ["hooks"]
            assert not {*away.unanswered, *asks.unanswered}
            assert len(model.requests) > asked, "it was asked, and hung"
            for _ in range(5):
                await workspace.opinions.by_examples(["Webhooks"], "en", here_only=False)
            asked = len(model.requests)
            await gathered("asks")
            assert len(model.requests) == asked, "what hangs again and again is left alone for a while"


class Model:
    """Answers as it is set to, and keeps what it was asked."""

    def __init__(self, **answer: str) -> None:
        self.answer, self.asked = answer, list[tuple[Prompt, Mapping[str, str]]]()
        self.down = False

    async def ask(self, prompt: Prompt, inputs: Mapping[str, str]) -> dict[str, Any]:
        prompt.render(inputs)
        self.asked.append((prompt, inputs))
        if self.down:
            raise WriterUnavailable("the model is not available: it did not answer in time")
        return self.answer


def _asking(workspace: Workspace, model: Model) -> TicketOpinions:
    return TicketOpinions(workspace.store, None, model)  # type: ignore[arg-type]  # what asks, without what words texts


async def test_a_model_chooses_from_the_list_and_sees_no_private_data(workspace: Workspace) -> None:
    model = Model(kind="refund", product="pay")
    told_by = await _asking(workspace, model).by_model("Write to ann@acme.example about my money", ("pay", "plan"))
    assert told_by is not None
    (hash_, opinion), [(prompt, inputs)] = told_by, model.asked
    assert (opinion.kind, opinion.product, hash_) == (Guess("refund", 0.7), Guess("pay", 0.7), load_prompts()["triage_ticket"].hash)
    assert prompt.output["properties"]["kind"]["enum"] == [*KINDS, "none"]
    assert prompt.output["properties"]["product"]["enum"] == ["pay", "plan", "none"]
    assert "ann@acme.example" not in inputs["ticket"]
    assert "[e-mail]" in inputs["ticket"]


@pytest.mark.parametrize(("kind", "product"), [("none", "none"), ("complaint", "cars"), ("", "PAY")])
async def test_what_is_not_on_the_list_was_not_said(workspace: Workspace, kind: str, product: str) -> None:
    told_by = await _asking(workspace, Model(kind=kind, product=product)).by_model("Anything", ("pay",))
    assert told_by is not None
    assert told_by[1] == Opinion()


async def test_the_same_text_is_asked_about_once_and_a_silent_model_is_asked_again(workspace: Workspace) -> None:
    model = Model(kind="bug", product="none")
    opinions = _asking(workspace, model)
    model.down = True
    assert await opinions.by_model("It fails", ()) is None
    model.down = False
    assert await opinions.by_model("It fails", ()) == await opinions.by_model("It fails", ())
    assert len(model.asked) == 2
    assert await TicketOpinions(workspace.store, None, None).by_model("It fails", ()) is None


def test_no_model_is_asked_unless_the_settings_say_so() -> None:
    assert Settings(_env_file=None).triage_llm is False

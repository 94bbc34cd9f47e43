"""One event is one trace: from the door, through the worker that drove it, to every node and outside call."""

import sys
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from agent.arrivals import arrival_of
from agent.errors import InvalidInput
from integrations.collecting import collecting, drawing_to
from integrations.spans import provider_of
from integrations.telemetry import TELEMETRY, ids_of
from tests.chaos.world import created, opened, smoke, world
from tests.databases import ON_POSTGRES
from tests.integration.workplace import told, work_off, workplace


@pytest.fixture
def drawn() -> Iterator[InMemorySpanExporter]:
    exporter = InMemorySpanExporter()
    with drawing_to(provider_of(SimpleSpanProcessor(exporter))):
        yield exporter


def trace_of(spans: Sequence[ReadableSpan], run_id: str) -> list[ReadableSpan]:
    return [span for span in spans if span.context.trace_id == ids_of(run_id)[0]]


def assert_connected(spans: Sequence[ReadableSpan]) -> None:
    """Every span but one has its parent in the trace."""
    ids = {span.context.span_id for span in spans}
    roots = [span for span in spans if span.parent is None]
    assert [root.name for root in roots] == ["accepted"]
    assert all(span.parent.span_id in ids for span in spans if span.parent is not None)


class TestOneProcess:
    async def test_an_event_with_what_its_answer_sets_off_is_one_trace(self, tmp_path: Path, drawn: InMemorySpanExporter) -> None:
        async with opened(tmp_path) as workspace:
            await workspace.sandbox.apply(world(accounts=1))
            [accepted] = await workspace.service.accept([arrival_of(created("refund_0_0"))])
            await workspace.engine.settle()
            [ask] = await workspace.service.waiting()
            await workspace.service.answer(ask.decision_id, "reject", who=ask.asked[0], reason="irrelevant")
            await workspace.engine.settle()
        spans = trace_of(drawn.get_finished_spans(), accepted.run_id)
        assert_connected(spans)
        names = [span.name for span in spans]
        assert {"gather", "propose", "gate", "rank", "compose", "check", "record", "finish", "commit"} <= set(names)
        assert names.count("drive") >= 2
        assert names.count("accepted") == 1

    async def test_a_second_delivery_draws_no_second_beginning(self, tmp_path: Path, drawn: InMemorySpanExporter) -> None:
        async with opened(tmp_path) as workspace:
            await workspace.sandbox.apply(world(accounts=1))
            [event] = smoke([0])
            for _ in range(2):
                await workspace.service.accept([arrival_of(event)])
        assert [span.name for span in drawn.get_finished_spans() if span.name == "accepted"] == ["accepted"]

    async def test_no_text_of_anybody_is_in_a_span(self, tmp_path: Path, drawn: InMemorySpanExporter) -> None:
        async with opened(tmp_path) as workspace:
            await workspace.sandbox.apply(world(accounts=1))
            await workspace.service.accept([arrival_of(event) for event in smoke([0])])
            await workspace.engine.settle()
        said = " ".join(span.to_json() for span in drawn.get_finished_spans())
        assert "nextplay.run" in said
        for canary in ("acc_0", "con_0", "@", "smoke_", "burnt", "Customer"):
            assert canary not in said


@ON_POSTGRES
async def test_serve_and_worker_draw_one_trace(url: str, tmp_path: Path, drawn: InMemorySpanExporter) -> None:
    async with AsyncExitStack() as open_:
        (server, told_by), (_, worker) = [await open_.enter_async_context(workplace(url, tmp_path)) for _ in range(2)]
        await server.sandbox.apply(world(accounts=1))
        [accepted] = await server.service.accept([arrival_of(event) for event in smoke([0])])
        await told(told_by, 1)
        await work_off(worker)
    spans = trace_of(drawn.get_finished_spans(), accepted.run_id)
    assert_connected(spans)
    assert {"accepted", "drive", "gather", "record", "act"} <= {span.name for span in spans}


class TestOff:
    async def test_nothing_is_drawn_unless_somebody_collects(self) -> None:
        with collecting(None):
            assert TELEMETRY.drawing is None

    async def test_a_step_that_fails_says_its_kind_and_not_its_words(self, drawn: InMemorySpanExporter) -> None:
        with pytest.raises(ValueError, match="ann"), TELEMETRY.step("gate"):
            raise ValueError("ann@example.com")
        [span] = drawn.get_finished_spans()
        assert span.status.description == "ValueError"
        assert "ann" not in span.to_json()

    def test_without_the_extra_the_setting_says_what_to_install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delitem(sys.modules, "integrations.spans")
        monkeypatch.delattr("integrations.spans", raising=False)
        monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
        with pytest.raises(InvalidInput, match="not installed"), collecting("http://localhost:4318"):
            pass

"""What LangGraph's and LangChain's own tools find here: the graph by its file, asks and answers in their shapes; and nothing passes by the asks."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Command

from agent.arrivals import arrival_of
from agent.errors import InvalidInput
from agent.graph.build import build
from agent.graph.papers import interrupt_request
from integrations.hitl import HITLRequest, HITLResponse, answer_in, request_of
from tests.chaos.world import created, opened, world

ROOT = Path(__file__).parents[2]
SAID = json.loads((ROOT / "langgraph.json").read_text())


def test_the_file_leads_to_a_compiled_graph() -> None:
    """As the command line does: the path before the colon is imported, the name after it is taken."""
    assert SAID["dependencies"] == ["."]
    for where in SAID["graphs"].values():
        path, _, name = where.partition(":")
        spec = importlib.util.spec_from_file_location("by_its_path", ROOT / path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        graph = getattr(module, name)
        assert isinstance(graph, CompiledStateGraph)
        assert graph.checkpointer is None, "the host brings its own"
        assert "ask" in graph.get_graph().nodes


def test_to_import_it_opens_and_writes_nothing(tmp_path: Path) -> None:
    said = "import builtins, sys; import agent.graph.studio; print(sorted(n for n in sys.modules if n.startswith('integrations')))"
    alone = {"PYTHONPATH": str(ROOT), "PATH": ""}
    done = subprocess.run([sys.executable, "-c", said], cwd=tmp_path, env=alone, capture_output=True, text=True, check=True)  # noqa: S603  ours
    assert done.stdout.strip() == "[]"
    assert list(tmp_path.iterdir()) == []


def test_the_interrupt_has_the_shape_of_a_request() -> None:
    shown = interrupt_request("dec_1", 1, "send-proof", {"subject": "Proof"})
    assert HITLRequest.model_validate({name: part for name, part in shown.items() if name != "nextplay"}).review_configs[0].allowed_decisions


async def test_a_resume_that_is_nobodys_answer_approves_nothing() -> None:
    """A tool that holds the graph may resume it in the right shape: people have still not answered, and it asks again."""
    graph: Any = build(InMemorySaver())
    config = {"configurable": {"thread_id": "run_1"}}
    asked = {"run_id": "run_1", "entry": "ask", "ask": interrupt_request("dec_1", 1, "send-proof", {"subject": "Proof"})}
    first = await graph.ainvoke(asked, config)
    assert first["__interrupt__"]
    tried: list[dict[str, Any]] = [{"decisions": [{"type": "approve"}]}, {"decisions": []}, {"none": 1}, {"type": "accept"}]
    for resume in tried:
        again = await graph.ainvoke(Command(resume=resume), config)
        assert [one.value["nextplay"]["round"] for one in again["__interrupt__"]] == [1]


class TestAnswers:
    async def test_an_approval_in_langchains_words_is_one_of_its_person(self, tmp_path: Path) -> None:
        async with opened(tmp_path) as workspace:
            await workspace.sandbox.apply(world(accounts=1))
            [accepted] = await workspace.service.accept([arrival_of(created("refund_0_0"))])
            await workspace.engine.settle()
            decision = await workspace.service.explain("dec_" + accepted.run_id.removeprefix("run_"))
            request = request_of(decision)
            assert request.action_requests[0].args == decision.proposal.content  # type: ignore[union-attr]  # it asks
            given = answer_in(HITLResponse.model_validate({"decisions": [{"type": "reject", "message": "no"}]}), decision)
            [ask] = await workspace.service.waiting()
            result = await workspace.service.answer(decision.id, given.pop("answer"), who=ask.asked[0], **given)
            assert (result.won, result.approval.state, result.approval.note) == (True, "rejected", "no")

    @pytest.mark.parametrize(
        "edited",
        [{"name": "another-play", "args": {"body": "x"}}, {"name": "send-proof", "args": {"recipient": "con_9"}}, {"name": "send-proof", "args": {}}],
    )
    def test_nothing_but_the_words_can_be_edited(self, edited: dict[str, Any]) -> None:
        from tests.unit.db.build import candidate, decision

        asked = decision(candidates=[candidate(play="send-proof")])
        with pytest.raises(InvalidInput, match="Only the words"):
            answer_in(HITLResponse.model_validate({"decisions": [{"type": "edit", "edited_action": edited}]}), asked)
        fine = {"decisions": [{"type": "edit", "edited_action": {"name": "send-proof", "args": {"body": "Better."}}}]}
        assert answer_in(HITLResponse.model_validate(fine), asked) == {"answer": "edit", "content": {"body": "Better."}}

    @pytest.mark.parametrize(
        "body", [{"decisions": []}, {"decisions": [{"type": "approve"}] * 2}, {"decisions": [{"type": "ignore"}]}, {"approved": True}]
    )
    def test_other_shapes_are_none(self, body: dict[str, Any]) -> None:
        with pytest.raises(ValueError, match="validation error"):
            HITLResponse.model_validate(body)

"""A case that is made from a real decision gives the same decision, and says nothing of who it was about."""

import json
from pathlib import Path

import pytest

from agent.arrivals import arrival_of, run_id_of
from agent.domain.event import Event
from agent.errors import InvalidInput, NotFound
from evals.adding import case_file
from evals.loading import load_case
from evals.running import Plan, run
from tests.acceptance.workspaces import START, make_world, seeded
from tests.acceptance.workspaces import alone as alone_in

DEAL = Event("hubspot", "d", "deal.stage_changed", START, START, "deal", "deal_001", data={"stage": "contract_sent"})
TICKET = Event("zendesk", "t", "ticket.created", START, START, "ticket", "tic_005", data={"body": "Ciao, sono Giulia"})
CONTRACT = Event("clock", "c", "contract.renewal_window", START, START, "contract", "ctr_022")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The seeded world."""
    return make_world(tmp_path_factory.mktemp("seeded"))


async def _added(folder: Path, world: Path, event: Event) -> tuple[Path, str]:
    async with seeded(folder, world) as workspace:
        await workspace.service.accept([arrival_of(event)])
        await workspace.engine.settle()
        decision = await workspace.service.explain(run_id_of(event.source, event.id))
        names = [contact.value for contact in decision.facts if contact.name in ("contact.name", "account.name", "owner.name")]
        file = await case_file(workspace, decision.id, folder / "from-decisions", None)
        with pytest.raises(InvalidInput, match="is there already"):
            await case_file(workspace, decision.id, folder / "from-decisions", None)
        with pytest.raises(InvalidInput, match="is no name for a case"):
            await case_file(workspace, decision.id, folder / "from-decisions", "../x")
        with pytest.raises(NotFound):
            await case_file(workspace, "dec_none", folder / "from-decisions", None)
        return file, json.dumps(names)


@pytest.mark.parametrize("event", [DEAL, TICKET, CONTRACT], ids=lambda event: event.subject_kind)
async def test_a_decision_becomes_a_case_that_is_decided_alike(tmp_path: Path, world: Path, event: Event) -> None:
    with alone_in(tmp_path):
        file, names = await _added(tmp_path, world, event)

    text = file.read_text(encoding="utf-8")
    assert [name for name in json.loads(names) if name in text] == []
    assert "Giulia" not in text
    loaded = load_case(file)
    assert loaded.case.expect[0].route is not None

    import asyncio

    (played,) = await asyncio.to_thread(run, Plan([loaded], jobs=1))
    assert [finding for finding in played.findings if finding.kind != "not_cited"] == []

"""A surface earns `auto`: a fortnight is lived through, all seven questions pass, and each fails alone once what it asks about is broken."""

import asyncio
import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agent.arrivals import arrival_of
from agent.domain.event import Event
from agent.playbook.loader import DEFAULT
from integrations.bootstrap import Workspace, open_workspace
from integrations.cli import main
from tests.acceptance.workspaces import DATABASE, START, alone, seeded, settings_in

SURFACE, WHO = "ticket-escalation", "robin.jansen@tessera.example"
DAY, UNDO_ENDS = timedelta(days=1), timedelta(seconds=61)
LATER = START + 15 * DAY
"""Long enough after the answers for friction to have shown."""
TICKETS = 53
"""One for each of as many customers: more than the labels that calibrating takes."""
REJECTED = 3
QUESTIONS = ["owners", "data", "endorsed", "friction", "dangers", "confidence", "stop"]


def told(name: str, kind: str, at: datetime, ticket: str, **data: Any) -> Event:
    return Event("helpdesk", name, kind, at, at, "ticket", ticket, data=data)


def ticket(name: str, account: int, **changes: Any) -> dict[str, Any]:
    """A ticket that no article answers."""
    return {
        "id": name, "account": f"acc_{account:03d}", "subject": "Still waiting", "body": "Could somebody ring me up?",
        "priority": "p2", "type": "problem", "status": "open", "group": "grp_support_emea", "product": "flow", "created_at": "@-2h",
        "sla_due_at": "@+40m", **changes,
    }  # fmt: skip


async def happens(workspace: Workspace, *events: Event) -> None:
    await workspace.service.accept([arrival_of(event) for event in events])
    await workspace.engine.settle()


async def live_through(workspace: Workspace) -> None:
    """SLAs are at risk, the lead on shift answers, what was approved is done, and the tickets are solved a day later."""
    numbers = range(1, TICKETS + 1)
    await workspace.sandbox.apply(json.dumps({"tickets": [ticket(f"tic_l{n}", n) for n in numbers]}))
    await happens(workspace, *(told(f"evt_risk{n}", "ticket.sla_at_risk", START, f"tic_l{n}") for n in numbers))
    for n in numbers:
        decision = await workspace.service.decision_of_event("helpdesk", f"evt_risk{n}")
        assert decision is not None
        [ask] = decision.approvals
        answer: dict[str, Any] = {"kind": "reject", "reason": "irrelevant"} if n <= REJECTED else {"kind": "approve"}
        await workspace.service.answer(decision.id, answer.pop("kind"), who=ask.asked[0], **answer)
    await workspace.clock.move_to(START + UNDO_ENDS, workspace.database)
    await workspace.engine.settle()
    await workspace.clock.move_to(START + DAY, workspace.database)
    solved = {"status": "solved", "previous": "open"}
    await happens(workspace, *(told(f"evt_solved{n}", "ticket.status_changed", START + DAY, f"tic_l{n}", **solved) for n in numbers))
    await workspace.clock.move_to(LATER, workspace.database)
    await workspace.service.train_model(who=WHO, why="the fortnight is over")


async def live_where_it_asks(folder: Path, world: Path) -> None:
    """The fortnight in a world of its own, under a playbook by which the surface asks. The one that ships raises it to `auto` when it is opened."""
    book = folder / "book"
    shutil.copytree(DEFAULT, book)
    file = book / "surfaces" / f"{SURFACE}.yaml"
    file.write_text(file.read_text().replace("mode: auto", "mode: suggest"))
    async with seeded(folder, world, playbook=book) as workspace:
        await live_through(workspace)


@pytest.fixture(scope="module")
def lived(quiet_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose database holds the fortnight."""
    folder = tmp_path_factory.mktemp("lived")
    with alone(folder):
        asyncio.run(live_where_it_asks(folder, quiet_world))
    return folder


@dataclass
class Here:
    """A copy of it, with results of the evals beside."""

    folder: Path
    settings: pytest.MonkeyPatch
    capsys: pytest.CaptureFixture[str]

    @property
    def evals(self) -> Path:
        return self.folder / "evals.json"

    def found_dangerous(self, dangerous: int) -> None:
        found = {"suites": [{"name": "s", "cases": 9, "passed": 9 - dangerous}], "dangerous": dangerous, "cases": 9}
        self.evals.write_text(
            json.dumps({**found, "playbook": json.loads(self.run("launch-check", SURFACE, "--json")[1])["playbook_version"], "whole": True})
        )

    def run(self, *arguments: str) -> tuple[int, str]:
        self.capsys.readouterr()
        code = main(arguments)
        said = self.capsys.readouterr()
        return code, said.out or said.err

    def do(self, *arguments: str) -> Any:
        """Run a command that must succeed; what it says as JSON."""
        code, out = self.run(*arguments, "--json")
        assert code == 0, out
        return json.loads(out)

    def check(self, *arguments: str) -> tuple[int, dict[str, Any]]:
        code, out = self.run("launch-check", SURFACE, "--evals", str(self.evals), *arguments, "--json")
        return code, json.loads(out)

    def held(self) -> list[str]:
        """The surfaces that are kept from the mode that the playbook says."""
        return [one["id"] for one in self.do("surfaces", "list")["surfaces"] if one["held"]]

    def happens(self, *events: Event, **fixture: Any) -> None:
        """Apply a fixture, deliver events and wait until all is decided."""

        async def work() -> None:
            async with open_workspace(settings_in(self.folder)) as workspace:
                await workspace.sandbox.apply(json.dumps(fixture))
                await happens(workspace, *events)

        asyncio.run(work())

    def decisions(self) -> list[str]:
        return [one["id"] for one in self.do("decisions", "list", "--limit", "100")["decisions"]]


@pytest.fixture
def here(lived: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Here]:
    for file in lived.glob(f"{DATABASE}*"):
        shutil.copy(file, tmp_path / file.name)
    with alone(tmp_path) as changed:
        made = Here(tmp_path, changed, capsys)
        made.found_dangerous(0)
        yield made


def test_a_surface_that_has_proven_itself_is_ready_and_a_name_lets_it_act(here: Here) -> None:
    assert here.held() == [SURFACE]
    code, found = here.check()
    assert [(one["id"], one["passed"], one["says"]) for one in found["answers"] if not one["passed"]] == []
    assert (code, found["ready"], found["lifted"], here.held()) == (0, True, None, [SURFACE]), "without a name it only reports"
    code, out = here.run("launch-check", SURFACE, "--evals", str(here.evals), "--as", WHO)
    assert (code, "READY" in out, "no longer held back from auto" in out, here.held()) == (0, True, True, [])
    assert here.check("--as", WHO)[1]["lifted"] is False, "nothing held it any more"
    here.happens(told("evt_first", "ticket.sla_at_risk", LATER, "tic_first"), tickets=[ticket("tic_first", 1)])
    assert here.do("decisions", "show", here.decisions()[0])["route"] == "act"


def colleagues_leave(here: Here) -> None:
    """Nobody is left in the team that owns a play."""
    here.happens(people=[{"id": name, "active": False} for name in ("u_viktor", "u_alicia", "u_ravi")])


def the_form_loses_a_field(here: Here) -> None:
    """Engineers get tickets without a type: what it is worth to hand on what may be no fault cannot be told."""
    bare = [{key: value for key, value in ticket(f"tic_b{n}", n, group="grp_eng_flow").items() if key != "type"} for n in range(1, 9)]
    here.happens(*(told(f"evt_b{n}", "ticket.priority_changed", LATER, f"tic_b{n}") for n in range(1, 9)), tickets=bare)


def reviewers_think_again(here: Here) -> None:
    for decision in here.decisions()[:15]:
        here.do("review", "label", decision, "irrelevant", "--as", WHO)


def tickets_are_escalated_again(here: Here) -> None:
    """Told late, of the time within which it counts."""
    here.happens(*(told(f"evt_a{n}", "ticket.escalated", START + 2 * DAY, f"tic_l{n}") for n in range(40, 47)))


def an_eval_is_dangerous(here: Here) -> None:
    here.found_dangerous(1)


def the_model_is_taken_back(here: Here) -> None:
    here.do("model", "rollback", "prior-1", "--as", WHO, "--why", "we start anew")


def undo_is_switched_off(here: Here) -> None:
    here.settings.setenv("NEXTPLAY_UNDO_S", "0")


BREAKS: dict[str, Callable[[Here], None]] = {
    "owners": colleagues_leave, "data": the_form_loses_a_field, "endorsed": reviewers_think_again, "friction": tickets_are_escalated_again,
    "dangers": an_eval_is_dangerous, "confidence": the_model_is_taken_back, "stop": undo_is_switched_off,
}  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS)
def test_each_question_fails_alone_once_what_it_asks_about_is_broken(here: Here, question: str) -> None:
    BREAKS[question](here)
    code, found = here.check("--as", WHO)
    assert [(one["id"], one["says"]) for one in found["answers"] if not one["passed"] and one["id"] != question] == []
    assert [one["id"] for one in found["answers"] if not one["passed"]] == [question]
    assert (code, found["ready"], found["lifted"], here.held()) == (1, False, None, [SURFACE]), "it stays held"

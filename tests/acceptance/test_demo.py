"""`nextplay demo`: one morning in which every kind of answer occurs, each of them explained, replayable and sealed."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx2
import pytest
from rich.cells import cell_len
from rich.console import Console

from agent.domain.decision import Decision
from integrations.bootstrap import Workspace, open_workspace
from integrations.cli import demo
from integrations.cli.demo_story import MORNING
from integrations.cli.story import story
from tests.acceptance.scenarios.world import Record, World, chosen, codes
from tests.acceptance.workspaces import DATABASE, START, alone, settings_in

WIDTH = 100


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Record]]:
    """The folder in which the demo ran, and the decisions that it printed."""
    folder = tmp_path_factory.mktemp("demo")
    with alone(folder):
        printed = World(folder).command("demo", "--no-serve", "--json").json
    assert printed.keys() == {"decisions"}
    return folder, printed["decisions"]


@pytest.fixture
def decisions(told: tuple[Path, list[Record]]) -> list[Record]:
    return told[1]


@pytest.fixture
def operator(told: tuple[Path, list[Record]]) -> Iterator[World]:
    """Types commands in the demo's folder."""
    with alone(told[0]) as changed:
        changed.setenv("COLUMNS", str(WIDTH))
        yield World(told[0])


@pytest.fixture
def copy(told: tuple[Path, list[Record]], folder: Path) -> World:
    """A copy of what the demo left, to be spoilt."""
    for file in told[0].glob(f"{DATABASE}*"):
        shutil.copy(file, folder / file.name)
    return World(folder)


def matched(candidate: Record, effect: str) -> list[Record]:
    """The rules of an effect that took hold of a candidate."""
    return [rule for rule in candidate["rules"] if rule["matched"] and rule["effect"] == effect]


def executed_at_once(decision: Record) -> bool:
    done = {action["state"] for action in decision["actions"]} == {"done"}
    return decision["route"] == "act" and done and not decision["approvals"] and "required" not in codes(decision)


def required_escalation(decision: Record) -> bool:
    if decision["route"] != "act" or "required" not in codes(decision):
        return False
    return chosen(decision)["kind"] == "escalation" and {action["state"] for action in decision["actions"]} == {"done"}


def waiting_for_a_person(decision: Record) -> bool:
    return decision["route"] == "ask" and any(ask["state"] == "open" and ask["asked"] for ask in decision["approvals"])


def forbidden_with_values(decision: Record) -> bool:
    rules = [rule for one in decision["candidates"] if one["verdict"] == "forbid" for rule in matched(one, "forbid")]
    true = [clause for rule in rules for clause in rule["clauses"] if clause["result"] == "true"]
    return decision["route"] == "none" and "all_forbidden" in codes(decision) and any(clause["values"] and clause["says"] for clause in true)


def stale(decision: Record) -> bool:
    """A fact that is too old, and a reason that says so, because a rule could not rely on it."""
    old = [fact["name"] for fact in decision["facts"] if fact["status"] == "stale" and fact["as_of"] and fact["read_at"]]
    says = [one["text"] for one in decision["reasons"] if one["code"] == "fact_stale"]
    return any(f"{name} is out of date" in text for name in old for text in says)


def deferred(decision: Record) -> bool:
    return decision["route"] == "deferred" and chosen(decision)["until"] is not None


def sensitive(decision: Record) -> bool:
    told: Record = decision["sensitive"]
    return bool(told["value"] and told["rules"]) and "sensitive" in codes(decision)


KINDS: dict[str, Callable[[Record], bool]] = {
    "executed at once": executed_at_once,
    "a required escalation": required_escalation,
    "waiting for a person": waiting_for_a_person,
    "forbidden, with rule and clause values": forbidden_with_values,
    "nothing to do": lambda decision: decision["route"] == "none" and "do_nothing_best" in codes(decision),
    "a stale fact": stale,
    "a deferral": deferred,
    "a sensitive account": sensitive,
    "a suppressed echo": lambda decision: decision["route"] == "suppressed" and codes(decision) == {"own_effect"},
    "a bulk hold": lambda decision: decision["route"] == "suppressed" and codes(decision) == {"bulk_hold"},
    "a late event": lambda decision: decision["route"] == "suppressed" and codes(decision) == {"late_event"},
    "an unresolved identity": lambda decision: decision["route"] == "suppressed" and codes(decision) == {"identity_unresolved"},
    "approved and carried out": lambda decision: [ask["state"] for ask in decision["approvals"]] == ["approved"] and all_done(decision),
}


def all_done(decision: Record) -> bool:
    return bool(decision["actions"]) and all(action["state"] == "done" for action in decision["actions"])


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_answer_occurs(decisions: list[Record], kind: str) -> None:
    assert len(decisions) >= 15
    assert any(KINDS[kind](decision) for decision in decisions)


async def test_nothing_is_decided_before_the_help_centre_is_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is found would hang on who asks first."""
    read = []

    async def delivered(workspace: Workspace, *_: Any) -> None:
        read.append(await workspace.index.progress())
        raise InterruptedError

    monkeypatch.setattr(demo, "deliver", delivered)
    async with open_workspace(settings_in(folder), at=START) as workspace:
        with pytest.raises(InterruptedError):
            await demo.live_through(workspace, Console(quiet=True))
    (progress,) = read
    assert progress is not None
    assert progress.of > 100
    assert progress.done


def test_everything_that_lost_says_what_would_have_let_it_through(decisions: list[Record]) -> None:
    lost = [one for decision in decisions for one in decision["candidates"] if one["id"] not in (decision["choice"], "do-nothing")]
    assert len(lost) > 100
    assert [one["id"] for one in lost if not one["counterfactual"]] == []


def test_what_is_printed_is_what_is_kept(decisions: list[Record], operator: World) -> None:
    for decision in (decisions[0], decisions[-1]):
        assert operator.again(decision) == decision
        Decision.model_validate(decision)
    assert {row["id"] for row in operator.decisions()} == {decision["id"] for decision in decisions}


def test_every_decision_is_replayed_to_the_letter(decisions: list[Record], operator: World) -> None:
    for decision in decisions:
        replayed = operator.command("replay", decision["id"], "--json").json
        assert (replayed["same"], replayed["differences"]) == (True, []), decision["id"]
        assert (replayed["route"], replayed["choice"]) == (decision["route"], decision["choice"])


def test_a_replay_under_another_playbook_tells_what_it_would_have_changed(decisions: list[Record], operator: World, tmp_path: Path) -> None:
    operator.command("init", str(tmp_path / "mine"))
    surface = json.loads(operator.command("playbook", "show", str(tmp_path / "mine"), "--json").out)["surfaces"][0]["id"]
    decision = next(decision for decision in decisions if decision["surface"] == surface and decision["choice"])
    replayed = operator.command("replay", decision["id"], "--playbook", str(tmp_path / "mine"), "--json").json
    assert not replayed["same"]
    assert replayed["differences"]


def test_the_audit_log_verifies_and_any_change_is_found(copy: World, folder: Path) -> None:
    report = copy.command("audit", "verify", "--json").json
    assert report["ok"]
    assert report["entries"] > 25

    with closing(sqlite3.connect(folder / DATABASE)) as database:
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            database.execute("UPDATE audit SET who = 'somebody else' WHERE seq = 7")
        database.execute("DROP TRIGGER audit_no_update")
        database.execute("UPDATE audit SET who = 'somebody else' WHERE seq = 7")
        database.commit()

    broken = copy.command("audit", "verify", code=1)
    assert "entry 7 was changed" in broken.err
    assert copy.command("audit", "verify", "--json", code=1).json["first_bad"] == 7
    assert "audit_no_update is missing" in copy.command("doctor", code=1).out


def test_told_again_to_people_it_starts_from_the_beginning_and_says_what_to_do_next(
    told: tuple[Path, list[Record]], copy: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", str(WIDTH))
    effects = len(copy.effects())

    printed = copy.command("demo", "--no-serve").out

    assert {story_of(copy.again(row)) for row in copy.decisions()} == {story_of(decision) for decision in told[1]}
    assert len(copy.effects()) == effects
    assert copy.command("audit", "verify", "--json").json["ok"]
    assert all(decision["id"] in printed for decision in told[1])
    assert [scene.shows for scene in MORNING if scene.shows not in printed] == ["the same import"], "what came in is told whole; that joined a hold"
    assert "One of them waits for a person" in printed
    assert "nextplay audit verify" in printed
    assert [line for line in printed.splitlines() if cell_len(line.rstrip()) > WIDTH] == []


def story_of(decision: Record) -> tuple[Any, ...]:
    """What happened, without the moments of the wall clock."""
    return decision["id"], decision["route"], decision["choice"], tuple(sorted(codes(decision))), len(decision["actions"])


def test_the_demo_leaves_other_peoples_decisions_alone(folder: Path) -> None:
    own = World(folder)
    at = START.isoformat()
    subject = {"kind": "ticket", "id": "tic_9"}
    own.change(at, accounts={"id": "acc_9", "name": "Nine"}, tickets={"id": "tic_9", "account": "acc_9", "subject": "Hello?", "type": "question"})
    own.run({"source": "zendesk", "id": "e-1", "type": "ticket.created", "occurred_at": at, "subject": subject}, at)
    before = own.decisions()
    assert before

    refused = own.command("demo", "--no-serve", code=4)

    assert "decisions that are not the demo's" in refused.err
    assert "NEXTPLAY_DATABASE_URL=" in refused.err
    assert own.decisions() == before


def test_lists_and_stories_fit_a_hundred_columns(decisions: list[Record], operator: World) -> None:
    pages = {"list": operator.command("decisions", "list").out}
    shown = {decision["route"]: decision["id"] for decision in decisions}
    pages |= {name: operator.command("decisions", "show", name).out for name in shown.values()}
    for decision in decisions:
        for everything in (False, True):
            page = story(Decision.model_validate(decision), now=START, width=WIDTH, height=50, everything=everything)
            pages[f"{decision['id']} {everything}"] = "\n".join(line.plain for line in page.lines)
    too_wide = [(name, line) for name, page in pages.items() for line in page.splitlines() if cell_len(line) > WIDTH]
    assert too_wide == []
    assert all(decision["id"] in pages["list"] for decision in decisions)


def test_ctrl_c_ends_the_demo_in_order(tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("NEXTPLAY_", "OPENAI_", "SLACK_"))}
    environment = {**kept, "PYTHONPATH": str(Path(__file__).parents[2]), "NEXTPLAY_PORT": "0", "NEXTPLAY_DATABASE_URL": "sqlite:///np.db"}
    command = [sys.executable, "-c", "from evals.cli import main; raise SystemExit(main())", "demo"]
    with subprocess.Popen(command, cwd=tmp_path, env=environment, text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as demo:  # noqa: S603  ours
        assert demo.stderr is not None
        said = iter(demo.stderr.readline, "")
        address = next(line for line in said if "serves on" in line).split()[3]
        while not answers(f"{address}/healthz"):
            time.sleep(0.1)
        demo.send_signal(signal.SIGINT)
        rest = demo.stderr.read()
        assert demo.wait(30) == 0, rest
    assert "Traceback" not in rest


def answers(address: str) -> bool:
    try:
        return httpx2.get(address).status_code == 200
    except httpx2.TransportError:
        return False

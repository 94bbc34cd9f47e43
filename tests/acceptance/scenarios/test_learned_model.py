"""What came of decisions moves the score of the next ones; and a person can go back, and it stays so."""

import asyncio
import json
import shutil
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from agent.arrivals import arrival_of, run_for
from agent.graph.recording import decision_id_of
from agent.graph.storing import evidence_from_json
from agent.playbook.loader import DEFAULT
from agent.ports import AuditEntry
from integrations.bootstrap import open_workspace
from integrations.settings import load
from tests.acceptance.scenarios.world import Record, World, chosen, event

START, NOW = "2026-08-24T09:00:00Z", "2026-08-24T10:00:00Z"
NEXT, LATER, MUCH_LATER = "2026-10-26T10:00:00Z", "2026-10-27T10:00:00Z", "2026-10-28T10:00:00Z"
WHO = ("--as", "olga@vault.example", "--why", "odd choices since yesterday")


def moved(at: str, name: str) -> Record:
    return event("deal.stage_changed", at, id=name, deal="cc-1", stage="evaluation")


def fresh(world: World, at: str) -> None:
    """What ages is measured anew, so that nothing but the model differs."""
    day = at[:10]
    world.change(at, accounts={"id": "bakery", "health_as_of": day, "owner_confirmed_at": day}, usage={"account": "bakery", "as_of": day})


def remember(like: Record, n: int, *, converted: float, name: str = "old") -> None:
    """The database remembers so many decisions like this one, of which a share converted."""

    async def work() -> None:
        at = datetime.fromisoformat(NOW).astimezone(UTC)
        async with open_workspace(load(), at=at) as workspace:
            store = workspace.store
            one, kept = await store.recorded(like["id"]), await store.evidence(like["id"])
            assert one is not None
            assert kept is not None
            evidence = evidence_from_json(kept)
            for number in range(n):
                told = replace(evidence.event, id=f"{name}-{number}")
                run = run_for(told, at)
                await store.accept([(arrival_of(told), run)], at)
                made = one.model_copy(update={"id": decision_id_of(run.id), "run_id": run.id})
                await store.record(
                    made, replace(evidence, event=told), state="closed", entry="finish", wake_at=None, approvals=[], actions=[], messages=[],
                    supersede=[], audit=[AuditEntry("decided", "nextplay", made.id, {})],
                )  # fmt: skip
                result = "converted" if number < n * converted else "ignored"
                said = {"exposure": "delivered", "result": result, "metric": "deal.advanced", "at": at}
                await store.observe(made.id, said, AuditEntry("outcome", "hubspot", made.id, {}, at))

    asyncio.run(work())


def listed(world: World) -> Any:
    return world.command("model", "list", "--json").json


def test_outcomes_move_the_next_score_and_every_decision_replays_by_its_own_model(world: World) -> None:
    before = world.run(moved(NOW, "m-1"), NOW)
    assert (before["model_version"], chosen(before)["kind"]) == ("prior-1", "follow_up")
    remember(before, 60, converted=0.9)
    assert listed(world)["in_force"] == "prior-1"

    world.tick(NEXT)
    made = listed(world)["models"]
    assert [one["cases"] for one in made] == [60]
    assert made[0]["loss_after"] < made[0]["loss_before"]
    world.tick(NEXT)
    world.tick(LATER)
    assert listed(world)["models"] == made, "the same lessons are learned once"

    fresh(world, LATER)
    after = world.run(moved(LATER, "m-2"), LATER)
    assert after["model_version"] == made[0]["version"] == listed(world)["in_force"]
    score = chosen(after)["score"]
    assert score["p"] > chosen(before)["score"]["p"] * 3
    assert score["terms"]["with"]["result"] == chosen(before)["score"]["terms"]["with"]["result"]
    learned = score["terms"]["model"]
    assert round(learned["with"] - learned["without"], 6) == round(score["p"], 6)
    assert (learned["cases"], learned["features"]["base"]) == (60, 1.0)
    assert learned["adds"].keys() <= learned["features"].keys()
    assert "with it (prior 40%)" in " ".join(world.story(after).split())
    assert "from 60 outcomes" in " ".join(world.story(after).split())
    for decision in (before, after):
        assert world.command("replay", decision["id"], "--json").json["same"] is True


def test_going_back_stays_so_until_a_person_says_otherwise(world: World) -> None:
    before = world.run(moved(NOW, "m-1"), NOW)
    remember(before, 60, converted=0.9)
    world.tick(NEXT)
    version = listed(world)["in_force"]
    assert version != "prior-1"

    world.command("model", "rollback", "prior-1", *WHO, "--at", NEXT)
    fresh(world, LATER)
    assert world.run(moved(LATER, "m-2"), LATER)["model_version"] == "prior-1"
    remember(before, 30, converted=0.0, name="more")
    world.tick(LATER)
    found = listed(world)
    assert (len(found["models"]), found["in_force"]) == (2, "prior-1")
    assert "pinned by olga@vault.example: odd choices" in world.command("model", "list").out

    newest = found["models"][0]["version"]
    world.command("model", "promote", newest, *WHO, "--at", MUCH_LATER)
    fresh(world, MUCH_LATER)
    assert world.run(moved(MUCH_LATER, "m-3"), MUCH_LATER)["model_version"] == newest
    assert [(r["version"], r["pinned"]) for r in listed(world)["reigns"]] == [(newest, False), ("prior-1", True), (version, False)]


def test_a_model_that_cannot_be_read_never_decides(world: World) -> None:
    before = world.run(moved(NOW, "m-1"), NOW)
    remember(before, 60, converted=0.9)
    world.tick(NEXT)
    version = listed(world)["in_force"]
    fresh(world, LATER)
    learned = world.run(moved(LATER, "m-2"), LATER)
    with sqlite3.connect(Path(".nextplay/nextplay.db")) as connection:
        connection.execute("UPDATE models SET parameters = ?", (json.dumps({"schema": 99}),))
    connection.close()

    fresh(world, MUCH_LATER)
    assert world.run(moved(MUCH_LATER, "m-3"), MUCH_LATER)["model_version"] == "prior-1"
    said = f"The model {version} cannot be read: it has schema 99, this release knows 1. Meanwhile the plays' priors decide."
    assert world.checked("learned").startswith(said)
    assert said in " ".join(world.command("decisions", "list").err.split())
    refused = world.command("replay", learned["id"], code=4)
    assert f"The model {version} that scored {learned['id']} is not stored here or cannot be read" in " ".join(refused.err.split())
    world.command("model", "show", version, code=1)
    world.command("model", "show", "model-none", code=3)
    world.command("model", "rollback", "model-none", *WHO, code=3)
    world.command("model", "rollback", "prior-1", "--as", "olga@vault.example", "--why", " ", code=2)
    world.command("model", "rollback", "prior-1", *WHO, "--at", MUCH_LATER)
    assert world.checked("learned") == "prior-1 scores"


def test_people_read_what_was_learned(world: World) -> None:
    assert "nothing to learn from yet" in world.command("model", "train", *WHO, "--at", NOW, code=4).err
    before = world.run(moved(NOW, "m-1"), NOW)
    remember(before, 60, converted=0.9)
    done = world.command("model", "train", *WHO, "--at", NEXT, "--json").json
    assert (done["new"], done["in_force"], done["made"]["made_by"]) == (True, done["made"]["version"], "olga@vault.example")
    assert world.command("model", "train", *WHO, "--at", LATER, "--json").json["new"] is False
    shown = " ".join(world.command("model", "show").out.split())
    assert "Trained on 60 outcomes and 0 labels" in shown
    assert "follow_up" in shown
    assert "playing +" in shown


def test_a_draft_is_estimated_from_the_log_or_it_is_said_why_not(world: World, tmp_path: Path) -> None:
    before = world.run(moved(NOW, "m-1"), NOW)
    remember(before, 60, converted=0.9)
    options = ("--since", "100d", "--at", NEXT)
    [same] = world.command("model", "estimate", "--playbook", str(DEFAULT), *options, "--json").json["surfaces"]
    assert (same["surface"], same["draft"]["n"], same["draft"]["delivered"]) == ("deal-follow-up", 61, 60)
    assert same["draft"]["snips"]["value"] == 0.9
    assert same["draft"] == same["today"]
    shown = " ".join(world.command("model", "estimate", "--playbook", str(DEFAULT), *options).out.split())
    assert "draft: 90.0% succeed if delivered (95 %: " in shown

    shutil.copytree(DEFAULT, tmp_path / "draft")
    surface = tmp_path / "draft/surfaces/deal-follow-up.yaml"
    surface.write_text(surface.read_text().replace("plays: [follow-up-content, objection-pack, multi-thread,", "plays: ["), encoding="utf-8")
    changed = " ".join(world.command("model", "estimate", "--playbook", str(tmp_path / "draft"), *options).out.split())
    assert "draft: There is no decision" in changed or "never had a chance" in changed
    assert world.command("model", "estimate", "--playbook", str(DEFAULT), "--surface", "deal-follow-up", "--since", "1h", "--at", NEXT).code == 0
    world.command("model", "estimate", "--playbook", str(DEFAULT), "--surface", "no-such", code=3)
    world.command("model", "estimate", "--playbook", str(DEFAULT), "--since", "soon", code=2)

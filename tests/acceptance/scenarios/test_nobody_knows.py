"""A system that does not answer: an effect that surely did not happen is tried again, one that may have happened never is, and a person is told."""

import pytest

from tests.acceptance.scenarios.world import Record, World, event

START = "2026-11-24T09:00:00Z"
MOVED = event("deal.stage_changed", "2026-11-24T10:00:00Z", id="y-1", deal="or-1", stage="evaluation")
CLICK, DUE, LATER = "2026-11-24T10:30:00Z", "2026-11-24T10:31:01Z", "2026-11-24T10:40:00Z"
SOL = "sol@lamp.example"


def _asked(world: World) -> Record:
    decision: Record = world.run(MOVED, "2026-11-24T10:00:00Z")
    assert decision["route"] == "ask"
    return decision


def _parked(world: World) -> Record:
    decision = _asked(world)
    world.answer(decision, "approve", SOL, CLICK)
    world.change(CLICK, faults={"source": "effects", "mode": "unknowable"})

    world.tick(DUE)
    world.change(DUE, faults={"source": "effects", "mode": "ok"})
    world.tick(LATER)
    return decision


def test_an_effect_that_may_have_happened_is_not_repeated_and_somebody_is_told(world: World) -> None:
    decision = _parked(world)

    assert len(world.effects("send_content")) == 1
    (alarm,) = world.messages("alarm")
    assert alarm["to"] == ["ida@lamp.example"], "no alarm goes to nobody"
    assert "It is not known whether an effect happened" in world.story(decision)
    (unknown,) = world.command("effects", "list", "--json").json["effects"]
    assert f"nextplay effects resolve {unknown['key']} --done (or --not-done)" in alarm["body"]
    assert (unknown["kind"], unknown["decision_id"]) == ("send_content", decision["id"])
    assert unknown["key"] in world.command("effects", "list").out


def _resolve(world: World, said: str, *, code: int = 0) -> Record:
    (unknown,) = world.command("effects", "list", "--json").json["effects"]
    words = ("effects", "resolve", unknown["key"], said, "--why", "looked into the outbox", "--as", "ida@lamp.example")
    printed = world.command(*words, "--at", LATER, code=code)
    assert world.command(*words, "--at", LATER, code=4).err.startswith(f"Error: The effect {unknown['key']} is ")
    assert world.command("effects", "list", "--json").json == {"effects": []}
    return {"out": " ".join(printed.out.split())}


def test_once_somebody_has_found_that_it_happened_the_rest_follows(world: World) -> None:
    decision = _parked(world)

    said = _resolve(world, "--done")

    assert "The message to the customer (lou): done." in said["out"]
    assert [one["kind"] for one in world.effects()] == ["send_content", "crm_note"], "what had happened is not done again"
    assert [step["state"] for step in world.again(decision)["actions"]] == ["done", "done"]
    world.command("audit", "verify")


def test_twin_found_that_it_did_not_happen_it_has_failed_and_nothing_is_repeated(world: World) -> None:
    decision = _parked(world)

    _resolve(world, "--not-done")
    world.tick("2026-11-24T12:00:00Z")

    assert [one["kind"] for one in world.effects()] == ["send_content"], "the sandbox's own log knows better; nothing is sent again"
    first, second = world.again(decision)["actions"]
    assert (first["state"], first["error"]) == ("failed", "not done, says ida@lamp.example: looked into the outbox")
    assert (second["state"], second["error"]) == ("failed", "step 1 was not carried out")
    failed = world.messages("alarm")[-1]
    assert failed["to"] == [SOL], "who approved it must not believe that it was done"
    assert failed["title"].startswith("Not done")
    world.command("audit", "verify")


def test_what_is_said_of_an_effect_needs_a_reason(world: World) -> None:
    _parked(world)
    (unknown,) = world.command("effects", "list", "--json").json["effects"]
    refused = world.command("effects", "resolve", unknown["key"], "--done", "--why", " ", "--as", "ida@lamp.example", code=2)
    assert "needs a reason" in refused.err
    world.command("effects", "resolve", "np-none", "--done", "--why", "x", "--as", "ida@lamp.example", code=3)
    assert "Missing option" in world.command("effects", "resolve", unknown["key"], "--why", "x", "--as", "ida@lamp.example", code=2).err


def test_twin_an_effect_that_did_not_happen_is_done_when_the_system_is_back(world: World) -> None:
    decision = _asked(world)
    world.answer(decision, "approve", SOL, CLICK)
    world.change(CLICK, faults={"source": "effects", "mode": "down"})

    world.tick(DUE)
    assert world.effects() == []
    world.change(DUE, faults={"source": "effects", "mode": "ok"})
    world.tick(LATER)

    assert [one["kind"] for one in world.effects()] == ["send_content", "crm_note"]
    assert world.messages("alarm") == []


@pytest.mark.parametrize("source", ["crm", "helpdesk"])
def test_while_a_source_is_silent_nothing_is_sent(world: World, source: str) -> None:
    decision = _asked(world)
    world.change(CLICK, faults={"source": source, "mode": "down"})

    said = world.answer(decision, "approve", SOL, CLICK)
    world.tick(DUE)

    assert world.effects() == []
    assert f"a system does not answer: it waits for {source} since" in " ".join(said.out.split())

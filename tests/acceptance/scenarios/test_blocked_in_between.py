"""An operator blocks the account between the approval and the effect: nothing is sent, and lifting the block sends nothing by itself."""

import pytest

from tests.acceptance.scenarios.world import Record, World, codes, event

START = "2026-11-12T09:00:00Z"
MOVED = event("deal.stage_changed", "2026-11-12T10:00:00Z", id="q-1", deal="qy-6", stage="proposal")
WHO = ("--as", "ops@gate.example")


def _approved(world: World) -> Record:
    decision: Record = world.run(MOVED, "2026-11-12T10:00:00Z")
    said = world.answer(decision, "approve", "max@gate.example", "2026-11-12T10:05:00Z")
    assert "2026-11-12 10:06 UTC; until then it can be undone" in " ".join(said.out.split())
    return decision


@pytest.mark.parametrize(
    "target", [("--account", "quarry"), ("--contact", "val"), ("--play", "follow-up-content"), ("--surface", "deal-follow-up")], ids=lambda t: t[0]
)
def test_what_is_blocked_is_not_sent_not_even_after_the_block_is_lifted(world: World, target: tuple[str, str]) -> None:
    decision = _approved(world)

    said = world.command("block", *target, "--why", "a complaint is being looked into", *WHO)
    assert "1 decision stopped" in said.out
    world.tick("2026-11-12T10:07:00Z")
    assert world.effects() == []

    world.command("unblock", *target, "--why", "settled", *WHO)
    world.tick("2026-11-12T10:30:00Z")
    world.tick("2026-11-13T10:30:00Z")
    assert world.effects() == []
    assert {one["state"] for one in world.again(decision)["actions"]} == {"failed"}
    assert "blocked" in codes(world.again(decision))
    assert "a complaint is being looked into" in world.story(decision)


def test_an_answer_to_a_blocked_ask_is_refused(world: World) -> None:
    decision = world.run(MOVED, "2026-11-12T10:00:00Z")
    world.command("block", "--account", "quarry", "--why", "a complaint", *WHO)

    refused = world.answer(decision, "approve", "max@gate.example", "2026-11-12T10:05:00Z", code=4)

    assert "blocked" in refused.err
    assert "blocked" in codes(world.again(decision))


def test_what_waits_for_its_moment_is_blocked_and_says_so(world: World) -> None:
    decision = world.run({**MOVED, "occurred_at": "2026-11-14T02:00:00Z"}, "2026-11-14T02:00:00Z")  # a Saturday night
    assert decision["route"] == "deferred"

    said = world.command("block", "--account", "quarry", "--why", "a complaint", *WHO, "--at", "2026-11-14T02:05:00Z")

    assert "1 decision stopped" in said.out
    assert "blocked" in codes(world.again(decision))
    story = " ".join(world.story(decision).split())
    assert "Nothing was done: blocked: a complaint." in story
    assert story.startswith("WAITS STOPPED")
    world.tick("2026-11-16T10:00:00Z")
    assert world.effects() == []


def test_twin_another_account_is_blocked_and_this_one_is_served(world: World) -> None:
    _approved(world)

    said = world.command("block", "--account", "kiln", "--why", "a complaint is being looked into", *WHO)
    assert "0 decisions stopped" in said.out
    world.tick("2026-11-12T10:07:00Z")

    assert [one["target"] for one in world.effects("send_content")] == ["val"]

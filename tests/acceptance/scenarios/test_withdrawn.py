"""The playbook in force when something is done is the one that counts: what it no longer has done is stopped, and people are told why."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

import agent.playbook
from tests.acceptance.scenarios.world import Record, World, chosen, codes, event

START = "2026-11-10T09:00:00Z"
NOW, CLICK, LATER = "2026-11-10T10:00:00Z", "2026-11-10T10:05:00Z", "2026-11-10T10:07:00Z"
MOVED = event("deal.stage_changed", NOW, id="m-1", deal="weave-1", stage="proposal")
KAI = "kai@zinc.example"
SURFACE, PLAY, RULES = "surfaces/deal-follow-up.yaml", "plays/follow-up-content.yaml", "rules/*.yaml"
OFF = {SURFACE: ("mode: suggest", "mode: 'off'")}
SHADOW = {SURFACE: ("mode: suggest", "mode: shadow")}
CAPPED = {PLAY: ("risk: low", "risk: low\nmax_mode: shadow")}
NOT_THERE = {SURFACE: ("follow-up-content, ", "")}
GONE = {**NOT_THERE, PLAY: ("id: follow-up-content", "id: other-content"), RULES: ("play: follow-up-content", "play: other-content")}
RENAMED = {SURFACE: ("id: deal-follow-up", "id: deals"), RULES: ("deal-follow-up", "deals")}
DEAF = {SURFACE: ("deal.stage_changed, ", "")}

Change = Callable[[dict[str, tuple[str, str]]], None]


@pytest.fixture
def change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Change:
    """Put another playbook in force: the one that ships, with these words replaced."""

    def put(edits: dict[str, tuple[str, str]]) -> None:
        folder = tmp_path / f"playbook_{len(list(tmp_path.glob('playbook_*')))}"
        shutil.copytree(Path(agent.playbook.__file__).with_name("default"), folder)
        for name, (old, new) in edits.items():
            said = {file: file.read_text() for file in folder.glob(name)}
            assert any(old in text for text in said.values()), f"{name} does not say {old}"
            for file, text in said.items():
                file.write_text(text.replace(old, new))
        monkeypatch.setenv("NEXTPLAY_PLAYBOOK", str(folder))

    return put


def _asked(world: World) -> Record:
    decision: Record = world.run(MOVED, NOW)
    assert (decision["route"], chosen(decision)["play"], decision["approvals"][0]["asked"]) == ("ask", "follow-up-content", [KAI])
    return decision


@pytest.mark.parametrize(
    ("edits", "why"),
    [
        (OFF, "the surface deal-follow-up is off now"),
        (SHADOW, "the surface deal-follow-up is in shadow now"),
        (CAPPED, "the play follow-up-content is in shadow now"),
        (NOT_THERE, "the surface deal-follow-up no longer has the play follow-up-content"),
        (GONE, "the play follow-up-content is no longer in the playbook"),
        (RENAMED, "the surface deal-follow-up is no longer in the playbook"),
        (DEAF, "the surface deal-follow-up no longer reacts to deal.stage_changed"),
    ],
    ids=["off", "shadow", "play in shadow", "play off the surface", "play gone", "surface gone", "trigger gone"],
)
class TestWithdrawn:
    """Seven ways in which the playbook no longer has it done."""

    def test_what_was_approved_is_not_sent_and_the_approver_is_told(
        self, world: World, change: Change, edits: dict[str, tuple[str, str]], why: str
    ) -> None:
        decision = _asked(world)
        change(edits)

        said = world.answer(decision, "approve", KAI, CLICK)
        world.tick(LATER)

        assert f"Nothing is done: {why}." in " ".join(said.out.split())
        assert world.effects() == []
        again = world.again(decision)
        assert [one["text"] for one in again["reasons"] if one["code"] == "forbidden_after_approval"] == [why]
        (told,) = world.messages("notice")
        assert told["to"] == [KAI]
        assert told["body"].lower().startswith(why)
        assert world.command("dead", "list", "--json").json == {"dead": []}
        late = world.answer(decision, "reject", KAI, LATER, code=4)
        assert f"It was stopped: {why}." in " ".join(late.err.split())

    def test_the_clock_takes_back_an_open_card(self, world: World, change: Change, edits: dict[str, tuple[str, str]], why: str) -> None:
        decision = _asked(world)
        change(edits)

        world.tick(CLICK)

        assert world.again(decision)["approvals"][0]["state"] == "void"
        assert [one["to"] for one in world.messages("notice")] == [[KAI]]
        for said in ("approve", "reject"):
            late = world.answer(decision, said, KAI, LATER, code=4)
            assert f"It was stopped: {why}." in " ".join(late.err.split())
        assert world.effects() == []

    def test_nothing_of_it_can_be_edited_but_it_can_be_rejected(
        self, world: World, change: Change, edits: dict[str, tuple[str, str]], why: str
    ) -> None:
        decision = _asked(world)
        change(edits)

        edited = world.answer(decision, "edit", KAI, CLICK, "--content", world.text_file("Hello Tao."), code=4)

        assert f"It cannot be edited: {why}." in " ".join(edited.err.split())
        world.answer(decision, "reject", KAI, CLICK, "--reason", "irrelevant")
        assert world.again(decision)["approvals"][0]["state"] == "rejected"


def test_twin_with_another_play_changed_it_is_sent(world: World, change: Change) -> None:
    decision = _asked(world)
    change({SURFACE: ("multi-thread, ", "")})

    world.answer(decision, "approve", KAI, CLICK)
    world.tick(LATER)

    assert [one["target"] for one in world.effects("send_content")] == ["tao"]


def test_twin_an_approval_is_kept_where_the_surface_is_set_from_auto_to_suggest(world: World, change: Change) -> None:
    change({SURFACE: ("mode: suggest", "mode: auto")})
    decision = _asked(world)
    change({})

    world.answer(decision, "approve", KAI, CLICK)
    world.tick(LATER)

    assert len(world.effects("send_content")) == 1
    assert len(world.again(decision)["approvals"]) == 1


def test_what_the_clock_took_back_is_decided_again_when_the_surface_is_back(world: World, change: Change) -> None:
    decision = _asked(world)
    change(OFF)
    world.tick(CLICK)
    change({})

    world.tick(LATER)

    again = next(one for one in world.decisions() if one["id"] != decision["id"])
    assert world.again(again)["route"] == "ask"


def test_a_wait_ends_when_its_surface_is_off(world: World, change: Change) -> None:
    night = "2026-11-10T20:00:00Z"
    decision = world.run(event("ticket.reopened", night, id="t-1", ticket="w-9", status="open"), night)
    assert (decision["route"], chosen(decision)["until"]) == ("deferred", "2026-11-11T09:00:00Z")
    change({"surfaces/ticket-escalation.yaml": ("mode: auto", "mode: 'off'")})

    world.tick("2026-11-11T09:01:00Z")

    assert world.effects() == []
    assert "all_forbidden" in codes(world.again(decision))


def test_twin_in_auto_the_wait_ends_with_the_escalation(world: World) -> None:
    night = "2026-11-10T20:00:00Z"
    world.run(event("ticket.reopened", night, id="t-1", ticket="w-9", status="open"), night)

    world.tick("2026-11-11T09:01:00Z")

    assert [one["payload"]["group"] for one in world.effects("assign_group")] == ["second"]

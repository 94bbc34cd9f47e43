"""Friction above a surface's limit demotes it by one mode by itself; a raise to auto waits for proof. Both are in force for the next decision."""

import shutil
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest

from agent.arrivals import arrival_of, run_id_of
from agent.domain.decision import Decision
from agent.domain.event import Event
from agent.errors import NotFound, Refused, Unauthorised
from agent.playbook.loader import DEFAULT
from integrations.bootstrap import Workspace, open_workspace
from integrations.settings import Settings

WORLD = Path(__file__).parents[1] / "acceptance" / "scenarios" / "what_came_of_it.yaml"
NOW = datetime(2026, 11, 25, 9, tzinfo=UTC)
DAY = timedelta(days=1)
ELI, OWNER = "eli@kite.example", "support-ops@tessera.example"
SURFACE = "ticket-escalation"
BACK_IN_THE_QUEUE = "tickets:\n  - {id: c-1, group: intake}\n"
LIMITED = "{name: reopened, at_most: 0.2, min_n: 1}"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    shutil.copytree(DEFAULT, tmp_path / "playbook")
    return Settings(database_url=f"sqlite:///{tmp_path / 'nextplay.db'}", playbook=tmp_path / "playbook", _env_file=None)


def say(settings: Settings, *, mode: str = "auto", guardrail: str = LIMITED) -> None:
    text = (DEFAULT / "surfaces" / f"{SURFACE}.yaml").read_text()
    text = text.replace("mode: auto", f"mode: {mode}").replace("[reopened,", f"[{guardrail},")
    assert settings.playbook is not None
    (settings.playbook / "surfaces" / f"{SURFACE}.yaml").write_text(text)


async def decided(workspace: Workspace, name: str, at: datetime) -> Decision:
    event = Event("zendesk", name, "ticket.sla_at_risk", at, at, "ticket", "c-1")
    await workspace.service.accept([arrival_of(event)])
    await workspace.engine.settle()
    return await workspace.service.explain(run_id_of("zendesk", name))


async def reopened(workspace: Workspace, name: str, at: datetime) -> None:
    event = Event("zendesk", name, "ticket.status_changed", at, at, "ticket", "c-1", data={"status": "open", "previous": "solved"})
    await workspace.service.accept([arrival_of(event)])
    await workspace.engine.settle()


async def test_friction_demotes_the_surface_and_the_next_decision_asks(settings: Settings) -> None:
    say(settings)
    async with open_workspace(settings, at=NOW) as workspace:
        await workspace.sandbox.apply(WORLD.read_text())
        first = await decided(workspace, "e-1", NOW)
        assert (first.route, first.mode) == ("act", "auto")
        await reopened(workspace, "e-2", NOW)
        await workspace.service.tick()
        [cap] = await workspace.service.caps()
        assert (cap.surface, cap.mode, cap.guardrail) == (SURFACE, "suggest", "reopened")
        [told] = [m for m in await workspace.store.messages(undelivered=False) if m.id == f"msg_{cap.id}"]
        assert told.kind == "alarm"
        assert f"nextplay surfaces lift {SURFACE}" in told.body
        await workspace.service.tick()
        assert await workspace.service.caps() == [cap], "the same friction does not demote twice"
        assert "mode.demoted" in {entry["kind"] for entry in await workspace.store.audit_log(limit=50)}

    async with open_workspace(settings, at=NOW + 9 * DAY) as workspace:
        await workspace.sandbox.apply(BACK_IN_THE_QUEUE)
        second = await decided(workspace, "e-3", NOW + 9 * DAY)
        assert (second.route, second.mode) == ("ask", "suggest")
        assert any("held at suggest: reopened: 1 of 1" in reason.text for reason in second.reasons)
        assert (await workspace.service.replay(second.id)).same
        assert (await workspace.service.replay(first.id)).same, "what was decided before was decided in auto"
        await workspace.service.lift(SURFACE, who=ELI, why="the form was mended")
        assert (await workspace.service.replay(second.id)).same

    async with open_workspace(settings, at=NOW + 18 * DAY) as workspace:
        await workspace.sandbox.apply(BACK_IN_THE_QUEUE)
        third = await decided(workspace, "e-4", NOW + 18 * DAY)
        assert third.mode == "auto"
        assert (await workspace.store.verify_audit()).ok


async def test_twin_a_name_alone_only_counts(settings: Settings) -> None:
    say(settings, guardrail="reopened")
    async with open_workspace(settings, at=NOW) as workspace:
        await workspace.sandbox.apply(WORLD.read_text())
        first = await decided(workspace, "e-1", NOW)
        await reopened(workspace, "e-2", NOW)
        await workspace.service.tick()
        assert await workspace.service.caps() == []
        again = await workspace.service.explain(first.id)
        assert again.outcome is not None
        assert again.outcome.guardrails == ["reopened"]


async def test_a_raise_to_auto_is_held_until_a_second_person_allows_it(settings: Settings) -> None:
    say(settings, mode="suggest")
    async with open_workspace(settings, at=NOW) as workspace:
        await workspace.sandbox.apply(WORLD.read_text())
        assert await workspace.service.caps() == [], "the first playbook stands as it is"
    say(settings)
    async with open_workspace(settings, at=NOW) as workspace:
        held = await decided(workspace, "e-1", NOW)
        assert (held.route, held.mode) == ("ask", "suggest")
        assert any("no launch check has passed" in reason.text for reason in held.reasons)
        with pytest.raises(Refused, match="takes a second person"):
            await workspace.service.allow_auto(SURFACE, who=OWNER, why="I say so")
        with pytest.raises(Unauthorised):
            await workspace.service.allow_auto(SURFACE, who="somebody@else.example", why="I say so")
        with pytest.raises(NotFound, match="has not been demoted"):
            await workspace.service.lift(SURFACE, who=ELI, why="the wrong door")
        await workspace.service.allow_auto(SURFACE, who=ELI, why="looked at for a month")
        assert await workspace.service.caps() == []
        with pytest.raises(NotFound, match="is not held back"):
            await workspace.service.allow_auto(SURFACE, who=ELI, why="again")
    async with open_workspace(settings, at=NOW) as workspace:
        assert await workspace.service.caps() == [], "it stays allowed after a start"


async def test_a_passed_launch_check_lets_it_go_and_so_does_a_version_that_asks_for_less(settings: Settings) -> None:
    for mode in ("suggest", "auto"):
        say(settings, mode=mode)
        async with open_workspace(settings, at=NOW) as workspace:
            caps = await workspace.service.caps()
    assert [(cap.kind, cap.mode) for cap in caps] == [("unproven", "suggest")]
    async with open_workspace(settings, at=NOW) as workspace:
        assert await workspace.store.launch_passed(SURFACE, workspace.playbook.version, at=NOW)
        assert await workspace.service.caps() == []
    for mode, kept in (("suggest", 0), ("auto", 1), ("suggest", 0)):
        say(settings, mode=mode)
        async with open_workspace(settings, at=NOW) as workspace:
            assert len(await workspace.service.caps()) == kept


async def test_a_surface_may_be_held_back_twice_within_a_second(settings: Settings) -> None:
    moments = (NOW + timedelta(microseconds=number) for number in count())
    for mode, kept in (("suggest", 0), ("auto", 1), ("suggest", 0), ("auto", 1)):
        say(settings, mode=mode)
        async with open_workspace(settings, at=NOW, wall=lambda: next(moments)) as workspace:
            assert len(await workspace.service.caps()) == kept

"""What follows from a launch check: a passed one, with a name under it, lets go what was held back from auto."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent import launching
from agent.domain.launch import Answer
from agent.domain.records import Cap
from agent.errors import NotFound, Unauthorised
from agent.playbook.loader import DEFAULT, STARTER
from integrations.bootstrap import Workspace, open_workspace
from integrations.settings import Settings
from tests.integration.test_demotion import ELI, NOW, SURFACE, WORLD

MONTH = timedelta(days=30)
FIRST = Path(__file__).parents[2] / "docs" / "first" / "world.yaml"


async def held(workspace: Workspace) -> None:
    await workspace.sandbox.apply(WORLD.read_text())
    assert await workspace.store.cap(Cap("cap_1", SURFACE, "unproven", "suggest", "no launch check has passed", workspace.playbook.version, NOW))


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(database_url=f"sqlite:///{tmp_path / 'nextplay.db'}", _env_file=None)


def pass_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every question answered with yes: what each needs for that is tested where it is asked; here it is what follows."""
    for name in ("owned", "complete", "endorsed", "harmless", "safe", "sure", "stoppable"):

        def yes(*_given: Any, name: str = name) -> Answer:
            return Answer(name, "?", passed=True, says="yes")

        monkeypatch.setattr(launching, name, yes)


async def test_a_failed_check_holds_on_and_says_what_fails(settings: Settings) -> None:
    async with open_workspace(settings, at=NOW) as workspace:
        await held(workspace)
        found = await workspace.service.launch_check(SURFACE, since=MONTH, who=ELI)
        assert (found.ready, found.lifted, len(found.answers)) == (False, None, 7)
        assert len(await workspace.service.caps()) == 1


async def test_a_passed_check_lifts_what_is_unproven_only_with_a_name(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    pass_all(monkeypatch)
    async with open_workspace(settings, at=NOW) as workspace:
        await held(workspace)
        found = await workspace.service.launch_check(SURFACE, since=MONTH)
        assert (found.ready, found.lifted, len(await workspace.service.caps())) == (True, None, 1)
        with pytest.raises(Unauthorised):
            await workspace.service.launch_check(SURFACE, since=MONTH, who="nobody@nowhere.example")
        assert len(await workspace.service.caps()) == 1
        assert (await workspace.service.launch_check(SURFACE, since=MONTH, who=ELI)).lifted
        assert await workspace.service.caps() == []
        assert (await workspace.service.launch_check(SURFACE, since=MONTH, who=ELI)).lifted is False
        [entry] = await workspace.store.audit_log(limit=1)
        assert (entry["kind"], entry["who"]) == ("mode.lifted", ELI)


@pytest.mark.parametrize("book", [DEFAULT, STARTER], ids=["default", "starter"])
async def test_what_ships_has_owners_in_the_directory_that_ships_with_it_and_friction_that_would_stop_it(settings: Settings, book: Path) -> None:
    async with open_workspace(settings.model_copy(update={"playbook": book}), at=NOW) as workspace:
        if book == DEFAULT:
            await workspace.sandbox.seed()
        else:
            await workspace.sandbox.apply(FIRST.read_text())
        for surface in workspace.playbook.surfaces:
            answers = {one.id: one for one in (await workspace.service.launch_check(surface, since=MONTH)).answers}
            assert answers["owners"].passed, (surface, answers["owners"].says)
            assert answers["friction"].figures["guardrails"], f"nothing would stop {surface}"


async def test_a_team_without_anybody_left_owns_nothing(settings: Settings) -> None:
    async with open_workspace(settings, at=NOW) as workspace:
        await workspace.sandbox.seed()
        [team] = [one for one in await workspace.sandbox.directory.teams() if one.email == "incidents@tessera.example"]
        leaving = [{"id": member, "active": False} for member in team.members]
        for people, passed in ((leaving[1:], True), (leaving, False)):
            await workspace.sandbox.apply(json.dumps({"people": people}))
            owners = (await workspace.service.launch_check(SURFACE, since=MONTH)).answers[0]
            assert (owners.passed, team.email in owners.says) == (passed, not passed)
        assert "play incident-notice" in owners.figures["without_owner"]


async def test_a_surface_that_is_not_there_is_told_so(settings: Settings) -> None:
    async with open_workspace(settings, at=NOW) as workspace:
        with pytest.raises(NotFound):
            await workspace.service.launch_check("nope", since=MONTH)

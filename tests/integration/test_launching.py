"""What follows from a launch check: a passed one, with a name under it, lets go what was held back from auto."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from agent import launching
from agent.domain.launch import Answer
from agent.domain.records import Cap
from agent.errors import NotFound, Unauthorised
from integrations.bootstrap import Workspace, open_workspace
from integrations.settings import Settings
from tests.integration.test_demotion import ELI, NOW, SURFACE, WORLD

MONTH = timedelta(days=30)


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


async def test_a_surface_that_is_not_there_is_told_so(settings: Settings) -> None:
    async with open_workspace(settings, at=NOW) as workspace:
        with pytest.raises(NotFound):
            await workspace.service.launch_check("nope", since=MONTH)

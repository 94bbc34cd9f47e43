"""A broken playbook never replaces a working one, neither at a start nor in a running server."""

import asyncio
import shutil
from collections.abc import Iterator, MutableMapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from structlog.testing import capture_logs

from agent.errors import NotFound
from agent.playbook.loader import STARTER, PlaybookError, load
from integrations.bootstrap import open_workspace
from integrations.engines.embedded import EmbeddedEngine
from integrations.settings import Settings

AT = datetime(2026, 11, 10, 10, tzinfo=UTC)
WHO = "ann@tessera.example"


@pytest.fixture
def playbook(tmp_path: Path) -> Path:
    """A sound playbook of one's own."""
    shutil.copytree(STARTER, tmp_path / "mine")
    return tmp_path / "mine"


@pytest.fixture
def settings(tmp_path: Path, playbook: Path) -> Settings:
    return Settings(_env_file=None, database_url=f"sqlite:///{tmp_path / 'np.db'}", playbook=playbook)


@pytest.fixture
def logged() -> Iterator[list[MutableMapping[str, Any]]]:
    with capture_logs() as lines:
        yield lines


def edit(playbook: Path, text: str, name: str = "rules/sense.yaml") -> None:
    with (playbook / name).open("a", encoding="utf-8") as file:
        file.write(text)


BROKEN = "\nbroken: [\n"
UNSOUND = "\n- {id: mine, owner: a@b.example, why: x., layer: suitability, effect: forbid, when: [{id: c, cel: deal.amuont > 5.0, says: so it is}]}\n"
SOUND = UNSOUND.replace("amuont", "amount")


@pytest.mark.parametrize("text", [BROKEN, UNSOUND])
async def test_a_start_goes_on_with_the_last_that_was_sound(settings: Settings, playbook: Path, text: str) -> None:
    async with open_workspace(settings, at=AT) as first:
        version = first.playbook.version
    edit(playbook, text)
    async with open_workspace(settings, at=AT) as second:
        assert second.playbook == first.playbook
        assert version in second.playbooks.warning()
        assert f"nextplay playbook check {playbook}" in second.playbooks.warning()


async def test_the_last_one_in_force_counts_not_the_newest_text(settings: Settings, playbook: Path) -> None:
    original = (playbook / "rules/sense.yaml").read_text()
    versions = []
    for text in (original, original + SOUND, original):
        (playbook / "rules/sense.yaml").write_text(text)
        async with open_workspace(settings, at=AT) as workspace:
            versions.append(workspace.playbook.version)
    edit(playbook, BROKEN)
    async with open_workspace(settings, at=AT) as workspace:
        assert workspace.playbook.version == versions[0] == versions[2] != versions[1]


async def test_what_needs_no_playbook_works_where_there_never_was_one(settings: Settings, playbook: Path) -> None:
    edit(playbook, BROKEN)
    async with open_workspace(settings, at=AT) as workspace:
        await workspace.sandbox.apply('{"accounts": [{"id": "acc_1", "name": "One"}]}')
        assert await workspace.service.block("account", "acc_1", who=WHO, why="stop") == 0
        assert len(await workspace.service.blocks()) == 1
        assert (await workspace.store.verify_audit()).ok
        assert await workspace.service.decisions() == []
        with pytest.raises(NotFound):
            await workspace.service.explain("dec_1")
        for needs in (workspace.service.tick, workspace.engine.settle, workspace.service.due):
            with pytest.raises(PlaybookError):
                await needs()


async def test_a_running_server_takes_over_a_sound_edit_and_refuses_a_broken_one(
    settings: Settings, playbook: Path, logged: list[MutableMapping[str, Any]]
) -> None:
    async with open_workspace(settings, at=AT) as workspace:
        before = workspace.playbook.version
        edit(playbook, SOUND)
        await workspace.playbooks.look()
        after = workspace.playbook.version
        assert "mine" in workspace.playbook.rules
        edit(playbook, BROKEN)
        await workspace.playbooks.look()
        assert workspace.playbook.version == after
        shutil.rmtree(playbook)
        await workspace.playbooks.look()
        assert workspace.playbook.version == after
        assert await workspace.playbooks.of(before) is not None
    changed, refused, gone = [line for line in logged if str(line["event"]).startswith("playbook ")]
    assert (changed["event"], changed["before"], changed["after"]) == ("playbook changed", before, after)
    assert (refused["event"], refused["stays"]) == (gone["event"], gone["stays"]) == ("playbook refused", after)
    assert "sense.yaml" in refused["problems"][0]


async def test_a_mended_folder_is_taken_over(settings: Settings, playbook: Path) -> None:
    async with open_workspace(settings, at=AT) as workspace:
        text = (playbook / "rules/sense.yaml").read_text()
        edit(playbook, UNSOUND)
        await workspace.playbooks.look()
        assert "mine" not in workspace.playbook.rules
        assert workspace.playbooks.warning()
        (playbook / "rules/sense.yaml").write_text(text + SOUND)
        await workspace.playbooks.look()
        assert "mine" in workspace.playbook.rules
        assert workspace.playbooks.warning() == ""


async def test_a_folder_that_stayed_the_same_is_not_read_again(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[Path] = []

    def counted(folder: Path) -> Any:
        reads.append(folder)
        return load(folder)

    monkeypatch.setattr("integrations.bootstrap.load", counted)
    async with open_workspace(settings, at=AT) as workspace:
        await workspace.playbooks.look()
        await workspace.playbooks.look()
    assert len(reads) == 1


async def test_the_engine_looks_before_every_pass_of_the_clock(settings: Settings) -> None:
    looked = asyncio.Event()

    async def look() -> None:
        looked.set()
        raise OSError("the disk is away")

    async with open_workspace(settings, at=AT) as workspace:
        engine = EmbeddedEngine(workspace.service, sweep_s=3600, look_around=look)
        running = asyncio.create_task(engine.run())
        async with asyncio.timeout(30):
            await looked.wait()
        assert not running.done()
        running.cancel()
        await asyncio.wait({running})

"""What the command line tells of a playbook over whose files something was published."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.playbook.loader import DEFAULT, load
from agent.playbook.parameters import Address
from integrations.cli import main
from tests.acceptance.workspaces import alone, seeded

ANN, BOB = "ann@tessera.example", "bob@tessera.example"


@pytest.fixture
def published(seeded_world: Path, tmp_path: Path) -> Iterator[str]:
    """The version that a published change gives, in a folder that one works in."""

    async def make() -> str:
        async with seeded(tmp_path, seeded_world) as workspace:
            service = workspace.service
            draft = await service.new_draft("Quiet renewals", who=ANN)
            draft = await service.change_draft(draft.id, {Address("surface", "renewal", "mode"): "shadow"}, revision=1, who=ANN)
            draft = await service.propose(draft.id, revision=2, who=ANN, why="Nobody answers")
            return (await service.approve_and_publish(draft.id, revision=3, who=BOB)).version

    with alone(tmp_path):
        yield asyncio.run(make())


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    capsys.readouterr()
    assert main(arguments) == 0
    return capsys.readouterr().out


def data(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    return json.loads(said(capsys, *arguments, "--json"))


def test_the_playbook_in_force_is_shown_with_what_was_published(published: str, capsys: pytest.CaptureFixture[str]) -> None:
    shown = data(capsys, "playbook", "show")
    assert shown["version"] == published
    assert {one["id"]: one["mode"] for one in shown["surfaces"]}["renewal"] == "shadow"
    folder = load(DEFAULT).version
    assert data(capsys, "playbook", "show", str(DEFAULT))["version"] == folder, "a folder is the folder alone"
    differs = data(capsys, "playbook", "diff", str(DEFAULT))
    assert [(one["id"], one["key"], one["before"], one["after"]) for one in differs["changes"]] == [("renewal", "mode", "shadow", "suggest")]
    [newest, oldest] = data(capsys, "playbook", "history")["versions"]
    assert (newest["version"], newest["folder"], newest["before"], oldest["version"]) == (published, folder, folder, folder)
    assert (newest["publication"]["by"], newest["publication"]["approved_by"], oldest["publication"]) == (ANN, BOB, None)
    assert newest["publication"]["changes"][0]["now"] == "shadow"
    assert f"{ANN}, approved by {BOB}: Nobody" in said(capsys, "playbook", "history")

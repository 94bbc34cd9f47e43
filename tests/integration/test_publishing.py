"""Changes of the policy that need no files: from a draft over a second person to what decides, in every process, and back."""

import shutil
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from agent.changing_policy import MovedOn, WrittenMeanwhile, WrongValues
from agent.domain.modes import held_by, surface_mode
from agent.errors import InvalidInput, NotFound, Refused
from agent.playbook.drafts import Draft
from agent.playbook.loader import DEFAULT, load
from agent.playbook.parameters import Address
from integrations.bootstrap import Workspace, open_workspace
from integrations.settings import Settings

AT = datetime(2026, 11, 10, 10, tzinfo=UTC)
ANN, BOB, CAT = "ann@tessera.example", "bob@tessera.example", "cat@tessera.example"
CAP = Address("rule", "contact-cap", "params.per_week")
PER_WEEK = Address("rule", "account-cap", "params.per_week")
MODE = Address("surface", "renewal", "mode")
CONTACT = Path("rules/contact.yaml")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(DEFAULT, tmp_path / "mine")
    return tmp_path / "mine"


@pytest.fixture
def settings(tmp_path: Path, folder: Path) -> Settings:
    return Settings(_env_file=None, database_url=f"sqlite:///{tmp_path / 'np.db'}", playbook=folder)


@pytest.fixture
async def workspace(settings: Settings) -> AsyncIterator[Workspace]:
    async with open_workspace(settings, at=AT) as opened:
        yield opened


def edit(folder: Path, old: str, new: str, name: Path = CONTACT) -> None:
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1))


async def proposed(workspace: Workspace, **values: str) -> Draft:
    """A draft of Ann's that Bob could approve."""
    service = workspace.service
    draft = await service.new_draft("Fewer mails", who=ANN)
    addresses = {"cap": CAP, "account": PER_WEEK, "mode": MODE}
    draft = await service.change_draft(draft.id, {addresses[name]: value for name, value in values.items()}, revision=1, who=ANN)
    return await service.propose(draft.id, revision=draft.revision, who=ANN, why="Customers complain")


async def published(workspace: Workspace, **values: str) -> str:
    draft = await proposed(workspace, **values)
    return (await workspace.service.approve_and_publish(draft.id, revision=draft.revision, who=BOB)).version


async def audited(workspace: Workspace) -> list[tuple[str, str, str]]:
    kinds = [(one["kind"], one["who"], one["ref"]) for one in await workspace.store.audit_log(limit=50)]
    return [one for one in reversed(kinds) if one[0].startswith("playbook.")]


async def test_a_published_change_decides_in_every_process(workspace: Workspace, settings: Settings, folder: Path) -> None:
    before = workspace.playbook.version
    async with open_workspace(settings, at=AT) as other:
        version = await published(workspace, cap="3")
        assert workspace.playbook.rules["contact-cap"].params["per_week"] == 3.0
        assert (workspace.playbook.version, other.playbook.version) == (version, before)
        await other.playbooks.look()
        assert other.playbook == workspace.playbook
    async with open_workspace(settings, at=AT) as started:
        assert started.playbook == workspace.playbook
        assert [one.reign.version for one in await started.service.playbook_history()] == [version, before]
    assert load(folder).version == before, "the files stay as they are"
    edit(folder, "params: {per_week: 2}", "params: {per_week: 3}")
    assert load(folder).version == version, "the same content has the same version"
    assert await audited(workspace) == [
        ("playbook.draft.begun", ANN, "draft:1"), ("playbook.draft.changed", ANN, "draft:1"), ("playbook.draft.proposed", ANN, "draft:1"),
        ("playbook.approved", BOB, "draft:1"), ("playbook.published", BOB, f"playbook:{version}"),
    ]  # fmt: skip
    assert (await workspace.store.verify_audit()).ok


async def test_publishing_takes_a_second_person_who_sees_just_this(workspace: Workspace) -> None:
    service = workspace.service
    draft = await proposed(workspace, cap="3")
    with pytest.raises(Refused, match="takes a second person"):
        await service.approve_and_publish(draft.id, revision=draft.revision, who=ANN.upper())
    draft = await service.change_draft(draft.id, {PER_WEEK: "4"}, revision=draft.revision, who=CAT)
    with pytest.raises(Refused, match="is not proposed"):
        await service.approve_and_publish(draft.id, revision=draft.revision, who=BOB)
    again = await service.propose(draft.id, revision=draft.revision, who=ANN, why="Both")
    with pytest.raises(Refused, match="takes a second person"):
        await service.approve_and_publish(draft.id, revision=again.revision, who=CAT)
    with pytest.raises(WrittenMeanwhile):
        await service.approve_and_publish(draft.id, revision=draft.revision, who=BOB)
    done = await service.approve_and_publish(draft.id, revision=again.revision, who=BOB)
    assert (done.by, done.approved_by, done.why) == (ANN, BOB, "Both")
    with pytest.raises(Refused, match="was published"):
        await service.approve_and_publish(draft.id, revision=again.revision + 1, who=BOB)


async def test_the_file_wins_and_that_is_told(workspace: Workspace, settings: Settings, folder: Path) -> None:
    await published(workspace, mode="shadow", account="6")
    edit(folder, "mode: suggest", "mode: off", Path("surfaces/renewal.yaml"))
    with capture_logs() as lines:
        await workspace.playbooks.look()
    assert workspace.playbook.surfaces["renewal"].mode == "off"
    assert workspace.playbook.rules["account-cap"].params["per_week"] == 6.0
    [line] = [line for line in lines if line["event"] == "published change overtaken"]
    assert line["setting"] == str(MODE)
    [overtaken] = workspace.service.policy().changed.overtaken
    assert overtaken.change.at == MODE
    async with open_workspace(settings, at=AT) as other:
        assert other.playbook == workspace.playbook
    assert [kind for kind, _, _ in await audited(workspace)].count("playbook.overtaken") == 1, "each process would tell it again"


async def test_rolling_back_restores_the_changes_and_leaves_the_files(workspace: Workspace, folder: Path) -> None:
    service, first = workspace.service, workspace.playbook.version
    second = await published(workspace, cap="3")
    third = await published(workspace, cap="5", account="6")
    back = await service.roll_back_playbook(second, who=ANN, why="too many")
    assert (workspace.playbook.version, back.publication.version, list(back.left)) == (second, second, [])
    assert [(one.at, one.was, one.now) for one in back.publication.changes] == [(CAP, 2.0, 3.0)]
    with pytest.raises(Refused, match="would change nothing"):
        await service.roll_back_playbook(second, who=ANN, why="again")
    with pytest.raises(NotFound):
        await service.roll_back_playbook("0123456789ab", who=ANN, why="what")
    edit(folder, "why: ", "why: As we agreed. ")
    back = await service.roll_back_playbook(third, who=ANN, why="it was right")
    assert workspace.playbook.rules["contact-cap"].params["per_week"] == 5.0
    assert [one.key for one in back.left] == ["why"]
    back = await service.roll_back_playbook(first, who=ANN, why="all of it")
    assert workspace.playbook.rules["contact-cap"].params["per_week"] == 2.0
    assert workspace.playbook.version == load(folder).version
    assert [kind for kind, _, _ in await audited(workspace)].count("playbook.rolled_back") == 3


async def test_nothing_is_published_on_what_has_moved_on(workspace: Workspace) -> None:
    service = workspace.service
    mine = await proposed(workspace, cap="3")
    other = await service.new_draft("Modes", who=CAT)
    other = await service.change_draft(other.id, {MODE: "shadow", CAP: "4"}, revision=1, who=CAT)
    other = await service.propose(other.id, revision=2, who=CAT, why="quiet")
    await service.approve_and_publish(other.id, revision=other.revision, who=BOB)
    with pytest.raises(MovedOn, match="surface renewal, mode changed") as refused:
        await service.approve_and_publish(mine.id, revision=mine.revision, who=BOB)
    assert {one.id for one in refused.value.moved} == {"renewal", "contact-cap"}
    rebased = await service.rebase(mine.id, revision=mine.revision, who=ANN)
    assert (rebased.state, [(one.was, one.now) for one in rebased.changes]) == ("open", [(4.0, 3.0)])
    rebased = await service.propose(mine.id, revision=rebased.revision, who=ANN, why="still")
    await service.approve_and_publish(mine.id, revision=rebased.revision, who=BOB)
    assert workspace.playbook.surfaces["renewal"].mode == "shadow"
    assert workspace.playbook.rules["contact-cap"].params["per_week"] == 3.0


async def test_two_people_at_one_draft_lose_nothing(workspace: Workspace) -> None:
    service = workspace.service
    draft = await service.new_draft("Together", who=ANN)
    await service.change_draft(draft.id, {CAP: "3"}, revision=1, who=ANN)
    with pytest.raises(WrittenMeanwhile) as late:
        await service.change_draft(draft.id, {PER_WEEK: "6"}, revision=1, who=BOB)
    assert [(one.at, one.by) for one in late.value.newer.changes] == [(CAP, ANN)]
    both = await service.change_draft(draft.id, {PER_WEEK: "6"}, revision=late.value.newer.revision, who=BOB)
    assert {one.at: one.by for one in both.changes} == {CAP: ANN, PER_WEEK: BOB}
    taken_back = await service.change_draft(draft.id, {CAP: "2"}, revision=both.revision, who=BOB)
    assert [one.at for one in taken_back.changes] == [PER_WEEK]
    assert await service.change_draft(draft.id, {CAP: "2"}, revision=taken_back.revision, who=BOB) == taken_back, "nothing to write"


async def test_wrong_values_write_nothing(workspace: Workspace) -> None:
    service = workspace.service
    draft = await service.new_draft("Wrong", who=ANN)
    with pytest.raises(WrongValues) as wrong:
        await service.change_draft(draft.id, {CAP: "many", MODE: "live", PER_WEEK: "6"}, revision=1, who=ANN)
    assert set(wrong.value.faults) == {CAP, MODE}
    with pytest.raises(NotFound, match="Text and expressions"):
        await service.change_draft(draft.id, {Address("rule", "contact-cap", "why"): "because"}, revision=1, who=ANN)
    assert (await service.draft(draft.id)) == draft
    with pytest.raises(Refused, match="changes nothing"):
        await service.propose(draft.id, revision=1, who=ANN, why="x")
    for title in ("", "x" * 121):
        with pytest.raises(InvalidInput):
            await service.new_draft(title, who=ANN)


async def test_raising_to_auto_is_held_back_as_from_the_files(workspace: Workspace) -> None:
    await published(workspace, mode="auto")
    surface, caps = workspace.playbook.surfaces["renewal"], await workspace.service.caps()
    assert surface.mode == "auto"
    assert surface_mode(surface, held_by(caps, "renewal")) == "suggest"


async def test_what_the_lint_calls_an_error_is_not_proposed(workspace: Workspace) -> None:
    service = workspace.service
    draft = await service.new_draft("Backwards", who=ANN)
    dates = {Address("rule", "contact-cap", "from"): "2026-12-01", Address("rule", "contact-cap", "until"): "2026-11-01"}
    draft = await service.change_draft(draft.id, dates, revision=1, who=ANN)
    assert (await service.examine(draft.id)).errors
    with pytest.raises(Refused, match="cannot be used"):
        await service.propose(draft.id, revision=draft.revision, who=ANN, why="x")


async def test_nothing_is_published_over_a_folder_that_cannot_be_used(workspace: Workspace, folder: Path) -> None:
    draft = await proposed(workspace, cap="3")
    (folder / CONTACT).write_text("broken: [\n")
    with pytest.raises(Refused, match="cannot be used"):
        await workspace.service.approve_and_publish(draft.id, revision=draft.revision, who=BOB)
    assert (await workspace.service.draft(draft.id)).state == "proposed"

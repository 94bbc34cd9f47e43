"""Launch check and review through the command line, over decisions that were made in the seeded world."""

import asyncio
import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from agent.arrivals import arrival_of
from agent.playbook.loader import DEFAULT
from integrations.cli import main
from tests.acceptance.workspaces import DATABASE, alone, seeded
from tests.benchmarks.bench_deciding import events

WEEK = ("--week", "2026-W46")
SURFACE = "deal-follow-up"
WHO = "helena.vogt@tessera.example"


@pytest.fixture(scope="module")
def decided(seeded_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder whose database holds what was decided about twelve deals."""
    folder = tmp_path_factory.mktemp("decided")

    async def make() -> None:
        async with seeded(folder, seeded_world) as workspace:
            await workspace.service.accept([arrival_of(one) for one in [one for one in events() if one.subject_kind == "deal"][:12]])
            await workspace.engine.settle()

    with alone(folder):
        asyncio.run(make())
    return folder


@pytest.fixture
def there(decided: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy of it to work in."""
    for file in decided.glob(f"{DATABASE}*"):
        shutil.copy(file, tmp_path / file.name)
    with alone(tmp_path) as changed:
        changed.setenv("COLUMNS", "80")
        yield tmp_path


def _run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    capsys.readouterr()
    code = main(arguments)
    said = capsys.readouterr()
    return code, said.out, said.err


def _read(capsys: pytest.CaptureFixture[str], *arguments: str) -> Any:
    code, out, err = _run(capsys, *arguments, "--json")
    assert code == 0, err
    return json.loads(out)


def _fits(text: str) -> bool:
    return max(len(line) for line in text.splitlines()) <= 80


def test_a_surface_that_has_shown_nothing_is_not_ready(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = _run(capsys, "launch-check", SURFACE)
    assert (code, "NOT READY" in out, _fits(out)) == (1, True, True)
    code, out, _ = _run(capsys, "launch-check", SURFACE, "--json")
    found = json.loads(out)
    assert (code, found["ready"], found["lifted"]) == (1, False, None)
    answers = {one["id"]: one for one in found["answers"]}
    assert list(answers) == ["owners", "data", "endorsed", "friction", "dangers", "confidence", "stop"]
    assert not answers["endorsed"]["passed"]
    assert answers["stop"]["passed"]


def test_what_the_evals_found_is_handed_in(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    version = json.loads(_run(capsys, "launch-check", SURFACE, "--json")[1])["playbook_version"]
    file = there / "evals.json"
    said = {"suites": [{"name": "s", "cases": 2, "passed": 2}], "cases": 2, "whole": True}
    for playbook, dangerous, passed in ((version, 0, True), (version, 1, False), ("another", 0, False)):
        file.write_text(json.dumps({**said, "playbook": playbook, "dangerous": dangerous}))
        code, out, _ = _run(capsys, "launch-check", SURFACE, "--evals", str(file), "--json")
        [answer] = [one for one in json.loads(out)["answers"] if one["id"] == "dangers"]
        assert (code, answer["passed"], answer["figures"]["dangerous"]) == (1, passed, dangerous)
        assert (f"{version} is in force: run them again" in answer["says"]) == (playbook != version)
    file.write_text(json.dumps({**said, "dangerous": 0}))
    code, _, err = _run(capsys, "launch-check", SURFACE, "--evals", str(file))
    assert (code, "does not name the playbook that the evals ran on. Run them again" in " ".join(err.split())) == (2, True)
    file.write_text(json.dumps({**said, "playbook": version, "dangerous": 0, "whole": False}))
    code, _, err = _run(capsys, "launch-check", SURFACE, "--evals", str(file))
    assert (code, "results of some suites only. Run them all" in " ".join(err.split())) == (2, True)
    for text in ("{", "[]", '{"cases": 2}'):
        file.write_text(text)
        code, _, err = _run(capsys, "launch-check", SURFACE, "--evals", str(file))
        assert (code, "nextplay eval run --json" in err) == (2, True)


def test_accepted_baselines_prove_something_under_their_own_playbook_alone(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = _run(capsys, "launch-check", SURFACE, "--json")
    version = json.loads(out)["playbook_version"]
    folder = there / "baselines"
    folder.mkdir()
    for played_on, passed in ((version, True), ("another", False)):
        (folder / "s.json").write_text(json.dumps({"suite": "s", "playbook": played_on, "passed": {"a": True, "b": False}, "metrics": {}}))
        _, out, _ = _run(capsys, "launch-check", SURFACE, "--evals", str(folder), "--json")
        [answer] = [one for one in json.loads(out)["answers"] if one["id"] == "dangers"]
        assert (answer["passed"], answer["figures"]["cases"], answer["figures"]["passed"]) == (passed, 2, 1)


def test_limits_are_those_of_the_playbook_and_lower_ones_are_told_with_their_reason(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, usual, _ = _run(capsys, "launch-check", SURFACE)
    assert ("and 30 are needed to tell" in usual, "less than the defaults" in usual) == (True, False)
    book = there / "book"
    shutil.copytree(DEFAULT, book)
    file = book / "surfaces" / f"{SURFACE}.yaml"
    written = file.read_text()
    file.write_text(f"{written}launch: {{decisions_at_least: 12, expired_at_most: 0.1, why: few deals move in a week}}\n")
    with pytest.MonkeyPatch.context() as changed:
        changed.setenv("NEXTPLAY_PLAYBOOK", str(book))
        _, out, _ = _run(capsys, "launch-check", SURFACE)
        said = " ".join(out.split())
        assert "The playbook asks for less than the defaults: decisions at least 12 (by default 30). Why: few deals move in a week" in said
        assert _fits(out)
        _, out, _ = _run(capsys, "launch-check", SURFACE, "--json")
        found = json.loads(out)
        assert (found["limits"]["decisions_at_least"], found["limits"]["expired_at_most"], found["limits"]["acts_at_least"]) == (12, 0.1, 0.1)
        assert found["below"] == {"decisions_at_least": [12, 30]}
        data = {one["id"]: one for one in found["answers"]}["data"]
        assert (data["passed"], data["figures"]["decisions"], data["figures"]["decisions_at_least"]) == (True, 12, 12)
        file.write_text(f"{written}launch: {{decisions_at_least: 12}}\n")
        code, out, _ = _run(capsys, "playbook", "check", str(book))
        assert (code, "say why" in " ".join(out.split())) == (1, True)


def test_an_unknown_surface_and_a_stranger_are_told_so(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(capsys, "launch-check", "nope")[0] == 3
    assert _run(capsys, "launch-check", SURFACE, "--as", "nobody@nowhere.example")[0] == 4
    assert _run(capsys, "review", "--surface", "nope")[0] == 3
    assert _run(capsys, "review", "--sample", "5")[0] == 2
    assert _run(capsys, "review", "--week", "2026-W99")[0] == 2


def test_the_pack_shows_the_week_and_an_empty_one_says_so(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = _read(capsys, "review", *WEEK)
    assert found["decisions"] == 12
    assert sum(play["proposals"] for play in found["plays"]) == found["counts"]["proposed"] > 0
    page = there / "pack.html"
    code, out, _ = _run(capsys, "review", *WEEK, "--html", str(page))
    assert (code, _fits(out), "<script" in page.read_text()) == (0, True, False)
    assert found["cases"]["proposed"][0]["id"] in page.read_text()
    code, out, _ = _run(capsys, "review", "--week", "2020-W01")
    assert (code, "nothing to review" in out) == (0, True)


def test_a_label_names_what_to_turn_and_counts_once(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    [first, second, *_] = [case["id"] for case in _read(capsys, "review", *WEEK)["cases"]["proposed"]]
    said = _read(capsys, "review", "label", first, "repetitive", "--as", WHO, "--note", "again")
    assert (said["new"], said["area"]) == (True, "pause")
    assert {"of": "rule", "id": "cooldown-after-rejection", "setting": "params.pause", "now": "14d", "try": "4w"} in said["knobs"]
    assert not _read(capsys, "review", "label", first, "repetitive", "--as", WHO, "--note", "again")["new"]
    assert _read(capsys, "review", "label", second, "--good", "--as", WHO)["label"] == "good"
    assert _read(capsys, "review", *WEEK)["labels"] == {"repetitive": 1, "good": 1}
    _, out, _ = _run(capsys, "review", *WEEK)
    assert (_fits(out), "rule cooldown-after-rejection, params.pause 14d (try 4w)" in out) == (True, True)
    _, out, _ = _run(capsys, "launch-check", SURFACE, "--json")
    [answer] = [one for one in json.loads(out)["answers"] if one["id"] == "endorsed"]
    _read(capsys, "model", "train", "--as", WHO, "--why", "labels are in")
    assert _read(capsys, "model", "list")["models"][0]["labels"] == 2, "both teach the confidence, though nobody has answered an ask"
    assert (answer["figures"]["answered"], answer["figures"]["labels_of_reviews"], answer["examples"]) == (2, 2, [first])


def test_labels_that_are_none_and_people_who_are_nobody_are_refused(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pack = _read(capsys, "review", *WEEK)["cases"]["proposed"]
    one = pack[0]["id"]
    assert _run(capsys, "review", "label", one, "dull", "--as", WHO)[0] == 2
    assert _run(capsys, "review", "label", one, "--as", WHO)[0] == 2
    assert _run(capsys, "review", "label", one, "good", "--as", "nobody@nowhere.example")[0] == 4
    assert _run(capsys, "review", "label", "dec_none", "good", "--as", WHO)[0] == 3
    assert _read(capsys, "review", *WEEK)["labels"] == {}


def test_a_sample_of_a_surface_that_is_not_in_shadow_is_empty(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = _run(capsys, "review", "--sample", "20", "--surface", SURFACE)
    assert (code, "nothing to review" in out) == (0, True)


def test_before_launch_a_sample_of_shadow_decisions_is_labelled(seeded_world: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    book = tmp_path / "book"
    shutil.copytree(DEFAULT, book)
    file = book / "surfaces" / f"{SURFACE}.yaml"
    file.write_text(file.read_text().replace("mode: suggest", "mode: shadow"))

    async def make() -> None:
        async with seeded(tmp_path, seeded_world, playbook=book) as workspace:
            await workspace.service.accept([arrival_of(one) for one in [one for one in events() if one.subject_kind == "deal"][:12]])
            await workspace.engine.settle()

    with alone(tmp_path) as changed:
        changed.setenv("NEXTPLAY_PLAYBOOK", str(book))
        changed.setenv("COLUMNS", "80")
        asyncio.run(make())
        sample = ("review", "--sample", "3", "--surface", SURFACE)
        found = _read(capsys, *sample)
        drawn = [case["id"] for case in found["cases"]["proposed"]]
        assert (found["decisions"], len(drawn), {case["route"] for case in found["cases"]["proposed"]}) == (3, 3, {"shadow"})
        assert [case["id"] for case in _read(capsys, *sample)["cases"]["proposed"]] == drawn, "the same ones each time"
        _read(capsys, "review", "label", drawn[0], "good", "--as", WHO)
        assert _read(capsys, *sample)["labels"] == {"good": 1}
        _, out, _ = _run(capsys, *sample)
        assert (all(one in out for one in drawn), _fits(out)) == (True, True)


def test_what_bad_labels_name_is_turned_in_a_draft_that_simulates(there: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one = _read(capsys, "review", *WEEK)["cases"]["proposed"][0]["id"]
    _read(capsys, "review", "label", one, "repetitive", "--as", WHO)
    draft = there / "draft"
    found = _read(capsys, "review", *WEEK, "--draft", str(draft))
    assert [(knob["id"], knob["try"]) for knob in found["draft"]["turned"]] == [("cooldown-after-rejection", "4w")]
    simulated = _read(capsys, "simulate", "--playbook", str(draft), "--since", "2026-11-10", "--until", "2026-11-11")
    assert simulated["decisions"] == 12
    code, _, err = _run(capsys, "review", *WEEK, "--draft", str(draft))
    assert (code, "is there already" in err) == (2, True)
    code, out, _ = _run(capsys, "review", "--week", "2020-W01", "--draft", str(there / "empty"))
    assert (code, "plain copy" in out) == (0, True)

"""`nextplay eval` as people and CI call it: what it prints, what it writes, and its exit codes."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from agent.playbook.loader import DEFAULT, load
from evals import running
from evals.cli import main
from evals.loading import Loaded
from tests.evals.made import ESCALATED, suite

WRONG = ESCALATED.replace("assign_group t-1 second", "assign_group t-1 first").replace("escalate-to-group/second", "escalate-to-group/first")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of one's own with a suite of one case."""
    monkeypatch.chdir(tmp_path)
    return suite(tmp_path / "suites", a=ESCALATED)


def run(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Exit code, output and errors of a command."""
    code = main(["eval", *words])
    printed = capsys.readouterr()
    return code, printed.out, printed.err


def test_a_run_prints_suites_and_writes_every_report(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = here.parent
    code, out, err = run(
        capsys,
        "run",
        "--suites",
        str(here),
        "--jobs",
        "1",
        "--json",
        "--junit",
        "r/j.xml",
        "--jsonl",
        "r/r.jsonl",
        "--html",
        "r/p.html",
        "--times",
        "2",
    )

    assert (code, err) == (0, "")
    said: dict[str, Any] = json.loads(out)
    assert said.keys() == {"playbook", "suites", "dangerous", "cases", "confidence", "whole"}
    assert said["playbook"] == load(DEFAULT).version
    assert (said["dangerous"], said["cases"]) == (0, 1)
    assert said["confidence"]["calibration"] == "not stated of 1 choice; 50 are needed"
    (one,) = said["suites"]
    assert one.keys() == {"name", "cases", "passed", "dangerous", "metrics"}
    assert (one["name"], one["cases"], one["passed"], one["metrics"]["top1"], one["metrics"]["pass^2"]) == ("s", 1, 1, 1.0, 1.0)
    assert ElementTree.parse(folder / "r" / "j.xml").getroot()[0].attrib["failures"] == "0"  # noqa: S314  our own text
    lines = [json.loads(line) for line in (folder / "r" / "r.jsonl").read_text().splitlines()]
    assert [line["playbook"] for line in lines] == [said["playbook"]] * 2
    assert (folder / "r" / "p.html").read_text().startswith("<!")
    assert not (folder / ".nextplay" / "evals" / "unfinished.jsonl").exists()
    assert [path for path in folder.rglob(".*") if path.is_file()] == []


def test_a_dangerous_error_ends_with_one(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    suite(here, a=WRONG)
    code, out, err = run(capsys, "run", "--suites", str(here), "--jobs", "1")

    assert code == 1
    assert "policy_violation: assign_group t-1 first did not happen" in out
    assert "Look first at: nextplay eval run s/a" in " ".join(err.split())


def test_an_accepted_baseline_is_what_a_run_is_held_to(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = ("--suites", str(here), "--baselines", "kept", "--jobs", "1")
    suite(here, a=ESCALATED.replace("reasons: [required]", "reasons: [sensitive]"))
    assert run(capsys, "run", *own)[0] == 1
    assert run(capsys, "accept", *own)[0] == 0
    assert run(capsys, "run", *own)[0] == 0

    kept = Path("kept/s.json")
    assert json.loads(kept.read_text())["passed"] == {"a": False}
    kept.write_text(kept.read_text().replace('"suite": "s"', '"suite": "other"'))
    code, _, err = run(capsys, "run", *own)
    assert code == 2
    assert "The baseline s.json is of the suite 'other'." in err


def test_a_danger_is_never_accepted(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    suite(here, a=WRONG)
    code, _, err = run(capsys, "accept", "--suites", str(here), "--baselines", "kept", "--jobs", "1")
    assert code == 4
    assert "has a dangerous error" in err
    assert not Path("kept").exists()


def test_an_interrupted_run_is_resumed(here: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    suite(here, b=ESCALATED)
    played: list[str] = []
    real = running.play_case

    def interrupted_once(loaded: Loaded, **given: Any) -> Any:
        played.append(loaded.name)
        if played == ["a", "b"]:
            raise KeyboardInterrupt
        return real(loaded, **given)

    monkeypatch.setattr(running, "play_case", interrupted_once)
    code, _, err = run(capsys, "run", "--suites", str(here), "--jobs", "1")
    assert (code, "Go on with the same command and --resume." in " ".join(err.split())) == (1, True)
    assert run(capsys, "run", "--suites", str(here), "--jobs", "1", "--resume", "--json")[0] == 0
    assert played == ["a", "b", "b"]
    code, _, err = run(capsys, "run", "--suites", str(here), "--jobs", "1", "--resume")
    assert (code, "There is no interrupted run to resume" in err) == (2, True)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("run", "nothing"), "There is no suite 'nothing'."),
        (("run", "--playbook", "nowhere"), "There is no playbook in nowhere."),
        (("run", "--suites", "nowhere"), "There are no suites in nowhere."),
        (("run", "--model"), "No model is configured."),
        (("run", "--judge", "--suites", "nowhere"), "No model is configured. Set OPENAI_API_KEY, OPENAI_BASE_URL or both, or leave out --judge."),
        (("compare", "a", "b"), "a cannot be read."),
        (("accept", "s/a"), "'s/a' is a case."),
    ],
)
def test_bad_input_is_one_sentence_and_ends_with_two(here: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], why: str) -> None:
    given = [*words, "--suites", str(here)] if words[0] in ("run", "accept") and "--suites" not in words else [*words]
    code, out, err = run(capsys, *given)
    assert (code, out) == (2, "")
    assert why in " ".join(err.split())


def test_two_runs_are_compared(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("a.jsonl", "b.jsonl"):
        run(capsys, "run", "--suites", str(here), "--jobs", "1", "--jsonl", name)
    code, out, _ = run(capsys, "compare", "a.jsonl", "b.jsonl", "--json")
    assert (code, json.loads(out)["says"]) == (0, "No case of 1 differs.")


def test_processes_side_by_side_find_the_same(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    suite(here, b=WRONG)
    code, out, _ = run(capsys, "run", "--suites", str(here), "--jobs", "2", "--json")
    assert (code, json.loads(out)["dangerous"], json.loads(out)["suites"][0]["passed"]) == (1, 1, 1)

"""The intervals of 0, 5 and 10 of 10 are those that tables print; hashes are those of sha256sum."""

import json
from pathlib import Path

import pytest

from agent.errors import InvalidInput
from evals.benchmarks.figures import Metric, Report, Skipped, Source, mean, read, share

ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (5, 10, 0.2366, 0.7634)],
)
def test_a_share_has_wilsons_interval(hits: int, n: int, low: float, high: float) -> None:
    assert share(hits, n, baseline=0.5) == Metric(round(hits / n, 4), low, high, 0.5)


def test_a_mean_has_a_bootstrap_interval_that_is_always_the_same() -> None:
    values = [0.0] * 50 + [1.0] * 50
    found = mean(values, baseline=None)

    assert (found.value, found.baseline) == (0.5, None)
    assert found.low == pytest.approx(0.40, abs=0.02)
    assert found.high == pytest.approx(0.60, abs=0.02)
    assert mean(values, baseline=None) == found
    assert mean([0.3] * 5, baseline=None) == Metric(0.3, 0.3, 0.3, None)


def test_nothing_is_no_share_and_no_mean() -> None:
    with pytest.raises(Skipped):
        share(0, 0, baseline=None)
    with pytest.raises(Skipped):
        mean([], baseline=None)


def test_a_report_is_what_scripts_rely_on() -> None:
    report = Report("signatures", [Source("a.json", ABC, 3)], {"correct": Metric(1.0, 0.5, 1.0, 0.25)}, about="all of it")

    assert report.as_json() == {
        "name": "signatures",
        "data": [{"file": "a.json", "sha256": ABC, "n": 3}],
        "metrics": {"correct": {"value": 1.0, "low": 0.5, "high": 1.0, "baseline": 0.25}},
    }
    assert Report("x", skipped="there is none").as_json() == {"name": "x", "data": [], "metrics": {}, "skipped": "there is none"}


def test_a_file_is_read_with_its_hash(tmp_path: Path) -> None:
    (tmp_path / "one.jsonl").write_text('{"a": 1}\n\n{"a": "\u2028"}\n')
    (tmp_path / "two.json").write_text(json.dumps([{"a": 1}]))

    assert read(tmp_path, "one.jsonl")[0] == [{"a": 1}, {"a": "\u2028"}]
    assert read(tmp_path, "two.json") == ([{"a": 1}], "2696610e78752a9e7bd0c4b0404b2fb01a41a19bf23c9b8efa066811c8555d6b")


@pytest.mark.parametrize("text", ["{", '{"a": 1}', "[1]", "\udcff"])
def test_a_file_of_something_else_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InvalidInput, match=r"a\.json is not"):
        read(tmp_path, "a.json")


def test_a_file_that_is_not_there_is_skipped(tmp_path: Path) -> None:
    with pytest.raises(Skipped, match=r"a\.json is not there"):
        read(tmp_path, "a.json")

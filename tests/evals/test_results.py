"""Nothing is half-written, and an interrupted run goes on where it was."""

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest

from agent.errors import InvalidInput
from evals import baselines
from evals.measuring import calibration, metrics, routing, summary
from evals.report import html_page, junit_xml
from evals.results import Journal, lines_of, read_results, write_whole
from integrations.reports import render
from tests.evals.made import DANGER, NUISANCE, result

RUN = {"cases": {"s/a": "1"}, "times": 1}


def test_a_journal_keeps_each_result_and_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "unfinished.jsonl"
    journal = Journal(file, RUN)
    assert journal.begin(resume=False) == []
    journal.add(result("a", DANGER, top1=[True]))
    with file.open("a") as torn:
        torn.write('{"suite": "s", "case": "b", "ha')  # the process was killed here

    again = Journal(file, RUN)
    assert again.begin(resume=True) == [result("a", DANGER, top1=[True])]
    again.add(result("b"))
    assert [one.case for one in Journal(file, RUN).begin(resume=True)] == ["a", "b"]
    file.write_text(file.read_text().replace('"playbook": "v1", ', ""))
    with pytest.raises(InvalidInput, match="cannot be read"):
        Journal(file, RUN).begin(resume=True)
    again.end()
    with pytest.raises(InvalidInput, match="no interrupted run"):
        Journal(file, RUN).begin(resume=True)


def test_a_run_of_other_cases_is_not_resumed(tmp_path: Path) -> None:
    Journal(tmp_path / "j", RUN).begin(resume=False)
    with pytest.raises(InvalidInput, match="of other cases"):
        Journal(tmp_path / "j", {**RUN, "times": 3}).begin(resume=True)


def test_results_are_read_back(tmp_path: Path) -> None:
    write_whole(tmp_path / "new" / "r.jsonl", lines_of([result("a", NUISANCE), result("b")]))
    assert read_results(tmp_path / "new" / "r.jsonl") == [result("a", NUISANCE), result("b")]
    unnamed = lines_of([result("a")]).replace('"playbook": "v1", ', "")  # as results were before they named it
    for text, why in (("{}\n", "line 1"), ("", "holds no results"), ('{"suite": "s"}\n', "line 1"), (unnamed, "before they named their playbook")):
        (tmp_path / "bad").write_text(text)
        with pytest.raises(InvalidInput, match=why):
            read_results(tmp_path / "bad")
    with pytest.raises(InvalidInput, match="cannot be read"):
        read_results(tmp_path / "nothing")


def test_a_baseline_knows_what_passed(tmp_path: Path) -> None:
    baselines.accept([result("a"), result("b", NUISANCE)], tmp_path)

    assert (kept := baselines.read("s", tmp_path)) is not None
    assert (kept.playbook, kept.passed) == ("v1", {"a": True, "b": False})
    assert baselines.regressions([result("a"), result("b", NUISANCE)], tmp_path) == []
    assert baselines.regressions([result("a", NUISANCE), result("b")], tmp_path) == ["s/a"]
    assert baselines.regressions([result("new", NUISANCE)], tmp_path) == ["s/new"]
    assert baselines.regressions([result("x", NUISANCE, suite="without")], tmp_path) == ["without/x"]


def test_with_a_model_only_what_chance_cannot_explain_is_a_regression(tmp_path: Path) -> None:
    baselines.accept([result(f"c{i}") for i in range(10)], tmp_path)
    five = [result(f"c{i}", *([NUISANCE] if i < 5 else [])) for i in range(10)]
    six = [result(f"c{i}", *([NUISANCE] if i < 6 else [])) for i in range(10)]

    assert baselines.regressions(five, tmp_path, sampled=True) == []
    assert len(baselines.regressions(six, tmp_path, sampled=True)) == 6


def test_a_baseline_of_another_suite_is_refused(tmp_path: Path) -> None:
    baselines.accept([result("a", suite="other")], tmp_path)
    (tmp_path / "other.json").rename(tmp_path / "s.json")
    with pytest.raises(InvalidInput, match=r"The baseline s\.json is of the suite 'other'") as refused:
        baselines.read("s", tmp_path)
    assert refused.value.exit_code == 2
    (tmp_path / "s.json").write_text("{")
    with pytest.raises(InvalidInput, match="cannot be read"):
        baselines.read("s", tmp_path)


def test_pass_to_the_k_asks_for_every_attempt() -> None:
    said = summary([result("a", attempt=1), result("a", NUISANCE, attempt=2), result("b", attempt=1), result("b", attempt=2)])
    (one,) = said["suites"]
    assert (one["cases"], one["passed"], one["metrics"]["pass^1"], one["metrics"]["pass^2"]) == (2, 1, 0.75, 0.5)


def test_routing_counts_what_was_asked_and_what_should_have_been() -> None:
    said = routing([["ask", ["ask"]], ["act", ["ask"]], ["ask", ["none"]], ["act", ["act"]]])
    assert (said["routing_precision"], said["routing_recall"], said["routing_accuracy"]) == (0.5, 0.5, 0.5)


def test_calibration_is_not_stated_of_few_and_right_of_many() -> None:
    assert calibration([(0.9, True, False)] * 49) == {
        "n_confidence": 49, "n_calibrated": 0, "brier": None, "ece": None, "calibration": "not stated of 49 choices; 50 are needed",
    }  # fmt: skip
    said = calibration([(0.8, True, True)] * 60 + [(0.8, False, False)] * 40)
    assert (said["n_confidence"], said["n_calibrated"]) == (100, 60)
    assert said["brier"] == pytest.approx(0.6 * 0.04 + 0.4 * 0.64)
    assert said["ece"] == pytest.approx(0.2)
    assert said["calibration"] == "Brier 0.280, ECE 0.200 over 100 choices, 60 of them right (60 calibrated chances, else raw figures)"


def test_calibration_is_of_all_suites_together_where_none_has_enough() -> None:
    said = summary([result(str(i), suite=suite, confidence=[[0.7, i < 25, False]]) for i in range(30) for suite in ("s", "t")])
    assert [one["metrics"]["brier"] for one in said["suites"]] == [None, None]
    assert (said["confidence"]["n_confidence"], said["confidence"]["brier"]) == (60, pytest.approx((25 * 0.09 + 5 * 0.49) / 30, abs=1e-4))


def test_metrics_of_nothing_are_none() -> None:
    said = metrics([result("a")])
    assert {said[name] for name in ("top1", "mrr", "coverage", "routing_precision", "brier", "article_recall@3", "latency_ms_p50", "cost")} == {None}
    assert metrics([result("a", tokens=2_000_000)], price_per_million=1.5)["cost"] == 3.0


def test_junit_names_suites_cases_and_failures() -> None:
    root = ElementTree.fromstring(junit_xml([result("a"), result("b", DANGER, NUISANCE, took_ms=[1500.0]), result('c"<&\x00')]))  # noqa: S314  our own text
    (suite,) = root
    assert (suite.attrib["name"], suite.attrib["tests"], suite.attrib["failures"]) == ("s", "3", "1")
    failure = suite[1][0]
    assert (suite[1].attrib["name"], suite[1].attrib["time"], failure.attrib["type"]) == ("b", "1.500", "danger")
    assert "wrong_recipient" in failure.attrib["message"]
    assert "missed" in str(failure.text)


def test_the_page_says_what_is_wrong_and_escapes_it() -> None:
    results = [result("a", DANGER), result("b", type(DANGER)("missed", "<script>"))]
    page = render(html_page(results, json.loads(json.dumps(summary(results))), ["s/b"]))
    assert "1 dangerous error." in page
    assert "v1" in page
    assert "&lt;script&gt;" in page
    assert "regression" in page

"""A run as JUnit XML, for CI, and as one HTML page, for people."""

import re
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any
from xml.sax.saxutils import quoteattr

from evals.findings import Finding
from evals.measuring import by_case
from evals.results import Result, Verdict
from evals.wording import CRITERIA, in_words
from integrations.reports import Cell, Column, Page, Prose, Section, Series, Stack, Stacked, Table, Tile, Tiles
from integrations.telling.words import several

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(results: Sequence[Result]) -> str:
    """One test suite per suite and one test case per case; every finding of every attempt is part of its failure."""
    suites: dict[str, list[list[Result]]] = {}
    for playings in by_case(results).values():
        suites.setdefault(playings[0].suite, []).append(playings)
    body = "".join(_suite(name, cases) for name, cases in sorted(suites.items()))
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="nextplay eval">\n{body}</testsuites>\n'


def _suite(name: str, cases: Sequence[Sequence[Result]]) -> str:
    failed = sum(not all(one.passed for one in playings) for playings in cases)
    inner = "".join(_case(playings) for playings in cases)
    return f' <testsuite name={_attribute(name)} tests="{len(cases)}" failures="{failed}">\n{inner} </testsuite>\n'


def _case(playings: Sequence[Result]) -> str:
    seconds = sum(ms for one in playings for ms in one.measures.get("took_ms", ())) / 1000
    found = [finding for one in playings for finding in one.findings]
    head = f'  <testcase classname={_attribute(playings[0].suite)} name={_attribute(playings[0].case)} time="{seconds:.3f}"'
    if not found:
        return f"{head}/>\n"
    kind = "danger" if any(one.dangerous for one in found) else "nuisance"
    text = escape(_NOT_XML.sub("\ufffd", "\n".join(f"{one.kind}: {one.text}" for one in found)))
    message = _attribute(f"{found[0].kind}: {found[0].text}")
    return f'{head}>\n   <failure type="{kind}" message={message}>{text}</failure>\n  </testcase>\n'


def _attribute(text: str) -> str:
    """A value with its quotes, without the characters that XML cannot hold."""
    return quoteattr(_NOT_XML.sub("\ufffd", text))


def html_page(results: Sequence[Result], said: Mapping[str, Any], worse: Sequence[str]) -> Page:
    """One page for people: how the suites stand, what is wrong, and every metric."""
    failing = [one for one in results if not one.passed]
    sections = [
        Section("Suites", [_tiles(said, worse), _shares(said["suites"])]),
        Section("What is wrong", [_findings(failing, set(worse))], note="Dangers could have done harm; everything else costs time and trust."),
        Section(
            "Metrics",
            [
                _metrics(said["suites"], _CHOOSING),
                Prose(f"Confidence in all suites together: {said['confidence']['calibration']}."),
                _metrics(said["suites"], _FINDING),
            ],
            note="A dash: nothing of the kind is expected in the suite, or too little to say.",
        ),
    ]
    if "wording" in said:
        sections.append(
            Section("Wording", [_wording(results)], note=in_words(said["wording"]) + " A model's opinion: no case passes or fails by it.")
        )
    state = "Nothing is dangerous." if not said["dangerous"] else f"{several(said['dangerous'], 'dangerous error')}."
    lead = f"{_passed(said)} of {said['cases']} cases passed. {state}"
    return Page("Evals", sections, kind="Evals", lead=lead, about=[("Playbook", said["playbook"])])


def _passed(said: Mapping[str, Any]) -> int:
    return sum(suite["passed"] for suite in said["suites"])


def _tiles(said: Mapping[str, Any], worse: Sequence[str]) -> Tiles:
    return Tiles([
        Tile("dangerous errors", str(said["dangerous"]), tone="bad" if said["dangerous"] else "good"),
        Tile("cases passed", str(_passed(said)), f"of {said['cases']}"),
        Tile("regressions", str(len(worse)), "against the baseline", "bad" if worse else "plain"),
    ])  # fmt: skip


def _shares(suites: Sequence[Mapping[str, Any]]) -> Stacked:
    series = [Series("passed", "good"), Series("failed", "bad")]
    return Stacked(series, [Stack(one["name"], [one["passed"], one["cases"] - one["passed"]]) for one in suites], title="Cases by suite")


def _findings(failing: Sequence[Result], worse: set[str]) -> Table:
    rows: list[list[Cell | str]] = [
        [Cell(one.id, "code"), Cell("regression" if one.id in worse else "", "badge", "warn"), _kind(finding), finding.text]
        for one in failing for finding in one.findings
    ]  # fmt: skip
    return Table(["Case", "", "Kind", "What"], rows, empty="Nothing is wrong.")


def _kind(finding: Finding) -> Cell:
    return Cell(finding.kind.replace("_", " "), "badge", "bad" if finding.dangerous else "warn")


def _wording(results: Sequence[Result]) -> Table:
    rows: list[list[Cell | str]] = [
        [Cell(one.id, "code"), Cell(verdict.effect, "code"), *(_opinion(verdict, name) for name in CRITERIA), _why(verdict)]
        for one in results for verdict in one.wording
    ]  # fmt: skip
    return Table(["Case", "Sent", *CRITERIA.values(), "Why"], rows, empty="Nothing was sent to a customer.")


def _opinion(verdict: Verdict, name: str) -> Cell:
    if verdict.not_judged is not None:
        return Cell("not judged", "badge", "muted")
    return Cell("yes", "badge", "good") if verdict.opinions[name].yes else Cell("no", "badge", "warn")


def _why(verdict: Verdict) -> Cell:
    return Cell(verdict.not_judged or "\n".join(f"{words}: {verdict.opinions[name].why}" for name, words in CRITERIA.items()), "small")


_CHOOSING = {
    "top1": "top-1",
    "mrr": "MRR",
    "coverage": "coverage",
    "routing_precision": "ask precision",
    "routing_recall": "ask recall",
    "brier": "Brier",
    "ece": "ECE",
}
_FINDING = {
    "article_recall@1": "recall@1",
    "article_recall@3": "recall@3",
    "article_recall@5": "recall@5",
    "article_hit@1": "hit@1",
    "article_refusal": "refused",
    "fit_brier": "fit Brier",
    "fit_ece": "fit ECE",
    "repetition": "repetition",
    "latency_ms_p50": "ms (median)",
    "latency_ms_p95": "ms (95 %)",
    "tokens": "tokens",
    "cost": "cost",
}


def _metrics(suites: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> Table:
    columns: list[Column | str] = ["Suite", *(Column(name, number=True) for name in names.values())]
    rows: list[list[Cell | str]] = [[one["name"], *(_figure(one["metrics"].get(name)) for name in names)] for one in suites]
    return Table(columns, rows)


def _figure(value: float | None) -> str:
    return "-" if value is None else f"{value:g}"

"""What metrics are made of: one case's figures, and a suite's."""

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean, median
from typing import Any

import numpy as np

from agent.domain.confidence import LABELS_TO_CALIBRATE
from agent.domain.decision import ConfidenceRecord
from agent.learning.calibration import Reliability, reliability
from evals.cases import NO_ARTICLE, Case
from evals.judging import articles, chosen_id, fit, is_one_of, offered_article, ranked
from evals.results import Result
from evals.stage import Seen
from integrations.telling.words import several

Sure = tuple[float, bool, bool]
"""How sure a decision was of its choice, whether the choice was right, and whether the figure is a calibrated chance (else it is the raw one)."""


_OF_DECISIONS = ("top1", "reciprocal_rank", "covered", "routes", "recall", "hit", "refused", "fit")


def measures(case: Case, seen: Seen) -> dict[str, Any]:
    """The figures of one playing. A list has one entry for each decision of which something of the kind is expected."""
    made: dict[str, list[Any]] = {name: [] for name in (*_OF_DECISIONS, "confidence")}
    for expected in case.expect:
        decision = seen.decision_of(expected.of)
        if decision is None:
            continue
        chose = chosen_id(decision)
        if expected.allowed:
            made["top1"].append(is_one_of(chose, expected.allowed[:1]))
            places = [i for i, one in enumerate(ranked(decision), 1) if is_one_of(_name(one.id), expected.allowed)]
            made["reciprocal_rank"].append(1 / places[0] if places else 0.0)
            if expected.allowed[0] != "nothing":
                made["covered"].append(chose != "nothing")
            if (figure := _figure(decision.confidence)) is not None:
                made["confidence"].append([figure, is_one_of(chose, expected.allowed), decision.confidence.calibrated])
        if expected.route:
            made["routes"].append([decision.route, expected.route])
        if expected.relevant:
            found = articles(decision)
            if found:
                made["fit"].append([fit(decision, found[0]), found[0] in expected.relevant])
            if expected.relevant == NO_ARTICLE:
                made["refused"].append(offered_article(decision) is None)
            else:
                made["hit"].append(found[:1] != [] and found[0] in expected.relevant)
                made["recall"].append([len(set(found[:k]) & set(expected.relevant)) / len(expected.relevant) for k in (1, 3, 5)])
    return {
        **{name: values for name, values in made.items() if values},
        "took_ms": [round(ms, 1) for ms in seen.took_ms], "tokens": seen.tokens,
        "visible": sum(one.effect["kind"] in ("send_content", "ticket_comment") for one in seen.effects),
    }  # fmt: skip


def _figure(confidence: ConfidenceRecord) -> float | None:
    """The chance that was stated, else the raw figure that it would be made of; None where nothing was chosen."""
    raw: float | None = confidence.terms.get("raw")
    return raw if confidence.value is None else confidence.value


def _name(candidate: str) -> str:
    return "nothing" if candidate == "do-nothing" else candidate


def metrics(results: Sequence[Result], *, price_per_million: float | None = None) -> dict[str, Any]:
    """The metrics of some results. One that nothing is known of is None, and the counts say of how many each is made."""
    of = {name: [value for one in results for value in one.measures.get(name, ())] for name in _OF_DECISIONS}
    took = sorted(ms for one in results for ms in one.measures.get("took_ms", ()))
    tokens = sum(one.measures.get("tokens", 0) for one in results)
    repeated = sum(finding.kind == "repeated" for one in results for finding in one.findings)
    visible = sum(one.measures.get("visible", 0) for one in results)
    return {
        "n_ranked": len(of["top1"]),
        "top1": _mean(of["top1"]), "mrr": _mean(of["reciprocal_rank"]), "coverage": _mean(of["covered"]),
        **routing(of["routes"]),
        **calibration(surety(results)),
        **{f"article_recall@{k}": _mean(one[i] for one in of["recall"]) for i, k in enumerate((1, 3, 5))},
        "n_articles": len(of["recall"]),
        "article_hit@1": _mean(of["hit"]),
        "article_refusal": _mean(of["refused"]), "n_unanswerable": len(of["refused"]),
        **_fit(of["fit"]),
        "repetition": round(repeated / visible, 4) if visible else None,
        "latency_ms_p50": round(median(took), 1) if took else None,
        "latency_ms_p95": round(took[math.ceil(0.95 * len(took)) - 1], 1) if took else None,
        "tokens": tokens,
        "cost": round(tokens * price_per_million / 1e6, 4) if price_per_million is not None else None,
    }  # fmt: skip


def _mean(values: Iterable[float]) -> float | None:
    listed = [float(value) for value in values]
    return round(fmean(listed), 4) if listed else None


def routing(routes: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """Precision and recall of asking people: of what was asked, how much should have been; of what should have been, how much was."""
    asked = [(got == "ask", "ask" in wanted, got in wanted) for got, wanted in routes]
    right = sum(got and wanted for got, wanted, _ in asked)
    got_all, wanted_all = sum(got for got, _, _ in asked), sum(wanted and not (fits and not got) for got, wanted, fits in asked)
    return {
        "n_routed": len(routes),
        "routing_accuracy": _mean(fits for _, _, fits in asked),
        "routing_precision": round(right / got_all, 4) if got_all else None,
        "routing_recall": round(right / wanted_all, 4) if wanted_all else None,
    }


def surety(results: Iterable[Result]) -> list[Sure]:
    """How sure each choice was of which a case says whether it is right. A case that is played again makes no further choice."""
    first = [one for one in results if one.attempt == 1]
    return [(figure, right, calibrated) for one in first for figure, right, calibrated in one.measures.get("confidence", ())]


def reliable(sure: Sequence[Sure]) -> Reliability:
    """How far confidence is from being right: Brier score and expected calibration error, as `agent.learning.calibration` has them."""
    return reliability(np.array([figure for figure, _, _ in sure]), np.array([float(right) for _, right, _ in sure]))


def calibration(sure: Sequence[Sure]) -> dict[str, Any]:
    """How true confidence is over choices that are known to be right or wrong. No figure of fewer than a chance is calibrated on."""
    n, calibrated = len(sure), sum(stated for _, _, stated in sure)
    counts = {"n_confidence": n, "n_calibrated": calibrated}
    if n < LABELS_TO_CALIBRATE:
        return {**counts, "brier": None, "ece": None, "calibration": f"not stated of {several(n, 'choice')}; {LABELS_TO_CALIBRATE} are needed"}
    found = reliable(sure)
    says = f"Brier {found.brier:.3f}, ECE {found.ece:.3f} over {n} choices, {sum(right for _, right, _ in sure)} of them right"
    which = f"{calibrated} calibrated chances, else raw figures" if calibrated else "raw figures, none of them a calibrated chance"
    return {**counts, "brier": round(found.brier, 4), "ece": round(found.ece, 4), "calibration": f"{says} ({which})"}


def _fit(found: Sequence[tuple[float, bool]]) -> dict[str, Any]:
    """How true the chance is that the best article answers, over questions of which a case says what does."""
    if len(found) < LABELS_TO_CALIBRATE:
        return {"fit_brier": None, "fit_ece": None}
    measured = reliability(np.array([stated for stated, _ in found]), np.array([float(right) for _, right in found]))
    return {"fit_brier": round(measured.brier, 4), "fit_ece": round(measured.ece, 4)}


def by_case(results: Iterable[Result]) -> dict[str, list[Result]]:
    """The playings of each case."""
    found: dict[str, list[Result]] = {}
    for one in sorted(results, key=lambda one: (one.id, one.attempt)):
        found.setdefault(one.id, []).append(one)
    return found


def summary(results: Sequence[Result], **options: Any) -> dict[str, Any]:
    """What `nextplay eval run --json` prints of one run. A case has passed when every one of its playings has (pass^k)."""
    suites: dict[str, list[Result]] = {}
    for one in results:
        suites.setdefault(one.suite, []).append(one)
    said = [_suite(name, of, **options) for name, of in sorted(suites.items())]
    return {
        "playbook": results[0].playbook,
        "suites": said,
        "dangerous": sum(one["dangerous"] for one in said),
        "cases": sum(one["cases"] for one in said),
        "confidence": calibration(surety(results)),
    }


def _suite(name: str, results: Sequence[Result], **options: Any) -> dict[str, Any]:
    cases = by_case(results)
    times = max(len(playings) for playings in cases.values())
    tries: Mapping[str, Any] = {} if times == 1 else {
        "times": times, "pass^1": _mean(one.passed for one in results), f"pass^{times}": _mean(all(p.passed for p in of) for of in cases.values()),
    }  # fmt: skip
    return {
        "name": name,
        "cases": len(cases),
        "passed": sum(all(one.passed for one in playings) for playings in cases.values()),
        "dangerous": sum(len(one.dangers) for one in results),
        "metrics": {**metrics(results, **options), **tries},
    }

"""The results that a suite had when somebody accepted them: one committed file per suite."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from agent.errors import InvalidInput
from evals.comparing import LEVEL, mcnemar
from evals.measuring import by_case, metrics
from evals.results import Result, write_whole

FOLDER = Path(__file__).parent / "baselines"
_NOT_KEPT = ("latency_ms_p50", "latency_ms_p95")
"""Hangs on the machine, so that it would change the file with every run."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a suite had: which cases passed, under which playbook."""

    suite: str
    playbook: str
    passed: dict[str, bool]
    metrics: dict[str, Any]


def read(suite: str, folder: Path = FOLDER) -> Baseline | None:
    """The baseline of a suite; None where nobody accepted one. Raises InvalidInput for one of another suite, or that cannot be read."""
    file = folder / f"{suite}.json"
    if not file.exists():
        return None
    try:
        data = json.loads(file.read_text(encoding="utf-8"))
        found = Baseline(str(data["suite"]), str(data["playbook"]), dict(data["passed"]), dict(data["metrics"]))
    except (OSError, ValueError, KeyError, TypeError):
        raise InvalidInput(f"The baseline {file.name} cannot be read.", f"Record it again with: nextplay eval accept {suite}") from None
    if found.suite != suite:
        raise InvalidInput(f"The baseline {file.name} is of the suite '{found.suite}'.", f"Record the right one with: nextplay eval accept {suite}")
    return found


def accept(results: Sequence[Result], folder: Path = FOLDER) -> list[Path]:
    """Record the results of whole suites as their baselines; returns the files."""
    written = []
    for suite in sorted({one.suite for one in results}):
        of = [one for one in results if one.suite == suite]
        kept = {name: value for name, value in metrics(of).items() if name not in _NOT_KEPT}
        passed = {playings[0].case: all(one.passed for one in playings) for playings in by_case(of).values()}
        data = {"suite": suite, "playbook": of[0].playbook, "passed": passed, "metrics": kept}
        written.append(folder / f"{suite}.json")
        write_whole(written[-1], json.dumps(data, indent=1) + "\n")
    return written


def regressions(results: Iterable[Result], folder: Path = FOLDER, *, sampled: bool = False) -> list[str]:
    """Cases that fail and did not before, a new case counting as one that passed. With a model (`sampled`) chance flips cases too: only if
    significantly more got worse than better (exact McNemar) is any of them a regression.
    """
    cases = by_case(results)
    before = {suite: read(suite, folder) for suite in {playings[0].suite for playings in cases.values()}}
    worse, better = [], 0
    for name, playings in cases.items():
        known = before[playings[0].suite]
        was = known.passed.get(playings[0].case, True) if known else True
        now = all(one.passed for one in playings)
        better += now and not was
        if was and not now:
            worse.append(name)
    if sampled and (len(worse) <= better or mcnemar(better, len(worse)) >= LEVEL):
        return []
    return worse

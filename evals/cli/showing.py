"""How the terminal shows a run: a bar while it goes on, then what is wrong, then one line per suite."""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.text import Text

from evals.comparing import Flips, Shift
from evals.results import Result
from evals.wording import in_words
from integrations.cli.look import Cell, Page, console
from integrations.telling.words import several

SHOWN = 40
"""More failing cases than this are counted, not listed."""

_COLUMNS = {
    "top1": "top-1",
    "mrr": "MRR",
    "coverage": "cover",
    "routing_precision": "ask prec.",
    "routing_recall": "ask rec.",
    "article_hit@1": "hit@1",
    "article_recall@3": "recall@3",
    "article_refusal": "refused",
    "latency_ms_p50": "ms",
}


@contextmanager
def progress(total: int, done: int) -> Iterator[Callable[[], None]]:
    """A bar on a terminal, nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    with Progress(TextColumn("cases"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn(), console=console(stderr=True), transient=True) as bar:
        task = bar.add_task("cases", total=total, completed=done)
        yield lambda: bar.advance(task)


def show(results: Sequence[Result], said: Mapping[str, Any], worse: Sequence[str]) -> None:
    """The whole run."""
    page = Page()
    failing = [one for one in results if not one.passed]
    for one in failing[:SHOWN]:
        _case(page, one, regression=one.id in worse)
    if len(failing) > SHOWN:
        page.line((f"… and {len(failing) - SHOWN} more", "dim"))
    rows: list[list[Cell]] = [_row(suite) for suite in said["suites"]]
    page.table(rows, header=("suite", "cases", "passed", "dangers", *_COLUMNS.values()), flex=0, whole=(0,))
    page.wrapped(f"Confidence: {said['confidence']['calibration']}.")
    if "wording" in said:
        page.wrapped(in_words(said["wording"]))
    passed = sum(suite["passed"] for suite in said["suites"])
    good = passed == said["cases"]
    page.line(
        (f"{passed} of {several(said['cases'], 'case')} passed", "green" if good else "yellow"),
        (f", {several(said['dangerous'], 'dangerous error')}", "bold red" if said["dangerous"] else ""),
        (f", playbook {said['playbook']}", "dim"),
    )
    page.show()


def _case(page: Page, one: Result, *, regression: bool) -> None:
    attempt = f" (attempt {one.attempt})" if one.attempt > 1 else ""
    page.line((f"{one.id}{attempt}", "bold"), (" regression" if regression else "", "yellow"))
    for finding in one.findings:
        page.wrapped(finding.text, label=Text(f"  {finding.kind}: ", "bold red" if finding.dangerous else "yellow"))


def _row(suite: Mapping[str, Any]) -> list[Cell]:
    danger = Text(str(suite["dangerous"]), "bold red" if suite["dangerous"] else "")
    figures: list[Cell] = [_figure(suite["metrics"].get(name)) for name in _COLUMNS]
    return [suite["name"], str(suite["cases"]), str(suite["passed"]), danger, *figures]


def _figure(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:.0f}" if value > 1 else f"{value:.2f}"


def show_comparison(flips: Flips, shifts: Sequence[Shift]) -> None:
    """Two runs side by side."""
    page = Page()
    page.wrapped(flips.says)
    for name, cases in (("better", flips.better), ("worse", flips.worse)):
        for case in cases:
            page.line((f"  {name}: ", "green" if name == "better" else "red"), case)
    rows: list[list[Cell]] = [
        [one.name, str(one.n), f"{one.difference:+.3f}", f"{one.low:+.3f} to {one.high:+.3f}", "a difference" if one.shown else "no difference shown"]
        for one in shifts
    ]
    if rows:
        page.table(rows, header=("mean of", "cases", "B minus A", "95 % interval", ""), flex=4)
    page.show()

"""`nextplay eval benchmark`: public data sets, measured through what the product does."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from integrations.cli.options import Json

if TYPE_CHECKING:
    from evals.benchmarks.figures import Report


def benchmark(
    name: Annotated[str, typer.Argument(metavar="NAME", help="injections, signatures, articles or intents.")],
    data: Annotated[Path, typer.Option("--data", metavar="DIR", help="The folder of the data, or of all public data.")],
    as_json: Json = False,
) -> None:
    """Measure on public data: each number with its interval and the trivial way beside it. Data that is not there is skipped."""
    from evals.benchmarks.running import measure
    from integrations.cli.look import print_json

    report = measure(name, data)
    print_json(report.as_json()) if as_json else _show(report)


def _show(report: "Report") -> None:
    from integrations.cli.look import Cell, Page

    page = Page()
    if report.skipped:
        page.wrapped(f"{report.name}: skipped: {report.skipped}.")
        page.show()
        return
    rows: list[list[Cell]] = [
        [name, f"{m.value:.3f}", f"{m.low:.3f} to {m.high:.3f}", "" if m.baseline is None else f"{m.baseline:.3f}"]
        for name, m in report.metrics.items()
    ]
    page.table(rows, header=("metric", "value", "95 % interval", "trivial"), flex=0)
    page.wrapped(report.about)
    for source in report.data:
        page.wrapped(f"{source.file}: {source.n} entries, sha256 {source.sha256}")
    page.show()

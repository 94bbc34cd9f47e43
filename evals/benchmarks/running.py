"""The benchmarks by name."""

from collections.abc import Callable, Mapping
from pathlib import Path

from agent.errors import InvalidInput
from evals.benchmarks import articles, injections, intents, signatures
from evals.benchmarks.figures import Report, Skipped

BENCHMARKS: Mapping[str, Callable[[Path], Report]] = {
    "injections": injections.measure,
    "signatures": signatures.measure,
    "articles": articles.measure,
    "intents": intents.measure,
}
FOLDERS = {"signatures": "webhooks"}
"""Where a benchmark's files lie below the folder of all public data, if not under its own name."""


def measure(name: str, data: Path) -> Report:
    """Measure one benchmark on the files in `data`, or in its folder below. What is absent is skipped. Raises InvalidInput."""
    if name not in BENCHMARKS:
        raise InvalidInput(f"There is no benchmark '{name}'.", f"There are: {', '.join(BENCHMARKS)}.")
    below = data / FOLDERS.get(name, name)
    try:
        return BENCHMARKS[name](below if below.is_dir() else data)
    except Skipped as why:
        return Report(name, skipped=str(why))

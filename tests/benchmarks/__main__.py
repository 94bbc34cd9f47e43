"""`make bench`: figures of one run on one machine, each beside a floor measured in the same run. Nothing here fails a build."""

import asyncio
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.benchmarks import bench_acknowledging, bench_clicking, bench_deciding, bench_gate, bench_searching, bench_simulating, bench_ticking
from tests.benchmarks.figures import Figure, lines

BENCHES: tuple[tuple[str, Callable[[Path], Awaitable[list[Figure]]]], ...] = (
    ("Judging 100 candidates by 60 rules", bench_gate.measure),
    ("From webhook to recorded decision", bench_deciding.measure),
    ("History under a draft", bench_simulating.measure),
    ("The clock over a large portal", bench_ticking.measure),
    ("Finding an article", bench_searching.measure),
    ("Durable webhook acknowledgements", bench_acknowledging.measure),
    ("Slack clicks at 20 a second, while deciding", bench_clicking.measure),
)


async def main(as_json: bool) -> None:
    """Run every benchmark in a folder of its own and print what it measured."""
    found: dict[str, list[Figure]] = {}
    for title, measure in BENCHES:
        with tempfile.TemporaryDirectory(prefix="nextplay-bench-") as folder:
            found[title] = await measure(Path(folder))
        if not as_json:
            print("\n".join(lines(title, found[title])), flush=True)
    if as_json:
        print(json.dumps({title: [figure.plain() for figure in figures] for title, figures in found.items()}, indent=2))


if __name__ == "__main__":
    asyncio.run(main("--json" in sys.argv[1:]))

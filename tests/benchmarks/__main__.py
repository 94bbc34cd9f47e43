"""`make bench`: figures of one run on one machine, each beside a floor measured in the same run. Nothing here fails a build.

`make bench ARGS="lists --decisions 1000000"`: only those whose titles, or whose files, have the word, over so long a history.
"""

import argparse
import asyncio
import json
import tempfile
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

from tests.benchmarks import (
    bench_acknowledging,
    bench_clicking,
    bench_deciding,
    bench_gate,
    bench_listing,
    bench_scaling,
    bench_searching,
    bench_simulating,
    bench_ticking,
)
from tests.benchmarks.figures import Figure, lines

LISTS = "The lists of decisions and asks"
BENCHES: tuple[tuple[str, Callable[[Path], Awaitable[list[Figure]]]], ...] = (
    ("Judging 100 candidates by 60 rules", bench_gate.measure),
    ("From webhook to recorded decision", bench_deciding.measure),
    ("History under a draft", bench_simulating.measure),
    ("The clock over a large portal", bench_ticking.measure),
    ("Finding an article", bench_searching.measure),
    (LISTS, bench_listing.measure),
    ("Durable webhook acknowledgements", bench_acknowledging.measure),
    ("Deployments of processes, and what one more worker brings", bench_scaling.measure),
    ("Slack clicks at 20 a second, while deciding", bench_clicking.measure),
)


async def main(as_json: bool, word: str, decisions: int) -> None:
    """Run every benchmark, or those whose titles have the word, in a folder of its own and print what it measured."""
    chosen = [(title, usual) for title, usual in BENCHES if word.lower() in f"{title} {usual.__module__.rpartition('.')[2]}".lower()]
    if not chosen:
        raise SystemExit(f"No benchmark is called '{word}'. There are:\n" + "\n".join(f"  {title}" for title, _ in BENCHES))
    found: dict[str, list[Figure]] = {}
    for title, usual in chosen:
        measure = partial(bench_listing.measure, wanted=decisions) if title == LISTS else usual
        with tempfile.TemporaryDirectory(prefix="nextplay-bench-") as folder:
            found[title] = await measure(Path(folder))
        if not as_json:
            print("\n".join(lines(title, found[title])), flush=True)
    if as_json:
        print(json.dumps({title: [figure.plain() for figure in figures] for title, figures in found.items()}, indent=2))


if __name__ == "__main__":
    given = argparse.ArgumentParser(prog="make bench ARGS=", description="Figures, each beside a floor measured in the same run.")
    given.add_argument("word", nargs="?", default="", help="only the benchmarks whose titles, or whose files, have it")
    given.add_argument("--json", action="store_true", help="as JSON")
    given.add_argument("--decisions", type=int, default=bench_listing.DECISIONS_WANTED, help="how long a history lists are tried over")
    said = given.parse_args()
    asyncio.run(main(said.json, said.word, said.decisions))

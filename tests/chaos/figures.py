"""The figures of RELIABILITY.md, made from what scenarios of fleets wrote when they ran, so that nothing is said there that was not measured.

    python -m tests.chaos.figures [DIR]

takes over what is in the folder (that of `--figures DIR`) and writes the tables between the markers of RELIABILITY.md anew.
"""

import json
import re
import shutil
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
PAGE, MEASURED = ROOT / "RELIABILITY.md", Path(__file__).parent / "measured"
BETWEEN = re.compile(r"(<!-- figures -->\n).*?(<!-- /figures -->)", re.DOTALL)
HEAD = (
    "scenario", "what was done", "deliveries acknowledged", "events", "other body, same id", "decided", "effects (after an approval)",
    "unknown for a while", "acknowledged in", "longest answer", "drained after", "seed, load",
)  # fmt: skip
NAMES = {
    "storm-sqlite": "storm, SQLite", "storm-postgresql": "storm, PostgreSQL, 3 workers", "kills-sqlite": "kill -9, SQLite",
    "kills-postgresql": "kill -9, PostgreSQL, 3 workers", "pauses-postgresql": "workers paused", "faults-resets": "connections reset",
    "faults-blackholes": "black holes", "faults-restarts": "server stopped at once and started",
    "faults-outages": "server away for a minute", "faults-terminated": "backends terminated",
    "faults-locked-file": "file locked by another program", "faults-full-disk": "disk full",
    "clocks-sqlite": "the host's clock 8 hours off, SQLite", "clocks-postgresql": "clocks of hosts 8 hours apart, PostgreSQL, 2 workers",
    "soak-sqlite": "soak, SQLite", "soak-postgresql": "soak, PostgreSQL, 2 workers",
}  # fmt: skip
DONE = (
    "kills",
    "pauses",
    "resets of all",
    "black holes of 10 s",
    "immediate stops",
    "outages of a minute",
    "terminated",
    "locks of 10 s",
    "full disks of 5 s",
    "clocks set",
)
DOORS = "doors-postgresql"
"""Answered at all doors: no storm, so it is told in a sentence."""

Figures = Mapping[str, Any]


def measured(folder: Path = MEASURED) -> dict[str, Figures]:
    """What is in a folder, by scenario."""
    return {name: json.loads((folder / f"{name}.json").read_text()) for name in (*NAMES, DOORS) if (folder / f"{name}.json").exists()}


def rendered(all_: Mapping[str, Figures]) -> str:
    """The tables."""
    rows = [HEAD, ("---",) * len(HEAD), *(_row(name, found) for name, found in all_.items() if name in NAMES)]
    missing = [title for name, title in {**NAMES, DOORS: "answers at all doors"}.items() if name not in all_]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    if missing:
        lines += ["", f"Not run at this size yet: {'; '.join(missing)}."]
    return "\n".join([*lines, *_told(all_), "", _machines(all_), ""])


def page_with(text: str, tables: str) -> str:
    """The page with these tables in it. Raises ValueError where it has no place for them."""
    if not BETWEEN.search(text):
        raise ValueError(f"{PAGE.name} needs the markers <!-- figures --> and <!-- /figures -->")
    return BETWEEN.sub(lambda found: f"{found[1]}{tables}{found[2]}", text)


def _told(all_: Mapping[str, Figures]) -> Iterator[str]:
    """What does not fit into a table."""
    if found := all_.get(DOORS):
        doors = ", ".join(f"{count} in {name}" for name, count in found["doors"].items())
        ends = ", ".join(f"{count} {state}" for state, count in found["asks"].items())
        share = f" ({part:.0%} of the whole)" if (part := found.get("share", 1.0)) < 1 else ""
        yield ""
        yield (
            f"*Answers at all doors*{share}: {found['threads']} people at once ({doors}), of two web processes, gave {found['answers']:,} answers "
            f"to {sum(found['asks'].values())} asks: each ended once ({ends}), {found['effects']} effects, none twice."
        )
    for name in ("soak-sqlite", "soak-postgresql"):
        if found := all_.get(name):
            parts = "; ".join(f"{what} {', '.join(f'{one:,.0f}' for one in each)}" for what, each in found["parts"].items())
            yield from ("", f"*{NAMES[name]}*, {found['sending s'] / 60:.0f} minutes in six parts, the median of each: {parts}.")


def _row(name: str, found: Figures) -> tuple[str, ...]:
    ack, approved = found["acknowledged in ms"], found["effects after an approval"]
    return (
        NAMES[name], _done(found), f"{found['acknowledged']:,}", f"{found['events']:,}", f"{found['conflicts']:,}", f"{found['decisions']:,}",
        f"{found['effects']:,} ({approved:,})", f"{found['unknown for a while']:,}", f"p50 {ack['p50']:,} ms, p99 {ack['p99']:,} ms",
        f"{found['longest answer s']:.1f} s", f"{found['drained after s']:.0f} s", f"{found['seed']}, {found['machine']['load']:.0f}",
    )  # fmt: skip


def _done(found: Figures) -> str:
    """What was done to it, and how much of that which `make chaos` does."""
    done = [f"{found[what]:,} {what}" for what in DONE if what in found]
    if (recovered := found.get("recovered after s at most")) is not None:
        done.append(f"ready again after {recovered:.1f} s at most")
    if silent := found.get("longest in silent hands s"):
        done.append(f"a job in a silent worker's hands for {silent:.1f} s at most")
    if (share := found.get("share", 1.0)) < 1:
        done.append(f"**{share:.0%} of the whole**")
    if (patience := found.get("patience", 1.0)) > 1:
        done.append(f"**bars {patience:g} times as long**")
    return ", ".join(done) or "no fault"


def _machines(all_: Mapping[str, Figures]) -> str:
    found = {tuple(one["machine"][name] for name in ("processors", "system", "python")) for one in all_.values()}
    machines = "; ".join(f"{count} processors, {system}, Python {python}" for count, system, python in sorted(found))
    load = "Load is that of the whole machine in the end, in processes that want to run: where it is above the processors, it did other work beside."
    return f"Machine: {machines}. {load}"


def main(folder: str | None = None) -> None:
    """Take over and write."""
    MEASURED.mkdir(exist_ok=True)
    for name in (*NAMES, DOORS):
        if folder and (Path(folder) / f"{name}.json").exists():
            shutil.copy(Path(folder) / f"{name}.json", MEASURED)
    PAGE.write_text(page_with(PAGE.read_text(encoding="utf-8"), rendered(measured())), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])

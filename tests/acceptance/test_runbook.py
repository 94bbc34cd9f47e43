"""The documents for operators name gauges, pages and commands that there are, and every gauge is explained."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml

from evals.cli import build
from integrations.counters import COUNTED
from integrations.db.pulse import Pulse
from integrations.scraping import _Stored

ROOT = Path(__file__).parents[2]
OPERATORS = ("docs/runbook.md", "docs/operating.md", "docs/deploying.md", "docs/personal-data.md")
PAGES = yaml.safe_load((ROOT / "tests/acceptance/console/matrix.yaml").read_text())


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def told() -> set[str]:
    """Every name that a scrape may show, as it is asked for."""
    families = [*COUNTED.collect(), *_Stored(Pulse(), alive=True).collect()]
    return {f"{one.name}_total" if one.type == "counter" else one.name for one in families if one.name.startswith("nextplay_")}


@pytest.mark.parametrize("name", ["docs/runbook.md", "docs/operating.md"])
def test_every_figure_that_is_named_is_told(name: str) -> None:
    named = {found.removesuffix("_count") for found in re.findall(r"\bnextplay_[a-z_]+[a-z]", text_of(name))}
    assert sorted(named - told() - {"nextplay_jobs", "nextplay_checkpoints"}) == []


def test_every_figure_is_explained() -> None:
    assert sorted(one for one in told() - {"nextplay_build"} if f"`{one}" not in text_of("docs/operating.md")) == []


def test_every_page_that_is_named_is_there() -> None:
    there = {where.split()[1] for where in PAGES}
    named = {page for name in OPERATORS for page in re.findall(r"`(/console[\w/-]*)`", text_of(name))}
    assert len(named) >= 4
    assert sorted(named - there) == []


def commands(node: Any, words: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    yield " ".join(words), node
    for name, below in getattr(node, "commands", {}).items():
        yield from commands(below, (*words, name))


@pytest.mark.parametrize("name", OPERATORS)
def test_every_command_that_is_named_is_there_with_its_options(name: str) -> None:
    known = dict(commands(typer.main.get_command(build())))
    wrong = []
    for said in re.findall(r"(?:`|^|exec app )nextplay ((?:[a-z-]+)(?: [^`\n]*)?)", text_of(name), re.MULTILINE):
        words = said.split()
        path = next((" ".join(words[:count]) for count in (2, 1) if " ".join(words[:count]) in known), None)
        options = {option for parameter in known[path].params for option in parameter.opts} if path else set()
        if path is None or hasattr(known[path], "commands") or set(re.findall(r"--[a-z][a-z-]+", said.split("  ")[0])) - options - {"--json"}:
            wrong.append(said)
    assert wrong == []


def test_each_trouble_says_how_it_is_seen() -> None:
    parts = re.split(r"^## ", text_of("docs/runbook.md"), flags=re.MULTILINE)[1:]
    troubles = [
        part for part in parts if part.startswith(("Asks", "An effect", "Slack", "A policy", "The database", "The queue", "Dead", "The disk"))
    ]
    assert len(troubles) == 8
    assert [part.splitlines()[0] for part in troubles if "*Seen*" not in part or "nextplay" not in part] == []

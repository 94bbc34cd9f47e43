"""Finds suites and reads their cases. Whatever is wrong in a file is said with its name and line."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from agent.errors import InvalidInput
from agent.playbook.sources import Document, SourceError, read_document
from evals.cases import Case

SUITES = Path(__file__).parent / "suites"
"""The suites that ship."""

WORLDS = Path(__file__).parent / "worlds"
"""Worlds that several cases share: fixtures of the sandbox."""

SHOWN = 5
"""More mistakes of one file than this are counted, not listed."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """A case with its place. `hash` changes with every byte of the file and of its world."""

    suite: str
    name: str
    file: Path
    case: Case
    hash: str

    @property
    def id(self) -> str:
        """How reports name it."""
        return f"{self.suite}/{self.name}"


def load_suites(names: Sequence[str] = (), folder: Path = SUITES) -> dict[str, list[Loaded]]:
    """The cases of the suites, or of all. A name may be `suite/case`. Raises InvalidInput for what is not there or cannot be read."""
    there = sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    if not there:
        raise InvalidInput(f"There are no suites in {folder}.", "A suite is a folder with one YAML file per case.")
    wanted = _wanted(names or there, there)
    suites = {suite: _suite(folder / suite, cases) for suite, cases in wanted.items()}
    for suite, cases in suites.items():
        known = {path.stem for path in (folder / suite).glob("*.yaml")}
        for one in cases:
            if one.case.twin is not None and (one.case.twin not in known or one.case.twin == one.name):
                raise InvalidInput(
                    f"{_shown(one.file)}: there is no other case '{one.case.twin}' in this suite for its twin.", "Name one of its files."
                )
    return suites


def load_case(file: Path) -> Loaded:
    """One case. Raises InvalidInput with file and line."""
    try:
        document = read_document(file)
    except SourceError as error:
        where = f", line {error.line}" if error.line else ""
        raise InvalidInput(f"{_shown(file)}{where}: {error.why}.", _HOW) from None
    if not isinstance(document.data, dict):
        raise InvalidInput(f"{_shown(file)}: a case is a mapping of keys.", _HOW)
    try:
        case = Case.model_validate(document.data)
    except ValidationError as error:
        raise InvalidInput(_said(file, document, error), _HOW) from None
    world = WORLDS / f"{case.world}.yaml"
    if case.world not in ("seed", "empty") and not world.is_file():
        raise InvalidInput(f"{_shown(file)}, line {document.line_of(['world'])}: there is no world '{case.world}'.", f"Worlds lie in {WORLDS}.")
    behind = world.read_bytes() if world.is_file() else b""
    return Loaded(file.parent.name, file.stem, file, case, hashlib.sha256(file.read_bytes() + behind).hexdigest()[:16])


_HOW = "docs/evals.md shows what a case may hold."


def _wanted(names: Iterable[str], there: Sequence[str]) -> dict[str, set[str]]:
    """Names of cases by suite; no names: all of it."""
    wanted: dict[str, set[str]] = {}
    for name in names:
        suite, _, case = name.strip("/").partition("/")
        if suite not in there:
            raise InvalidInput(f"There is no suite '{suite}'.", f"There are: {', '.join(there)}.")
        if case:
            wanted.setdefault(suite, set()).add(case.removesuffix(".yaml"))
        else:
            wanted[suite] = set()
    return wanted


def _suite(folder: Path, names: set[str]) -> list[Loaded]:
    files = sorted(folder.glob("*.yaml"))
    if not files:
        raise InvalidInput(f"The suite '{folder.name}' has no cases.", f"Put one YAML file per case into {folder}.")
    if unknown := sorted(names - {file.stem for file in files}):
        raise InvalidInput(f"The suite '{folder.name}' has no case '{unknown[0]}'.", f"Look into {folder}.")
    return [load_case(file) for file in files if not names or file.stem in names]


def _said(file: Path, document: Document, error: ValidationError) -> str:
    problems = [_problem(file, document, one) for one in error.errors(include_url=False)]
    more = f" (and {len(problems) - SHOWN} more)" if len(problems) > SHOWN else ""
    return "; ".join(problems[:SHOWN]) + more + "."


def _problem(file: Path, document: Document, one: Any) -> str:
    path = [part for part in one["loc"] if isinstance(part, str | int)]
    what = {"extra_forbidden": "there is no such key", "missing": "is missing"}.get(one["type"], one["msg"].removeprefix("Value error, "))
    named = ".".join(str(part) for part in path)
    return f"{_shown(file)}, line {document.line_of(path) or 1}: {f'{named}: ' if named else ''}{what}"


def _shown(file: Path) -> str:
    return f"{file.parent.name}/{file.name}"

"""Loads a playbook folder into one immutable `Playbook`, or says everything that is wrong with it.

A folder holds `surfaces/`, `plays/` and `rules/` with YAML files, each one item or a list of items, and may hold a
`playbook.yaml` and a `triage.yaml`. Loading builds a new object or raises: a broken playbook can never replace one that works.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from agent.domain.clauses import ClauseError
from agent.domain.playbook import Playbook
from agent.domain.plays import DO_NOTHING, LaunchLimits, Part, Play, Surface
from agent.domain.rules import Rule
from agent.domain.triage_words import TriageWords
from agent.playbook.expressions import Kind, expressions_in
from agent.playbook.sources import Document, SourceError, read_document

DEFAULT = Path(__file__).parent / "default"
"""The playbook that ships."""

STARTER = Path(__file__).parent / "starter"
"""What `nextplay init` copies."""

FOLDERS: dict[str, tuple[Kind, type[Part]]] = {
    "surfaces": ("surface", Surface),
    "plays": ("play", Play),
    "rules": ("rule", Rule),
}
MANIFEST = "playbook.yaml"
TRIAGE = "triage.yaml"
_SUFFIXES = (".yaml", ".yml")


class Manifest(Part):
    """`playbook.yaml`: what the playbook is for, the currency that its values are stated in, and what every surface must reach before it acts."""

    about: str = ""
    reporting_currency: str = "EUR"
    launch: LaunchLimits = Field(default=LaunchLimits(), exclude_if=LaunchLimits.says_nothing)


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item stands: the file, relative to the folder, and its lines."""

    file: str
    document: Document
    index: int | None

    def line(self, path: Iterable[str | int] = ()) -> int | None:
        """The line of a key below the item."""
        return self.document.line_of((*(() if self.index is None else (self.index,)), *path))


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that keeps a playbook from loading. `shown` is the place with a caret, where there is one."""

    file: str
    line: int | None
    text: str
    shown: str = ""

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {self.text}" + (f"\n{self.shown}" if self.shown else "")


class PlaybookError(Exception):
    """A playbook that cannot be used, with all its problems."""

    def __init__(self, folder: Path, problems: Iterable[Problem]) -> None:
        self.folder = folder
        self.problems = tuple(sorted(problems, key=lambda p: (p.file, p.line or 0)))
        count = "1 problem" if len(self.problems) == 1 else f"{len(self.problems)} problems"
        super().__init__(f"the playbook {folder} has {count}:\n" + "\n".join(map(str, self.problems)))


@dataclass(frozen=True)
class Source:
    """A loaded playbook together with where each of its items stands."""

    playbook: Playbook
    places: Mapping[tuple[Kind, str], Place]


def load(folder: Path) -> Playbook:
    """Load a folder. Raises PlaybookError that lists every problem."""
    return load_source(folder).playbook


def load_source(folder: Path) -> Source:
    """Load a folder and keep the places, for messages that name file and line. Raises PlaybookError."""
    if not folder.is_dir():
        absent = "there is no such folder; `nextplay init DIR` makes a starter playbook"
        raise PlaybookError(folder, [Problem(str(folder), None, absent)])
    reading = _Reading(folder)
    reading.read()
    if reading.problems:
        raise PlaybookError(folder, reading.problems)
    return Source(reading.playbook(), reading.places)


@dataclass
class _Reading:
    """What was found in a folder so far. Goes on after a problem, so that one run shows them all."""

    folder: Path
    items: dict[tuple[Kind, str], Any] = field(default_factory=dict)
    places: dict[tuple[Kind, str], Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    manifest: Manifest = field(default_factory=Manifest)
    triage: TriageWords = field(default_factory=TriageWords)

    def read(self) -> None:
        for path in yaml_files(self.folder):
            self._file(path, path.relative_to(self.folder).as_posix())
        if not self.problems and not any(kind == "surface" for kind, _ in self.items):
            self._problem("surfaces", None, "there is no surface, so nothing would ever be recommended; add one")

    def playbook(self) -> Playbook:
        def of(wanted: Kind) -> dict[str, Any]:
            return {name: item for (kind, name), item in sorted(self.items.items()) if kind == wanted}

        said = self.manifest
        read = Playbook(of("surface"), of("play"), of("rule"), "", said.reporting_currency, said.launch, self.triage)
        return replace(read, version=version_of(read))

    def _file(self, path: Path, name: str) -> None:
        top = name.partition("/")[0]
        if name not in (MANIFEST, TRIAGE) and top not in FOLDERS:
            return self._problem(name, None, f"this file is not read; put it into {', '.join(FOLDERS)} or remove it")
        try:
            document = read_document(path)
        except SourceError as problem:
            return self._problem(name, problem.line, problem.why, problem.shown)
        if name == MANIFEST:
            return self._manifest(document)
        if name == TRIAGE:
            return self._triage(document)
        return self._items(document, name, *FOLDERS[top])

    def _manifest(self, document: Document) -> None:
        checked = self._checked(Manifest, document.data or {}, Place(MANIFEST, document, None), "playbook")
        if isinstance(checked, Manifest):
            self.manifest = checked

    def _triage(self, document: Document) -> None:
        place = Place(TRIAGE, document, None)
        checked = self._checked(TriageWords, document.data or {}, place, "triage")
        if isinstance(checked, TriageWords):
            self.triage = checked
            for path, why in checked.faults():
                self._problem(TRIAGE, place.line(path), f"triage: {why}")

    def _items(self, document: Document, name: str, kind: Kind, model: type[Part]) -> None:
        listed = isinstance(document.data, list)
        for i, data in enumerate(document.data if listed else [document.data]):
            place = Place(name, document, i if listed else None)
            if not isinstance(data, dict):
                wanted = f"expected a {kind} with keys such as id, owner and why"
                self._problem(name, place.line(), f"{wanted}; found {_kind_of(data)}")
                continue
            self._compile_all(kind, data, place)
            item: Any = self._checked(model, data, place, f"{kind} '{data.get('id', '?')}'")
            if item is not None:
                self._add(kind, item, place)

    def _checked(self, model: type[Part], data: Any, place: Place, what: str) -> Part | None:
        try:
            return model.model_validate(data)
        except ValidationError as error:
            for one in error.errors(include_url=False):
                self._problem(place.file, place.line(one["loc"]), f"{what}: {_explain(one, model)}")
            return None

    def _add(self, kind: Kind, item: Any, place: Place) -> None:
        if item.id == DO_NOTHING:
            return self._problem(place.file, place.line(), f"{kind} '{item.id}': this id is built in; choose another")
        first = self.places.get((kind, item.id))
        if first is not None:
            where = f"the first is in {first.file}:{first.line()}"
            return self._problem(place.file, place.line(), f"{kind} '{item.id}' is defined twice; {where}")
        self.items[kind, item.id], self.places[kind, item.id] = item, place
        return None

    def _compile_all(self, kind: Kind, data: Mapping[str, Any], place: Place) -> None:
        for expression in expressions_in(kind, data):
            try:
                expression.compile()
            except ClauseError as error:
                where = f"{kind} '{expression.owner}', '{expression.name}'"
                self._problem(place.file, place.line(expression.path), f"{where}: {error}")

    def _problem(self, file: str, line: int | None, text: str, shown: str = "") -> None:
        self.problems.append(Problem(file, line, text, shown))


def version_of(playbook: Playbook) -> str:
    """The hash of what a playbook says, whether it was read from files or made otherwise."""
    said = Manifest(reporting_currency=playbook.reporting_currency, launch=playbook.launch)
    words = [] if playbook.triage.says_nothing() else [playbook.triage]
    return content_hash([*playbook.surfaces.values(), *playbook.plays.values(), *playbook.rules.values(), *words, said])


def content_hash(items: Iterable[BaseModel]) -> str:
    """A short hash of what a playbook says: the same for the same content, however it is spread over files."""
    said = sorted(_canonical(item.model_dump(mode="json", by_alias=True)) for item in items)
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:12]


def _canonical(data: Any) -> str:
    return json.dumps(data, sort_keys=True, ensure_ascii=False)


def yaml_files(folder: Path) -> Iterator[Path]:
    """The files that a playbook is read from, in a fixed order."""
    hidden = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix in _SUFFIXES)
    return (path for path in hidden if not any(part.startswith(".") for part in path.relative_to(folder).parts))


def _explain(error: Any, model: type[BaseModel]) -> str:
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] == "extra_forbidden":
        known = f"; known keys: {', '.join(_keys(model))}" if len(error["loc"]) == 1 else ""
        return f"unknown key '{where}'{known}"
    if error["type"] == "missing":
        return f"the key '{where}' is missing"
    return f"{where}: {error['msg'].removeprefix('Value error, ')}"


def _keys(model: type[BaseModel]) -> list[str]:
    return sorted(info.alias or name for name, info in model.model_fields.items())


def _kind_of(data: Any) -> str:
    return "nothing" if data is None else f"a {type(data).__name__}"

"""What came of cases, and the files that keep it."""

import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from agent.errors import InvalidInput
from evals.findings import DANGERS, NUISANCES, Finding
from evals.letters import Letter
from integrations.reports.writing import write_text


@dataclass(frozen=True, slots=True)
class Opinion:
    """Whether a text meets a criterion, and why, in the words of whoever says so."""

    yes: bool
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a model said of one text that a customer was sent, by criterion; or why it could not be asked."""

    effect: str
    opinions: Mapping[str, Opinion]
    not_judged: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """One playing of a case. `playbook` is the version that it was played on, before what the case itself changes in it.

    `measures` holds what metrics are made of; `attempt` counts from 1. `letters` are still to be judged and kept nowhere, `wording` was.
    """

    suite: str
    case: str
    hash: str
    playbook: str
    attempt: int
    findings: tuple[Finding, ...]
    measures: Mapping[str, Any] = field(default_factory=dict)
    letters: tuple[Letter, ...] = ()
    wording: tuple[Verdict, ...] = ()

    @property
    def id(self) -> str:
        """How reports name the case."""
        return f"{self.suite}/{self.case}"

    @property
    def passed(self) -> bool:
        """Nothing is wrong."""
        return not self.findings

    @property
    def dangers(self) -> list[Finding]:
        """The dangerous errors."""
        return [one for one in self.findings if one.dangerous]

    def as_json(self) -> dict[str, Any]:
        """For a line of a file."""
        said = asdict(self)
        del said["letters"]
        return said


def result_from(data: Mapping[str, Any]) -> Result:
    """Read one back. Raises KeyError, TypeError or ValueError for anything else."""
    found = tuple(Finding(one["kind"], one["text"]) for one in data["findings"])
    if unknown := {one.kind for one in found} - DANGERS.keys() - NUISANCES.keys():
        raise ValueError(f"unknown kind of finding {unknown}")
    suite, case, digest, playbook = (str(data[name]) for name in ("suite", "case", "hash", "playbook"))
    wording = tuple(_verdict(one) for one in data["wording"])
    return Result(suite, case, digest, playbook, int(data["attempt"]), found, dict(data["measures"]), wording=wording)


def _verdict(data: Mapping[str, Any]) -> Verdict:
    return Verdict(data["effect"], {name: Opinion(**said) for name, said in data["opinions"].items()}, data["not_judged"])


def write_whole(file: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all, with the folders around it. Raises InvalidInput where it cannot be written."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInput(f"{file} cannot be written: {(error.strerror or str(error)).lower()}.", "Give another path.") from None
    write_text(file, text)


def lines_of(results: Iterable[Result]) -> str:
    """Results as JSON lines."""
    return "".join(json.dumps(one.as_json(), ensure_ascii=False) + "\n" for one in results)


def read_results(file: Path) -> list[Result]:
    """The results of a JSONL file. Raises InvalidInput."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise InvalidInput(f"{file} cannot be read.", "Write one with: nextplay eval run --jsonl FILE") from None
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        try:
            found.append(result_from(json.loads(line)))
        except (ValueError, KeyError, TypeError):
            raise InvalidInput(
                f"{file}, line {number}: this is not a result of an eval, or one of before they named their playbook.",
                "Run the evals again: nextplay eval run --jsonl FILE",
            ) from None
    if not found:
        raise InvalidInput(f"{file} holds no results.", "Write one with: nextplay eval run --jsonl FILE")
    return found


class Journal:
    """The results of a run as they come, one line each, so that an interrupted run can go on. The first line says which run it is."""

    def __init__(self, file: Path, fingerprint: Mapping[str, Any]) -> None:
        self._file, self._fingerprint = file, dict(fingerprint)

    def begin(self, *, resume: bool) -> list[Result]:
        """Start anew, or give what an interrupted run of the same kind has already. Raises InvalidInput where there is none to resume."""
        self._file.parent.mkdir(parents=True, exist_ok=True)
        if resume:
            return self._kept()
        self._file.write_text(json.dumps(self._fingerprint) + "\n", encoding="utf-8")
        return []

    def _kept(self) -> list[Result]:
        text = self._file.read_text(encoding="utf-8") if self._file.exists() else ""
        whole = [line for line in text.splitlines(keepends=True) if line.endswith("\n")]  # the last line of a run that was cut off is half written
        if not whole:
            raise InvalidInput("There is no interrupted run to resume.", "Leave out --resume.")
        if json.loads(whole[0]) != self._fingerprint:
            raise InvalidInput("The interrupted run was of other cases, or of another playbook or model.", "Run that again, or leave out --resume.")
        if len(whole) != len(text.splitlines()):
            write_whole(self._file, "".join(whole))
        try:
            return [result_from(json.loads(line)) for line in whole[1:]]
        except (ValueError, KeyError, TypeError):
            raise InvalidInput("What the interrupted run kept cannot be read.", "Leave out --resume.") from None

    def add(self, result: Result) -> None:
        """Keep one result; it is on the disk when this returns."""
        with self._file.open("a", encoding="utf-8") as file:
            file.write(lines_of([result]))
            file.flush()
            os.fsync(file.fileno())

    def end(self) -> None:
        """The run is complete: there is nothing to resume."""
        self._file.unlink(missing_ok=True)

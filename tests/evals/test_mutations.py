"""The suites notice what is broken on purpose; a suite that lets it pass would be a check that cannot fail."""

from pathlib import Path

import pytest

from agent.playbook.loader import DEFAULT
from evals.loading import Loaded, load_suites
from evals.playbooks import edited
from evals.running import Plan, run
from tests.evals.faults import FAULTS, Fault


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where prepared databases are kept from fault to fault."""
    return tmp_path_factory.mktemp("worlds")


def _cases(names: tuple[str, ...] | list[str]) -> list[Loaded]:
    return [one for of in load_suites(names).values() for one in of]


def test_there_are_enough_faults() -> None:
    assert len(FAULTS) >= 30
    assert len({fault.name for fault in FAULTS}) == len(FAULTS)


def test_without_a_fault_the_same_cases_pass(kept: Path, faults: list[Fault]) -> None:
    sound = sorted({case for fault in faults for case in fault.cases})
    results = run(Plan(_cases(sound), jobs=1), folder=kept)

    assert {one.id: one.findings for one in results if not one.passed} == {}
    assert [one.id for one in results] == sound


def test_every_fault_is_caught(fault: Fault, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    if fault.patch is not None:
        fault.patch(monkeypatch)

    results = run(Plan(_cases(fault.cases), jobs=1, playbook=edited(DEFAULT, fault.edits, tmp_path)), folder=kept)

    assert [one.id for one in results if one.passed] == []
    found = {one.kind for result in results for one in result.dangers}
    assert bool(found & set(fault.dangers)) == bool(fault.dangers), {one.id: one.findings for one in results}
    assert "crashed" not in {one.kind for result in results for one in result.findings}

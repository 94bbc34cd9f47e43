"""A case that is not well formed is refused with its file and line; suites that are not there are named."""

from pathlib import Path

import pytest

from agent.errors import InvalidInput
from evals.loading import SUITES, load_case, load_suites
from tests.evals.made import ESCALATED, suite


def _said(folder: Path, text: str) -> str:
    suite(folder, a=text)
    with pytest.raises(InvalidInput) as refused:
        load_case(folder / "s" / "a.yaml")
    assert refused.value.exit_code == 2
    return refused.value.message


def test_an_unknown_key_is_refused_with_its_line(tmp_path: Path) -> None:
    assert "s/a.yaml, line 4: expect.0.alowed: there is no such key" in _said(
        tmp_path, "purpose: A case with a typing mistake.\nevent: {type: x, deal: d}\nexpect:\n  alowed: [nothing]\n"
    )


def test_an_unknown_reason_is_refused(tmp_path: Path) -> None:
    assert "there is no reason code 'becuase'" in _said(
        tmp_path, "purpose: A case about reasons.\nevent: {type: x, deal: d}\nexpect: {reasons: becuase}\n"
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("purpose: A case that expects nothing.\nevent: {type: x, deal: d}\n", "it expects nothing, so it could not fail"),
        ("purpose: A case in which nothing happens.\nexpect: {route: none}\n", "give either `event`"),
        ("purpose: A step that does two things.\nsteps: [{tick: true, wait: true}]\nexpect: {route: none}\n", "a step does one thing"),
        ("purpose: At some time or other.\nat: someday\nevent: {type: x, deal: d}\nexpect: {route: none}\n", "'someday' is not a time"),
        ("purpose: A world nobody made.\nworld: mars\nevent: {type: x, deal: d}\nexpect: {route: none}\n", "line 2: there is no world 'mars'"),
        ("- a list", "a case is a mapping of keys"),
        ("purpose: [", "line 1"),
    ],
)
def test_what_makes_no_sense_is_refused(tmp_path: Path, text: str, why: str) -> None:
    assert why in _said(tmp_path, text)


def test_a_twin_must_be_another_case_of_the_suite(tmp_path: Path) -> None:
    folder = suite(tmp_path, a=ESCALATED + "twin: b\n")
    with pytest.raises(InvalidInput, match="there is no other case 'b'"):
        load_suites(folder=folder)
    assert [one.name for one in load_suites(folder=suite(tmp_path, b=ESCALATED))["s"]] == ["a", "b"]


def test_suites_that_are_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="There are no suites"):
        load_suites(folder=tmp_path / "nowhere")
    folder = suite(tmp_path, name="empty")
    with pytest.raises(InvalidInput, match="The suite 'empty' has no cases"):
        load_suites(folder=folder)
    with pytest.raises(InvalidInput, match=r"There is no suite 'full'\. There are: empty"):
        load_suites(["full"], folder=folder)
    with pytest.raises(InvalidInput, match="has no case 'b'"):
        load_suites(["s/b"], folder=suite(tmp_path, a=ESCALATED))


def test_the_hash_changes_with_the_file(tmp_path: Path) -> None:
    before = load_suites(folder=suite(tmp_path, a=ESCALATED))["s"][0].hash
    assert load_suites(folder=suite(tmp_path, a=ESCALATED + "# more\n"))["s"][0].hash != before


def test_the_suites_that_ship_are_many_and_whole() -> None:
    suites = load_suites()
    assert len(suites) >= 8
    assert sum(len(cases) for cases in suites.values()) >= 120
    assert {path.name for path in SUITES.iterdir() if path.is_dir()} == set(suites)
    assert min(len(cases) for cases in suites.values()) >= 10


def test_twins_end_otherwise() -> None:
    cases = {one.id: one.case for of in load_suites().values() for one in of}
    twins = {name: cases[f"{name.partition('/')[0]}/{case.twin}"] for name, case in cases.items() if case.twin}
    assert len(twins) >= 60
    assert [name for name, twin in twins.items() if (cases[name].expect, cases[name].end) == (twin.expect, twin.end)] == []

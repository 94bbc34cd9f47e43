"""Settings that may be changed without files, and the playbook that changes give."""

import shutil
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.domain.playbook import Playbook
from agent.playbook import lint
from agent.playbook.changing import Setting, changed, compared, joined
from agent.playbook.loader import DEFAULT, load, version_of
from agent.playbook.parameters import Address, Parameter, Unfit, Value, parameters, read, same, written

CAP = Address("rule", "contact-cap", "params.per_week")
MODE = Address("surface", "renewal", "mode")
PRIOR = Address("play", "executive-check-in", "prior.without")
NUMBERS = {"number", "whole"}


@cache
def shipped() -> Playbook:
    return load(DEFAULT)


@cache
def known() -> dict[Address, Parameter]:
    return parameters(shipped())


def another(parameter: Parameter) -> Value:
    """A value that the setting may take, and does not have."""
    given = {
        "choice": [one for one in parameter.choices if one != parameter.value], "switch": ["no" if parameter.value else "yes"],
        "span": ["5h", "6h"], "date": ["2026-12-24", "2027-01-31"], "hours": ["21:00-06:30", "22:00-06:00"],
        "number": ["0.25", "0.1", "0.5", "1", "-0.25", "7"], "whole": ["3", "4"],
    }  # fmt: skip
    for text in given[parameter.shape]:
        try:
            value = read(parameter, text)
        except Unfit:
            continue
        if not same(value, parameter.value):
            return value
    raise AssertionError(f"nothing else fits {parameter}")


def test_no_text_and_no_expression_can_be_changed() -> None:
    keys = {at.key.rpartition(".")[2] for at in known()}
    assert not keys & {"why", "says", "cel", "owner", "title", "id", "body", "subject", "text", "effect", "layer", "on_missing", "steps"}
    assert not any(at.key.startswith(("content", "when", "applies_to", "trigger", "launch")) for at in known())
    formulas = [play.id for play in shipped().plays.values() if "(" in play.value or "." in play.value.replace(".", "", 1)]
    assert formulas
    assert not any(Address("play", name, "value") in known() for name in formulas)


def test_what_a_form_shows_is_what_it_reads() -> None:
    for parameter in known().values():
        assert read(parameter, written(parameter.value)) == parameter.value, parameter


@pytest.mark.parametrize(
    ("at", "text", "says"),
    [
        (CAP, "lots", "'lots' does not fit: give a number."),
        (CAP, "", "It is empty: give a number."),
        (CAP, "1e9", "does not fit"),
        (MODE, "live", "give off, shadow, suggest, auto."),
        (Address("surface", "renewal", "holdout.share"), "0.6", "out of bounds: give a number from 0 to 0.5."),
        (Address("surface", "renewal", "attention.open"), "2.5", "a whole number"),
        (Address("surface", "renewal", "attention.quiet"), "25:00-07:00", "from and to"),
        (Address("surface", "renewal", "review.remind_after"), "2 days", "36h"),
        (Address("rule", "contact-cap", "until"), "2026-02-30", "a date"),
        (Address("rule", "contact-cap", "enabled"), "maybe", "yes or no"),
        (PRIOR, "1.2", "from 0 to 1"),
        (CAP, "<script>alert(1)</script>" * 9, "does not fit"),
    ],
)
def test_what_does_not_fit_is_refused_with_what_does(at: Address, text: str, says: str) -> None:
    with pytest.raises(Unfit, match=says.replace("(", "\\(").replace(".", "\\.")):
        read(known()[at], text)


def test_the_same_meaning_is_no_change() -> None:
    assert read(known()[PRIOR], "0.3") == shipped().plays["executive-check-in"].prior.without == "0.30"
    assert read(known()[Address("rule", "cooldown-after-rejection", "params.pause")], "2w") == "14d"


@settings(max_examples=12, deadline=None)
@given(st.data())
def test_changes_and_their_reversal_give_the_folders_version(data: st.DataObject) -> None:
    chosen = data.draw(st.lists(st.sampled_from(sorted(known())), min_size=1, max_size=6, unique=True))
    forth = [Setting(at, known()[at].value, another(known()[at])) for at in chosen]
    result = changed(shipped(), forth)
    assert (len(result.made), result.overtaken) == (len(forth), ())
    assert result.playbook.version == version_of(result.playbook) != shipped().version
    assert {one.at for one in compared(shipped(), result.playbook)} == set(chosen)
    back = [Setting(one.at, one.now, one.was) for one in forth]
    assert changed(result.playbook, back).playbook.version == shipped().version
    assert joined(forth, back) == ()
    assert changed(shipped(), forth[::-1]).playbook.version == result.playbook.version, "their order says nothing"


def test_the_same_content_has_the_same_version_in_the_files(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    shutil.copytree(DEFAULT, folder)
    for file, old, new in (
        ("rules/contact.yaml", "params: {per_week: 2}", "params: {per_week: 3}"), ("surfaces/renewal.yaml", "mode: suggest", "mode: shadow"),
    ):  # fmt: skip
        text = (folder / file).read_text()
        assert old in text
        (folder / file).write_text(text.replace(old, new))
    result = changed(shipped(), [Setting(CAP, 2.0, read(known()[CAP], "3")), Setting(MODE, "suggest", "shadow")])
    assert result.playbook.version == load(folder).version


def test_where_the_file_says_otherwise_the_file_wins() -> None:
    mine, stays = Setting(CAP, 2.0, 3.0), Setting(MODE, "suggest", "shadow")
    gone = Setting(Address("rule", "no-such-rule", "enabled"), True, False)
    file = changed(shipped(), [Setting(CAP, 2.0, 4.0)]).playbook
    result = changed(file, [mine, stays, gone])
    assert result.playbook.rules["contact-cap"].params["per_week"] == 4.0
    assert result.playbook.surfaces["renewal"].mode == "shadow"
    assert result.made == (stays,)
    assert [(one.change, one.file, one.gone) for one in result.overtaken] == [(mine, 4.0, False), (gone, None, True)]
    assert "says 4 by now, and no longer 2" in result.overtaken[0].says
    same_by_now = changed(changed(shipped(), [mine]).playbook, [mine])
    assert "says the same by now" in same_by_now.overtaken[0].says


def test_changes_over_changes_name_what_the_folder_says() -> None:
    first, second, other = Setting(CAP, 2.0, 3.0, "ann"), Setting(CAP, 3.0, 5.0, "bob"), Setting(MODE, "suggest", "shadow")
    both = joined([first], [second, other])
    assert both == (Setting(CAP, 2.0, 5.0), other)
    assert both[0].by == "bob"
    assert Setting.from_json(both[0].to_json()) == both[0]
    assert changed(shipped(), both).playbook.version == changed(changed(shipped(), [first]).playbook, [second, other]).playbook.version


def test_an_example_that_was_written_for_the_old_setting_only_warns() -> None:
    softer = changed(shipped(), [Setting(CAP, 2.0, 3.0)]).playbook
    found = lint.judged(softer)
    assert not [one for one in found if one.severity == "error"]
    assert [one.id for one in found if "written for another setting" in one.message] == ["contact-cap"]

"""Loading a folder: one immutable object, or everything that is wrong with it."""

from pathlib import Path

import pytest
import yaml

from agent.playbook.loader import DEFAULT, STARTER, PlaybookError, content_hash, load, load_source
from agent.playbook.storing import playbook_from_json, playbook_to_json
from tests.unit.playbook.folders import play, rule, surface, when, write


def problems(folder: Path) -> list[str]:
    with pytest.raises(PlaybookError) as caught:
        load(folder)
    return [str(problem) for problem in caught.value.problems]


def test_a_folder_loads(tmp_path: Path) -> None:
    playbook = load(write(tmp_path))
    assert (list(playbook.surfaces), list(playbook.plays), list(playbook.rules)) == (["deals"], ["nudge"], ["closed"])
    found = playbook.surface_of("deal.silent")
    assert found is not None
    assert found.id == "deals"
    assert [r.id for r in playbook.rules_for(found, playbook.plays["nudge"], "email")] == ["closed"]


def test_a_file_may_hold_one_item_or_a_list(tmp_path: Path) -> None:
    folder = write(tmp_path, rules__one=yaml.safe_dump(rule(id="alone")))
    assert set(load(folder).rules) == {"closed", "alone"}


def test_the_version_follows_the_content_and_not_the_layout(tmp_path: Path) -> None:
    one = load(write(tmp_path / "one", plays=[play(), play(id="other")], surfaces=[surface(plays=["nudge", "other"])]))
    split = write(tmp_path / "two", surfaces=[surface(plays=["nudge", "other"])], plays__b=yaml.safe_dump(play(id="other")))
    (split / "plays" / "b.yaml").write_text("# a comment\n" + (split / "plays" / "b.yaml").read_text())
    assert load(split).version == one.version
    changed = load(write(tmp_path / "three", rules=[rule(why="another reason")]))
    assert changed.version != load(write(tmp_path / "four")).version


def test_the_currency_counts_for_the_version_and_the_description_does_not(tmp_path: Path) -> None:
    plain = load(write(tmp_path / "a")).version
    assert load(write(tmp_path / "b", playbook="about: ours\n")).version == plain
    other = load(write(tmp_path / "c", playbook="reporting_currency: USD\n"))
    assert other.reporting_currency == "USD"
    assert other.version != plain


def test_limits_of_the_launch_check_count_for_the_version_where_they_are_written(tmp_path: Path) -> None:
    plain = load(write(tmp_path / "a"))
    assert load(write(tmp_path / "b", playbook="launch: {}\n", surfaces=[surface(launch={})])).version == plain.version
    wide = load(write(tmp_path / "c", playbook="launch: {answers_at_least: 60}\n", surfaces=[surface(launch={"acts_at_least": 0.3})]))
    assert wide.version != plain.version
    again = playbook_from_json(wide.version, playbook_to_json(wide))
    assert again == wide
    limits = again.launch_of(again.surfaces["deals"])
    assert (limits.answers_at_least, limits.acts_at_least, limits.decisions_at_least) == (60, 0.3, 30)
    older = playbook_to_json(plain)
    del older["launch"]
    assert playbook_from_json(plain.version, older) == plain, "what an earlier release stored"


@pytest.mark.parametrize("wrong", ["acts_at_least: 1.2", "unknown_at_most: -0.1", "decisions_at_least: 0", "answers_at_least: 2.5", "endorsed: 0.5"])
def test_limits_that_are_none_are_refused_with_their_line(tmp_path: Path, wrong: str) -> None:
    (found,) = problems(write(tmp_path, playbook=f"about: ours\nlaunch:\n  {wrong}\n"))
    assert found.startswith("playbook.yaml:3: playbook: ")
    assert wrong.partition(":")[0] in found


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        rules=[rule(), rule(id="b", colour="red"), rule(id="c", layer="whim"), rule()],
        plays__broken="id: [\n",
        surfaces__text="just a sentence\n",
        stray="a: 1\n",
    )
    text = "\n".join(problems(folder))
    assert "unknown key 'colour'; known keys: applies_to, cases, effect" in text
    assert "rule 'c': layer: Input should be 'consent'" in text
    assert "rule 'closed' is defined twice; the first is in rules/all.yaml:1" in text
    assert "plays/broken.yaml:2" in text
    assert "surfaces/text.yaml:1: expected a surface with keys such as id, owner and why; found a str" in text
    assert "stray.yaml: this file is not read; put it into surfaces, plays, rules or remove it" in text


def test_an_expression_that_cannot_be_read_is_shown_with_a_caret(tmp_path: Path) -> None:
    broken = """\
- id: b
  owner: x
  why: y
  layer: contact
  effect: forbid
  when:
    - {id: c, cel: 'deal.amount >', says: s}
"""
    (found,) = problems(write(tmp_path, rules__b=broken))
    assert found.startswith("rules/b.yaml:7: rule 'b', 'c': ")
    lines = found.splitlines()
    assert lines[-2] == "    deal.amount >"
    assert lines[-1] == " " * 17 + "^"


def test_the_caret_is_right_beside_parameters(tmp_path: Path) -> None:
    (found,) = problems(write(tmp_path, rules=[rule(when=when("deal.amount > params.limit &&"), params={"limit": 5})]))
    lines = found.splitlines()
    assert lines[-2] == "    deal.amount > params.limit &&"
    assert lines[-1].index("^") == len(lines[-2])


def test_an_unknown_parameter_is_named_with_those_that_exist(tmp_path: Path) -> None:
    (found,) = problems(write(tmp_path, rules=[rule(when=when("deal.amount > params.limt"), params={"limit": 5})]))
    assert "there is no parameter 'limt'; the rule has: limit" in found


def test_broken_amounts_of_a_play_are_found_even_when_it_breaks_the_schema_too(tmp_path: Path) -> None:
    text = "\n".join(problems(write(tmp_path, plays=[play(value="deal.amount *", reach="everybody")])))
    assert "play 'nudge', 'value'" in text
    assert "reach" in text


@pytest.mark.parametrize("kind", ["surfaces", "plays", "rules"])
def test_the_built_in_id_is_taken(tmp_path: Path, kind: str) -> None:
    item = {"surfaces": surface, "plays": play, "rules": rule}[kind](id="do-nothing")
    assert "this id is built in" in problems(write(tmp_path, **{f"{kind}__odd": yaml.safe_dump(item)}))[0]


def test_a_missing_folder_says_what_to_do(tmp_path: Path) -> None:
    assert "nextplay init" in problems(tmp_path / "nowhere")[0]


def test_an_empty_folder_is_no_playbook(tmp_path: Path) -> None:
    assert problems(tmp_path) == [
        "surfaces: there is no surface, so nothing would ever be recommended; add one",
    ]


def test_a_broken_edit_leaves_the_loaded_playbook_alone(tmp_path: Path) -> None:
    folder = write(tmp_path)
    before = load(folder)
    (folder / "rules" / "all.yaml").write_text("- id: [")
    problems(folder)
    assert set(before.rules) == {"closed"}


def test_places_name_file_and_line(tmp_path: Path) -> None:
    place = load_source(write(tmp_path)).places["rule", "closed"]
    assert place.file == "rules/all.yaml"
    text = (tmp_path / "rules" / "all.yaml").read_text().splitlines()
    line = place.line(("when", 0, "cel"))
    assert line is not None
    assert "deal.stage" in text[line - 1]


@pytest.mark.parametrize("folder", [DEFAULT, STARTER])
def test_what_ships_loads_and_survives_being_stored(folder: Path) -> None:
    playbook = load(folder)
    again = playbook_from_json(playbook.version, playbook_to_json(playbook))
    assert again == playbook
    items = [*again.surfaces.values(), *again.plays.values(), *again.rules.values()]
    assert content_hash(items) == content_hash([*playbook.surfaces.values(), *playbook.plays.values(), *playbook.rules.values()])

"""Reading YAML strictly, with lines."""

from pathlib import Path
from typing import Any

import pytest

from agent.playbook.sources import SourceError, parse, read_document


def test_a_repeated_key_is_refused_with_its_line() -> None:
    with pytest.raises(SourceError) as caught:
        parse("id: a\nwhy: b\nid: c\n")
    assert (caught.value.line, caught.value.why) == (3, "the key 'id' is given twice")
    assert caught.value.shown == "    id: c\n    ^"


def test_a_repeated_key_deep_inside_is_refused() -> None:
    with pytest.raises(SourceError) as caught:
        parse("params:\n  limit: 1\n  limit: 2\n")
    assert caught.value.line == 3


def test_a_syntax_error_names_line_and_place() -> None:
    with pytest.raises(SourceError) as caught:
        parse("when: [1\nid: b\n")
    assert caught.value.line == 2
    assert caught.value.shown.splitlines()[1].endswith("^")


@pytest.mark.parametrize("text", ["- &x {a: 1}\n- *x\n", "base: &b {k: 1}\nother:\n  <<: *b\n"])
def test_anchors_are_refused(text: str) -> None:
    with pytest.raises(SourceError, match="write it out"):
        parse(text)


@pytest.mark.parametrize("word", ["off", "on", "no", "yes", "y", "n"])
def test_only_true_and_false_are_flags(word: str) -> None:
    assert parse(f"mode: {word}").data == {"mode": word}
    assert parse(f"{word}: Hei").data == {word: "Hei"}
    assert parse("enabled: false\nsticky: true").data == {"enabled": False, "sticky": True}


def test_python_objects_are_not_built() -> None:
    with pytest.raises(SourceError):
        parse("a: !!python/object/apply:os.getcwd []")


def test_lines_of_values_and_of_the_nearest_thing_around_missing_ones() -> None:
    document = parse("- id: a\n  when:\n    - id: b\n      cel: x\n- id: c\n")
    assert document.line_of((0, "when", 0, "cel")) == 4
    assert document.line_of((0, "when", 0, "says")) == 3
    assert document.line_of((1,)) == 5


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_bytes(b"id: \xff\xfe")
    with pytest.raises(SourceError, match="UTF-8"):
        read_document(tmp_path / "a.yaml")


def test_a_huge_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("# " + "x" * 1_000_001)
    with pytest.raises(SourceError, match="split it"):
        read_document(tmp_path / "a.yaml")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        (r'"\ud83d\ude00"', "\U0001f600"),
        (r'{"a": "x\ud83d\ude00\n\u00e9"}', {"a": "x\U0001f600\n\u00e9"}),
        (r'"\ud83d x"', "\ufffd x"),
        (r'"\ude00\ud83d"', "\ufffd\ufffd"),
        (r'"a\u0000b\x00c\0"', "a\ufffdb\ufffdc\ufffd"),
        (r'"\\ud83d\\ude00"', r"\ud83d\ude00"),
        (r"'\ud83d\ude00'", r"\ud83d\ude00"),
        ('"\U0001f600"', "\U0001f600"),
    ],
)
def test_characters_that_json_writes_in_two_halves_are_read_whole(written: str, read: Any) -> None:
    assert parse(written).data == read


@pytest.mark.parametrize("text", ["[" * 100_000, "[" * 65 + "]" * 65, "- " * 65 + "x", '{"a":' * 65 + "1" + "}" * 65])
def test_what_nests_deeper_than_anybody_writes_is_refused(text: str) -> None:
    with pytest.raises(SourceError, match="nests deeper than 64 levels"):
        parse(text)
    assert parse("[" * 64 + "]" * 64).data

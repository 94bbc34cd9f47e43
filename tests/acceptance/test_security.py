"""SECURITY.md names a test for each defence, and each of them is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
SAID = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
ROWS = [line for line in SAID.splitlines() if line.startswith("| ") and not line.startswith(("| entry", "| risk"))]


def test_each_row_names_a_test_and_each_test_is_there() -> None:
    assert len(ROWS) >= 16 + 20
    named = {row: re.findall(r"`(tests/[\w/.]+)`", row) for row in ROWS}
    assert [row for row, tests in named.items() if not tests] == []
    paths = {path for tests in named.values() for path in tests}
    assert sorted(path for path in paths if not (ROOT / path).exists()) == []
    empty = [path for path in paths if not any("def test" in one.read_text() for one in _files(ROOT / path))]
    assert sorted(empty) == []


def _files(path: Path) -> list[Path]:
    return list(path.rglob("test_*.py")) if path.is_dir() else [path]


def test_both_lists_of_owasp_are_whole() -> None:
    for prefix in ("LLM", "ASI"):
        found = re.findall(rf"^\| {prefix}(\d\d) ", SAID, re.MULTILINE)
        assert found == [f"{number:02}" for number in range(1, 11)]

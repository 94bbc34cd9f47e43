from pathlib import Path

from agent.playbook.loader import DEFAULT, load, load_source
from agent.playbook.turning import Turn, turned

PAUSE = Turn("rule", "cooldown-after-rejection", ("params", "pause"), "4w")


def test_only_the_setting_changes_and_comments_stay() -> None:
    prior = Turn("play", "follow-up-content", ("prior", "with"), "(0.30 + 0.10 * asset.strength) * 0.8")
    cap = Turn("rule", "contact-cap", ("params", "per_week"), "1")
    texts, left = turned(DEFAULT, load_source(DEFAULT), [PAUSE, cap, prior])
    assert left == []
    contact, before = texts["rules/contact.yaml"], (DEFAULT / "rules" / "contact.yaml").read_text()
    changed = [(old, new) for old, new in zip(before.splitlines(), contact.splitlines(), strict=True) if old != new]
    assert changed == [("  params: {per_week: 2}", "  params: {per_week: 1}"), ("  params: {pause: 14d}", "  params: {pause: 4w}")]
    assert '{with: "(0.30 + 0.10 * asset.strength) * 0.8", without: "0.34"}' in texts["plays/follow-up-content.yaml"]


def test_what_is_not_written_there_is_left_and_said() -> None:
    gone = [
        Turn("rule", "nobody", ("params", "x"), "1"),
        Turn("play", "follow-up-content", ("cost_if_taken",), "1"),
        Turn("play", "bug-report", ("steps",), "1"),
    ]
    assert turned(DEFAULT, load_source(DEFAULT), gone) == ({}, gone)


def test_the_draft_loads_with_the_new_value(tmp_path: Path) -> None:
    for file in DEFAULT.rglob("*.yaml"):
        place = tmp_path / file.relative_to(DEFAULT)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(file.read_text())
    texts, _ = turned(tmp_path, load_source(tmp_path), [PAUSE])
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    assert load(tmp_path).rules["cooldown-after-rejection"].params["pause"] == "4w"

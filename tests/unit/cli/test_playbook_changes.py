"""What differs between two playbooks."""

from dataclasses import replace

from agent.domain.playbook import Playbook
from agent.domain.plays import LaunchLimits
from agent.playbook.differing import Change, changes
from agent.playbook.loader import DEFAULT, load
from integrations.cli.look import Page
from integrations.cli.playbook_changes import add_changes
from integrations.cli.playbook_pages import add_playbook


def text_of(page: Page) -> str:
    """The page as text."""
    return "\n".join(line.plain for line in page.lines)


def test_a_playbook_says_the_same_as_itself() -> None:
    shipped = load(DEFAULT)
    page = Page(100)
    add_changes(page, changes(shipped, shipped))
    assert text_of(page) == "They say the same."


def test_added_removed_and_changed_are_told_by_key() -> None:
    shipped = load(DEFAULT)
    rule = shipped.rules["no-selling-during-open-p1"]
    softer = rule.model_copy(update={"params": {"limit": 2.0}, "when": (rule.when[0].model_copy(update={"says": "too many P1"}),)})
    rules = {name: one for name, one in shipped.rules.items() if name != "opted-out"} | {softer.id: softer}
    plays = {**shipped.plays, "new-play": shipped.plays["expansion"].model_copy(update={"id": "new-play"})}
    found = changes(shipped, Playbook(shipped.surfaces, plays, rules, "other"))
    assert found == [
        Change("added", "play", "new-play"),
        Change("changed", "rule", rule.id, "when.open_p1.says", rule.when[0].says, "too many P1"),
        Change("changed", "rule", rule.id, "params.limit", rule.params["limit"], 2.0),
        Change("removed", "rule", "opted-out"),
    ]
    page = Page(140)
    add_changes(page, found)
    assert "0 → 2" in text_of(page)


def test_limits_of_the_launch_check_are_shown_and_told_apart() -> None:
    shipped = load(DEFAULT)
    surface = shipped.surfaces["renewal"].model_copy(update={"launch": LaunchLimits(decisions_at_least=12, why="few contracts end")})
    other = replace(shipped, surfaces={**shipped.surfaces, "renewal": surface}, launch=LaunchLimits(acts_at_least=0.2))
    assert changes(shipped, other) == [
        Change("changed", "playbook", "", "launch.acts_at_least", None, 0.2),
        Change("changed", "surface", "renewal", "launch", None, {"decisions_at_least": 12, "why": "few contracts end"}),
    ]
    page = Page(140)
    add_playbook(page, other)
    assert "decisions at least 12; few contracts end" in text_of(page)
    assert "acts at least 0.2" in text_of(page)


def test_the_shipped_playbook_can_be_read_by_people() -> None:
    for width in (80, 100, 140):
        page = Page(width)
        add_playbook(page, load(DEFAULT))
        assert all(line.cell_len <= width for line in page.lines)
    said = " ".join(text_of(page).split())
    assert "no-selling-during-open-p1 forbids" in said
    assert "with limit = 0" in said
    assert "a missing fact forbids" in said

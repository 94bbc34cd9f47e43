"""Everything that the console lets people do is pressed by some test of this folder in a browser. This one comes last, when all others have run."""

from tests.acceptance.console import presses


def test_every_action_was_pressed_in_a_browser() -> None:
    """Of what is missing here, nobody knows whether its button works: see whether the whole folder was run, and press it in one of its tests."""
    assert len(presses.ACTIONS) > 20
    assert sorted(presses.listed() - presses.PRESSED) == []

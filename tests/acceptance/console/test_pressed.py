"""A new action of the console needs a test that presses it in a browser; see `presses`."""

from tests.acceptance.console import presses


def test_every_action_is_in_the_list_of_those_that_browsers_press() -> None:
    assert sorted(presses.expected()) == sorted(presses.listed()), "press it in a test of `pressing`, then name it in pressed.txt"

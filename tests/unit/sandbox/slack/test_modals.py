"""What a member fills in, as payloads carry it, and what Slack itself does not let through."""

from typing import Any

import pytest

from integrations.sandbox.slack.modals import incomplete, selected, state_of
from integrations.sandbox.slack.store import Doc


def option(value: str) -> Doc:
    return {"text": {"type": "plain_text", "text": value.upper()}, "value": value}


def field(element: Doc, **more: Any) -> Doc:
    return {"type": "input", "block_id": "b", "element": {"action_id": "a", **element}, **more}


MENU = {"type": "static_select", "options": [option("x"), option("y")]}


@pytest.mark.parametrize(
    ("element", "value", "carried"),
    [
        ({"type": "plain_text_input"}, "hi", {"value": "hi"}),
        ({"type": "plain_text_input"}, "", {"value": None}),
        ({"type": "number_input", "is_decimal_allowed": True}, "4.2", {"value": "4.2"}),
        (MENU, "y", {"selected_option": option("y")}),
        (MENU, None, {"selected_option": None}),
        (MENU | {"type": "radio_buttons"}, "x", {"selected_option": option("x")}),
        (MENU | {"type": "checkboxes"}, ["x", "y"], {"selected_options": [option("x"), option("y")]}),
        ({"type": "checkboxes", "options": [option("x")]}, None, {"selected_options": []}),
        ({"type": "datetimepicker"}, 1_795_000_000, {"selected_date_time": 1_795_000_000}),
        ({"type": "users_select"}, "U1", {"selected_user": "U1"}),
    ],
)
def test_a_value_is_carried_in_the_elements_own_way(element: Doc, value: Any, carried: Doc) -> None:
    assert selected(element, value) == {"type": element["type"], **carried}


def test_what_is_not_offered_cannot_be_chosen() -> None:
    with pytest.raises(ValueError, match="not offered"):
        selected(MENU, "z")


def test_what_was_there_counts_until_it_is_changed() -> None:
    blocks = [field({"type": "plain_text_input", "initial_value": "before"})]
    assert state_of(blocks, {})["b"]["a"]["value"] == "before"
    assert state_of(blocks, {"a": "after"})["b"]["a"]["value"] == "after"
    assert state_of(blocks, {"b": {"a": "after"}})["b"]["a"]["value"] == "after"


@pytest.mark.parametrize(
    ("block", "value", "complaint"),
    [
        (field({"type": "plain_text_input"}), "", "Please complete this required field."),
        (field({"type": "plain_text_input"}, optional=True), "", None),
        (field({"type": "plain_text_input", "min_length": 3}), "ab", "Must be at least 3 characters."),
        (field({"type": "plain_text_input", "max_length": 3}), "abcd", "Must be less than 4 characters."),
        (field({"type": "number_input", "is_decimal_allowed": False}), "1.5", "Enter a whole number."),
        (field({"type": "number_input", "is_decimal_allowed": False, "max_value": "10"}), "11", "Must be 10 or less."),
        (field({"type": "number_input", "is_decimal_allowed": False, "min_value": "5"}), "4", "Must be 5 or more."),
        (field({"type": "number_input", "is_decimal_allowed": False}), "many", "Enter a number."),
        (field({"type": "number_input", "is_decimal_allowed": False, "min_value": "5"}), "5", None),
    ],
)
def test_what_slack_itself_refuses(block: Doc, value: Any, complaint: str | None) -> None:
    assert incomplete({"blocks": [block]}, state_of([block], {"a": value})).get("b") == complaint

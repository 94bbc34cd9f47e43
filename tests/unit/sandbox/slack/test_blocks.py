"""What Slack takes as blocks and views: every limit at its edge, and the place that is named."""

from typing import Any

import pytest
from slack_sdk.models import blocks as sdk

from integrations.sandbox.slack.blocks import completed, message_faults, view_faults
from integrations.sandbox.slack.store import Doc

BUTTON = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
OPTION = {"text": {"type": "plain_text", "text": "One"}, "value": "1"}


def said(blocks: Any) -> list[str]:
    return [str(fault) for fault in message_faults(blocks)]


def plain(length: int) -> Doc:
    return {"type": "plain_text", "text": "x" * length}


def section(length: int, **more: Any) -> Doc:
    return {"type": "section", "text": {"type": "mrkdwn", "text": "x" * length}, **more}


def actions(*elements: Doc) -> Doc:
    return {"type": "actions", "elements": list(elements)}


def options(count: int) -> list[Doc]:
    return [OPTION | {"value": str(index)} for index in range(count)]


@pytest.mark.parametrize(
    ("fits", "breaks", "where"),
    [
        (section(3000), section(3001), "/blocks/0/text/text"),
        (section(1), section(0), "/blocks/0/text/text"),
        ({"type": "header", "text": plain(150)}, {"type": "header", "text": plain(151)}, "/blocks/0/text/text"),
        ({"type": "section", "fields": [plain(2000)] * 10}, {"type": "section", "fields": [plain(2000)] * 11}, "/blocks/0/fields"),
        ({"type": "section", "fields": [plain(2000)]}, {"type": "section", "fields": [plain(2001)]}, "/blocks/0/fields/0/text"),
        ({"type": "context", "elements": [plain(10)] * 10}, {"type": "context", "elements": [plain(10)] * 11}, "/blocks/0/elements"),
        (actions(*[{"type": "button", "text": plain(75)}] * 25), actions(*[{"type": "button", "text": plain(75)}] * 26), "/blocks/0/elements"),
        (actions(BUTTON | {"text": plain(75)}), actions(BUTTON | {"text": plain(76)}), "/blocks/0/elements/0/text/text"),
        (actions(BUTTON | {"value": "x" * 2000}), actions(BUTTON | {"value": "x" * 2001}), "/blocks/0/elements/0/value"),
        (actions(BUTTON | {"url": "x" * 3000}), actions(BUTTON | {"url": "x" * 3001}), "/blocks/0/elements/0/url"),
        (actions(BUTTON | {"action_id": "x" * 255}), actions(BUTTON | {"action_id": "x" * 256}), "/blocks/0/elements/0/action_id"),
        (actions(BUTTON | {"style": "primary"}), actions(BUTTON | {"style": "loud"}), "/blocks/0/elements/0/style"),
        (section(1, block_id="x" * 255), section(1, block_id="x" * 256), "/blocks/0/block_id"),
        ({"type": "markdown", "text": "x" * 12_000}, {"type": "markdown", "text": "x" * 12_001}, "/blocks/0/text"),
        (actions({"type": "overflow", "options": options(5)}), actions({"type": "overflow", "options": options(6)}), "/blocks/0/elements/0/options"),
        (
            actions({"type": "static_select", "options": options(100)}),
            actions({"type": "static_select", "options": options(101)}),
            "/blocks/0/elements/0/options",
        ),
        (
            actions({"type": "radio_buttons", "options": options(10)}),
            actions({"type": "radio_buttons", "options": options(11)}),
            "/blocks/0/elements/0/options",
        ),
        (
            actions({"type": "static_select", "options": options(2), "initial_option": OPTION}),
            actions({"type": "static_select", "options": options(1), "initial_option": OPTION}),
            "/blocks/0/elements/0/initial_option",
        ),
        (
            actions({"type": "datetimepicker", "initial_date_time": 1_795_000_000}),
            actions({"type": "datetimepicker", "initial_date_time": "soon"}),
            "/blocks/0/elements/0/initial_date_time",
        ),
        (
            {"type": "image", "image_url": "https://example.com/a.png", "alt_text": "A"},
            {"type": "image", "image_url": "https://example.com/a.png"},
            "/blocks/0",
        ),
        (section(1), {"type": "section"}, "/blocks/0"),
        ({"type": "divider"}, {"type": "divider", "colour": "red"}, "/blocks/0"),
        ({"type": "divider"}, {"type": "carousel"}, "/blocks/0/type"),
        (actions(BUTTON, BUTTON | {"action_id": "other"}), actions(BUTTON, BUTTON), "/blocks/0"),
    ],
)
def test_every_limit_holds_at_its_edge(fits: Doc, breaks: Doc, where: str) -> None:
    assert said([fits]) == []
    assert f"[json-pointer:{where}]" in said([breaks])[0]


def test_a_message_has_fifty_blocks_and_a_view_a_hundred() -> None:
    rule = {"type": "divider"}
    assert said([rule] * 50) == []
    assert said([rule] * 51) == ["[ERROR] no more than 50 items allowed [json-pointer:/blocks]"]
    assert view_faults({"type": "home", "blocks": [rule] * 100}, "home") == []
    assert view_faults({"type": "home", "blocks": [rule] * 101}, "home")


def test_block_ids_are_unique_in_a_message() -> None:
    assert said([section(1, block_id="a"), section(1, block_id="b")]) == []
    assert said([section(1, block_id="a"), section(1, block_id="a")]) == ["[ERROR] block_id already exists: a [json-pointer:/blocks]"]


MODAL = {"type": "modal", "title": plain(24), "submit": plain(24), "close": plain(24), "private_metadata": "x" * 3000, "blocks": [section(1)]}


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"title": plain(25)}, "/view/title/text"),
        ({"submit": plain(25)}, "/view/submit/text"),
        ({"close": plain(25)}, "/view/close/text"),
        ({"private_metadata": "x" * 3001}, "/view/private_metadata"),
        ({"callback_id": "x" * 256}, "/view/callback_id"),
        ({"blocks": [{"type": "markdown", "text": "only in messages"}]}, "/view/blocks/0/type"),
        ({"blocks": [section(3000)] * 90}, "/view"),
        ({"type": "home"}, "/view/type"),
    ],
)
def test_a_modal_within_its_limits(changed: Doc, where: str) -> None:
    assert view_faults(MODAL, "modal") == []
    assert f"[json-pointer:{where}]" in str(view_faults(MODAL | changed, "modal")[0])


def test_inputs_need_a_submit_button() -> None:
    field = {"type": "input", "label": plain(5), "element": {"type": "plain_text_input"}}
    assert view_faults(MODAL | {"blocks": [field]}, "modal") == []
    without = {name: part for name, part in MODAL.items() if name != "submit"}
    assert [fault.where for fault in view_faults(without | {"blocks": [field]}, "modal")] == ["/view/submit"]


@pytest.mark.parametrize("junk", [None, 1, "blocks", {}, [None], [[]], [{"type": ["section"]}], [{"type": "actions", "elements": [{"type": {}}]}]])
def test_junk_is_refused_and_never_crashes(junk: Any) -> None:
    assert message_faults(junk)
    assert view_faults(junk, "modal")


def test_what_slacks_own_models_build_is_taken() -> None:
    built = [
        sdk.HeaderBlock(text="Lunch"),
        sdk.SectionBlock(text="*Where?*", accessory=sdk.OverflowMenuElement(action_id="more", options=[sdk.Option(text="Later", value="later")])),
        sdk.ActionsBlock(
            elements=[
                sdk.ButtonElement(
                    text="Here",
                    action_id="here",
                    style="primary",
                    confirm=sdk.ConfirmObject(title="Sure?", text="_Really?_", confirm="Yes", deny="No"),
                ),
                sdk.DateTimePickerElement(action_id="when", initial_date_time=1_795_000_000),
                sdk.CheckboxesElement(action_id="who", options=[sdk.Option(text="All", value="all")]),
            ]
        ),
        sdk.ContextBlock(elements=[sdk.MarkdownTextObject(text="since *noon*")]),
        sdk.RichTextBlock(elements=[sdk.RichTextSectionElement(elements=[sdk.RichTextElementParts.Text(text="Hi")])]),
    ]
    assert said([block.to_dict() for block in built]) == []


def test_what_has_no_id_gets_one() -> None:
    (block,) = completed([actions({"type": "button", "text": plain(2)})])
    assert block["block_id"]
    assert block["elements"][0]["action_id"]

"""The parts that blocks are made of, with Slack's limits: texts, options, confirmations, buttons, menus and inputs."""

from collections.abc import Iterator, Mapping
from typing import Any

from integrations.sandbox.slack.shapes import Check, Wrong, also, anything, boolean, by_type, fields, items, one_of, string, whole

Checks = Mapping[str, Check]


def plain(most: int) -> Check:
    """A plain text object."""
    return by_type({"plain_text": fields({"type": anything, "text": string(most)}, {"emoji": boolean})})


def text(most: int) -> Check:
    """A plain or formatted text object."""
    shown = string(most)
    return by_type(
        {
            "plain_text": fields({"type": anything, "text": shown}, {"emoji": boolean}),
            "mrkdwn": fields({"type": anything, "text": shown}, {"verbatim": boolean}),
        }
    )


CONFIRM = fields({"title": plain(100), "text": text(300), "confirm": plain(30), "deny": plain(30)}, {"style": one_of("primary", "danger")})
OPTION = fields({"text": plain(75), "value": string(150)}, {"description": plain(75)})
RICH_OPTION = fields({"text": text(75), "value": string(150)}, {"description": text(75)})
OVERFLOW_OPTION = fields({"text": plain(75), "value": string(150)}, {"description": plain(75), "url": string(3000)})
OPTION_GROUP = fields({"label": plain(75), "options": items(OPTION, 100)})
IMAGE_SOURCE: Checks = {"image_url": string(3000), "slack_file": anything}
IMAGE = fields({"type": anything, "alt_text": string(2000)}, IMAGE_SOURCE, exactly_one=("image_url", "slack_file"))


def _element(required: Checks | None = None, optional: Checks | None = None, *, exactly_one: tuple[str, ...] = ()) -> Check:
    extra = {"action_id": string(255), "confirm": CONFIRM, "focus_on_load": boolean, **(optional or {})}
    return fields({"type": anything, **(required or {})}, extra, exactly_one=exactly_one)


def _chosen_is_offered(value: dict[str, Any], where: str) -> Iterator[Wrong]:
    offered = [*value.get("options", ()), *(option for group in value.get("option_groups", ()) for option in group["options"])]
    given = [("initial_option", value["initial_option"])] if "initial_option" in value else []
    given += [("initial_options", option) for option in value.get("initial_options", ())]
    yield from (Wrong("must be one of the options", f"{where}/{name}") for name, option in given if option not in offered)
    known = [option["value"] for option in offered]
    if len(set(known)) < len(known):
        yield Wrong("option values must be unique", f"{where}/options")


def _menu(option: Check, most: int, extra: Checks) -> Check:
    return also(_element({"options": items(option, most)}, extra), _chosen_is_offered)


def _select(extra: Checks) -> Check:
    more = {"placeholder": plain(150), "options": items(OPTION, 100), "option_groups": items(OPTION_GROUP, 100), **extra}
    return also(_element({}, more, exactly_one=("options", "option_groups")), _chosen_is_offered)


def _lookup(initial: str) -> Check:
    return _element({}, {"placeholder": plain(150), initial: anything, "max_selected_items": whole(1, 100)})


def _typed(optional: Checks | None = None, required: Checks | None = None) -> Check:
    more = {"placeholder": plain(150), "initial_value": string(3000, 0), "dispatch_action_config": anything, **(optional or {})}
    return _element(required, more)


BUTTON = _element(
    {"text": plain(75)},
    {"value": string(2000), "url": string(3000), "style": one_of("primary", "danger"), "accessibility_label": string(75)},
)
FEEDBACK = fields({"text": plain(75), "value": string(2000)}, {"accessibility_label": string(75)})
MENUS: Checks = {
    "static_select": _select({"initial_option": OPTION}),
    "multi_static_select": _select({"initial_options": items(OPTION, 100), "max_selected_items": whole(1, 100)}),
    "users_select": _lookup("initial_user"),
    "multi_users_select": _lookup("initial_users"),
    "channels_select": _lookup("initial_channel"),
    "conversations_select": _lookup("initial_conversation"),
    "radio_buttons": _menu(RICH_OPTION, 10, {"initial_option": RICH_OPTION}),
    "checkboxes": _menu(RICH_OPTION, 10, {"initial_options": items(RICH_OPTION, 10)}),
    "datepicker": _element({}, {"placeholder": plain(150), "initial_date": string(10, 10)}),
    "timepicker": _element({}, {"placeholder": plain(150), "initial_time": string(5, 5), "timezone": string()}),
    "datetimepicker": _element({}, {"initial_date_time": whole(1_000_000_000, 9_999_999_999)}),
}
ACTIONS: Checks = {**MENUS, "button": BUTTON, "overflow": _menu(OVERFLOW_OPTION, 5, {})}
ACCESSORIES: Checks = {**ACTIONS, "image": IMAGE}
NUMBER = string(40)
INPUTS: Checks = {
    **MENUS,
    "plain_text_input": _typed({"multiline": boolean, "min_length": whole(0, 3000), "max_length": whole(1, 3000)}),
    "number_input": _typed({"min_value": NUMBER, "max_value": NUMBER, "initial_value": NUMBER}, {"is_decimal_allowed": boolean}),
    "email_text_input": _typed(),
    "url_text_input": _typed(),
}
CONTEXT_ACTIONS: Checks = {
    "feedback_buttons": fields({"type": anything, "positive_button": FEEDBACK, "negative_button": FEEDBACK}, {"action_id": string(255)}),
    "icon_button": _element({"icon": one_of("trash"), "text": plain(75)}, {"value": string(2000), "accessibility_label": string(75)}),
}

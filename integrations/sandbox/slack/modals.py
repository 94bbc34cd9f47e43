"""Views: how they come to be and change, and what a member filled in."""

import secrets
from typing import Any

from integrations.sandbox.slack.blocks import completed, elements_of
from integrations.sandbox.slack.calls import Refused
from integrations.sandbox.slack.core import Core
from integrations.sandbox.slack.roster import TEAM
from integrations.sandbox.slack.store import Doc

STACK = 3
"""Modals that may be open on top of each other."""


def made(core: Core, given: Doc, stack: list[Doc]) -> Doc:
    """A new view on top of a stack. Raises Refused when its external id is taken."""
    external = given.get("external_id", "")
    if external and any(view["external_id"] == external for user in core.members for view in core.store.modals(user)):
        raise Refused("duplicate_external_id")
    name = f"V0{secrets.token_hex(5).upper()}"
    place = {"id": name, "root_view_id": stack[0]["id"] if stack else name, "previous_view_id": stack[-1]["id"] if stack else None}
    return _filled(core, given, place)


def replaced(core: Core, old: Doc, given: Doc) -> Doc:
    """The view with another content; it keeps its identity."""
    return _filled(core, given, {name: old[name] for name in ("id", "root_view_id", "previous_view_id")})


def _filled(core: Core, given: Doc, place: Doc) -> Doc:
    defaults = {"private_metadata": "", "callback_id": "", "external_id": "", "title": None, "submit": None, "close": None}
    app = {"team_id": TEAM, "app_id": core.app.id, "bot_id": core.app.bot, "app_installed_team_id": TEAM}
    flags = {"clear_on_close": False, "notify_on_close": False}
    fresh = {"blocks": completed(given["blocks"]), "hash": f"{core.stamps.next()}.{secrets.token_hex(3)}", "state": {"values": {}}}
    return defaults | flags | given | fresh | app | place


def selected(element: Doc, value: Any) -> Doc:
    """What a payload says of an element with this value; None means that nothing was chosen.

    Raises ValueError for what cannot be chosen.
    """
    kind = element["type"]
    if kind.startswith("multi_") or kind == "checkboxes":
        wanted = value or []
        name = {"multi_users_select": "selected_users"}.get(kind)
        return {"type": kind, name: wanted} if name else {"type": kind, "selected_options": [_option(element, one) for one in wanted]}
    name, read = _SINGLE.get(kind, ("value", None))
    if name == "selected_option":
        return {"type": kind, name: None if value is None else _option(element, value)}
    return {"type": kind, name: read(value) if read and value not in (None, "") else (value if value != "" else None)}


_SINGLE: dict[str, tuple[str, Any]] = {
    "static_select": ("selected_option", None),
    "radio_buttons": ("selected_option", None),
    "overflow": ("selected_option", None),
    "users_select": ("selected_user", None),
    "channels_select": ("selected_channel", None),
    "conversations_select": ("selected_conversation", None),
    "datepicker": ("selected_date", None),
    "timepicker": ("selected_time", None),
    "datetimepicker": ("selected_date_time", int),
}
_INITIAL = {
    "static_select": "initial_option", "radio_buttons": "initial_option", "checkboxes": "initial_options", "multi_static_select": "initial_options",
    "users_select": "initial_user", "multi_users_select": "initial_users", "channels_select": "initial_channel",
    "conversations_select": "initial_conversation", "datepicker": "initial_date", "timepicker": "initial_time",
    "datetimepicker": "initial_date_time",
}  # fmt: skip


def initial(element: Doc) -> Any:
    """The value that an element begins with, as `selected` takes it."""
    value = element.get(_INITIAL.get(element["type"], "initial_value"))
    if isinstance(value, dict):
        return value["value"]
    return [one["value"] if isinstance(one, dict) else one for one in value] if isinstance(value, list) else value


def options_of(element: Doc) -> list[Doc]:
    """All options that an element offers."""
    return [*element.get("options", ()), *(option for group in element.get("option_groups", ()) for option in group["options"])]


def _option(element: Doc, value: Any) -> Doc:
    found = next((option for option in options_of(element) if option["value"] == value), None)
    if found is None:
        raise ValueError(f"{value!r} is not offered: {', '.join(option['value'] for option in options_of(element))}")
    return found


def state_of(blocks: list[Doc], values: Doc) -> Doc:
    """`state.values` of blocks: what was filled in by action id (or by block id and action id), else what was there."""
    state: Doc = {}
    for block in blocks:
        for element in elements_of(block):
            if element["type"] in ("button", "overflow", "feedback_buttons", "icon_button"):
                continue
            name, nested = element["action_id"], values.get(block["block_id"])
            given = nested.get(name, values.get(name)) if isinstance(nested, dict) else values.get(name, initial(element))
            state.setdefault(block["block_id"], {})[name] = selected(element, given)
    return state


def incomplete(view: Doc, state: Doc) -> dict[str, str]:
    """What Slack itself refuses to submit: the complaint by block."""
    complaints = {block["block_id"]: _complaint(block, state) for block in view["blocks"] if block["type"] == "input"}
    return {name: complaint for name, complaint in complaints.items() if complaint}


def _complaint(block: Doc, state: Doc) -> str:
    element = block["element"]
    content = state[block["block_id"]][element["action_id"]]
    value = next(part for name, part in content.items() if name != "type")
    if value in (None, "", []):
        return "" if block.get("optional") else "Please complete this required field."
    return _too_long_or_short(element, value) or _not_a_number(element, value)


def _too_long_or_short(element: Doc, value: Any) -> str:
    if element["type"] != "plain_text_input":
        return ""
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    if len(value) < least:
        return f"Must be at least {least} characters."
    return f"Must be less than {most + 1} characters." if len(value) > most else ""


def _not_a_number(element: Doc, value: Any) -> str:
    if element["type"] != "number_input":
        return ""
    try:
        number = float(value)
    except ValueError:
        return "Enter a number."
    if not element["is_decimal_allowed"] and not number.is_integer():
        return "Enter a whole number."
    if "min_value" in element and number < float(element["min_value"]):
        return f"Must be {element['min_value']} or more."
    if "max_value" in element and number > float(element["max_value"]):
        return f"Must be {element['max_value']} or less."
    return ""

"""From what a member types and picks on a page to what Slack stores and sends."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from integrations.sandbox.slack.blocks import elements_of
from integrations.sandbox.slack.core import Core
from integrations.sandbox.slack.roster import Member
from integrations.sandbox.slack.store import Doc


def typed(core: Core, text: str) -> str:
    """A message as typed: nothing in it is markup except *emphasis*, and `@Name` is a mention."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    if text.startswith("&gt;"):
        text = f">{text[4:]}"
    for member in sorted(core.members.values(), key=lambda one: -len(one.name)):
        for name in (member.name, member.handle):
            text = text.replace(f"@{name}", f"<@{member.id}>")
    return text


def chosen(member: Member, blocks: list[Doc], values: Doc) -> Doc:
    """Values of a form, with moments taken in the member's own time zone."""
    kinds = {element["action_id"]: element["type"] for block in blocks for element in elements_of(block)}
    return {
        name: chosen(member, blocks, value) if isinstance(value, dict) else _one(member, kinds.get(name, ""), value) for name, value in values.items()
    }


def _one(member: Member, kind: str, value: Any) -> Any:
    if kind == "datetimepicker" and isinstance(value, str) and "T" in value:
        return int(datetime.fromisoformat(value).replace(tzinfo=ZoneInfo(member.timezone)).timestamp())
    return value

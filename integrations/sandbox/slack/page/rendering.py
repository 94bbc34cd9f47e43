"""The templates, with what they need to know of Slack's texts. All of them escape; only our own renderers make markup."""

import hashlib
from collections.abc import Sequence
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader
from markupsafe import Markup

from integrations.sandbox.slack.modals import initial, options_of
from integrations.sandbox.slack.page import mrkdwn as mrkdwn_text
from integrations.sandbox.slack.page.reader import Reader
from integrations.sandbox.slack.page.rich import markdown, rich_text
from integrations.sandbox.slack.page.scene import Scene
from integrations.sandbox.slack.roster import Member
from integrations.sandbox.slack.store import Doc

HUES = 8


def page(scene: Scene) -> str:
    """The whole page."""
    return _environment().get_template("page.html").render(scene=scene, **_tools(scene.reader))


def message(blocks: Sequence[Doc], reader: Reader) -> Markup:
    """The blocks of a message by themselves, for pages other than the workspace's own. Its buttons do nothing: they are the workspace's script's."""
    made = _environment().get_template("blocks.html").make_module(_tools(reader))
    return Markup(made.blocks(blocks, "shown", None))  # type: ignore[attr-defined]  # noqa: S704  a macro of the template, which escapes


@cache
def _environment() -> Environment:
    return Environment(loader=PackageLoader(__package__), autoescape=True, trim_blocks=True, lstrip_blocks=True)


def _tools(reader: Reader) -> dict[str, Any]:
    def shown(text: Doc | str) -> Markup:
        """A text object, or a message's text."""
        if isinstance(text, str):
            return mrkdwn_text.mrkdwn(text, reader)
        return mrkdwn_text.mrkdwn(text["text"], reader) if text["type"] == "mrkdwn" else mrkdwn_text.plain(text["text"])

    def begins(element: Doc) -> Any:
        """What a control begins with, as a browser's own controls take it."""
        value = initial(element)
        if element["type"] == "datetimepicker" and value:
            return f"{reader.local(value):%Y-%m-%dT%H:%M}"
        return value

    return {
        "shown": shown, "begins": begins, "offered": options_of, "rich_text": lambda block: rich_text(block, reader), "markdown": markdown,
        "hue": hue, "initials": initials, "status": status,
    }  # fmt: skip


def hue(name: str) -> int:
    """Everybody has one colour."""
    return hashlib.sha256(name.encode()).digest()[0] % HUES


def initials(name: str) -> str:
    """What stands on a picture."""
    return "".join(word[0] for word in name.split()[:2]).upper()


def status(member: Member) -> Markup:
    """The emoji that a member has set."""
    return mrkdwn_text.plain(member.status_emoji)

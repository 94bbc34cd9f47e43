"""Rich text and Markdown blocks as HTML."""

from functools import cache
from typing import Any

from markdown_it import MarkdownIt
from markupsafe import Markup, escape

from integrations.sandbox.slack.page.emoji import EMOJI
from integrations.sandbox.slack.page.mrkdwn import link, mention
from integrations.sandbox.slack.page.reader import Reader
from integrations.sandbox.slack.store import Doc

_STYLES = {"bold": "b", "italic": "i", "strike": "s", "code": "code", "underline": "u"}
_SECTIONS = {"rich_text_section": "div", "rich_text_preformatted": "pre", "rich_text_quote": "blockquote"}


def rich_text(block: Doc, reader: Reader) -> Markup:
    """A rich text block."""
    return Markup().join(_section(one, reader) for one in block["elements"])


def markdown(text: str) -> Markup:
    """A Markdown block. HTML in it is text, and links lead only to the web."""
    return Markup(_markdown().render(text))  # noqa: S704  rendered with html off: it escapes


@cache
def _markdown() -> MarkdownIt:
    return MarkdownIt("commonmark", {"html": False, "breaks": True}).enable(["table", "strikethrough"]).disable("image")


def _section(section: Doc, reader: Reader) -> Markup:
    if section["type"] == "rich_text_list":
        tag = "ol" if section["style"] == "ordered" else "ul"
        rows = Markup().join(Markup("<li>{}</li>").format(_run(one["elements"], reader)) for one in section["elements"])
        return Markup('<{0} class="indent-{1}">{2}</{0}>').format(tag, int(section.get("indent", 0)), rows)
    return Markup("<{0}>{1}</{0}>").format(_SECTIONS[section["type"]], _run(section["elements"], reader))


def _run(leaves: list[Doc], reader: Reader) -> Markup:
    return Markup().join(_styled(_leaf(leaf, reader), leaf.get("style") or {}) for leaf in leaves)


def _styled(shown: Markup, style: dict[str, Any]) -> Markup:
    for name, tag in _STYLES.items():
        if style.get(name):
            shown = Markup("<{0}>{1}</{0}>").format(tag, shown)
    return shown


def _leaf(leaf: Doc, reader: Reader) -> Markup:
    kind = leaf["type"]
    if kind == "link":
        safe = leaf["url"].startswith(("https://", "http://", "mailto:"))
        return link(leaf["url"], leaf.get("text") or leaf["url"]) if safe else escape(leaf.get("text") or leaf["url"])
    if kind == "user":
        return mention(f"@{reader.people.get(leaf['user_id'], leaf['user_id'])}", mine=leaf["user_id"] == reader.me.id)
    if kind == "channel":
        return mention(f"#{reader.rooms.get(leaf['channel_id'], leaf['channel_id'])}")
    if kind == "broadcast":
        return mention(f"@{leaf['range']}", mine=True)
    if kind == "date":
        return escape(reader.moment(leaf["timestamp"], leaf["format"]))
    text = EMOJI.get(leaf["name"], f":{leaf['name']}:") if kind == "emoji" else leaf["text"]
    return Markup("<br>").join(escape(line) for line in text.split("\n"))

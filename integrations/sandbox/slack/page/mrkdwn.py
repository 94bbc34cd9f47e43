"""Slack's mrkdwn as HTML. Only what Slack itself makes of a text becomes markup: everything else is escaped."""

import re

from markupsafe import Markup, escape

from integrations.sandbox.slack.page.emoji import EMOJI
from integrations.sandbox.slack.page.reader import Reader

_FENCE = re.compile(r"```\n?(.+?)\n?```", re.DOTALL)
_QUOTE = re.compile(r"^(?:>|&gt;) ?")
_INLINE = re.compile(
    r"`(?P<code>[^`\n]+)`"
    r"|<(?P<angle>[^<>\n]+)>"
    r"|(?P<url>https?://[^\s<>|]*[^\s<>|.,;:!?)'\"])"
    r"|:(?P<emoji>[a-z0-9_+-]+):"
    r"|(?<![\w*])\*(?=\S)(?P<bold>[^*\n]+?)(?<=\S)\*(?![\w*])"
    r"|(?<![\w_])_(?=\S)(?P<italic>[^_\n]+?)(?<=\S)_(?![\w_])"
    r"|(?<![\w~])~(?=\S)(?P<strike>[^~\n]+?)(?<=\S)~(?![\w~])"
)
_TAGS = {"bold": "b", "italic": "i", "strike": "s"}
_DATE = re.compile(r"!date\^(\d+)\^([^|^]*)(?:\^([^|]*))?\|(.*)")
_SAFE = ("https://", "http://", "mailto:", "tel:")


def mrkdwn(text: str, reader: Reader) -> Markup:
    """A text with mrkdwn."""
    parts = _FENCE.split(text)
    pieces = [_lines(part, reader) if index % 2 == 0 else Markup("<pre>{}</pre>").format(literal(part)) for index, part in enumerate(parts)]
    return Markup().join(pieces)


def plain(text: str) -> Markup:
    """A text without mrkdwn; emoji stand in it all the same."""
    return escape(re.sub(r":([a-z0-9_+-]+):", lambda found: EMOJI.get(found[1], found[0]), text))


def literal(text: str) -> Markup:
    """What a text says when Slack's own three escapes are read."""
    return escape(text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&"))


def _lines(text: str, reader: Reader) -> Markup:
    """Lines, those that are quoted together in a block quote. A line break next to a block is the block's own."""
    if not any(_QUOTE.match(line) for line in text.split("\n")):
        return _inline(text, reader)
    out: list[Markup] = []
    quoted: list[str] = []
    plain_lines: list[str] = []
    for line in text.split("\n"):
        if _QUOTE.match(line):
            out += _flushed(plain_lines, reader)
            quoted.append(_QUOTE.sub("", line, count=1))
        else:
            out += _quote(quoted, reader)
            plain_lines.append(line)
    return Markup().join([*out, *_quote(quoted, reader), *_flushed(plain_lines, reader)])


def _flushed(lines: list[str], reader: Reader) -> list[Markup]:
    done = [_inline("\n".join(lines), reader)] if lines else []
    lines.clear()
    return done


def _quote(lines: list[str], reader: Reader) -> list[Markup]:
    done = [Markup("<blockquote>{}</blockquote>").format(_inline("\n".join(lines), reader))] if lines else []
    lines.clear()
    return done


def _inline(text: str, reader: Reader) -> Markup:
    out, end = [], 0
    for found in _INLINE.finditer(text):
        out += [literal(text[end : found.start()]), _piece(found, reader)]
        end = found.end()
    return Markup().join([*out, literal(text[end:])])


def _piece(found: re.Match[str], reader: Reader) -> Markup:
    kind, inner = next((name, value) for name, value in found.groupdict().items() if value is not None)
    if kind == "code":
        return Markup("<code>{}</code>").format(literal(inner))
    if kind == "angle":
        return _angle(inner, reader)
    if kind == "url":
        return link(_unescaped(inner), inner)
    if kind == "emoji":
        return escape(EMOJI.get(inner, f":{inner}:"))
    tag = _TAGS[kind]
    return Markup("<{0}>{1}</{0}>").format(Markup(tag), _inline(inner, reader))  # noqa: S704  one of three tags of ours


def _angle(inner: str, reader: Reader) -> Markup:
    target, bar, label = inner.partition("|")
    if target.startswith("@"):
        return mention(f"@{reader.people.get(target[1:], label or target[1:])}", mine=target[1:] == reader.me.id)
    if target.startswith("#"):
        return mention(f"#{reader.rooms.get(target[1:], label or target[1:])}")
    if target.startswith("!"):
        return _special(inner, target, label, reader)
    if target.startswith(_SAFE):
        return link(_unescaped(target), label if bar else target.removeprefix("mailto:"))
    return literal(f"<{inner}>")


def _special(inner: str, target: str, label: str, reader: Reader) -> Markup:
    date = _DATE.fullmatch(inner)
    if date:
        shown = reader.moment(int(date[1]), date[2]) if len(date[1]) < 12 else date[4]
        return link(date[3], shown) if date[3] and date[3].startswith(_SAFE) else literal(shown)
    if target in ("!here", "!channel", "!everyone"):
        return mention(f"@{target[1:]}", mine=True)
    return mention(label or f"@{target.partition('^')[2]}") if target.startswith("!subteam") else literal(f"<{inner}>")


def mention(text: str, *, mine: bool = False) -> Markup:
    """Somebody or something by name."""
    return Markup('<span class="{}">{}</span>').format("mention mine" if mine else "mention", literal(text))


def link(url: str, label: str) -> Markup:
    """A link that leads nowhere else than it says."""
    return Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>').format(url, literal(label))


def _unescaped(url: str) -> str:
    return url.replace("&amp;", "&")

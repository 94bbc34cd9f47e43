"""Text of people's as plain text: what rich text fields say, without their markup."""

import re
from html import unescape

_TAGS = "p|br|div|span|b|i|u|a|em|strong|ul|ol|li|table|tbody|thead|tr|td|th|h[1-6]|font|img|pre|code|blockquote|hr|s|sub|sup"
_DROPPED = re.compile(r"<(script|style|title|head)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"<(?:br|/p|/div|/li|/tr|/h[1-6]|hr)\b[^>]*>", re.IGNORECASE)
_TAG = re.compile(rf"</?(?:{_TAGS})\b[^<>]*>", re.IGNORECASE)
_INVISIBLE = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]|[\x00-\x08\x0b-\x1f\x7f]")
LONGEST = 10_000


def plain(text: str) -> str:
    """The text without markup, and without what nobody would see. A `<` that begins no tag stays what it is."""
    if _DROPPED.search(text) or _TAG.search(text):
        text = unescape(_TAG.sub("", _BREAK.sub("\n", _DROPPED.sub("", text)))).replace("\xa0", " ")
    lines = (" ".join(line.split()) for line in _INVISIBLE.sub("", text).splitlines())
    return "\n".join(line for line in lines if line)[:LONGEST]

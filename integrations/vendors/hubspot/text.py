"""Text as people typed it into HubSpot: without its HTML, and with what it means where that is sure."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from functools import cache
from html import escape
from html.parser import HTMLParser
from zoneinfo import available_timezones

_BREAKS = frozenset({"br", "p", "div", "li", "tr", "h1", "h2", "h3", "h4", "blockquote"})
_UNSEEN = frozenset({"script", "style", "head", "title"})


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: object) -> None:  # noqa: ARG002  the base class says so
        self._unseen += tag in _UNSEEN
        self.parts.append("\n" if tag in _BREAKS else "")

    def handle_endtag(self, tag: str) -> None:
        self._unseen = max(self._unseen - (tag in _UNSEEN), 0)
        self.parts.append("\n" if tag in _BREAKS and tag != "br" else "")

    def handle_data(self, data: str) -> None:
        self.parts.append("" if self._unseen else data)


def plain(text: str) -> str:
    """What a person would read: no tags, scripts or entities, and no more blank lines than it takes."""
    if not re.search(r"</?[a-zA-Z!][^>]*>|&\w+;|&#", text):
        return text.strip()
    reader = _Reader()
    reader.feed(text)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def rich(paragraphs: Iterable[str]) -> str:
    """The other way: text that says nothing to a browser but itself."""
    return "".join(f"<p>{'<br>'.join(escape(line) for line in text.splitlines())}</p>" for text in paragraphs if text)


@cache
def _zones() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}


def zone(text: str) -> str | None:
    """`Europe/Berlin`, which HubSpot also writes `europe_slash_berlin`."""
    return _zones().get(text.strip().lower().replace("_slash_", "/").replace(" ", "_"))


def moment(text: str) -> datetime:
    """ISO 8601, a plain date, or milliseconds. Raises ValueError."""
    if text.lstrip("-").isdecimal() and len(text.lstrip("-")) > 8:
        try:
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        except (OverflowError, OSError) as error:
            raise ValueError(str(error)) from None
    at = datetime.fromisoformat(text)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)

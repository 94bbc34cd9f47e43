"""Plain text out of the HTML that people write tickets and articles in."""

import re
from html.parser import HTMLParser

_BLOCKS = frozenset({"p", "div", "br", "li", "ul", "ol", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "hr", "section"})
_UNSAID = frozenset({"script", "style", "template", "noscript", "head"})


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._unsaid = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unsaid += tag in _UNSAID
        if tag in _BLOCKS:
            self.parts.append("\n\n" if tag in ("p", "blockquote") else "\n")
        if tag == "li":
            self.parts.append("- ")
        said = dict(attrs)
        if tag == "img" and said.get("alt"):
            self.parts.append(f"[{said['alt']}]")

    def handle_endtag(self, tag: str) -> None:
        if tag in _UNSAID:
            self._unsaid = max(self._unsaid - 1, 0)
        if tag in _BLOCKS:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unsaid:
            self.parts.append(re.sub(r"\s+", " ", data))


def plain(html: str) -> str:
    """What a reader would see, paragraphs apart."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = [" ".join(line.split()) for line in "".join(reader.parts).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


_MARKUP = re.compile(
    r"</?(?:p|div|span|br|li|ul|ol|table|t[rdh]|h[1-6]|script|style|html|body|head|a|b|i|em|strong|img|pre|code|font|blockquote)(?=[\s/>])[^<>]*>",
    re.IGNORECASE,
)


def is_html(text: str) -> bool:
    """A stray `<` is no markup: only what holds a tag that people and programs write is taken for HTML."""
    return _MARKUP.search(text) is not None


def as_shown(text: str) -> str:
    """A text as it is, but for HTML: of that, what a reader would see."""
    return plain(text) if is_html(text) else text

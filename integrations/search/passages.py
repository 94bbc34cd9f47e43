"""An article in passages: pieces short enough to be about one thing, each with the heading that it stands under. Pure."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from integrations.search.words import sentences, tokens
from tools.plain_text import as_shown

EDITION = "2"
"""How articles are split and cleaned today. Another one, and the index is made anew."""

PASSAGE_CHARS = 700
MOST_PASSAGES = 300
"""Of one article; what comes after it, some 200,000 characters on, is not searched."""

_HEADING = re.compile(r"#{1,6}\s+(.+?)\s*#*$")


@dataclass(frozen=True, slots=True)
class Article:
    """What of an article is searched, and who may be shown it: `plans` and `regions` are empty where it is for all of them."""

    id: str
    title: str
    body: str
    visibility: str
    language: str
    product: str | None = None
    topics: tuple[str, ...] = ()
    plans: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()


class Passage(NamedTuple):
    """A piece of an article. `section`: the heading that it goes on under; empty where it begins with its own, or there is none."""

    section: str
    text: str


def split(article: Article) -> list[Passage]:
    """Its passages in their order, headings among their lines; one without a text of its own (no word, or its title again) is its title alone."""
    found: list[Passage] = []
    body = as_shown(article.body)
    for section, text in _blocks(body) if tokens(body) not in ([], tokens(article.title)) else ():
        last = found[-1] if found else None
        if last is not None and len(last.text) + len(text) < PASSAGE_CHARS:
            found[-1] = Passage(last.section, f"{last.text}\n{text}")
        elif len(found) < MOST_PASSAGES:
            found.append(Passage(section, text))
    return found or [Passage("", "")]


def said(article: Article, passage: Passage) -> str:
    """What a passage is compared by: a piece of text alone does not say what it is about."""
    return ". ".join(part for part in (article.title, passage.section, passage.text) if part)


def digest(text: str) -> str:
    """The name of a text: the same text is embedded once, in whatever article it stands."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]


def _blocks(body: str) -> Iterator[tuple[str, str]]:
    """Paragraphs, none longer than a passage, each with the heading that stands above it: the first of a section begins with it."""
    section, heading, lines = "", "", list[str]()
    for line in [*body.split("\n"), ""]:
        found = _HEADING.match(line.strip())
        if line.strip() and found is None:
            lines.append(line.rstrip())
            continue
        if lines:
            yield from ((section, piece) for piece in _pieces([heading, *lines] if heading else lines))
            section, heading, lines = heading or section, "", []
        if found:
            heading = found[1]


def _pieces(lines: Sequence[str]) -> Iterator[str]:
    """A paragraph as it is; one that is too long, sentence by sentence; a sentence that is too long, cut."""
    whole = "\n".join(lines)
    if len(whole) <= PASSAGE_CHARS:
        yield whole
        return
    piece = ""
    for sentence in sentences(whole):
        for cut in (sentence[at : at + PASSAGE_CHARS] for at in range(0, len(sentence), PASSAGE_CHARS)):
            if piece and len(piece) + len(cut) >= PASSAGE_CHARS:
                yield piece
                piece = ""
            piece = f"{piece} {cut}".strip()
    yield piece

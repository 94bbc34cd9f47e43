"""The sandbox's search: help articles by full text (SQLite FTS5), content assets by topic, stage and language.

**Articles** are ordered by `fit = score * sqrt(coverage)`. `score` is the BM25 of the index, the title weighted over
topics over body. `coverage` is the share of the query's meaningful words that the article holds: a word of the title or
the topics counts whole, one that is only in the body counts half. BM25 alone is carried away by one rare word, coverage
alone by long articles. A code with letters and digits counts as three words.

Their **strength**, 0 to 1, means "how surely is this about the question":

    strength = coverage of the best article * fit / fit of the best article

So the best one is as strong as the share of the question it covers, and the others are weaker by as much as they are
behind. That means the same in a collection of five articles and of five thousand, where BM25 by itself does not.

**Strength of an asset** is 0.6 * share of the wanted topics it is about + 0.25 if it serves the deal's stage + 0.15 if
it is in the reader's language. With no topics wanted the first share is one half.
"""

import math
import re
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any, Literal

from sqlalchemy import Connection, text

from agent.domain.evidence import Material
from integrations.db.sqlite import rows
from integrations.sandbox import records
from integrations.sandbox.records import Record
from integrations.sandbox.source import Source
from integrations.sandbox.words import meaning_words, sentences, stem, stems

KEYS: dict[str, Literal["article", "asset"]] = {"articles": "article", "assets": "asset"}
PASSAGE_CHARS = 420
MOST_WORDS = 400
_IN_BODY_ONLY = 0.5
CODE_WEIGHT = 3
_CODE = re.compile(r"[a-z].*\d|\d.*[a-z]")
_CONSIDERED = 40
"""Hits whose fit is worked out; BM25 has put the rest far behind."""

_FORGET = text("DELETE FROM sandbox_search WHERE kind = :kind AND id = :id")
_REMEMBER = text("INSERT INTO sandbox_search (kind, id, title, body, topics) VALUES (:kind, :id, :title, :body, :topics)")
_FIND = """
    SELECT r.data, -bm25(sandbox_search, 0, 0, 3.0, 1.0, 2.0) AS score
    FROM sandbox_search JOIN sandbox_records AS r ON r.kind = sandbox_search.kind AND r.id = sandbox_search.id
    WHERE sandbox_search MATCH ? AND sandbox_search.kind = 'articles'
    ORDER BY score DESC, r.id
"""
"""Deleted articles are not in the index."""


def index(connection: Connection, record: Record) -> None:
    """Bring the full-text index up to date with a record; records that are not content are passed over."""
    if record.kind not in KEYS:
        return
    connection.execute(_FORGET, {"kind": record.kind, "id": record.id})
    if record.deleted:
        return
    data = record.data
    body = " ".join(str(data.get(name) or "") for name in ("summary", "body"))
    row = {"kind": record.kind, "id": record.id, "title": data["title"], "body": body, "topics": _spaced(data)}
    connection.execute(_REMEMBER, row)


class SandboxSearch(Source):
    """Implements the `Search` port."""

    async def articles(self, query: str, *, visibility: str | None, product: str | None, language: str, at_most: int) -> Sequence[Material]:
        """The best articles in a language, best first."""
        words = weighted(meaning_words(query)[:MOST_WORDS])
        # quoting makes words plain: no text can become an operator of the query language
        query, spoken = " OR ".join(f'"{word}"' for word in words), _language(language)

        def fits(data: Mapping[str, Any]) -> bool:
            return (
                not data.get("withdrawn")
                and visibility in (None, data["visibility"])
                and (product is None or data.get("product") in (None, product))  # one about no product fits every product
                and _language(data.get("locale")) == spoken
            )

        found = await self._read("articles", lambda connection: rows(connection, _FIND, query), query) if words else []
        read = ((records.parsed(text), score) for text, score in found)
        hits = list(islice(((data, score) for data, score in read if fits(data)), _CONSIDERED))
        return [_article(data, words, strength) for data, strength in ranked(words, hits)[:at_most]]

    async def assets(self, topics: Sequence[str], *, stage: str | None, kinds: Sequence[str], language: str, at_most: int) -> Sequence[Material]:
        """The best assets that share a topic with those wanted, in the reader's language or in English."""
        wanted = {_slug(topic) for topic in topics}
        spoken = _language(language)

        def fits(data: Mapping[str, Any]) -> bool:
            return (
                not data.get("withdrawn")
                and (not kinds or data["kind"] in kinds)
                and _language(data.get("language")) in (spoken, "en")
                and (not wanted or not wanted.isdisjoint(_slug(topic) for topic in data["topics"]))
            )

        there = await self._read("assets", lambda connection: records.all_of(connection, "assets"), "all")
        materials = [_asset(r, _asset_strength(r.data, wanted, stage, spoken)) for r in there if fits(r.data)]
        return sorted(materials, key=lambda m: (-m.strength, m.id))[:at_most]

    async def material(self, kind: Literal["asset", "article"], material_id: str) -> Material | None:
        """One piece of content as it is now; None when it is gone or withdrawn."""
        key = f"{kind}s"
        record = await self._read(key, lambda connection: records.living(connection, key, material_id))
        if record is None or record.data.get("withdrawn"):
            return None
        return _asset(record, 1.0) if kind == "asset" else _article(record.data, [], 1.0)


def _article(data: Mapping[str, Any], words: Sequence[str], strength: float) -> Material:
    return Material(
        id=str(data["id"]),
        kind="article",
        type="article",
        title=str(data["title"]),
        url=str(data.get("url") or ""),
        language=_language(data.get("locale")),
        visibility=str(data["visibility"]),
        topics=tuple(data.get("topics") or ()),
        stages=(),
        product=str(data.get("product") or ""),
        passage=passage(str(data["body"]), words),
        strength=strength,
    )


def weighted(words: Sequence[str]) -> list[str]:
    """The words with codes (TS-1012) repeated: who names one is asking about it, whatever else they write."""
    return [same for word in words for same in [word] * (CODE_WEIGHT if _CODE.search(word) else 1)]


Hit = tuple[Mapping[str, Any], float]
"""An article's record with a number: its BM25 score, or its strength."""


def ranked(words: Sequence[str], hits: Sequence[Hit]) -> list[Hit]:
    """Articles with their strength, best first, from articles with their score: see the top of this module."""
    wanted = [stem(word) for word in words]
    covered = [coverage(wanted, f"{data['title']} {_spaced(data)}", str(data["body"])) for data, _ in hits]
    fits = [score * math.sqrt(share) for (_, score), share in zip(hits, covered, strict=True)]
    order = sorted(range(len(hits)), key=lambda i: (-fits[i], i))
    if not order or fits[order[0]] <= 0:
        return []
    top = covered[order[0]] / fits[order[0]]
    return [(hits[i][0], round(fits[i] * top, 3)) for i in order]


def coverage(wanted: Sequence[str], heading: str, body: str) -> float:
    """The share of the wanted stems, 0 to 1, that an article holds; what is only in its body counts less."""
    in_heading, in_body = stems(heading), stems(body)
    held = (1.0 if word in in_heading else _IN_BODY_ONLY if word in in_body else 0.0 for word in wanted)
    return sum(held) / max(len(wanted), 1)


def passage(body: str, words: Sequence[str]) -> str:
    """The sentences of a body that hold most of the words, in their own order, up to a few lines; its beginning when
    none does.
    """
    wanted = {stem(word) for word in words}
    parts = sentences(body)
    held = [len(wanted & stems(part)) for part in parts]
    useful = [i for i in range(len(parts)) if held[i] or not any(held)]
    chosen: list[int] = []
    for i in sorted(useful, key=lambda i: (-held[i], i)):
        if chosen and sum(len(parts[c]) + 1 for c in [*chosen, i]) > PASSAGE_CHARS:
            break
        chosen.append(i)
    return " ".join(parts[i] for i in sorted(chosen))


def _asset_strength(data: Mapping[str, Any], wanted: set[str], stage: str | None, language: str) -> float:
    about = {_slug(topic) for topic in data["topics"]}
    overlap = len(about & wanted) / len(wanted) if wanted else 0.5
    serves = stage is not None and stage in data["stages"]
    return round(0.6 * overlap + 0.25 * serves + 0.15 * (_language(data.get("language")) == language), 3)


def _asset(record: Record, strength: float) -> Material:
    data = record.data
    return Material(
        id=record.id,
        kind="asset",
        type=str(data["kind"]),
        title=str(data["title"]),
        url=str(data["url"]),
        language=_language(data.get("language")),
        visibility="public",
        topics=tuple(data["topics"]),
        stages=tuple(data["stages"]),
        product="",
        passage=str(data["summary"]),
        strength=strength,
    )


def _language(name: Any) -> str:
    """`en-GB` and `en` are one language; content without one is English."""
    return str(name or "en")[:2].lower()


def _slug(topic: str) -> str:
    return topic.strip().lower().replace(" ", "_").replace("-", "_")


def _spaced(data: Mapping[str, Any]) -> str:
    return " ".join(str(topic).replace("_", " ") for topic in data.get("topics") or ())

"""The sandbox's search: help articles by full text (SQLite FTS5), content assets by topic, stage and language.

**Strength of an article** is between 0 and 1 and means "how surely is this about the question":

strength = coverage * (1 - lift) + lift * saturated,    lift = 0.25,    saturated = score / (score + 6)

`coverage` is the share of the query's meaningful words that the article holds; a word of the title or the topics
counts whole, a word that is only in the body counts 0.7. `score` is the BM25 of the full-text index with the title
weighted over topics over body. Coverage leads, because it means the same in a collection of five articles and of five
thousand, while BM25 is near 0 in a small one.

**Strength of an asset** is 0.6 x the share of the wanted topics it is about + 0.25 if it serves the deal's stage +
0.15 if it is in the reader's language. With no topics wanted the first term is half.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import text
from sqlmodel import Session

from agent.domain.evidence import Material
from integrations.sandbox import records
from integrations.sandbox.records import Record
from integrations.sandbox.source import Source
from integrations.sandbox.words import sentences, stem, stems, subject_words

KEYS: dict[str, Literal["article", "asset"]] = {"articles": "article", "assets": "asset"}
PASSAGE_CHARS = 420
_LIFT, _HALF_SCORE, _IN_BODY_ONLY = 0.25, 6.0, 0.7
_CONSIDERED = 60
"""Hits looked at before the filters; far more than anybody shows."""

_FORGET = text("DELETE FROM sandbox_search WHERE kind = :kind AND id = :id")
_REMEMBER = text(
    "INSERT INTO sandbox_search (kind, id, title, body, topics) VALUES (:kind, :id, :title, :body, :topics)"
)
_FIND = text(
    "SELECT found.id, -bm25(sandbox_search, 0, 0, 6.0, 1.0, 3.0) AS score FROM sandbox_search AS found"
    " WHERE sandbox_search MATCH :query AND found.kind = 'articles' ORDER BY score DESC, found.id LIMIT :most"
)


def index(session: Session, record: Record) -> None:
    """Bring the full-text index up to date with a record; records that are not content are passed over."""
    if record.kind not in KEYS:
        return
    session.execute(_FORGET, {"kind": record.kind, "id": record.id})
    if record.deleted:
        return
    data = record.data
    body = " ".join(str(data.get(name) or "") for name in ("summary", "body"))
    row = {"kind": record.kind, "id": record.id, "title": data["title"], "body": body, "topics": _spaced(data)}
    session.execute(_REMEMBER, row)


class SandboxSearch(Source):
    """Implements the `Search` port."""

    async def articles(
        self, query: str, *, visibility: str | None, product: str | None, language: str, at_most: int
    ) -> Sequence[Material]:
        """The best articles in a language, best first. An article about no product in particular fits every product."""
        words = subject_words(query)

        def fits(data: Mapping[str, Any]) -> bool:
            return (
                not data.get("withdrawn")
                and visibility in (None, data["visibility"])
                and (product is None or data.get("product") in (None, product))
                and _language(data.get("locale")) == _language(language)
            )

        def work(session: Session) -> list[Material]:
            hits = _hits(session, words)
            found = [r for r in records.among_ids(session, "articles", hits) if fits(r.data)]
            strength = {r.id: article_strength(words, _heading(r.data), r.data["body"], hits[r.id]) for r in found}
            best = sorted(found, key=lambda r: (-strength[r.id], -hits[r.id], r.id))[:at_most]
            return [_article(r, words, strength[r.id]) for r in best]

        return await self._read("articles", work) if words else []

    async def assets(
        self, topics: Sequence[str], *, stage: str | None, kinds: Sequence[str], language: str, at_most: int
    ) -> Sequence[Material]:
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

        def work(session: Session) -> list[Material]:
            found = [r for r in records.all_of(session, "assets") if fits(r.data)]
            materials = [_asset(r, _asset_strength(r.data, wanted, stage, spoken)) for r in found]
            return sorted(materials, key=lambda m: (-m.strength, m.id))[:at_most]

        return await self._read("assets", work)

    async def material(self, kind: Literal["asset", "article"], material_id: str) -> Material | None:
        """One piece of content as it is now; None when it is gone or withdrawn."""
        key = f"{kind}s"
        record = await self._read(key, lambda session: records.living(session, key, material_id))
        if record is None or record.data.get("withdrawn"):
            return None
        return _asset(record, 1.0) if kind == "asset" else _article(record, [], 1.0)


def _hits(session: Session, words: Sequence[str]) -> dict[str, float]:
    """BM25 score by article id, for any of the words. They are quoted, so that no text can become an operator."""
    query = " OR ".join(f'"{word}"' for word in words)
    rows = session.execute(_FIND, {"query": query, "most": _CONSIDERED})
    return {row.id: row.score for row in rows}


def _article(record: Record, words: Sequence[str], strength: float) -> Material:
    data = record.data
    return Material(
        id=record.id,
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


def article_strength(words: Sequence[str], heading: str, body: str, score: float) -> float:
    """How surely an article is about a query, 0 to 1: see the top of this module."""
    if not words:
        return 0.0
    in_heading, in_body = stems(heading), stems(body)
    covered = [1.0 if stem(w) in in_heading else _IN_BODY_ONLY if stem(w) in in_body else 0.0 for w in words]
    saturated = score / (score + _HALF_SCORE) if score > 0 else 0.0
    return round(sum(covered) / len(words) * (1 - _LIFT) + _LIFT * saturated, 3)


def passage(body: str, words: Sequence[str]) -> str:
    """The sentences of a body that hold most of the words, in their own order, up to a few lines; its beginning when
    none does.
    """
    wanted = {stem(word) for word in words}
    parts = sentences(body)
    best = sorted(range(len(parts)), key=lambda i: (-len(wanted & stems(parts[i])), i))
    chosen: list[int] = []
    for i in best:
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


def _heading(data: Mapping[str, Any]) -> str:
    return f"{data['title']} {_spaced(data)}"


def _spaced(data: Mapping[str, Any]) -> str:
    return " ".join(str(topic).replace("_", " ") for topic in data.get("topics") or ())

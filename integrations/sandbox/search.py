"""The sandbox's search: help articles through the index of articles, content assets by topic, stage and language.

**Strength of an asset** is 0.6 * share of the wanted topics it is about + 0.25 if it serves the deal's stage + 0.15 if
it is in the reader's language. With no topics wanted the first share is one half. That of an article: `integrations.search.strength`.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import Connection

from agent.domain.evidence import Material
from integrations.sandbox import records
from integrations.sandbox.records import Record
from integrations.sandbox.source import Pause, Source, Together, thirty_seconds
from integrations.search import keeping
from integrations.search.answering import Shown, around, by_words, whole
from integrations.search.fusing import Hit
from integrations.search.index import ArticleIndex, Articles
from integrations.search.passages import Article
from integrations.search.query import Query, read
from integrations.search.shelves import Allowed
from integrations.search.words import sentences, stems, tokens
from tools.plain_text import as_shown

POINTING, POINTED_AT = 0.34, 1
"""A sentence that shares so many of the question's words answers it. Where none does, it is found by meaning in so many of the best articles:
each sentence takes the model some milliseconds.
"""


def index(connection: Connection, record: Record) -> None:
    """Bring the index of articles up to date with a record; records that are no articles are passed over."""
    if record.kind != "articles":
        return
    if record.deleted or record.data.get("withdrawn"):
        keeping.forget(connection, record.id)
    else:
        keeping.keep(connection, article_of(record))


def _articles(connection: Connection) -> Iterator[Article]:
    return (article_of(record) for record in records.all_of(connection, "articles") if not record.data.get("withdrawn"))


def article_of(record: Record) -> Article:
    """What of an article's record is searched."""
    data = record.data
    return Article(
        record.id, str(data["title"]), str(data["body"]), str(data["visibility"]), _language(data.get("locale")), data.get("product"),
        *(tuple(data.get(name) or ()) for name in ("topics", "plans", "regions")),
    )  # fmt: skip


ARTICLES = Articles(_articles, lambda connection: records.count(connection, "articles", without="withdrawn"))
"""Those of the sandbox, or of the copy of a vendor's."""


class SandboxSearch(Source):
    """Implements the `Search` port."""

    def __init__(self, together: Together, index: ArticleIndex, *, pause: Pause = thirty_seconds) -> None:
        super().__init__(together, pause=pause)
        self._index = index

    async def articles(
        self, query: str, *, visibility: str | None, product: str | None, language: str | None, at_most: int, here_only: bool,
        plan: str | None = None, region: str | None = None,
    ) -> Sequence[Material]:  # fmt: skip
        """The best articles in a language, best first."""
        asked = read(query)
        await self._read("articles", lambda _: None, "open")  # as the source would: it may be set to be down, or slow
        if not asked:
            return []
        spoken = _language(language) if language else await self._index.language_of(asked)
        allowed = Allowed(spoken, visibility, product, plan, region)
        found = await self._index.find(asked, allowed, here_only=here_only)
        return await self._shown(asked, found.hits, at_most, found.note)

    async def _shown(self, query: Query, hits: Sequence[Hit], at_most: int, note: str) -> list[Material]:
        """The articles as material: each text once, however many articles say it."""
        hits = hits[: 2 * at_most]
        passages, there = await self._index.opened(hits, lambda connection: [records.living(connection, "articles", hit.article) for hit in hits])
        texts = set[tuple[str, ...]]()
        chosen: list[tuple[Hit, Record]] = []
        for hit, record in zip(hits, there, strict=True):
            text = (_language(record.data.get("locale")), *tokens(str(record.data["body"]))) if record else ()
            if record is not None and not record.data.get("withdrawn") and text not in texts and len(chosen) < at_most:
                texts.add(text)
                chosen.append((hit, record))
        return [
            _article(record.data, hit.strength, await self._answer(query, hit, record, passages, place), "; ".join(filter(None, (hit.why, note))))
            for place, (hit, record) in enumerate(chosen)
        ]

    async def _answer(self, query: Query, hit: Hit, record: Record, passages: Mapping[int, str], place: int) -> Shown:
        body = as_shown(str(record.data["body"]))
        meaning = self._index.meaning
        if hit.features.likeness is None or hit.features.codes or meaning is None:
            return by_words(body, query.stems)
        parts = whole(sentences(passages.get(hit.passage, "")))
        if not parts:
            return by_words(body, query.stems)
        shared = [len(query.stems & stems(part)) / max(len(query.stems), 1) for part in parts]
        if max(shared) < POINTING and place < POINTED_AT:
            asked, said = await meaning.of([query.text]), await meaning.of(parts)
            if asked is not None and said is not None:
                shared = (said @ asked[0]).tolist()
        return around(parts, max(range(len(parts)), key=lambda i: (shared[i], -i)))

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
        return _asset(record, 1.0) if kind == "asset" else _article(record.data, 1.0, by_words(as_shown(str(record.data["body"])), frozenset()), "")


def _article(data: Mapping[str, Any], strength: float, shown: Shown, why: str) -> Material:
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
        passage=shown.passage,
        strength=strength,
        answer=shown.answer,
        why=why,
    )


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

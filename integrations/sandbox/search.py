"""The sandbox's search: help articles through the index of articles, content assets by topic, stage and language.

**Strength of an asset** is 0.6 * share of the wanted topics it is about + 0.25 if it serves the deal's stage + 0.15 if
it is in the reader's language. With no topics wanted the first share is one half. That of an article: `integrations.search.strength`.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Literal

from sqlalchemy import Connection

from agent.domain.evidence import Material
from integrations.sandbox import records
from integrations.sandbox.records import Record
from integrations.sandbox.source import Pause, Source, Together, thirty_seconds
from integrations.search import keeping
from integrations.search.answering import Shown, by_words
from integrations.search.fusing import Hit
from integrations.search.index import ArticleIndex, Articles
from integrations.search.language import preferred
from integrations.search.looking import Asking
from integrations.search.passages import Article, digest
from integrations.search.query import read
from integrations.search.shelves import Allowed
from integrations.search.showing import Opened, shown
from integrations.search.words import tokens
from tools.plain_text import as_shown
from tools.ports import Asked, Find


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


def _wordings(connection: Connection, articles: Collection[str]) -> dict[str, str]:
    there = (records.living(connection, "articles", one) for one in articles)
    return {record.id: digest(" ".join(tokens(str(record.data["body"])))) for record in there if record is not None}


ARTICLES = Articles(_articles, lambda connection: records.count(connection, "articles", without="withdrawn"), _wordings)
"""Those of the sandbox, or of the copy of a vendor's."""


class SandboxSearch(Source):
    """Implements the `Search` port."""

    def __init__(self, together: Together, index: ArticleIndex, *, pause: Pause = thirty_seconds) -> None:
        super().__init__(together, pause=pause)
        self._index = index

    async def articles(self, asked: Sequence[Asked], *, at_most: int) -> Sequence[Sequence[Find]]:
        """The best articles for each question, best first: each text once, however many articles say it."""
        await self._read("articles", lambda _: None, "open")  # as the source would: it may be set to be down, or slow
        ways = await self._askings(asked)
        answered = iter(await self._index.find([way for own in ways for way in own]))
        found = [preferred([next(answered) for _ in own]) for own in ways]
        chosen = await self._index.once([one.hits[: 2 * at_most] for one in found])
        return [
            [_find(one.query, place, hit, own.note) for place, hit in enumerate(hits[:at_most])]
            for one, hits, own in zip(asked, chosen, found, strict=True)
        ]

    async def _askings(self, asked: Sequence[Asked]) -> list[list[Asking]]:
        """Each question in its language, or in all that it may be in, the likeliest first."""
        own = [*dict.fromkeys(one.query for one in asked if not one.language)]
        spoken = dict(zip(own, await self._index.languages_of([read(query) for query in own]), strict=True)) if own else {}
        return [
            [
                Asking(read(one.query), Allowed(language, one.visibility, one.product, one.plan, one.region), one.here_only)
                for language in ((_language(one.language),) if one.language else spoken[one.query])
            ]
            for one in asked
        ]

    async def shown(self, finds: Sequence[Find]) -> Sequence[Material]:
        """The articles as material, with the passage of each that answers."""
        if not finds:
            return []
        passages, there = await self._index.opened(
            [find.passage for find in finds if find.passage is not None],
            lambda connection: [records.living(connection, "articles", find.id) for find in finds],
        )  # fmt: skip
        living = [(find, record.data) for find, record in zip(finds, there, strict=True) if record is not None and not record.data.get("withdrawn")]
        opened = [
            Opened(read(find.query), as_shown(str(data["body"])), passages.get((find.passage or 0, find.id), ""), find.leads) for find, data in living
        ]
        said = await shown(opened, self._index.meaning)
        return [_article(data, find.strength, one, find.why) for (find, data), one in zip(living, said, strict=True)]

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


def _find(query: str, place: int, hit: Hit, note: str) -> Find:
    by_meaning = hit.features.likeness is not None and not hit.features.codes
    why = "; ".join(filter(None, (hit.why, note if place == 0 else "")))  # what holds for all is said once
    return Find(hit.article, query, hit.strength, place == 0, why, hit.passage if by_meaning else None)


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

"""Help articles: all of them, and which are gone."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from integrations.vendors.connector import Page, Read
from integrations.vendors.errors import Denied, Gone
from integrations.vendors.zendesk import endpoints, guide
from integrations.vendors.zendesk.answers import Article, Segment, listed, parsed
from integrations.vendors.zendesk.fields import Fields
from integrations.vendors.zendesk.known import Known
from integrations.vendors.zendesk.reader import Reader, after_of
from integrations.vendors.zendesk.telling import own

_TRANSLATIONS = {"include": "translations"}
_WHAT_IS_GONE = "gone"
"""The cursor of the last part."""


class Articles:
    """Reads them.

    Zendesk tells of no article that was archived or deleted, and not surely of one that was put behind another segment. So a sync reads the whole
    list, a hundred at a time, whatever it is asked since when. Its last part goes through the list once more and compares ids: what we hold and
    what is not published there is gone.
    """

    def __init__(self, reader: Reader, known: Known, fields: Fields) -> None:
        self._reader, self._known, self._fields = reader, known, fields
        self._segments: Mapping[int, Segment] | None = None

    async def one(self, external_id: str) -> Read:
        """One article in all its languages. `external_id`: the article's, with a language or without."""
        article_id, self._segments = external_id.partition("-")[0], None
        try:
            answer = await self._reader.ask(endpoints.ARTICLE, {"id": article_id}, _TRANSLATIONS)
        except Gone:
            return Read(gone=await self._missing((), among=own("articles", f"{article_id}-")))
        article = parsed(Article, answer, "article")
        told = tuple(guide.articles(article, await self._asked_for([article]), self._fields))
        return Read(told, gone=await self._missing([one.id for one in told], among=own("articles", f"{article_id}-")))

    async def page(self, cursor: str | None, _since: datetime | None) -> Page:
        """The next part of the list; the last says what is gone."""
        if cursor == _WHAT_IS_GONE:
            return Page(await self._gone(), None)
        if cursor is None:
            self._segments = None
        answer = await self._reader.page(endpoints.ARTICLES, "articles", cursor, None, _TRANSLATIONS)
        read, following = await self._told(answer), after_of(answer)
        if cursor is None and following is None:  # the only part: nothing has to be asked twice
            return Page(read + Read(gone=await self._missing(_there(read), but=_unreadable(read))), None)
        return Page(read, following or _WHAT_IS_GONE)

    async def _told(self, answer: object) -> Read:
        articles, faults = listed(Article, answer, "articles", "articles")
        segments = await self._asked_for(articles)
        return Read(tuple(told for one in articles for told in guide.articles(one, segments, self._fields)), tuple(faults))

    async def _asked_for(self, articles: Iterable[Article]) -> Mapping[int, Segment]:
        """The segments, where an article has one: as they are when a sync begins. Those that we may not read keep their articles inside."""
        if not any(one.user_segments for one in articles):
            return {}
        if self._segments is None:
            try:
                self._segments = await self._reader.segments()
            except (Denied, Gone):
                self._segments = {}
        return self._segments

    async def _gone(self) -> Read:
        there: list[str] = []
        unreadable: list[str] = []
        async for answer in self._reader.pages(endpoints.ARTICLES, "articles", None, _TRANSLATIONS):
            read = await self._told(answer)
            there += _there(read)
            unreadable += _unreadable(read)
        return Read(gone=await self._missing(there, but=unreadable))

    async def _missing(self, there: Iterable[str], *, among: str = "", but: Sequence[str] = ()) -> dict[str, str | None]:
        """What we hold and what is not there. `among`, `but`: beginnings of ids that are looked at, or that are left alone."""
        living = set(there)
        held = [one for one in await self._known.held("articles") if one not in living]
        return {one: None for one in held if one.startswith(among) and not one.startswith(tuple(but))}


def _there(read: Read) -> list[str]:
    return [told.id for told in read.told]


def _unreadable(read: Read) -> list[str]:
    """Articles that are there in a shape that nobody knows are not gone."""
    return [own("articles", f"{fault.external_id}-") for fault in read.faults]

"""Finds help articles for a ticket or a colleague's question.

What is done must not be steered by text that a stranger put into a ticket. So the subject line is asked first and alone. Only when it finds
nothing strong, the first sentence of the first customer message (greetings do not count) is added: text appended to the body, as a new
sentence, line or paragraph, is in neither. What else the customer wrote is asked sentence by sentence, and only adds articles that are weaker
than all that these two found. A colleague who only looks judges for themselves: for them everything that was asked counts alike.

No query is longer than 40 words, so that a wall of words cannot outvote the subject. What is found is only ever ranked and quoted: an
article cannot cause anything else.
"""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product
from typing import Any

from agent.domain.evidence import Material
from agent.domain.triage_words import NO_WORDS, TriageWords
from tools.asking import article_queries, automatic_by, first_words, further_queries, heard
from tools.materials import material_facts, strongest_first
from tools.ports import Crm, Helpdesk, Search, SourceBusy, SourceError
from tools.processing import may_process
from tools.reading import Reading
from tools.result import ToolResult, facts_of, reads

STRONG = 0.5
"""From this strength on an article is taken to be about the question."""

CLEARLY = 0.15
"""So much stronger an article of another product must be: a ticket may be filed under the wrong one."""

FURTHER = 0.9
"""What the customer's other words find is no stronger than this share of the weakest that the subject found."""
MOST_FURTHER = 2

SEARCHED = "search.articles"

ENGLISH = "en"
"""Most articles are written in it, so it is tried when the customer's language has nothing strong."""


@dataclass(frozen=True, slots=True)
class Reader:
    """For whom articles are looked for: None is whoever it is, and an empty plan one that nobody knows. `here_only`: what they wrote must not
    leave this machine.
    """

    here_only: bool
    product: str | None = None
    language: str | None = None
    plan: str | None = None
    region: str | None = None


@reads(SEARCHED, *facts_of("article"))
async def find_articles(
    search: Search,
    helpdesk: Helpdesk,
    crm: Crm,
    ticket_id: str | None,
    at: datetime,
    *,
    asked: str = "",
    words: TriageWords = NO_WORDS,
    only_looks: bool = False,
    visibilities: Sequence[str | None] = (None,),
    at_most: int = 5,
) -> ToolResult:
    """The best articles of each visibility for a ticket, or for what a colleague `asked` in their own words. `words` tell which mail no person
    wrote: that asks nothing. `only_looks`: nothing is done with the articles but to show them to a colleague.
    """
    ticket = await helpdesk.ticket(ticket_id) if ticket_id else None
    data: Mapping[str, Any] = ticket.data if ticket else {}
    said = heard(data)
    if not asked and automatic_by(data, said, words):
        return _nothing_asked(at, "no person wrote it, so it asks nothing")
    queries = [first_words(asked)] if asked else article_queries(said)
    if not queries:
        return _nothing_asked(at, "there is neither a subject nor a question to search with")
    further = [] if asked else further_queries(said)
    shelf = _Shelf(search, await _reader(crm, data) if ticket else Reader(here_only=False), at_most, only_looks)
    found = await asyncio.gather(*(shelf.best(queries, further, visibility) for visibility in visibilities))
    materials = strongest_first(material for some in found for material in some)
    return ToolResult("ok" if materials else "no_data", material_facts(SEARCHED, materials, at), {"materials": materials})


def _nothing_asked(at: datetime, why: str) -> ToolResult:
    return ToolResult("no_data", (Reading(at).fact(SEARCHED, value=False),), problem=why)


async def _reader(crm: Crm, ticket: Mapping[str, Any]) -> Reader:
    """The customer of a ticket. Of one who is not known, nothing leaves this machine, and what is for some plans alone is not for them.

    The plan and the region are what the CRM or the helpdesk says.
    """
    account = None
    if ticket.get("account"):
        try:
            account = await crm.account(str(ticket["account"]))
        except SourceBusy:
            raise
        except SourceError:
            account = None
    data: Mapping[str, Any] = account.data if account else {}
    language = str(ticket.get("language") or "")[:2] or None
    here_only = not may_process(account.data if account else None)
    plan, region = _agreed(data.get("plan"), ticket.get("customer_plan")), _agreed(data.get("country"), ticket.get("customer_region"))
    return Reader(here_only, ticket.get("product"), language, plan, region)


def _agreed(*said: Any) -> str:
    """What was said, where nobody says otherwise; empty where nobody knows."""
    different = {str(one).casefold(): str(one) for one in said if one}
    return different.popitem()[1] if len(different) == 1 else ""


@dataclass(frozen=True, slots=True)
class _Shelf:
    """The articles that may answer: about a product or general, in the customer's language or in English."""

    search: Search
    reader: Reader
    at_most: int
    only_looks: bool

    async def best(self, queries: Sequence[str], further: Sequence[str], visibility: str | None) -> Sequence[Material]:
        """What the queries that decide find, with what the further ones add."""
        asked = (self._find(visibility, self.reader.product, query, self.reader.language) for query in further)
        found, *more = await asyncio.gather(self._deciding(queries, visibility), *asked)
        if self.only_looks:
            return strongest_first([*found, *(material for some in more for material in some)])[: self.at_most]
        known = {material.id for material in found}
        limit = FURTHER * min((material.strength for material in found), default=0.0)
        new = strongest_first(material for some in more for material in some if material.id not in known and limit > 0)
        added = [replace(material, strength=round(min(material.strength, limit), 3)) for material in new[:MOST_FURTHER]]
        return [*found, *added]

    async def _deciding(self, queries: Sequence[str], visibility: str | None) -> Sequence[Material]:
        """What the first query finds, if that is strong; else the first strong finds of the other ways to ask.

        A ticket may be filed under the wrong product, so other products are tried too; they count only when strong, and clearly stronger.
        """
        reader = self.reader
        first, *others = product(dict.fromkeys((reader.product, None)), queries, dict.fromkeys((reader.language, ENGLISH)))
        found = await self._find(visibility, *first)
        if _strength(found) >= STRONG:
            return await self._elsewhere(found, visibility, queries[0])
        more = await asyncio.gather(*(self._find(visibility, *way) for way in others))
        strong = next((some for some in more if _strength(some) >= STRONG), None)
        own = [some for way, some in zip(others, more, strict=True) if way[0] == reader.product]
        return strong or max([found, *own], key=_strength)

    async def _elsewhere(self, found: Sequence[Material], visibility: str | None, query: str) -> Sequence[Material]:
        """What was found of the own product, or of any where that is clearly stronger."""
        if self.reader.product is None or _strength(found) > 1 - CLEARLY:
            return found
        everywhere = await self._find(visibility, None, query, self.reader.language)
        return everywhere if _strength(everywhere) > _strength(found) + CLEARLY else found

    async def _find(self, visibility: str | None, product: str | None, query: str, language: str | None) -> Sequence[Material]:
        return await self.search.articles(
            query, visibility=visibility, product=product, language=language, at_most=self.at_most,
            plan=self.reader.plan, region=self.reader.region, here_only=self.reader.here_only,
        )  # fmt: skip


def _strength(materials: Iterable[Material]) -> float:
    return max((material.strength for material in materials), default=0.0)

"""Finds help articles for a ticket or a colleague's question.

What is done must not be steered by text that a stranger put into a ticket. So the subject line is asked first and alone. Only when it finds
nothing strong, the first sentence of the first customer message (greetings do not count) is added: text appended to the body, as a new
sentence, line or paragraph, is in neither. What else the customer wrote is asked sentence by sentence, and only adds articles that are weaker
than all that these two found. A colleague who only looks judges for themselves: for them everything that was asked counts alike.

No query is longer than 40 words, so that a wall of words cannot outvote the subject. What is found is only ever ranked and quoted: an
article cannot cause anything else.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import product
from typing import Any

from agent.domain.evidence import Material
from agent.domain.triage_words import NO_WORDS, TriageWords
from tools.asking import article_queries, automatic_by, first_words, further_queries, heard
from tools.materials import material_facts, strongest_first
from tools.ports import Asked, Crm, Find, Helpdesk, Search, SourceBusy, SourceError
from tools.processing import may_process
from tools.reading import Reading
from tools.result import ToolResult, facts_of, reads

STRONG = 0.5
"""From this strength on an article is taken to be about the question."""

CLEARLY = 0.15
"""So much stronger an article of another product must be: a ticket may be filed under the wrong one. And one in English than those in the customer's
own language."""

FURTHER = 0.9
"""What the customer's other words find is no stronger than this share of the weakest that the subject found."""
MOST_FURTHER = 2

SEARCHED = "search.articles"

ENGLISH = "en"
"""Most articles are written in it, so it is tried when the customer's language has nothing strong."""


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
    reader = await _reader(crm, data) if ticket else Asked("", here_only=False)
    shelves = [_Shelf(replace(reader, visibility=one), tuple(queries), tuple(further)) for one in visibilities]
    found = await _found(search, (way for shelf in shelves for way in shelf.first), at_most)
    found |= await _found(search, (way for shelf in shelves for way in shelf.besides(found)), at_most)
    kept = [shelf.looked_at(found)[:at_most] if only_looks else shelf.best(found) for shelf in shelves]
    materials = await search.shown(strongest_first(find for some in kept for find in some))
    return ToolResult("ok" if materials else "no_data", material_facts(SEARCHED, materials, at), {"materials": tuple(materials)})


async def answers(search: Search, asked: Asked, *, at_most: int) -> Sequence[Material]:
    """The best articles for one question of somebody who judges for themselves."""
    [found] = await search.articles([asked], at_most=at_most)
    return await search.shown(found)


def _nothing_asked(at: datetime, why: str) -> ToolResult:
    return ToolResult("no_data", (Reading(at).fact(SEARCHED, value=False),), problem=why)


async def _reader(crm: Crm, ticket: Mapping[str, Any]) -> Asked:
    """For whom a ticket asks. Of a customer who is not known, nothing leaves this machine, and what is for some plans alone is not for them.

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
    plan, region = _agreed(data.get("plan"), ticket.get("customer_plan")), _agreed(data.get("country"), ticket.get("customer_region"))
    return Asked(
        "", here_only=not may_process(account.data if account else None), product=ticket.get("product"),
        language=str(ticket.get("language") or "")[:2] or None, plan=plan, region=region,
    )  # fmt: skip


def _agreed(*said: Any) -> str:
    """What was said, where nobody says otherwise; empty where nobody knows."""
    different = {str(one).casefold(): str(one) for one in said if one}
    return different.popitem()[1] if len(different) == 1 else ""


_Found = Mapping[Asked, Sequence[Find]]
"""What was found in each way."""


async def _found(search: Search, ways: Iterable[Asked], at_most: int) -> dict[Asked, Sequence[Find]]:
    """All at once, each way once."""
    asked = [*dict.fromkeys(ways)]
    return dict(zip(asked, await search.articles(asked, at_most=at_most), strict=True)) if asked else {}


@dataclass(frozen=True, slots=True)
class _Shelf:
    """The articles of a visibility that may answer: about a product or general, in the customer's language or in English. `reader`: for whom,
    without a query.
    """

    reader: Asked
    queries: tuple[str, ...]
    further: tuple[str, ...]

    @property
    def first(self) -> list[Asked]:
        """The ways to ask at once: the first query, and what else the customer wrote."""
        return [self._ways[0], *self._further]

    def besides(self, found: _Found) -> list[Asked]:
        """The ways to ask when these are answered: all others, where the first query found nothing strong.

        A ticket may be filed under the wrong product, so other products are tried also where it did.
        """
        first, *others = self._ways
        if _strength(found[first]) < STRONG:
            return others
        return [] if first.product is None or _strength(found[first]) > 1 - CLEARLY else [_anywhere(first)]

    def best(self, found: _Found) -> list[Find]:
        """What the queries that decide found, with what the further ones add."""
        own = self._deciding(found)
        known = {find.id for find in own}
        limit = FURTHER * min((find.strength for find in own), default=0.0)
        new = strongest_first(find for way in self._further for find in found[way] if find.id not in known and limit > 0)
        return [*own, *(replace(find, strength=round(min(find.strength, limit), 3)) for find in new[:MOST_FURTHER])]

    def looked_at(self, found: _Found) -> Sequence[Find]:
        """What all that was asked found, for somebody who judges for themselves."""
        return strongest_first([*self._deciding(found), *(find for way in self._further for find in found[way])])

    def _deciding(self, found: _Found) -> Sequence[Find]:
        """What the first query found, if that is strong; else the first strong finds of the other ways to ask.

        Those of other products count only when strong, and clearly stronger.
        """
        first, *others = self._ways
        own = found[first]
        if _strength(own) >= STRONG:
            everywhere = found.get(_anywhere(first), ())
            return everywhere if _strength(everywhere) > _strength(own) + CLEARLY else own
        strong = next((found[way] for way in others if _strength(found[way]) >= STRONG and self._for_the_reader(way, found)), None)
        return strong or max(
            [own, *(found[way] for way in others if way.product == first.product and self._for_the_reader(way, found))], key=_strength
        )

    def _for_the_reader(self, way: Asked, found: _Found) -> bool:
        """Whether it asked in the reader's own language, or found what is clearly stronger than what the same finds in that."""
        own = replace(way, language=self.reader.language)
        return way == own or _strength(found[way]) > _strength(found[own]) + CLEARLY

    @property
    def _ways(self) -> list[Asked]:
        """Every way to ask what decides, in the order in which they count."""
        reader = self.reader
        ways = product(dict.fromkeys((reader.product, None)), self.queries, dict.fromkeys((reader.language, ENGLISH)))
        return [replace(reader, product=of, query=query, language=language) for of, query, language in ways]

    @property
    def _further(self) -> Iterator[Asked]:
        return (replace(self.reader, query=query) for query in self.further)


def _anywhere(way: Asked) -> Asked:
    return replace(way, product=None)


def _strength(finds: Iterable[Find]) -> float:
    return max((find.strength for find in finds), default=0.0)

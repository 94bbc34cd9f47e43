"""Finds help articles for a ticket or a colleague's question.

What is searched for must not be steered by text that a stranger put into a ticket. So the subject line is asked first
and alone. Only when it finds nothing strong, the first sentence of the first customer message (greetings do not
count) is added. Text appended to the body, as a new sentence, line or paragraph, is never read, and no query is
longer than 40 words, so that a wall of words cannot outvote the subject. What is found is only ever ranked and
quoted: an article cannot cause anything else.
"""

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import product
from typing import Any

from agent.domain.evidence import Material
from tools.materials import material_facts, strongest_first
from tools.ports import Helpdesk, Search
from tools.result import ToolResult, facts_of, reads
from tools.tickets import customer_messages

STRONG = 0.5
"""From this strength on an article is taken to be about the question."""

MOST_WORDS = 40

_GREETING = re.compile(
    r"(?:hi|hello|hey|dear|(?:good )?(?:morning|day|afternoon|evening)"
    r"|hallo|guten (?:tag|morgen|abend)|moin|servus|sehr geehrte[rs]?|lieb(?:e|er|es)"
    r"|bonjour|bonsoir|salut|ch(?:e|è)re?|hola|buen[oa]s (?:d(?:i|í)as|tardes|noches)|estimad[oa]s?|ciao|buongiorno)"
    r"\b[^.!?\n]{0,40}[,.!:]?",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"(?<=[.!?…])\s+|\n")
ENGLISH = "en"
"""Most articles are written in it, so it is tried when the customer's language has nothing strong."""


@reads(*facts_of("article"))
async def find_articles(
    search: Search,
    helpdesk: Helpdesk,
    ticket_id: str | None,
    at: datetime,
    *,
    asked: str = "",
    visibilities: Sequence[str | None] = (None,),
    at_most: int = 5,
) -> ToolResult:
    """The best articles of each visibility for a ticket, or for what a colleague `asked` in their own words."""
    ticket = await helpdesk.ticket(ticket_id) if ticket_id else None
    data: Mapping[str, Any] = ticket.data if ticket else {}
    queries = [first_words(asked)] if asked else article_queries(data)
    if not queries:
        return ToolResult("no_data", problem="there is neither a subject nor a question to search with")
    shelf = _Shelf(search, data.get("product"), str(data.get("language") or ENGLISH)[:2], at_most)
    found = await asyncio.gather(*(shelf.best(queries, visibility) for visibility in visibilities))
    materials = strongest_first(material for some in found for material in some)
    return ToolResult("ok" if materials else "no_data", material_facts(materials, at), {"materials": materials})


def article_queries(ticket: Mapping[str, Any]) -> list[str]:
    """The queries for a ticket in the order in which to try them: the subject, then the subject with the opening
    sentence.
    """
    subject = first_words(str(ticket.get("subject") or ""))
    opening = opening_sentence(next(iter(customer_messages(ticket)), ""))
    longer = first_words(f"{subject} {opening}".strip())
    return [query for query in dict.fromkeys((subject, longer)) if query]


def opening_sentence(message: str) -> str:
    """The first sentence that is more than a greeting; empty when there is none."""
    lines = (line.strip() for line in _SENTENCE_END.split(message))
    return next((line for line in lines if line and not _GREETING.fullmatch(line)), "")


def first_words(text: str) -> str:
    """At most 40 words, on one line."""
    return " ".join(text.split()[:MOST_WORDS])


@dataclass(frozen=True, slots=True)
class _Shelf:
    """The articles that may answer: about a product or general, in the customer's language or in English."""

    search: Search
    product: str | None
    language: str
    at_most: int

    async def best(self, queries: Sequence[str], visibility: str | None) -> Sequence[Material]:
        """What the first query finds, if that is strong; else the first strong finds of the other ways to ask.

        A ticket may be filed under the wrong product, so other products are tried last; they count only when strong.
        """
        first, *others = product(dict.fromkeys((self.product, None)), queries, dict.fromkeys((self.language, ENGLISH)))
        found = await self._find(visibility, *first)
        if _strength(found) >= STRONG:
            return found
        more = await asyncio.gather(*(self._find(visibility, *way) for way in others))
        strong = next((some for some in more if _strength(some) >= STRONG), None)
        own = [some for way, some in zip(others, more, strict=True) if way[0] == self.product]
        return strong or max([found, *own], key=_strength)

    async def _find(self, visibility: str | None, product: str | None, query: str, language: str) -> Sequence[Material]:
        return await self.search.articles(query, visibility=visibility, product=product, language=language, at_most=self.at_most)


def _strength(materials: Iterable[Material]) -> float:
    return max((material.strength for material in materials), default=0.0)
